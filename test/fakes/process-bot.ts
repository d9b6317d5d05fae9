/** A bot as one process has it, on stand-ins: short leases, a local tracker, a model that does as told. */
import { type Bot, createBot } from '../../src/core/bot.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { createTable, type Table } from '../../src/db/client.ts';
import { createRepositories } from '../../src/db/index.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { createLocalTracker } from '../../src/trackers/local.ts';
import { type Faults, injectFaults, SOME_FAULTS } from '../faults.ts';
import { createStandInPlatform } from './chat-platform.ts';
import { TOKEN as GITHUB_TOKEN } from './github-world.ts';
import { TOKEN as GITLAB_TOKEN } from './gitlab-world.ts';
import { createScriptedProvider } from './scripted-provider.ts';

export type PortStep = `${'before' | 'after'} ${string}`;

export interface ProcessBotOptions {
  endpoint: string;
  tableName: string;
  chatUrl: string;
  issuesDirectory: string;
  /** A stand-in that issues go to, instead of the local tracker. */
  remote?: { tracker: 'github' | 'gitlab'; url: string; project: string };
  /** Faults of the table, repeatable by this seed; absent: none. */
  faultSeed?: number;
  /** Milliseconds. */
  leaseMs: number;
  /** Called before and after everything that leaves the process; of a call to a port with its name. */
  step?(what?: PortStep): Promise<void>;
  /** Called by the model before each event. */
  beforeEvent?(): Promise<void>;
}

export interface ProcessBot {
  bot: Bot;
  table: Table;
  /** How often each fault was met. */
  faults: Faults | undefined;
}

export function createProcessBot(options: ProcessBotOptions): ProcessBot {
  const { endpoint, tableName, leaseMs, step = async () => undefined } = options;
  const table = createTable({ tableName, region: 'us-east-1', endpoint });
  const { faultSeed } = options;
  const faults = faultSeed === undefined ? undefined : injectFaults(table, SOME_FAULTS, faultSeed);
  countRequestSteps(table, step);
  const platform = stepping(createStandInPlatform({ url: options.chatUrl }), step);
  const { remote, issuesDirectory: directory } = options;
  const tracker = remote
    ? createSteppingRemote(remote, step)
    : stepping(createLocalTracker({ directory }), step);
  const provider = createScriptedProvider({
    async beforeEvent() {
      await step();
      await options.beforeEvent?.();
    },
  });
  const bot = createBot({
    repositories: createRepositories(table),
    platforms: [platform],
    chooseProvider: async () => [{ provider, model: 'm' }],
    chooseTracker: async (): Promise<Tracker> => tracker,
    environment: { project: remote ? `${remote.tracker}:${remote.project}` : 'local:issues' },
    markerKeys: [new Uint8Array(32).fill(7)],
    log: { info() {}, warn() {}, error: () => 'reference' },
    timing: { leaseMs, renewMs: leaseMs / 4, settleMs: 10, resumeEveryMs: leaseMs / 2 },
  });
  return { bot, table, faults };
}

/** With a step before and after each of its requests. */
function createSteppingRemote(
  { tracker, url }: NonNullable<ProcessBotOptions['remote']>,
  step: () => Promise<void>,
): Tracker {
  const steppingFetch: typeof fetch = async (input, init) => {
    await step();
    const response = await fetch(input, init);
    await step();
    return response;
  };
  if (tracker === 'gitlab') {
    const timing = { retryMs: 1 };
    return createGitLabTracker({ url, token: GITLAB_TOKEN, timing, fetch: steppingFetch });
  }
  return createGitHubTracker({
    auth: { kind: 'token', token: GITHUB_TOKEN },
    baseUrl: url,
    timing: { writeGapMs: 0, retryMs: 1 },
    fetch: steppingFetch,
  });
}

function countRequestSteps({ documents }: Table, step: () => Promise<void>): void {
  documents.middlewareStack.add(
    (next) => async (args) => {
      await step();
      const result = await next(args);
      await step();
      return result;
    },
    { step: 'initialize', name: 'steps', priority: 'low' },
  );
}

/** Answered at once, by nothing that leaves the process. */
const SYNCHRONOUS: PropertyKey[] = ['editIntervalMs', 'linkTo'];

/** The same port, with a step before and after each of its asynchronous calls. */
function stepping<Port extends object>(port: Port, step: (what: PortStep) => Promise<void>): Port {
  return new Proxy(port, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function' || SYNCHRONOUS.includes(name)) return member;
      if (name === 'openReply')
        return (...args: unknown[]) => stepping(member.apply(target, args), step);
      return async (...args: unknown[]) => {
        await step(`before ${String(name)}`);
        const result = await member.apply(target, args);
        await step(`after ${String(name)}`);
        return result;
      };
    },
  });
}
