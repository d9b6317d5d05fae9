/** Names for fields with search: what the ticket's project has, where it may be filed, and who may answer. */
import type { Configuration } from './configuration.ts';
import type { Log } from './log.ts';
import type { Author } from './message.ts';
import { mayConfigure } from './permission.ts';
import type { OpenProject, ProjectFacts } from './project-facts.ts';
import type { Repositories } from './repositories.ts';
import { allowsProject, type EffectiveSettings } from './settings.ts';
import { conversationIdOf, type Place, type ThreadRef } from './thread.ts';
import { parseProjectRef } from './tracker.ts';
import type { TrackerAccess } from './tracker-access.ts';

export interface SuggestAsk {
  thread: ThreadRef;
  place: Place;
  actor: Author;
  field: 'labels' | 'milestone' | 'assignees' | 'project' | 'provider';
  /** The ticket's, `tracker:project`; absent: the thread's. */
  project?: string;
  /** What was typed so far. */
  text: string;
  limit: number;
}

/** `value` is what the field takes, `label` what people read. */
export interface Suggestion {
  value: string;
  label: string;
}

export interface SuggestOptions {
  repositories: Pick<Repositories, 'threads'>;
  configuration: Configuration;
  trackerAccess: TrackerAccess;
  facts: ProjectFacts;
  log: Log;
}

/** What begins with the text comes before what contains it. Nothing when the tracker does not answer. */
export function createSuggest(options: SuggestOptions) {
  const { repositories, configuration, trackerAccess, facts, log } = options;

  async function suggest(ask: SuggestAsk): Promise<Suggestion[]> {
    const { thread, place, actor } = ask;
    // A guest is not told what a project they may not see is made of.
    if (!mayConfigure(actor)) return [];
    const scope = { platform: thread.platform, place };
    if (ask.field === 'provider') {
      const names = await configuration.providerNames(scope, actor, 'conversation');
      return matching(names.map(same), ask);
    }
    const state = await repositories.threads.get(conversationIdOf(thread));
    const settings = await configuration.resolve(scope, actor, state?.settings ?? {});
    const ref = ask.project ?? settings.project;
    const fixed = ask.field === 'project' ? fixedProjects(settings) : [];
    if (!ref || !allowsProject(settings.allowedProjects, ref)) return matching(fixed, ask);
    try {
      const found = await read(await trackerAccess.open(ref, scope, actor), ask.field, settings);
      return matching([...fixed, ...found], ask);
    } catch (error) {
      log.warn('suggestions-not-available', { field: ask.field, project: ref }, error);
      return matching(fixed, ask);
    }
  }

  async function read(
    project: OpenProject,
    field: SuggestAsk['field'],
    { allowedProjects }: EffectiveSettings,
  ): Promise<Suggestion[]> {
    switch (field) {
      case 'labels':
        return (await facts.labels(project)).map(same);
      case 'milestone':
        return (await facts.milestones(project)).map(same);
      case 'assignees':
        return (await facts.assignees(project)).map(({ username, name }) => ({
          value: username,
          label: name === username ? username : `${name} (${username})`,
        }));
      default: {
        const { tracker } = parseProjectRef(project.ref);
        const found = await facts.projects(project);
        return found
          .map((one) => ({ value: `${tracker}:${one.project}`, label: one.name }))
          .filter(({ value }) => allowsProject(allowedProjects, value));
      }
    }
  }

  return suggest;
}

/** Projects that the settings name. */
function fixedProjects({ project, allowedProjects }: EffectiveSettings): Suggestion[] {
  const named = (allowedProjects ?? []).filter((entry) => !entry.endsWith('*'));
  const all = project === undefined ? named : [project, ...named];
  return all.filter((one) => allowsProject(allowedProjects, one)).map(same);
}

const same = (name: string): Suggestion => ({ value: name, label: name });

function matching(found: Suggestion[], { text, limit }: SuggestAsk): Suggestion[] {
  const wanted = text.trim().toLowerCase();
  const rank = ({ value, label }: Suggestion) => {
    const names = [value.toLowerCase(), label.toLowerCase()];
    if (names.some((name) => name.startsWith(wanted))) return 0;
    return names.some((name) => name.includes(wanted)) ? 1 : 2;
  };
  const seen = new Set<string>();
  const isNew = ({ value }: Suggestion) => !seen.has(value) && seen.add(value);
  return found
    .filter((one) => rank(one) < 2 && isNew(one))
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, limit);
}
