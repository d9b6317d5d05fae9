/** Finds out what a person should know about a draft before deciding. What cannot be asked is not said. */
import type { Advice, UnknownName } from './advice.ts';
import type { Configuration, Scope } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { judgeDuplicates } from './duplicates.ts';
import type { Log } from './log.ts';
import { hasGuests } from './project-binding.ts';
import type { ProjectFacts } from './project-facts.ts';
import { TAIL_LIMIT } from './reading.ts';
import type { Repositories } from './repositories.ts';
import { projectFor } from './routing.ts';
import { allowsProject, type EffectiveSettings } from './settings.ts';
import { chooseTemplate, type Poured, pour } from './template.ts';
import { addedBy, describeAdded } from './template-presets.ts';
import type { Ticket } from './ticket.ts';
import { parseProjectRef, type TemplatePresets } from './tracker.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';

export interface AdvisorOptions {
  repositories: Pick<Repositories, 'threads'>;
  configuration: Configuration;
  trackerAccess: Pick<TrackerAccess, 'open'>;
  facts: ProjectFacts;
  /** Names of those that the environment has an access to. */
  environmentTrackers: string[];
  log: Log;
}

interface PouredInto extends Poured {
  template: string;
  presets?: TemplatePresets | undefined;
}

export interface Advisor {
  /** Never rejects; an empty advice is none. */
  adviseOn(thread: ThreadState, ticket: Ticket, signal: AbortSignal): Promise<Advice>;
  /** The draft in the project's own template, where it has a fitting one that can be read. */
  pour(ticket: Ticket, opened: OpenedProject): Promise<PouredInto | undefined>;
}

const MAX_FOUND = 10;
const MAX_PROJECTS = 25;

