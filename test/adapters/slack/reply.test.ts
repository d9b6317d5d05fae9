/** A reply as people see it grow in Slack: streamed where Slack allows, edited otherwise. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Reply } from '../../../src/core/platform.ts';
import type { SlackFault } from '../../fakes/slack-server.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';
import { type SlackUnderTest, seenOf, setUpSlack } from './platforms.ts';
import { answered, growing, markdownOf } from './replies.ts';

describe('a reply in Slack', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await under.stop();
  });

  const shown = () => under.posted().map(markdownOf);
  const fault = (one: SlackFault) => under.slack.faults.push(one);
  const open = (turnId = 'turn-1', rest = {}) =>
    under.platform.openReply(under.target(turnId, rest));

  it('streams, the first token at once, and says when it is done', async () => {
    const reply = open();
    const id = await reply.show(growing('I'));
    expect(shown()).toEqual(['I']);
    await reply.show(growing('I am looking.'));
    expect(shown()).toEqual(['I am looking.']);
    expect(await reply.show(answered('I am looking. Done.'))).toBe(id);
    expect(under.posted()).toMatchObject([
      { ts: id, text: 'I am looking. Done.', streaming_state: 'completed' },
    ]);
    expect(under.outcomes('chat.update')).toEqual([]);
  });

  it('shows that it works before there is a word, with Slack’s own Stop', async () => {
    const { slack, thread } = under;
    const at = `C1:${thread.threadId}`;
    const reply = open();
    await vi.waitFor(() => expect(slack.world.sessions).toEqual([`${at}:processing`]));
    await vi.waitFor(() => expect(slack.world.statuses.get(at)).toBe('is thinking…'));
    await reply.show(answered('Done.'));
    expect(slack.world.statuses.get(at)).toBeUndefined();
    await vi.waitFor(() => expect(slack.world.sessions.at(-1)).toBe(`${at}:active`));
  });

  it('shows each step while it streams, and that it ended', async () => {
    const reply = open();
    await reply.show(growing('', 'Searching issues'));
    expect(under.posted()[0]?.tasks).toEqual({
      'step-1': { title: 'Searching issues', status: 'in_progress' },
    });
    await reply.show(growing('Found.', 'Reading a file'));
    await reply.show(answered('Found. Read.'));
    expect(under.posted()[0]?.tasks).toEqual({
      'step-1': { title: 'Searching issues', status: 'complete' },
      'step-2': { title: 'Reading a file', status: 'complete' },
    });
  });

  it('offers to try again when it failed', async () => {
    const reply = open();
    await reply.show(growing('I am'));
    await reply.show({ text: 'I am sorry.', state: 'failed', retry: true });
    expect(seenOf(under.posted()[0] as SlackMessage)).toContain('Try again');
    await open('turn-2').show({ text: 'Sorry again.', state: 'failed', retry: true });
    expect(seenOf(under.posted()[1] as SlackMessage)).toContain('Try again');
  });

  it('shows the text as it turned out when that is not what it began as', async () => {
    const reply = open();
    const id = await reply.show(growing('The first model says'));
    await reply.show(growing('The second model says'));
    expect(await reply.show(answered('The second model answers.'))).toBe(id);
    expect(shown()).toEqual(['The second model answers.']);
  });

  /** Views of an answer that grows by a sentence every ten seconds, for so many minutes. */
  async function writeFor(minutes: number, reply: Reply, sentence: (n: number) => string) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    let text = '';
    let id = '';
    for (let n = 1; n <= minutes * 6; n += 1) {
      text += sentence(n);
      id = await reply.show(growing(text));
      vi.setSystemTime(Date.now() + 10_000);
    }
    return { text, id };
  }

  it('rolls over to a new stream before Slack ends one, however long it takes', async () => {
    const reply = open();
    const { text, id } = await writeFor(14, reply, (n) => `Step ${n} is done. `);
    expect(await reply.show(answered(`${text}All of it.`))).toBe(id);
    expect(under.posted()).toHaveLength(4);
    expect(shown().join(' ')).toBe(`${text}All of it.`);
    for (const message of shown()) expect(message).toMatch(/^Step \d+ is.*(done|it)\.$/);
    expect(under.posted().map((one) => one.streaming_state)).toEqual(Array(4).fill('completed'));
    expect(under.outcomes('chat.startStream')).toEqual(Array(4).fill('ok'));
    expect(under.slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(under.outcomes('chat.update')).toEqual([]);
  });

  it('rolls over inside of a code block, each part of which reads by itself', async () => {
    const reply = open();
    const { text } = await writeFor(5, reply, (n) =>
      n === 1 ? '```ts\n' : `const line = ${n};\n`,
    );
    await reply.show(answered(`${text}\`\`\``));
    expect(shown()).toHaveLength(2);
    for (const message of shown()) expect(message).toMatch(/^```ts\n(const line = \d+;\n)+```$/);
    expect(
      shown()
        .join('')
        .match(/const line/g),
    ).toHaveLength(29);
  });

  it('shows one message again when the text turns out otherwise after it rolled over', async () => {
    const reply = open();
    const { id } = await writeFor(5, reply, (n) => `Step ${n} is done. `);
    expect(under.posted()).toHaveLength(2);
    expect(await reply.show(answered('I was wrong.'))).toBe(id);
    expect(shown()).toEqual(['I was wrong.']);
  });

  it('goes on by edits while there is nothing to roll over with but steps', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const reply = open();
    const id = await reply.show(growing('', 'Searching issues'));
    vi.setSystemTime(Date.now() + 241_000);
    await reply.show(growing('', 'Reading #12'));
    expect(seenOf(under.posted()[0] as SlackMessage)).toContain('Reading #12');
    vi.setSystemTime(Date.now() + 120_000);
    expect(await reply.show(answered('There is none.'))).toBe(id);
    expect(shown()).toEqual(['There is none.']);
    expect(under.slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  it('goes on by edits when Slack ended the stream before that', async () => {
    const reply = open();
    const id = await reply.show(growing('I'));
    under.slack.world.streamLifetimeMs = -1;
    await reply.show(growing('I am looking'));
    expect(await reply.show(answered('I am looking. Done.'))).toBe(id);
    expect(shown()).toEqual(['I am looking. Done.']);
  });

  it('says nothing more once a person pressed Stop, but how it ended', async () => {
    const reply = open();
    await reply.show(growing('I am'));
    fault({ method: 'chat.appendStream', do: 'refuse', code: 'stopped_by_user' });
    await reply.show(growing('I am going'));
    await reply.show(growing('I am going on'));
    expect(under.outcomes('chat.update')).toEqual([]);
    await reply.show({ text: 'I am going on\n\nStopped.', state: 'stopped' });
    expect(shown()).toEqual(['I am going on\n\nStopped.']);
  });

  it.each(['not_allowed_token_type', 'feature_not_enabled', 'unknown_method'])(
    'edits where Slack does not stream (%s), and asks no more for a while',
    async (code) => {
      fault({ method: 'chat.startStream', do: 'refuse', code });
      const reply = open();
      const id = await reply.show(growing('I', 'Searching issues'));
      const first = seenOf(under.posted()[0] as SlackMessage);
      expect(first).toContain('Searching issues');
      expect(first).toContain('Stop');
      await reply.show(growing('I am looking'));
      expect(await reply.show(answered('I am looking. Done.'))).toBe(id);
      expect(shown()).toEqual(['I am looking. Done.']);
      await open('turn-2').show(growing('Me too'));
      expect(under.outcomes('chat.startStream')).toEqual([code]);
    },
  );

  it('edits where nobody is known for whom to stream', async () => {
    await open('turn-1', { author: undefined }).show(growing('I'));
    expect(under.outcomes('chat.startStream')).toEqual([]);
    expect(shown()).toEqual(['I']);
  });

  it('splits a long answer over messages, each of which reads by itself', async () => {
    const code = (n: number) => `\`\`\`ts\n${`const line = ${n};\n`.repeat(500)}\`\`\``;
    const text = [1, 2, 3].map((n) => `Part ${n}\n\n${code(n)}`).join('\n\n');
    const reply = open();
    let id = '';
    for (let length = 2_000; length < text.length; length += 2_000) {
      id = await reply.show(growing(text.slice(0, length)));
    }
    expect(await reply.show(answered(text))).toBe(id);
    expect(under.posted().length).toBeGreaterThan(2);
    // Each of them streamed, and what was streamed beyond its end was taken back by one edit.
    expect(under.outcomes('chat.startStream')).toHaveLength(under.posted().length);
    expect(under.outcomes('chat.update').length).toBeLessThan(under.posted().length);
    for (const piece of shown()) {
      expect(piece.match(/^```/gm)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
    }
    const lines = shown()
      .join('\n')
      .match(/const line = \d;/g);
    expect(lines).toHaveLength(1_500);
    expect(under.posted().some(({ streaming_state }) => streaming_state === 'in_progress')).toBe(
      false,
    );
  });

  it('takes away what a shorter end leaves over', async () => {
    const reply = open();
    await reply.show(growing('word '.repeat(5_000)));
    expect(under.posted().length).toBeGreaterThan(1);
    await reply.show(answered('In short: no.'));
    expect(shown()).toEqual(['In short: no.']);
  });

  it('cuts shorter where Slack finds a message too long after all', async () => {
    fault({ method: 'chat.postMessage', do: 'refuse', code: 'msg_too_long' });
    await open().show(answered('word '.repeat(1_500)));
    expect(under.posted().length).toBeGreaterThan(2);
  });
});
