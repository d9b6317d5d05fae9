/** A reply as people see it grow in Slack: streamed where Slack allows, edited otherwise, never twice. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Reply, ReplyView } from '../../../src/core/platform.ts';
import type { SlackFault } from '../../fakes/slack-server.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';
import { type SlackUnderTest, seenOf, setUpSlack } from './platforms.ts';

const growing = (text: string, status?: string): ReplyView => ({
  ...{ text, state: 'streaming' },
  ...(status && { status }),
});
const answered = (text: string): ReplyView => ({ text, state: 'answered' });

/** The Markdown a message shows: its block's, or what was streamed. */
function markdownOf({ text, blocks = [] }: SlackMessage): string {
  const [markdown] = (blocks as { type: string; text?: string }[]).filter(
    ({ type }) => type === 'markdown',
  );
  return markdown?.text ?? text;
}

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

describe('a reply in Slack that another process began', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const resume = (turnId: string, rest = {}) =>
    under.anotherPlatform().openReply(under.target(turnId, { resumed: true, ...rest }));

  it.each(['recorded', 'lost'])(
    'is finished in place although it streams, its id %s',
    async (fate) => {
      const id = await under.platform.openReply(under.target('turn-1')).show(growing('Half an'));
      const resumed = resume('turn-1', fate === 'recorded' ? { replyId: id } : {});
      expect(await resumed.show(growing('A whole'))).toBe(id);
      expect(await resumed.show(answered('A whole answer.'))).toBe(id);
      expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
      expect(under.posted()[0]?.streaming_state).toBe('completed');
    },
  );

  it('is finished in place after Slack ended its stream', async () => {
    const id = await under.platform.openReply(under.target('turn-1')).show(growing('Half an'));
    under.slack.world.streamLifetimeMs = -1;
    expect(await resume('turn-1').show(answered('A whole answer.'))).toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
  });

  it('is finished in its first message after it rolled over to a second stream', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const begun = under.platform.openReply(under.target('turn-1'));
    const id = await begun.show(growing('Half an answer.'));
    vi.setSystemTime(Date.now() + 250_000);
    await begun.show(growing('Half an answer. Another half.'));
    expect(under.posted()).toHaveLength(2);
    const resumed = resume('turn-1', { replyId: id });
    expect(await resumed.show(answered('A whole answer.'))).toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['A whole answer.']);
    vi.useRealTimers();
  });

  it('is finished in place by its mark, in every message it has', async () => {
    const text = 'word '.repeat(5_000);
    const { author, ...target } = under.target('turn-1');
    const id = await under.platform.openReply(target).show(growing(text));
    const before = under.posted().map(({ ts }) => ts);
    expect(await resume('turn-1').show(answered(`${text}\n\nThe end.`))).toBe(id);
    expect(under.posted().map(({ ts }) => ts)).toEqual(before);
  });

  it('is not taken for the reply of another turn', async () => {
    await under.platform.openReply(under.target('turn-1')).show(answered('One.'));
    await under.platform.postNotice({ thread: under.thread, text: 'A notice.' });
    await resume('turn-2').show(answered('Two.'));
    expect(under.posted().map(markdownOf)).toEqual(['One.', 'A notice.', 'Two.']);
  });

  it('is not taken for the reply of an earlier turn whose end Slack never showed', async () => {
    const unfinished = await under.platform.openReply(under.target('turn-1')).show(growing('One'));
    await resume('turn-2', { others: [unfinished] }).show(answered('Two.'));
    expect(under.posted().map(markdownOf)).toEqual(['One', 'Two.']);
  });

  it('begins anew where the recorded one was deleted', async () => {
    const id = await under.platform.openReply(under.target('turn-1')).show(answered('Half.'));
    under.channel.messages.pop();
    const again = await resume('turn-1', { replyId: id }).show(answered('Whole.'));
    expect(again).not.toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['Whole.']);
  });
});

