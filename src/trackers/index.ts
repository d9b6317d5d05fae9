/** The trackers there are, each made when it is first needed. */
import { join } from 'node:path';
import type { ChooseTracker } from '../core/compose.ts';
import { ChatError } from '../core/errors.ts';
import { parseProjectRef, type Tracker } from '../core/tracker.ts';

export interface TrackersOptions {
  /** Where the local tracker keeps its issues. */
  dataDir: string;
}

/** The folder of the local tracker under the data directory. */
export const ISSUES_FOLDER = 'issues';

export function createTrackers({ dataDir }: TrackersOptions): ChooseTracker {
  const made = new Map<string, Promise<Tracker>>();

  return async function chooseTracker(project) {
    const { tracker } = parseProjectRef(project);
    const known = made.get(tracker) ?? makeTracker(tracker, dataDir);
    made.set(tracker, known);
    return known;
  };
}

async function makeTracker(name: string, dataDir: string): Promise<Tracker> {
  if (name !== 'local') {
    throw new ChatError(`There is no tracker named "${name}" connected here. There is: local.`);
  }
  const { createLocalTracker } = await import('./local.ts');
  return createLocalTracker({ directory: join(dataDir, ISSUES_FOLDER) });
}
