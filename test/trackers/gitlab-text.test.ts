/** What people wrote, filed to a GitLab that obeys and notifies as the real one does: it must only be read. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderIssue } from '../../src/core/issue-body.ts';
import { neutraliseMarkdown } from '../../src/core/neutralise-markdown.ts';
import type { TicketFields } from '../../src/core/ticket.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { newTicket } from '../db/samples.ts';
import { extractQuickActions, findMentions } from '../fakes/gitlab-quick-actions.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';

const PROJECT = 'acme/web/shop';
const MARKER = `prompt-to-issue:${'b2'.repeat(16)}`;
const HOSTILE = [
  '/close',
  '/assign @ann',
  'ask @everyone, @all and @org/team; fixes #1',
  '<!-- hidden -->',
  `<!-- ${MARKER.replace('b2', 'c3')} -->`,
  '\f/confidential',
  '\r/title gone',
  '>>>',
  'one ` backtick',
  '```',
  '`',
  '/close',
  '</div>',
  '/close',
  '```',
  '- [ ] /close',
].join('\n');

describe('hostile text at GitLab', () => {
  let server: GitLabServer;
  beforeEach(async () => {
    server = await startGitLabServer();
  });
  afterEach(() => server.stop());

  /** Files it as the publisher does, and gives what GitLab keeps of it. */
  async function file(fields: Partial<TicketFields>) {
    const ticket = newTicket('c1', { acceptanceCriteria: [], tasks: [], ...fields });
    const issue = { ...renderIssue({ ticket, marker: MARKER }), project: PROJECT };
    const tracker = createGitLabTracker({ url: server.url, token: TOKEN });
    const signal = new AbortController().signal;
    const created = await tracker.createIssue(issue, signal);
    expect(await tracker.finishIssue(issue, created, signal)).toEqual([]);
    const filed = server.world.projects[0]?.issues[0];
    const notes = filed?.notes.map(({ body }) => body) ?? [];
    return { issue, created, filed, notes };
  }

  it('is filed as text: nothing runs, nobody is notified, nothing is hidden', async () => {
    const { issue, filed } = await file({
      title: '/close @ann fixes #1',
      description: HOSTILE,
      acceptanceCriteria: ['/close', '@all\n/close'],
      tasks: ['`@ann` and @ann'],
      estimate: '1 day\n/close',
    });
    expect(server.world.executed).toEqual([]);
    expect(server.world.pinged).toEqual([]);
    expect(filed).toMatchObject({ state: 'opened', confidential: false });
    expect(filed?.description).toBe(issue.body.trimEnd());
    expect(filed?.description.match(/<!--/g)).toHaveLength(1);
  });

  it('comes from a stand-in that would have obeyed', async () => {
    const tracker = createGitLabTracker({ url: server.url, token: TOKEN });
    const plain = { project: PROJECT, title: 'x', rest: [], labels: [], assignees: [], marker: '' };
    const signal = new AbortController().signal;
    await tracker.createIssue({ ...plain, body: HOSTILE }, signal);
    expect(server.world.executed).toContain('close');
    expect(server.world.pinged).toContain('all');
    expect(server.world.projects[0]?.issues[0]?.state).toBe('closed');
  });

  it.each([
    ['English', 'All of it matters. '],
    ['Japanese', 'すべて重要です。'],
    ['emoji', '👩‍👩‍👧‍👦🚀'],
  ])('of 70,000 characters in %s is kept to its end or says that it was cut', async (_, unit) => {
    const description = `${unit.repeat(Math.ceil(70_000 / unit.length))}\n\n/close\n\nThe end.`;
    const { filed, notes } = await file({ description });
    const kept = [filed?.description ?? '', ...notes].join('\n');
    expect(kept.includes('The end.') || kept.includes('was cut here')).toBe(true);
    expect(filed?.description).toContain(MARKER);
    expect(kept.isWellFormed()).toBe(true);
    expect(server.world.executed).toEqual([]);
  });

  it('in a title of 300 characters is not cut in silence', async () => {
    const { filed, created } = await file({ title: `@all ${'very '.repeat(59)}long` });
    expect(filed?.title.endsWith('…') || filed?.title.endsWith('long')).toBe(true);
    expect(created.dropped.join()).toContain('The title was cut');
    expect(server.world.pinged).toEqual([]);
  });

  it('runs nothing in ten thousand mixtures of fences, spans, tags and commands', () => {
    const pieces = [
      ...['/close', '/assign @ann', '`', '``', '```', '````', '```js', '~~~', '<div>', '</div>'],
      ...['>>>', '> x', '', '', 'ask @ann', '    code', '- a', '\f/close', '  /close', 'a ` b'],
      ...['\t/close', 'x `y` z', '<!-- x', '-->', '[a](b', '|`a|b`|'],
    ];
    const random = createRandom(7);
    for (let count = 0; count < 10_000; count += 1) {
      const lines = Array.from({ length: 2 + random(9) }, () => pieces[random(pieces.length)]);
      const text = neutraliseMarkdown(lines.join(random(9) === 0 ? '\r' : '\n'));
      expect({ text, run: extractQuickActions(text).commands }).toEqual({ text, run: [] });
      expect({ text, pinged: findMentions(text) }).toEqual({ text, pinged: [] });
    }
  });
});

/** The same numbers every time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state >> 8) % below;
  };
}
