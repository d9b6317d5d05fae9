/** The trackers there are: the environment's and those that people connect, each made when it is first needed. */
import { join } from 'node:path';
import type { ChooseTracker } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import { secretPurpose, type TrackerConfig } from '../core/stored-config.ts';
import { parseProjectRef, type Tracker } from '../core/tracker.ts';
import type { GitHubAuth } from './github-connection.ts';
import { openStoredTracker, type StoredTrackerAccess } from './stored.ts';

export interface TrackersOptions {
  /** Where the local tracker keeps its issues. */
  dataDir: string;
  trackers: {
    github?: { access?: GitHubAuth; apiUrl?: string; attachments?: boolean };
    gitlab?: { token?: string; url?: string };
  };
}

export interface Trackers {
  /** Those that the environment has an access to. */
  names: string[];
  choose: ChooseTracker;
  /** Rejects with `ChatError` for an access that cannot be used. */
  open(config: TrackerConfig): Promise<Tracker>;
}

/** The folder of the local tracker under the data directory. */
export const ISSUES_FOLDER = 'issues';

/** Accesses that are kept open; each holds its queue of writes and what it learned. */
const MAX_KEPT = 1_000;

/** Without `access`, what people connected is out of reach. */
export function createTrackers(options: TrackersOptions, access?: StoredTrackerAccess): Trackers {
  const made = new Map<string, Promise<Tracker>>();

  function remember(key: string, make: () => Promise<Tracker>): Promise<Tracker> {
    const known = made.get(key) ?? make();
    made.delete(key);
    made.set(key, known);
    known.catch(() => made.get(key) === known && made.delete(key));
    const oldest = made.keys().next().value;
    if (made.size > MAX_KEPT && oldest !== undefined) made.delete(oldest);
    return known;
  }

  /** A changed config is another one; one that was made anew may have the same revision. */
  function open(config: TrackerConfig): Promise<Tracker> {
    const { revision, createdAt } = config;
    const key = JSON.stringify([secretPurpose('tracker', config), revision, createdAt]);
    return remember(key, () => openStoredTracker(config, access));
  }

  const { github, gitlab } = options.trackers;
  return {
    names: [...(github?.access ? ['github'] : []), ...(gitlab?.token ? ['gitlab'] : [])],
    open,
    choose(project, config) {
      if (config) return open(config);
      const { tracker } = parseProjectRef(project);
      return remember(tracker, () => makeTracker(tracker, options));
    },
  };
}

function notConnected(name: string, variable: string): string {
  return `${name} is not connected here: connect it in the console, or whoever runs me sets ${variable}.`;
}

/** SDKs are heavy: each is loaded with the first project that needs it. */
async function makeTracker(name: string, { dataDir, trackers }: TrackersOptions): Promise<Tracker> {
  switch (name) {
    case 'local': {
      const { createLocalTracker } = await import('./local.ts');
      return createLocalTracker({ directory: join(dataDir, ISSUES_FOLDER) });
    }
    case 'github': {
      const { access: auth, apiUrl: baseUrl, attachments = false } = trackers.github ?? {};
      if (!auth) throw new ChatError(notConnected('GitHub', 'GITHUB_TOKEN'));
      const { createGitHubTracker } = await import('./github.ts');
      return createGitHubTracker({ auth, attachments, trusted: true, ...(baseUrl && { baseUrl }) });
    }
    case 'gitlab': {
      const { token, url } = trackers.gitlab ?? {};
      if (!token) throw new ChatError(notConnected('GitLab', 'GITLAB_TOKEN'));
      const { createGitLabTracker, GITLAB_COM } = await import('./gitlab.ts');
      return createGitLabTracker({ url: url ?? GITLAB_COM, token, trusted: true });
    }
    default:
      throw new ChatError(`There is no tracker named "${name}". There are: local, github, gitlab.`);
  }
}
