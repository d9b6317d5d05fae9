/** Browsers that are signed in, as the core sees them in the table. */

/** Signed-in browsers. Only the digest of a session's secret is stored. */
export interface SessionRepository {
  open(secret: string, userId: string, expiresAt: number): Promise<void>;
  /** Whose it is, while it has not expired (milliseconds since the epoch) and was not closed. */
  find(secret: string): Promise<string | undefined>;
  close(secret: string): Promise<void>;
}