describe('a reply in Slack when the line fails', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const fault = (one: SlackFault) => under.slack.faults.push(one);
  const open = (turnId = 'turn-1', rest = {}) =>
    under.platform.openReply(under.target(turnId, rest));

  /** Shows these views as the core does: a failed edit is gone past, the last one is tried three times. */
  async function showAll(views: ReplyView[]): Promise<void> {
    const reply = open();
    for (const view of views.slice(0, -1)) await reply.show(view).catch(() => undefined);
    const [last] = views.slice(-1);
    if (!last) return;
    const show = () => reply.show(last);
    await show().catch(show).catch(show);
  }

  const VIEWS = [
    growing('I'),
    growing('I am'),
    growing('I am looking'),
    answered('I am looking. Done.'),
  ];
  const METHODS = ['chat.startStream', 'chat.appendStream', 'chat.stopStream'];
  const EDITS = ['chat.postMessage', 'chat.update'];

  it.each(
    METHODS.flatMap(
      (method) =>
        [
          [method, 'lose-answer'],
          [method, 'fail'],
        ] as const,
    ),
  )('is shown once and whole when a %s goes wrong (%s)', async (method, what) => {
    fault(what === 'fail' ? { method, do: what, status: 503 } : { method, do: what });
    await showAll(VIEWS);
    expect(under.posted().map(markdownOf)).toEqual(['I am looking. Done.']);
    expect(under.posted()[0]?.streaming_state).not.toBe('in_progress');
  });

  it('is not looked for in an earlier reply whose end Slack never showed', async () => {
    const unfinished = await open('turn-1').show(growing('One'));
    fault({ method: 'chat.startStream', do: 'fail', status: 503 });
    await open('turn-2', { others: [unfinished] }).show(growing('Two'));
    expect(under.posted().map(markdownOf)).toEqual(['One', 'Two']);
  });

  it.each(
    EDITS.flatMap(
      (method) =>
        [
          [method, 'lose-answer'],
          [method, 'fail'],
        ] as const,
    ),
  )(
    'is shown once and whole when a %s of a reply that is not streamed goes wrong (%s)',
    async (method, what) => {
      fault({ method: 'chat.startStream', do: 'refuse', code: 'feature_not_enabled' });
      fault(what === 'fail' ? { method, do: what, status: 503 } : { method, do: what });
      await showAll(VIEWS);
      expect(under.posted().map(markdownOf)).toEqual(['I am looking. Done.']);
    },
  );

  it.each(['message_not_found', 'edit_window_closed', 'cant_update_message'])(
    'goes on in a new message when the old one cannot be edited: %s',
    async (code) => {
      const reply = open('turn-1', { author: undefined });
      const id = await reply.show(growing('I'));
      if (code === 'message_not_found') under.channel.messages.pop();
      else fault({ method: 'chat.update', do: 'refuse', code });
      expect(await reply.show(answered('I am done.'))).not.toBe(id);
      expect(under.posted().map(markdownOf)).toEqual(['I am done.']);
    },
  );

  it('is shown once and whole in a workspace where nothing may be edited, and nothing deleted', async () => {
    under.slack.world.editWindowMs = -1;
    const reply = open('turn-1', { author: undefined });
    for (const text of ['I', 'I am', 'I am looking']) await reply.show(growing(text));
    expect(under.posted().map(markdownOf)).toEqual(['I']);
    expect(under.outcomes('chat.update')).toEqual(['edit_window_closed']);
    fault({ method: 'chat.delete', do: 'refuse', code: 'cant_delete_message' });
    await reply.show(answered('I am done.'));
    expect(under.posted().map(markdownOf)).toEqual(['I', 'I am done.']);
    const streamed = open('turn-2');
    for (const text of ['I', 'I am']) await streamed.show(growing(text));
    await streamed.show(answered('I am done.'));
    expect(under.posted().map(markdownOf)).toEqual(['I', 'I am done.', 'I am done.']);
  });

  it('stops a stream that keeps an edit from being made', async () => {
    const reply = open('turn-1', { author: undefined });
    const id = await reply.show(growing('I'));
    const message = under.posted()[0] as SlackMessage;
    Object.assign(message, { streaming_state: 'in_progress', streamStartedAt: Date.now() });
    expect(await reply.show(answered('I am done.'))).toBe(id);
    expect(under.posted().map(markdownOf)).toEqual(['I am done.']);
  });

  it.each([
    ['not_in_channel', 'I am not in that channel'],
    ['is_archived', 'archived'],
    ['missing_scope', 'lack a permission'],
    ['restricted_action', 'rules'],
  ])('tells the person once where Slack lets it be shown nowhere: %s', async (code, words) => {
    const reply = open();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      fault({ method: 'chat.postMessage', do: 'refuse', code });
      await expect(reply.show(answered('Done.'))).rejects.toThrow(code);
    }
    const direct = under.slack.world.channels.get('D1')?.messages ?? [];
    expect(direct.filter(({ text }) => text.includes(words))).toHaveLength(1);
  });

  it('loses no last view to a limit, and waits as long as Slack asks', async () => {
    const reply = open();
    await reply.show(growing('I'));
    fault({ method: 'chat.appendStream', do: 'limit', retryAfter: 30 });
    fault({ method: 'chat.stopStream', do: 'limit', retryAfter: 1 });
    await reply.show(growing('I am'));
    await reply.show(growing('I am looking'));
    await reply.show(answered('I am looking. Done.'));
    expect(under.posted().map(markdownOf)).toEqual(['I am looking. Done.']);
    expect(under.outcomes('chat.appendStream')).toEqual(['ratelimited']);
    expect(under.outcomes('chat.stopStream')).toEqual(['ratelimited', 'ok']);
  });

  it('is shown by whoever takes it over, however long there is no room to look for it', async () => {
    fault({ method: 'conversations.replies', do: 'limit', retryAfter: 100 });
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    try {
      const shown = open('turn-1', { resumed: true }).show(answered('Done.'));
      const looked = () => under.outcomes('conversations.replies');
      await vi.waitFor(() => expect(looked()).toEqual(['ratelimited']));
      await vi.advanceTimersByTimeAsync(101_000);
      await shown;
    } finally {
      vi.useRealTimers();
    }
    expect(under.posted().map(markdownOf)).toEqual(['Done.']);
  });

  it('is let go of at once when acting is not allowed any more, though Slack said to wait', async () => {
    let isHeld = true;
    const reply = open('turn-1', { held: () => isHeld });
    await reply.show(growing('I'));
    fault({ method: 'chat.stopStream', do: 'limit', retryAfter: 60 });
    const shown = expect(reply.show(answered('I am done.'))).rejects.toThrow('room again');
    await vi.waitFor(() => expect(under.outcomes('chat.stopStream')).toEqual(['ratelimited']));
    isHeld = false;
    await shown;
  });

  it('keeps the tiers of a workspace with more replies than it may stream', async () => {
    under.slack.limitRates(true);
    const replies = Array.from({ length: 24 }, (_, n) => open(`turn-${n}`));
    await Promise.all(replies.map((reply) => reply.show(growing('I'))));
    for (const text of ['I am', 'I am looking', 'I am looking at it']) {
      for (const reply of replies) await reply.show(growing(text));
    }
    await Promise.all(replies.slice(0, 20).map((reply) => reply.show(answered('Done.'))));
    const last = under.posted().map(markdownOf);
    expect(last.filter((text) => text === 'Done.').length).toBeGreaterThanOrEqual(20);
    expect(under.slack.calls.filter(({ outcome }) => outcome === 'ratelimited')).toEqual([]);
    expect(under.outcomes('chat.startStream').length).toBeLessThanOrEqual(20);
  });
});
