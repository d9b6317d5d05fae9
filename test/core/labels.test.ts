/** Labels that a person gave a draft, through turns that cannot look up the project's. */
import { describe, expect, it } from 'vitest';
import { readPrompt } from '../../src/core/prompt.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';
import { echo, type Script, useBots } from './bots.ts';
import { edit } from './tracker-bots.ts';

/** Drafts as told; adds a label to the draft when one is asked for, and repeats what came of it. */
const adding: Script = async function* (request) {
  const { messages, state } = readPrompt(request.messages);
  const label = /^add label (\w+)$/.exec(messages.at(-1)?.text ?? '')?.[1];
  const last = request.messages.at(-1);
  if (!label || last?.role === 'tool') {
    if (last?.role === 'tool') {
      yield { type: 'text', text: last.results.map(({ content }) => content).join() };
    }
    yield* echo(request);
    return;
  }
  const nothing = Object.fromEntries(
    Object.keys({ ...DRAFT, title: '' }).map((one) => [one, null]),
  );
  const labels = [...(state?.drafts[0]?.fields.labels ?? []), label];
  const input = { ticket: 1, changes: { ...nothing, labels }, clear: [] };
  yield { type: 'toolCall', call: { id: '1', name: 'revise_ticket', input } };
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  yield { type: 'end', stopReason: 'tools', usage };
};

describe("a draft's labels", () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  it('stay as a person set them while the tracker does not say its own, and the model hears why', async () => {
    const { bot, repositories, platform, requests } = await setUp({
      script: adding,
      tracker: { listLabels: () => Promise.reject(new Error('down')) },
    });
    await talk(bot, say('draft Checkout hangs'));
    await command(bot, edit({ labels: ['ops', 'bug'] }));
    await talk(bot, say('add label ux'));
    expect((await readTickets(repositories))[0]?.labels).toEqual(['ops', 'bug']);
    expect(platform.replies.at(-1)?.views.at(-1)?.text).toContain('could not be looked up');
    expect(readPrompt(requests.at(-1)?.messages ?? []).state?.labels).toBeUndefined();
  });

  it('of its own are no reason to send a revision back, whether the project has them or not', async () => {
    const { bot, repositories, platform } = await setUp({
      script: adding,
      tracker: { listLabels: async () => ['ux'] },
    });
    await talk(bot, say('draft Checkout hangs'));
    await command(bot, edit({ labels: ['ops', 'bug'] }));
    await talk(bot, say('add label ux'));
    expect((await readTickets(repositories))[0]?.labels).toEqual(['ops', 'bug', 'ux']);
    expect(platform.replies.at(-1)?.views.at(-1)?.text).not.toContain('dropped');
  });
});
