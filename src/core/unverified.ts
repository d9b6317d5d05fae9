/**
 * Requests whose sender could not be verified. Anybody may send such, so the log hears of each reason
 * once a minute at most, with how many there were.
 */
import type { Log, LogFields } from './log.ts';

/** `clock`: the time it was signed at is too far from the time here. */
export type Unverified = 'no signature' | 'another secret' | 'clock';

/** Milliseconds between two lines of one reason. */
const QUIET_MS = 60_000;

export interface UnverifiedLogOptions {
  log: Log;
  event: 'slack-not-verified' | 'webhook-not-verified';
  fields?: LogFields;
}

export function createUnverifiedLog({ log, event, fields }: UnverifiedLogOptions) {
  const told = new Map<Unverified, { at: number; since: number }>();
  return (reason: Unverified): void => {
    const { at, since } = told.get(reason) ?? { at: Number.NEGATIVE_INFINITY, since: 0 };
    const now = performance.now();
    if (now - at < QUIET_MS) return void told.set(reason, { at, since: since + 1 });
    told.set(reason, { at: now, since: 0 });
    log.warn(event, { ...fields, reason, count: since + 1 });
  };
}
