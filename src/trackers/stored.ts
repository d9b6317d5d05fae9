/** From an access that people entered to its tracker: the token opened, the address behind the guarded door. */
import { ChatError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { TRACKER_KINDS, type TrackerConfig } from '../core/stored-config.ts';
import type { Tracker } from '../core/tracker.ts';

export interface StoredTrackerAccess {
  /** Reaches only where the operator lets addresses of people lead. */
  fetch: typeof globalThis.fetch;
  /** The access's token in plain; rejects when it does not open any more. */
  openToken(config: TrackerConfig): Promise<string>;
  log: Log;
}

/** Rejects with `ChatError` for an access that this process cannot use. */
export async function openStoredTracker(
  config: TrackerConfig,
  access: StoredTrackerAccess | undefined,
): Promise<Tracker> {
  if (!access) throw new ChatError('Trackers that people connected cannot be used here.');
  const { name, baseUrl, appId, attachments = false } = config;
  const { fetch } = access;
  const kind = TRACKER_KINDS.find((known) => known === config.kind);
  if (!kind) {
    throw new ChatError(
      `The tracker "${name}" was connected as "${config.kind}", which this version does not know. Connect it again.`,
    );
  }
  const token = await openToken(config, access);
  if (kind === 'gitlab') {
    const { createGitLabTracker, GITLAB_COM } = await import('./gitlab.ts');
    return createGitLabTracker({ url: baseUrl ?? GITLAB_COM, token, fetch });
  }
  const { createGitHubTracker } = await import('./github.ts');
  const auth =
    appId === undefined
      ? { kind: 'token' as const, token }
      : { kind: 'app' as const, appId, privateKey: token };
  return createGitHubTracker({ auth, attachments, fetch, ...(baseUrl && { baseUrl }) });
}

async function openToken(config: TrackerConfig, { openToken: open, log }: StoredTrackerAccess) {
  const { name } = config;
  try {
    return await open(config);
  } catch (cause) {
    const reference = log.error('tracker-token-not-opened', { tracker: name }, cause);
    throw new ChatError(
      `The token of the tracker "${name}" cannot be read any more. Whoever connected it has to enter it again (reference ${reference}).`,
      { cause },
    );
  }
}
