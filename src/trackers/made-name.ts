/** A name that is to be made in a project: sent once; the project's own list settles what is not clear then. */
import { type MadeName, TrackerError } from '../core/tracker.ts';

/** A label or milestone as the project has it. */
export interface KnownName {
  name: string;
  /** A milestone that takes no more issues. */
  isClosed?: boolean;
}

export interface Making {
  tracker: string;
  project: string;
  name: string;
  create(): Promise<unknown>;
  /** Closed ones included. */
  list(): Promise<KnownName[]>;
}

/** Rejects with `TrackerError`, or with the signal's reason when aborted. */
export async function makeName(making: Making): Promise<MadeName> {
  if (isThere(making, await making.list())) return 'there';
  try {
    await making.create();
    return 'created';
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    if (error.kind !== 'refused' && error.kind !== 'ambiguous') throw error;
    // Somebody was faster, or only the answer was lost.
    if (!isThere(making, await making.list().catch(() => []))) throw error;
    return error.kind === 'ambiguous' ? 'created' : 'there';
  }
}

/** However it is spelt: a second one that differs by a capital letter helps nobody. */
function isThere({ tracker, project, name }: Making, known: KnownName[]): boolean {
  const wanted = name.toLowerCase();
  const found = known.filter((one) => one.name.toLowerCase() === wanted);
  if (found.length === 0 || found.some(({ isClosed }) => !isClosed)) return found.length > 0;
  const message = `${project} has a closed milestone "${name}". Open it again there, or choose another one.`;
  throw new TrackerError(tracker, 'refused', message);
}
