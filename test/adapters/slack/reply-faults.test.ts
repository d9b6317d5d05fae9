/** A reply in Slack whose calls are lost, refused or limited: shown once and whole all the same. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplyView } from '../../../src/core/platform.ts';
import type { SlackFault } from '../../fakes/slack-server.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';
import { type SlackUnderTest, setUpSlack } from './platforms.ts';
import { answered, growing, markdownOf } from './replies.ts';

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
