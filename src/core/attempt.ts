/** Tries that are counted by all processes together, as the core sees them in the table. */

/** Tries of one caller at something, counted by all processes together. Only the caller's digest is stored. */
export interface AttemptRepository {
  /** One more try of at most `most` in a period; `until` (milliseconds since the epoch): the caller has to wait. */
  take(
    purpose: string,
    caller: string,
    limit: { most: number; periodMs: number },
  ): Promise<{ ok: true } | { ok: false; until: number }>;
}
