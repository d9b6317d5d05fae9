/**
 * How often a reply may be edited, from what Discord says of its limits with each answer
 * (topics/rate-limits): a bucket of edits for each channel, a thread being one, and fifty requests a
 * second in all. What another process uses up shows in the same headers.
 */
import type { RESTOptions } from 'discord.js';
import type { RunningReplies } from '../../src/core/platform.ts';

type MakeRequest = RESTOptions['makeRequest'];

export interface EditPace {
  /** The same requests; their answers are looked at. */
  watch(makeRequest: MakeRequest): MakeRequest;
  /** The least time between two edits of a reply in this thread, in milliseconds. */
  intervalMs(threadId: string, running: RunningReplies): number;
}

/** Before Discord has said anything: five edits in five seconds is what bots see, and one is kept for the last. */
const FIRST_MS = 1_250;
/** Nobody reads faster. */
const LEAST_MS = 500;
/** A second, by all replies together: half of Discord's fifty, the rest is for everything else. */
const MOST_EDITS = 25;
/** Channels whose buckets are remembered before those that have been filled again are forgotten. */
const MOST_BUCKETS = 1_000;
const EDITS = /\/channels\/(\d+)\/messages\/\d+$/;

interface Bucket {
  /** What is left in it, spread over the time until it is filled again. */
  gapMs: number;
  /** By the process's own clock, in milliseconds. */
  filledAt: number;
}

export function createEditPace(): EditPace {
  const buckets = new Map<string, Bucket>();
  /** The gap that a full bucket gives; none is smaller. */
  let freshMs = FIRST_MS;

  function note(threadId: string, headers: Pick<Headers, 'get'>): void {
    const [limit, remaining, resetAfter] = ['limit', 'remaining', 'reset-after'].map((name) =>
      Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN),
    ) as [number, number, number];
    if (Number.isNaN(limit + remaining + resetAfter)) return;
    const gapMs = (resetAfter * 1_000) / Math.max(1, remaining);
    if (remaining >= limit - 1) freshMs = gapMs;
    buckets.set(threadId, { gapMs, filledAt: performance.now() + resetAfter * 1_000 });
    if (buckets.size > MOST_BUCKETS) forgetFilled();
  }

  function forgetFilled(): void {
    for (const [threadId, { filledAt }] of buckets) {
      if (filledAt <= performance.now()) buckets.delete(threadId);
    }
  }

  return {
    watch: (makeRequest) => async (url, init) => {
      const response = await makeRequest(url, init);
      const [, threadId] = (init.method === 'PATCH' && EDITS.exec(new URL(url).pathname)) || [];
      if (threadId) note(threadId, response.headers as Pick<Headers, 'get'>);
      return response;
    },
    intervalMs(threadId, running) {
      const bucket = buckets.get(threadId);
      const isFull = !bucket || bucket.filledAt <= performance.now();
      const gapMs = Math.max(LEAST_MS, freshMs, isFull ? 0 : bucket.gapMs);
      return Math.max(gapMs * running.thread, (running.platform * 1_000) / MOST_EDITS);
    },
  };
}
