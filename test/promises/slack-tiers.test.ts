/**
 * More threads at once in one Slack workspace than its tiers have room for: nothing is asked of Slack
 * that it would refuse, and everybody is answered. `npm run soak` goes on until the tiers are full for
 * minutes.
 */
import { describe, expect, it, vi } from 'vitest';
import { useSlack, writtenIn } from '../adapters/slack/bots.ts';

const FULL = process.env.SOAK === '1';
const THREADS = FULL ? 120 : 50;

/** Calls a minute, Slack's own numbers (docs.slack.dev/apis/web-api/rate-limits). */
const STREAMS_A_MINUTE = 20;

describe("Slack's tiers", () => {
  const { setUp, run } = useSlack();

  it(`are kept while ${THREADS} threads are answered at once`, async () => {
    const setting = await setUp();
    const { slack } = setting;
    slack.limitRates(true);
    const { people, bot, logged } = await run(setting);
    const roots = await Promise.all(
      Array.from({ length: THREADS }, (_, n) => people.say('UANN', 'C1', `<@UBOT> thread ${n}`)),
    );
    await bot.idle();
    await vi.waitFor(
      () => {
        for (const [n, { ts }] of roots.entries()) {
          const [reply, ...more] = writtenIn(setting, 'C1', ts);
          expect(reply?.text).toBe(`heard: thread ${n}`);
          expect(reply?.streaming_state ?? 'completed').toBe('completed');
          expect(more).toEqual([]);
        }
      },
      { timeout: FULL ? 400_000 : 60_000, interval: 50 },
    );
    const count = (method: string) => slack.calls.filter((call) => call.method === method).length;
    const streamed = count('chat.startStream');
    console.info(
      `${THREADS} threads: ${streamed} streamed, ${count('chat.postMessage')} posted, ${count('chat.update')} edits`,
    );
    // There was less room than threads, or nothing is shown about it.
    expect(streamed).toBeGreaterThan(0);
    expect(streamed).toBeLessThanOrEqual(FULL ? THREADS : STREAMS_A_MINUTE);
    expect(streamed).toBeLessThan(THREADS);
    expect(slack.calls.filter(({ outcome }) => outcome === 'ratelimited')).toEqual([]);
    expect(logged.filter(([event]) => /failed|not-finished/.test(event))).toEqual([]);
  }, 450_000);
});
