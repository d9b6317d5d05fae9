/**
 * With whose token a project is opened: the person's own, else the workspace's, else the
 * environment's. In a shared place one's own counts only on the server that the place uses anyway:
 * else anybody could lead a thread's words to a server of theirs under the project's name.
 */
import type { ChooseTracker } from './compose.ts';
import type { Configuration, Scope } from './configuration.ts';
import { ChatError } from './errors.ts';
import type { Author } from './message.ts';
import type { OpenProject } from './project-facts.ts';
import type { Repositories } from './repositories.ts';
import { type ConfigOwner, secretPurpose, type TrackerConfig } from './stored-config.ts';
import { parseProjectRef } from './tracker.ts';

/** A stored access by its owner and name; absent: the environment's. */
export interface AccessRef {
  owner: ConfigOwner;
  name: string;
}

/** What was to be filed with it can never be asked after: whoever goes on has to look. */
export class AccessGoneError extends ChatError {
  constructor(what: string) {
    super(`${what} Look whether the issue is there before you approve again.`);
  }
}

export interface OpenedProject extends OpenProject {
  accessRef: AccessRef | undefined;
  /** The address that the project's tracker was asked at; empty where it has none. */
  server: string;
}

/** What an approved ticket is filed with; of one approved long ago the server may not be known. */
export interface UsedAccess {
  access?: AccessRef;
  server?: string;
}

export interface TrackerAccess {
  /** Rejects with `ChatError` when no tracker of this name is connected. */
  open(ref: string, scope: Scope, person: Author): Promise<OpenedProject>;
  /** With the very access that was used before; rejects with `AccessGoneError` when it was removed, or leads elsewhere now. */
  reopen(ref: string, used: UsedAccess): Promise<OpenedProject>;
}

export interface TrackerAccessOptions {
  configuration: Pick<Configuration, 'trackersOf'>;
  trackerConfigs: Pick<Repositories['trackerConfigs'], 'getTrackerConfig'>;
  chooseTracker: ChooseTracker;
  /** Base URLs of the environment's trackers, by their names; absent: the vendor's own. */
  environmentUrls: Partial<Record<string, string>>;
}

export function createTrackerAccess(options: TrackerAccessOptions): TrackerAccess {
  const { configuration, trackerConfigs, chooseTracker, environmentUrls } = options;

  async function openWith(ref: string, config: TrackerConfig | undefined): Promise<OpenedProject> {
    const { tracker: kind, project } = parseProjectRef(ref);
    const tracker = await chooseTracker(ref, config);
    const server = serverOf(kind, config ? config.baseUrl : environmentUrls[kind]);
    const accessRef = config && { owner: config.owner, name: config.name };
    const access = config ? secretPurpose('tracker', config) : 'environment';
    return { ref, tracker, project, access, accessRef, server };
  }

  async function open(ref: string, scope: Scope, person: Author): Promise<OpenedProject> {
    const { tracker } = parseProjectRef(ref);
    const trackers = await configuration.trackersOf(scope, person);
    const shared = pick(trackers.workspace, tracker);
    const own = pick(trackers.person, tracker);
    const server = serverOf(tracker, shared ? shared.baseUrl : environmentUrls[tracker]);
    const mayUseOwn = scope.place.visibility === 'dm' || serverOf(tracker, own?.baseUrl) === server;
    return openWith(ref, own && mayUseOwn ? own : shared);
  }

  async function reopen(ref: string, { access, server }: UsedAccess): Promise<OpenedProject> {
    const opened = await openWith(ref, access && (await findConfig(ref, access)));
    if (server === undefined || server === opened.server) return opened;
    throw new AccessGoneError(
      `It was to be filed at ${server}, and ${ref} is at ${opened.server} now.`,
    );
  }

  async function findConfig(ref: string, { owner, name }: AccessRef): Promise<TrackerConfig> {
    const config = await trackerConfigs.getTrackerConfig(owner, name);
    if (config?.kind === parseProjectRef(ref).tracker) return config;
    throw new AccessGoneError(
      `The access "${name}" it was to be filed with was removed meanwhile.`,
    );
  }

  return { open, reopen };
}

/** The one of the tracker's own name, else the first of its kind. */
function pick(configs: TrackerConfig[], tracker: string): TrackerConfig | undefined {
  return (
    configs.find(({ name, kind }) => name === tracker && kind === tracker) ??
    configs.find(({ kind }) => kind === tracker)
  );
}

/** Where the SDKs go without a base URL. */
const VENDOR_URLS: Partial<Record<string, string>> = {
  github: 'https://api.github.com',
  gitlab: 'https://gitlab.com',
};

/** The same for every way to write one server's address; a path keeps its case, as servers may. */
function serverOf(tracker: string, url: string | undefined): string {
  const address = url ?? VENDOR_URLS[tracker];
  if (address === undefined) return '';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
