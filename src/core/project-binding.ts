/** The project that a turn's research tools may read, and nothing else: opened with the asking person's access. */
import type { ThreadState } from './conversation.ts';
import type { Log } from './log.ts';
import type { ProjectFacts } from './project-facts.ts';
import { type PromptForm, toPromptForms } from './prompt-form.ts';
import { type Reading, requesterOf } from './reading.ts';
import { allowsProject, type EffectiveSettings } from './settings.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';
import { within } from './within.ts';

/** What a turn waits for the tracker's labels and forms, in milliseconds: a silent tracker must not delay the answer. */
const FACTS_MS = 2_000;

export interface ProjectBindingOptions {
  trackerAccess: Pick<TrackerAccess, 'open'>;
  facts: Pick<ProjectFacts, 'labels' | 'project' | 'templates'>;
  log: Log;
}

export function createProjectBinding({ trackerAccess, facts, log }: ProjectBindingOptions) {
  /** `undefined` where nothing may be read, or the tracker is not connected. */
  async function bindProject(
    reading: Reading,
    settings: EffectiveSettings,
  ): Promise<OpenedProject | undefined> {
    const { project, allowedProjects } = settings;
    if (!project || !allowsProject(allowedProjects, project)) return undefined;
    try {
      const { author } = requesterOf(reading);
      const opened = await trackerAccess.open(project, scopeOf(reading.thread), author);
      const isOpenToGuests = settings.isProjectBound || !hasGuests(reading);
      if (isOpenToGuests || (await facts.project(opened))?.visibility === 'public') return opened;
      log.info('project-kept-from-guests', { project });
      return undefined;
    } catch (error) {
      log.warn('tracker-not-available', { project }, error);
      return undefined;
    }
  }

  /** `undefined`: nobody could look them up, which is not to say that there are none. */
  async function labelsOf(bound: OpenedProject | undefined): Promise<string[] | undefined> {
    if (!bound) return undefined;
    try {
      return await within(FACTS_MS, facts.labels(bound));
    } catch (error) {
      log.warn('labels-not-available', { project: bound.project }, error);
      return undefined;
    }
  }

  async function formsOf(bound: OpenedProject | undefined): Promise<PromptForm[]> {
    if (!bound) return [];
    try {
      return toPromptForms((await within(FACTS_MS, facts.templates(bound))) ?? []);
    } catch {
      // No cause to warn: an access that files without reading the repository is as documented.
      log.info('forms-not-available', { project: bound.project });
      return [];
    }
  }

  return { bindProject, labelsOf, formsOf };
}

const scopeOf = ({ thread, place }: ThreadState) => ({ platform: thread.platform, place });

/** Guests of whom nothing was heard yet are not known: what is private is for the place to bind. */
export function hasGuests({ messages }: Pick<Reading, 'messages'>): boolean {
  return messages.some(({ author }) => author?.standing === 'guest');
}
