/**
 * Tokens that rotate live twelve hours, and what renews them works once. One process renews, the
 * others go on with the old token, which stays good until it ends, or wait for the new one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../src/core/log.ts';
import type { MarkRepository } from '../../src/core/mark.ts';
import type { Access } from './oauth.ts';
import { refusalOf } from './refusals.ts';
import type { Grant, Installed, Vault } from './vault.ts';

/** Milliseconds left at which a token is renewed, as Slack's own SDK does it. */
const RENEW_WITHIN_MS = 7_200_000;
/** What is left of a token that is gone on with: it is remembered for a minute. */
const SPARE_MS = 90_000;
/** Nobody needs longer to renew one, in milliseconds: then another process may try. */
const RENEWING_MS = 30_000;
const LOOK_EVERY_MS = 100;
const KEEP_TRIES = 8;
const KEEP_EVERY_MS = 500;

export interface RotationOptions {
  vault: Vault;
  marks: Pick<MarkRepository, 'take' | 'giveBack'>;
  /** Asks Slack; rejects when it does not give another token. */
  refresh(refreshToken: string): Promise<Access>;
  log: Log;
}

/** The same, with a token that is good for a while. */
export type Renew = (installed: Installed) => Promise<Installed>;

export function createRotation({ vault, marks, refresh, log }: RotationOptions): Renew {
  async function renew(installed: Installed): Promise<Installed> {
    const { expiresAt = Number.POSITIVE_INFINITY, refreshToken } = installed.grant;
    const leftMs = expiresAt - Date.now();
    if (!refreshToken || leftMs > RENEW_WITHIN_MS) return installed;
    const { workspaceId, revision } = installed.stored;
    const claim = `rotation:${workspaceId}:${revision}`;
    if (await marks.take('slack', claim, Date.now() + RENEWING_MS)) {
      return exchange(installed, refreshToken, claim);
    }
    return leftMs > SPARE_MS ? installed : waitForOther(installed);
  }

  async function exchange(seen: Installed, refreshToken: string, claim: string) {
    const { workspaceId } = seen.stored;
    try {
      const access = await refresh(refreshToken);
      const next = await keep(seen, { ...seen.grant, ...access });
      log.info('slack-token-renewed', { workspaceId });
      return next ?? seen;
    } catch (error) {
      await marks.giveBack('slack', claim);
      log.warn('slack-token-not-renewed', { workspaceId, code: refusalOf(error) }, error);
      // Refused because it was used meanwhile: then there is a newer one.
      const stored = await vault.read(workspaceId);
      if (stored && stored.stored.revision !== seen.stored.revision) return stored;
      if ((seen.grant.expiresAt ?? 0) > Date.now()) return seen;
      throw error;
    }
  }

  /** What Slack gave is given once: an outage of the table is sat out. */
  async function keep(
    seen: Installed,
    grant: Grant,
    tries = KEEP_TRIES,
  ): Promise<Installed | undefined> {
    try {
      return await vault.replace(seen, grant);
    } catch (error) {
      if (tries <= 1) throw error;
      await delay(KEEP_EVERY_MS);
      return keep(seen, grant, tries - 1);
    }
  }

  async function waitForOther(seen: Installed): Promise<Installed> {
    const until = performance.now() + RENEWING_MS;
    while (performance.now() < until) {
      await delay(LOOK_EVERY_MS);
      const stored = await vault.read(seen.stored.workspaceId);
      if (!stored) break;
      if (stored.stored.revision !== seen.stored.revision) return stored;
    }
    return renew(seen);
  }

  return renew;
}
