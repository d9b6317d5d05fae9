/** The limit of a stand-in tracker on what creates content: so many within a minute, then none for a while. */

const WINDOW_MS = 60_000;

export interface WriteLimit {
  /** Of one request: how long its client has to wait, in seconds; `undefined` when it may go on. */
  take(): number | undefined;
}

export interface WriteLimitOptions {
  perMinute: number;
  /** A client came again before its time. */
  onHaste(): void;
}

export function createWriteLimit({ perMinute, onHaste }: WriteLimitOptions): WriteLimit {
  let taken: number[] = [];
  let closedUntil = Number.NEGATIVE_INFINITY;
  return {
    take() {
      const now = performance.now();
      if (now < closedUntil) onHaste();
      taken = taken.filter((at) => at > now - WINDOW_MS);
      const [oldest = now] = taken;
      if (taken.length < perMinute) {
        taken.push(now);
        return undefined;
      }
      const seconds = Math.ceil((oldest + WINDOW_MS - now) / 1_000);
      closedUntil = now + seconds * 1_000;
      return seconds;
    },
  };
}
