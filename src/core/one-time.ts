/** What works once: the table of codes and links as the core sees it. */

/** What works once and for minutes: a code, a link. Only the digest of its secret is stored. */
export interface OneTimeRepository {
  put(purpose: OneTimePurpose, secret: string, userId: string, expiresAt: number): Promise<void>;
  /** Whose it is; it works only once, and not after `expiresAt` (milliseconds since the epoch). */
  take(purpose: OneTimePurpose, secret: string): Promise<string | undefined>;
}

export type OneTimePurpose = 'link' | 'sign-in';