export function createAdvisor(options: AdvisorOptions): Advisor {
  const { repositories, configuration, trackerAccess, facts, log } = options;

  /** One thing that cannot be found out keeps nothing else from being said. */
  async function attempt<Value>(what: string, ask: () => Promise<Value>) {
    try {
      return await ask();
    } catch (error) {
      log.warn('advice-not-available', { what }, error);
      return undefined;
    }
  }

  async function pourInto(ticket: Ticket, opened: OpenedProject) {
    const templates = await attempt('templates', () => facts.templates(opened));
    const template = chooseTemplate(templates ?? [], ticket.type);
    if (!template) return undefined;
    const { name, presets } = template;
    return { ...pour(template, ticket), template: name, presets };
  }

  /** Of a template's labels those that the project has. */
  async function findAdded(ticket: Ticket, opened: OpenedProject, presets: TemplatePresets) {
    const added = addedBy(presets, ticket);
    const known = added.labels.length > 0 ? await facts.labels(opened) : [];
    return { ...added, labels: added.labels.filter((name) => isAmong(known, name)) };
  }

  async function findUnknown(ticket: Ticket, opened: OpenedProject): Promise<UnknownName[]> {
    // The local tracker takes any name.
    if (opened.tracker.name === 'local') return [];
    const { labels, assignees, milestone } = ticket;
    const [known, people, milestones] = await Promise.all([
      labels.length > 0 ? facts.labels(opened) : [],
      assignees.length > 0 ? facts.assignees(opened) : [],
      milestone ? facts.milestones(opened) : [],
    ]);
    const usernames = people.map(({ username }) => username);
    return [
      ...missingOf('labels', labels, known),
      ...missingOf('assignees', assignees, usernames),
      ...missingOf('milestone', milestone ? [milestone] : [], milestones),
    ];
  }

  async function findDuplicates(ticket: Ticket, opened: OpenedProject, signal: AbortSignal) {
    const { tracker, project } = opened;
    return judgeDuplicates(
      ticket,
      await tracker.searchIssues(project, ticket.title, MAX_FOUND, signal),
    );
  }

  async function warningOf({ place }: ThreadState, opened: OpenedProject) {
    if (place.visibility !== 'private') return undefined;
    if ((await facts.project(opened))?.visibility !== 'public') return undefined;
    return `${opened.ref} is public, and this channel is private: filing it there has to be confirmed.`;
  }

  /** A card is for everybody in the thread; whom nothing was heard of yet, nobody knows. */
  async function isReadByGuests({ conversationId }: ThreadState, { origin }: Ticket) {
    if (origin.requester.standing === 'guest') return true;
    const tail = await repositories.threads.readTail(conversationId, TAIL_LIMIT);
    return hasGuests(tail ?? { messages: [] });
  }

  /** What is private is for the place to bind, as for the research tools. */
  async function isKept(
    thread: ThreadState,
    ticket: Ticket,
    { project, isProjectBound }: EffectiveSettings,
    opened: OpenedProject,
  ) {
    if (isProjectBound && project === opened.ref) return false;
    if ((await facts.project(opened))?.visibility === 'public') return false;
    return isReadByGuests(thread, ticket);
  }

  async function fill(ticket: Ticket, opened: OpenedProject) {
    const poured = await pourInto(ticket, opened);
    const { presets } = poured ?? {};
    if (!presets) return { poured };
    const added = await attempt('presets', () => findAdded(ticket, opened, presets));
    return { poured, adds: added && describeAdded(added) };
  }

  async function about(
    thread: ThreadState,
    ticket: Ticket,
    opened: OpenedProject,
    signal: AbortSignal,
  ) {
    const [duplicates, unknown, { poured, adds = '' }, warning] = await Promise.all([
      attempt('duplicates', () => findDuplicates(ticket, opened, signal)),
      attempt('names', () => findUnknown(ticket, opened)),
      fill(ticket, opened),
      attempt('visibility', () => warningOf(thread, opened)),
    ]);
    return {
      ...(duplicates && duplicates.length > 0 && { duplicates }),
      ...(unknown && unknown.length > 0 && { unknown }),
      ...(poured && { template: poured.template }),
      ...(adds !== '' && { adds }),
      ...(poured && poured.missing.length > 0 && { missing: poured.missing }),
      ...(warning !== undefined && { warning }),
    };
  }

  /** Those that are named here, and those that the connected trackers show. */
  async function findProjects(thread: ThreadState, ticket: Ticket, settings: EffectiveSettings) {
    const scope = scopeOf(thread);
    const { requester } = ticket.origin;
    const readByGuests = await isReadByGuests(thread, ticket);
    const { allowedProjects = [], routes } = settings;
    const named = [
      ...allowedProjects.filter((entry) => !entry.endsWith('*')),
      ...routes.map(({ project }) => project),
    ];
    const { person, workspace } = await configuration.trackersOf(scope, requester);
    const kinds = new Set([
      ...[...person, ...workspace].map(({ kind }) => kind),
      ...options.environmentTrackers,
      ...allowedProjects.map((entry) => parseProjectRef(entry).tracker).filter(Boolean),
    ]);
    const listed = await Promise.all(
      [...kinds].map((kind) =>
        attempt('projects', async () => {
          const opened = await trackerAccess.open(`${kind}:`, scope, requester);
          const found = await facts.projects(opened);
          const shown = found.filter(({ visibility }) => !readByGuests || visibility === 'public');
          return shown.map(({ project }) => `${kind}:${project}`);
        }),
      ),
    );
    const all = new Set([...named, ...listed.flatMap((found) => found ?? [])]);
    return [...all]
      .filter((ref) => allowsProject(settings.allowedProjects, ref))
      .slice(0, MAX_PROJECTS);
  }

  async function adviseOn(thread: ThreadState, ticket: Ticket, signal: AbortSignal) {
    const advice = await attempt('project', async (): Promise<Advice> => {
      const scope = scopeOf(thread);
      const { requester } = ticket.origin;
      const settings = await configuration.resolve(scope, requester, thread.settings);
      const project = projectFor(settings, ticket);
      if (project === undefined || !allowsProject(settings.allowedProjects, project)) {
        const projects = await findProjects(thread, ticket, settings);
        return projects.length > 0 ? { projects } : {};
      }
      const opened = await trackerAccess.open(project, scope, requester);
      if (await isKept(thread, ticket, settings, opened)) return {};
      return about(thread, ticket, opened, signal);
    });
    return advice ?? {};
  }

  return { adviseOn, pour: pourInto };
}

const scopeOf = ({ thread, place }: ThreadState): Scope => ({ platform: thread.platform, place });

function missingOf(
  field: UnknownName['field'],
  names: string[],
  known: readonly string[],
): UnknownName[] {
  return names.filter((name) => !isAmong(known, name)).map((name) => ({ field, name }));
}

const isAmong = (known: readonly string[], name: string) =>
  known.some((one) => one.toLowerCase() === name.toLowerCase());
