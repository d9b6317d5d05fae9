/** Counts tries of one caller, so that guessing takes too long. Each process counts its own. */

export interface AttemptsOptions {
  most: number;
  periodMs: number;
  now?: () => number;
}

/** Callers remembered at once; the oldest are forgotten first. */
const MAX_CALLERS = 10_000;

export function createAttempts({ most, periodMs, now = Date.now }: AttemptsOptions) {
  const callers = new Map<string, { count: number; until: number }>();

  function take(caller: string): { ok: true } | { ok: false; seconds: string } {
    const time = now();
    const known = callers.get(caller);
    const current = known && known.until > time ? known : { count: 0, until: time + periodMs };
    current.count += 1;
    callers.delete(caller);
    callers.set(caller, current);
    const oldest = callers.keys().next().value;
    if (callers.size > MAX_CALLERS && oldest !== undefined) callers.delete(oldest);
    if (current.count <= most) return { ok: true };
    return { ok: false, seconds: String(Math.ceil((current.until - time) / 1000)) };
  }

  return { take };
}
