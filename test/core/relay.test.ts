import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplyView } from '../../src/core/platform.ts';
import { createPace, createRelay } from '../../src/core/relay.ts';
import type { Place, ThreadRef } from '../../src/core/thread.ts';

const streaming = (text: string): ReplyView => ({ text, state: 'streaming' });

/** A reply whose edits end when the test says so. */
function createSlowReply() {
  const shown: string[] = [];
  const answers: (() => void)[] = [];
  return {
    shown,
    answer: () => answers.shift()?.(),
    reply: {
      show(view: ReplyView) {
        shown.push(view.text);
        return new Promise<string>((resolve) => answers.push(() => resolve('reply-1')));
      },
    },
  };
}

function setUp({ intervalMs = 1_000, held = (): boolean => true } = {}) {
  const slow = createSlowReply();
  const posted: string[] = [];
  const relay = createRelay({
    reply: slow.reply,
    intervalMs: () => intervalMs,
    held,
    onPosted: (replyId) => posted.push(replyId),
    onFailed: () => undefined,
  });
  const settle = async () => {
    slow.answer();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ...slow, relay, posted, settle };
}

describe('createRelay', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows the first text in the same moment', () => {
    const { relay, shown } = setUp();
    relay.update(() => streaming('H'));
    expect(shown).toEqual(['H']);
  });

  it('keeps one edit in flight and one per cadence, the newest text each time', async () => {
    const { relay, shown, settle } = setUp();
    relay.update(() => streaming('a'));
    relay.update(() => streaming('ab'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(shown).toEqual(['a']);
    relay.update(() => streaming('abc'));
    await settle();
    expect(shown).toEqual(['a', 'abc']);
    await settle();
    relay.update(() => streaming('abcd'));
    await vi.advanceTimersByTimeAsync(999);
    relay.update(() => streaming('abcde'));
    expect(shown).toEqual(['a', 'abc']);
    await vi.advanceTimersByTimeAsync(1);
    expect(shown).toEqual(['a', 'abc', 'abcde']);
  });

  it('edits at most once per cadence, plus the first and the last', async () => {
    const { relay, shown, settle } = setUp();
    for (let tick = 0; tick <= 100; tick += 1) {
      relay.update(() => streaming(`text ${tick}`));
      await vi.advanceTimersByTimeAsync(50);
      await settle();
    }
    const finished = relay.finish({ text: 'done', state: 'answered' });
    await settle();
    await settle();
    await finished;
    expect(shown.length).toBeLessThanOrEqual(1 + 5_050 / 1_000 + 1);
    expect(shown.at(-1)).toBe('done');
  });

  it('forces the last view after the one in flight', async () => {
    const { relay, shown, settle } = setUp();
    relay.update(() => streaming('a'));
    const finished = relay.finish({ text: 'whole', state: 'answered' });
    expect(shown).toEqual(['a']);
    await settle();
    expect(shown).toEqual(['a', 'whole']);
    await settle();
    await finished;
  });

  it('reports the id once', async () => {
    const { relay, posted, settle } = setUp();
    relay.update(() => streaming('a'));
    await settle();
    relay.update(() => streaming('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    await settle();
    expect(posted).toEqual(['reply-1']);
  });

  it('falls silent when the claim is gone', async () => {
    let held = true;
    const { relay, shown, settle } = setUp({ held: () => held });
    relay.update(() => streaming('a'));
    await settle();
    held = false;
    relay.update(() => streaming('ab'));
    await vi.advanceTimersByTimeAsync(2_000);
    await relay.finish({ text: 'done', state: 'answered' });
    expect(shown).toEqual(['a']);
  });
});

describe('createPace', () => {
  it('counts the running replies of a platform, of each workspace and of each thread', () => {
    const pace = createPace();
    const at = (workspaceId: string, threadId: string): [ThreadRef, Place] => [
      { platform: 'slack', workspaceId, channelId: 'C1', threadId },
      { workspaceId, channelId: 'C1', visibility: 'public' },
    ];
    const leave = pace.join(...at('T1', '1'));
    pace.join(...at('T1', '1'));
    pace.join(...at('T1', '2'));
    pace.join(...at('T2', '1'));
    expect(pace.running(...at('T1', '1'))).toEqual({ platform: 4, workspace: 3, thread: 2 });
    expect(pace.running(...at('T2', '1'))).toEqual({ platform: 4, workspace: 1, thread: 1 });
    leave();
    expect(pace.running(...at('T1', '1'))).toEqual({ platform: 3, workspace: 2, thread: 1 });
  });
});
