/** Names for fields with search: what the ticket's project has, where it may be filed, and who may answer. */
import type { Configuration, Scope } from './configuration.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import type { Author } from './message.ts';
import { mayConfigure } from './permission.ts';
import type { OpenProject, ProjectFacts } from './project-facts.ts';
import type { Repositories } from './repositories.ts';
import { allowsProject, type EffectiveSettings, projectRefSchema } from './settings.ts';
import { TRACKER_KINDS } from './stored-config.ts';
import { conversationIdOf, type Place, type ThreadRef } from './thread.ts';
import { parseProjectRef } from './tracker.ts';
import type { TrackerAccess } from './tracker-access.ts';
import { within } from './within.ts';

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

/** Out of the three seconds that Slack and Discord wait, in milliseconds. */
const LISTING_MS = 1_500;
/** The longest that Slack's selects give back as it is. */
const MAX_TYPED = 75;

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
    if (ask.field === 'project') return matching(await findProjects(ask, scope, settings), ask);
    if (!ref || !allowsProject(settings.allowedProjects, ref)) return [];
    try {
      return matching(await read(await trackerAccess.open(ref, scope, actor), ask.field), ask);
    } catch (error) {
      log.warn('suggestions-not-available', { field: ask.field, project: ref }, error);
      return [];
    }
  }

  async function read(
    project: OpenProject,
    field: 'labels' | 'milestone' | 'assignees',
  ): Promise<Suggestion[]> {
    if (field === 'labels') return (await facts.labels(project)).map(same);
    if (field === 'milestone') return (await facts.milestones(project)).map(same);
    return (await facts.assignees(project)).map(({ username, name }) => ({
      value: username,
      label: name === username ? username : `${name} (${username})`,
    }));
  }

  /** Those that are named here, those of every tracker there is, and the one that is typed in full. */
  async function findProjects(
    { actor, project, text }: SuggestAsk,
    scope: Scope,
    settings: EffectiveSettings,
  ): Promise<Suggestion[]> {
    const { allowedProjects = [] } = settings;
    const kinds = [
      project ?? settings.project ?? '',
      ...TRACKER_KINDS.map((kind) => toRef(kind)),
      ...allowedProjects,
    ]
      .map((ref) => parseProjectRef(ref).tracker)
      .filter(Boolean);
    const listed = await Promise.all(
      [...new Set(kinds)].map((kind) => within(LISTING_MS, listProjects(kind, scope, actor))),
    );
    const typed = projectRefSchema.max(MAX_TYPED).safeParse(text.trim()).data;
    return [
      ...namedProjects(settings),
      ...listed.flatMap((found) => found ?? []),
      ...(typed === undefined ? [] : [same(typed)]),
    ].filter(({ value }) => allowsProject(settings.allowedProjects, value));
  }

  /** None of a tracker that is not connected, or does not answer. */
  async function listProjects(kind: string, scope: Scope, actor: Author): Promise<Suggestion[]> {
    try {
      const found = await facts.projects(await trackerAccess.open(toRef(kind), scope, actor));
      return found.map(({ project, name }) => {
        const value = toRef(kind, project);
        return { value, label: name === project ? value : `${name} (${value})` };
      });
    } catch (error) {
      if (!(error instanceof ChatError)) {
        log.warn('suggestions-not-available', { field: 'project', tracker: kind }, error);
      }
      return [];
    }
  }

  return suggest;
}

const toRef = (kind: string, project = '') => `${kind}:${project}`;

/** Projects that the settings name. */
function namedProjects({ project, allowedProjects = [] }: EffectiveSettings): Suggestion[] {
  const named = allowedProjects.filter((entry) => !entry.endsWith('*'));
  return (project === undefined ? named : [project, ...named]).map(same);
}

const same = (name: string): Suggestion => ({ value: name, label: name });

function matching(found: Suggestion[], { text, limit }: SuggestAsk): Suggestion[] {
  const wanted = text.trim().toLowerCase();
  const rank = ({ value, label }: Suggestion) => {
    // A project is looked for by its path as well, without its tracker.
    const path = value.slice(value.indexOf(':') + 1);
    const names = [value, label, path].map((name) => name.toLowerCase());
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
