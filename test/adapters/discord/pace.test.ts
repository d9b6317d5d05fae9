/** How often replies are edited: as often as Discord's own headers allow, however many threads there are. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEditPace } from '../../../adapters/discord/pace.ts';
import type { RunningReplies } from '../../../src/core/platform.ts';
import { readPrompt } from '../../../src/core/prompt.ts';
import { type Script, USAGE } from '../../core/bots.ts';
import { type Setting, useDiscord } from './bots.ts';

const EDIT = 'PATCH /channels/{channel_id}/messages/{message_id}';
const ALONE: RunningReplies = { platform: 1, workspace: 1, thread: 1 };

describe('the pace of edits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Edits in the thread, and Discord says this of its bucket. */
  async function edit(
    pace: ReturnType<typeof createEditPace>,
    threadId: string,
    [limit, remaining, resetAfter]: [number, number, number],
  ): Promise<void> {
    const headers = {
      'x-ratelimit-limit': `${limit}`,
      'x-ratelimit-remaining': `${remaining}`,
      'x-ratelimit-reset-after': `${resetAfter}`,
    };
    const send = pace.watch(async () => Response.json({}, { headers }));
    await send(`https://discord.com/api/v10/channels/${threadId}/messages/9`, { method: 'PATCH' });
  }

  it('is a careful one before Discord has said anything', () => {
    expect(createEditPace().intervalMs('1', ALONE)).toBe(1_250);
  });

  it('spreads what is left in the bucket of a thread, and keeps one edit for the last', async () => {
    const pace = createEditPace();
    await edit(pace, '1', [5, 4, 5]);
    expect(pace.intervalMs('1', ALONE)).toBe(1_250);
    await edit(pace, '1', [5, 1, 4]);
    expect(pace.intervalMs('1', ALONE)).toBe(4_000);
    await edit(pace, '1', [5, 0, 3]);
    expect(pace.intervalMs('1', ALONE)).toBe(3_000);
    vi.advanceTimersByTime(3_000);
    expect(pace.intervalMs('1', ALONE)).toBe(1_250);
  });

  it('is what one thread has taught for the next, and never faster than people read', async () => {
    const pace = createEditPace();
    await edit(pace, '1', [2, 1, 6]);
    expect(pace.intervalMs('2', ALONE)).toBe(6_000);
    await edit(pace, '3', [2, 1, 0.9]);
    expect(pace.intervalMs('2', ALONE)).toBe(900);
    await edit(pace, '3', [20, 19, 1]);
    expect(pace.intervalMs('2', ALONE)).toBe(500);
  });

  it('is shared by the replies of a thread, and leaves room below what Discord takes in all', () => {
    const pace = createEditPace();
    expect(pace.intervalMs('1', { ...ALONE, platform: 2, thread: 2 })).toBe(2_500);
    expect(pace.intervalMs('1', { ...ALONE, platform: 30 })).toBe(1_250);
    expect(pace.intervalMs('1', { ...ALONE, platform: 100 })).toBe(4_000);
  });
});

const THREADS = 12;
const EDITS = 4;

describe('replies in many threads at once', () => {
  const { setUp, run } = useDiscord();

  /** Says a word more whenever the last one can be read; notes when that was, by thread. */
  function growing({ discord }: Setting): { script: Script; seenAt: Map<string, number[]> } {
    const seenAt = new Map<string, number[]>();
    const isShown = (text: string) =>
      [...discord.world.channels.values()].some(({ messages, thread }) =>
        messages.some(({ content }) => thread && content.startsWith(text)),
      );
    async function* script({ messages }: Parameters<Script>[0]): ReturnType<Script> {
      const said = readPrompt(messages).messages.at(-1);
      const name = /thread \d+/.exec(JSON.stringify(said))?.[0] ?? '';
      let text = `${name}:`;
      for (let word = 0; word <= EDITS; word += 1) {
        text += ` ${word}`;
        yield { type: 'text', text: word === 0 ? text : ` ${word}` };
        await vi.waitFor(() => expect(isShown(text)).toBe(true), { timeout: 60_000, interval: 20 });
        seenAt.set(name, [...(seenAt.get(name) ?? []), performance.now()]);
      }
      yield { type: 'end', stopReason: 'end', usage: USAGE };
    }
    return { script, seenAt };
  }

  /** Milliseconds between edits, the first aside: it is made before Discord has said anything. */
  async function measure(bucket: [limit: number, perMs: number]): Promise<number[]> {
    const setting = await setUp();
    const { discord, people, ann, general, me } = setting;
    discord.limitRates(true, { [EDIT]: bucket });
    const { script, seenAt } = growing(setting);
    const { bot } = await run(setting, { script, plain: false });
    for (let n = 0; n < THREADS; n += 1) people.say(ann.id, general.id, `${me} thread ${n}`);
    await vi.waitFor(() => expect(seenAt.size).toBe(THREADS), { timeout: 60_000, interval: 50 });
    await bot.idle();
    expect(discord.requests.filter(({ outcome }) => outcome === 'rate limited')).toEqual([]);
    return [...seenAt.values()].flatMap((times) =>
      times.slice(2).map((time, index) => time - (times[index + 1] ?? 0)),
    );
  }

  it('are edited as often as their channels allow, more rarely where that is less, and never refused', async () => {
    const [wide, narrow] = [await measure([5, 2_500]), await measure([2, 2_500])];
    expect(wide).toHaveLength(THREADS * (EDITS - 1));
    // Others that run cost nobody anything: each thread has a bucket of its own.
    expect(Math.min(...wide)).toBeLessThan(1_250);
    expect(Math.min(...narrow)).toBeGreaterThan(2_200);
  }, 180_000);
});
