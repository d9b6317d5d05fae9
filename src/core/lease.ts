/**
 * A lease held by this process: renewed at intervals, and given up by its own monotonic clock when
 * renewing fails for too long, so that a holder that was cut off falls silent before anyone else
 * may act in its place.
 */

/** How long claims last and how often they are renewed, in milliseconds. */
export interface LeaseTiming {
  leaseMs: number;
  renewMs: number;
}

export type LeaseEnd = 'lost' | 'lapsed';

/** The reason of `Lease.signal` once the lease is no longer ours. */
export class LeaseEndedError extends Error {
  override name = 'LeaseEndedError';
  readonly end: LeaseEnd;

  constructor(end: LeaseEnd) {
    super(
      end === 'lost' ? 'somebody else took the claim' : 'the claim could not be renewed in time',
    );
    this.end = end;
  }
}

export interface Lease {
  /** Aborts when the lease is lost or lapses. */
  readonly signal: AbortSignal;
  /** Whether acting is still allowed, at this moment. */
  held(): boolean;
  /** Another holder was seen: stop at once. */
  lose(): void;
  /** Ends renewing; the claim itself is left as it is. */
  stop(): void;
}

export interface LeaseOptions extends LeaseTiming {
  /** Extends the claim until `expiresAt` (milliseconds since the epoch); false when it is not ours any more. */
  renew(expiresAt: number): Promise<boolean>;
  /** `performance.now()` from before the claim was asked for. */
  claimedAt: number;
}

export function createLease({ leaseMs, renewMs, renew, claimedAt }: LeaseOptions): Lease {
  const controller = new AbortController();
  let deadline = claimedAt + leaseMs;
  const timer = setInterval(() => void tick(), renewMs);
  let lapse = setTimeout(checkLapse, leaseMs);

  function end(reason: LeaseEnd): void {
    stop();
    controller.abort(new LeaseEndedError(reason));
  }

  function stop(): void {
    clearInterval(timer);
    clearTimeout(lapse);
  }

  /** A lapse that was seen is final: what was skipped for it must not be followed by a write. */
  function held(): boolean {
    if (!controller.signal.aborted && performance.now() >= deadline) end('lapsed');
    return !controller.signal.aborted;
  }

  function checkLapse(): void {
    if (held()) lapse = setTimeout(checkLapse, deadline - performance.now());
  }

  async function tick(): Promise<void> {
    const sentAt = performance.now();
    try {
      const ours = await renew(Date.now() + leaseMs);
      if (!held()) return;
      if (ours) deadline = sentAt + leaseMs;
      else end('lost');
    } catch {
      // The next tick tries again; if none succeeds in time, the lease lapses by itself.
    }
  }

  return { signal: controller.signal, held, lose: () => end('lost'), stop };
}

/** Repeats `act` through passing failures while the lease is held, with growing pauses. */
export async function whileHeld<Result>(
  lease: Lease,
  act: () => Promise<Result>,
  passes: (error: unknown) => boolean,
): Promise<Result> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    if (!lease.held()) throw lease.signal.reason ?? new LeaseEndedError('lapsed');
    try {
      return await act();
    } catch (error) {
      if (!passes(error)) throw error;
      await pause(pauseMs, lease.signal);
    }
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
