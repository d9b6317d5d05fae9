/** The trackers there are, each made when it is first needed. */
import { join } from 'node:path';
import type { ChooseTracker } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import { parseProjectRef, type Tracker } from '../core/tracker.ts';
import type { GitHubAuth } from './github-connection.ts';

export interface TrackersOptions {
  /** Where the local tracker keeps its issues. */
  dataDir: string;
  trackers: {
    github?: { access?: GitHubAuth; apiUrl?: string };
    gitlab?: { token?: string; url?: string };
  };
}

/** The folder of the local tracker under the data directory. */
export const ISSUES_FOLDER = 'issues';

export function createTrackers(options: TrackersOptions): ChooseTracker {
  const made = new Map<string, Promise<Tracker>>();

  return async function chooseTracker(project) {
    const { tracker } = parseProjectRef(project);
    const known = made.get(tracker) ?? makeTracker(tracker, options);
    made.set(tracker, known);
    return known;
  };
}

/** SDKs are heavy: each is loaded with the first project that needs it. */
async function makeTracker(name: string, { dataDir, trackers }: TrackersOptions): Promise<Tracker> {
  switch (name) {
    case 'local': {
      const { createLocalTracker } = await import('./local.ts');
      return createLocalTracker({ directory: join(dataDir, ISSUES_FOLDER) });
    }
    case 'github': {
      const { access: auth, apiUrl: baseUrl } = trackers.github ?? {};
      if (!auth) throw new ChatError('GitHub is not connected here: GITHUB_TOKEN is not set.');
      const { createGitHubTracker } = await import('./github.ts');
      return createGitHubTracker({ auth, ...(baseUrl && { baseUrl }) });
    }
    case 'gitlab': {
      const { token, url } = trackers.gitlab ?? {};
      if (!token) throw new ChatError('GitLab is not connected here: GITLAB_TOKEN is not set.');
      const { createGitLabTracker, GITLAB_COM } = await import('./gitlab.ts');
      return createGitLabTracker({ url: url ?? GITLAB_COM, token });
    }
    default:
      throw new ChatError(`There is no tracker named "${name}". There are: local, github, gitlab.`);
  }
}
