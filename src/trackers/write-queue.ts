/** Writes of one account, one after the other and, where the tracker asks for it as GitHub does, spaced. */
import { pause } from '../core/lease.ts';

/** Resolves as `work` does; rejects with the signal's reason when aborted while waiting. */
export type InTurn = <Result>(signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>;

/** @param gapMs from the start of one write to the start of the next, at least */
export function createWriteQueue(gapMs: number): InTurn {
  let last: Promise<void> = Promise.resolve();
  let startedAt = Number.NEGATIVE_INFINITY;

  return async function inTurn(signal, work) {
    const mine = Promise.withResolvers<void>();
    const before = last;
    last = before.then(() => mine.promise);
    try {
      await unlessAborted(before, signal);
      const waitMs = startedAt + gapMs - performance.now();
      if (waitMs > 0) await pause(waitMs, signal);
      signal.throwIfAborted();
      startedAt = performance.now();
      return await work();
    } finally {
      mine.resolve();
    }
  };
}

async function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
