/**
 * Counts tries of one caller, so that guessing takes too long: in the table, for all processes
 * together. Who has to wait is remembered here as well, so that trying on costs the table nothing.
 */
import type { AttemptRepository } from '../core/attempt.ts';

export interface AttemptsOptions {
  attempts: AttemptRepository;
  purpose: string;
  most: number;
  periodMs: number;
}

/** Callers remembered at once; the oldest are forgotten first. */
const MAX_CALLERS = 10_000;

export function createAttempts({ attempts, purpose, ...limit }: AttemptsOptions) {
  const waiting = new Map<string, number>();

  async function take(caller: string): Promise<{ ok: true } | { ok: false; seconds: string }> {
    const known = waiting.get(caller);
    if (known !== undefined && known > Date.now()) return refused(known);
    waiting.delete(caller);
    const taken = await attempts.take(purpose, caller, limit);
    if (taken.ok) return taken;
    waiting.set(caller, taken.until);
    const oldest = waiting.keys().next().value;
    if (waiting.size > MAX_CALLERS && oldest !== undefined) waiting.delete(oldest);
    return refused(taken.until);
  }

  return { take };
}

function refused(until: number) {
  return { ok: false as const, seconds: String(Math.ceil((until - Date.now()) / 1000)) };
}
