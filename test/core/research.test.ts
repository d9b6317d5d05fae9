/** What research tools may read for a thread, and what of it a model and the people get to see. */
import { describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { ProviderRequest } from '../../src/core/provider.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { ann, eve, type Script, USAGE, useBots } from './bots.ts';

const KEY = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;

/** Calls the tool, then says what came of it. */
const calling = (name: string, input: object): Script =>
  async function* (request) {
    const last = request.messages.at(-1);
    if (last?.role === 'tool') {
      yield { type: 'text', text: last.results.map(({ content }) => content).join('\n') };
      yield { type: 'end', stopReason: 'end', usage: USAGE };
      return;
    }
    yield { type: 'toolCall', call: { id: '1', name, input } };
    yield { type: 'end', stopReason: 'tools', usage: USAGE };
  };

describe('what a private project shows to a thread with guests', () => {
  const { setUp, say, talk, command } = useBots();
  const [SECRET, BOUND] = ['github:acme/plans', 'github:acme/shop'];

  /** Somebody else speaks in the thread, its project is chosen, and a question about a file of it follows. */
  async function ask(other: IncomingMessage['author'], project: string, visibility = 'private') {
    const read: string[] = [];
    const parts: Partial<Tracker> = {
      name: 'github',
      getProject: async (name) => ({
        ...{ project: name, name, host: 'github.com', projectId: '1' },
        visibility: visibility as 'public' | 'private',
      }),
      async readFile(name, path) {
        read.push(`${name}/${path}`);
        return 'the plan of next year';
      },
    };
    const made = await setUp({
      script: calling('read_file', { path: 'PLAN.md' }),
      environment: { project: BOUND },
      tracker: parts,
    });
    const { bot, requests, platform } = made;
    await talk(bot, say('let us talk'), say('hello', { author: other, addressed: false }));
    await command(bot, { kind: 'project', project });
    read.length = 0;
    requests.length = 0;
    await talk(bot, say('what is planned?', { author: ann }));
    const [asked] = requests;
    const offered = asked?.tools.some(({ name }) => name === 'read_file');
    return { read, offered, said: platform.replies.at(-1)?.views.at(-1)?.text };
  }

  it('keeps one that the place did not choose from the model, once a guest spoke', async () => {
    const { read, offered, said } = await ask(eve, SECRET);
    expect([read, offered]).toEqual([[], false]);
    expect(said).not.toContain('the plan');
  });

  it('reads it where everybody is a member', async () => {
    const { read, offered, said } = await ask(ann, SECRET);
    expect([read, offered]).toEqual([['acme/plans/PLAN.md'], true]);
    expect(said).toContain('the plan of next year');
  });

  it('reads what the world may read, and what the place itself is bound to', async () => {
    expect((await ask(eve, SECRET, 'public')).read).toEqual(['acme/plans/PLAN.md']);
    expect((await ask(eve, BOUND)).read).toEqual(['acme/shop/PLAN.md']);
  });
});

describe('secrets in what research finds', () => {
  const { setUp, say, talk, readMessages } = useBots();

  const shown = (requests: ProviderRequest[]) => JSON.stringify(requests);

  it.each([
    ['read_file', { path: '.env' }, { readFile: async () => `TOKEN=${KEY}\nPORT=3000` }],
    [
      'search_code',
      { query: 'token' },
      { searchCode: async () => [{ path: '.env', excerpt: `TOKEN=${KEY} PORT=3000` }] },
    ],
    [
      'search_issues',
      { query: 'token' },
      {
        searchIssues: async () => [
          { project: 'issues', number: '7', title: `${KEY} PORT=3000`, url: 'u', state: 'open' },
        ],
      },
    ],
  ] as [string, object, Partial<Tracker>][])(
    'found by %s reach neither the model, nor the thread, nor the table',
    async (tool, input, tracker) => {
      const { bot, requests, platform, repositories } = await setUp({
        script: calling(tool, input),
        tracker,
      });
      await talk(bot, say('what does it listen on?'));
      expect(shown(requests)).toContain('PORT=3000');
      expect(shown(requests)).toContain('[redacted: GitHub token]');
      const said = platform.replies.flatMap(({ views }) => views.map(({ text }) => text)).join();
      expect(said).toContain('PORT=3000');
      const stored = JSON.stringify(await readMessages(repositories));
      expect(`${shown(requests)}${said}${stored}`).not.toContain(KEY);
    },
  );
});
