/** Bots for tests: on a real engine, with a model, a tracker and a chat that do as told. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import { type Bot, type BotOptions, createBot } from '../../src/core/bot.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { readPrompt } from '../../src/core/prompt.ts';
import type {
  Provider,
  ProviderChoice,
  ProviderEvent,
  ProviderRequest,
} from '../../src/core/provider.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Settings } from '../../src/core/settings.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { NewIssue, Tracker, TrackerError } from '../../src/core/tracker.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { createIdleTracker, toCreatedIssue } from '../fakes/idle-tracker.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';

export const USAGE = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 };

export type Script = (
  request: ProviderRequest,
  signal: AbortSignal,
) => AsyncIterable<ProviderEvent>;

/** Says which user messages it was shown, and drafts a ticket when one of them asks for it. */
export async function* echo(request: ProviderRequest): AsyncIterable<ProviderEvent> {
  const { messages } = readPrompt(request.messages);
  const said = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  const toolsRan = request.messages.at(-1)?.role === 'tool';
  const title = /^draft (.+)$/.exec(said.at(-1) ?? '')?.[1];
  if (title && !toolsRan) {
    const tickets = [{ ...DRAFT, title }];
    yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    yield { type: 'end', stopReason: 'tools', usage: USAGE };
    return;
  }
  yield { type: 'text', text: `heard: ${said.join(' | ')}` };
  yield { type: 'end', stopReason: 'end', usage: USAGE };
}

/** A model that has nothing to say. */
export async function* sayNothing(): AsyncIterable<ProviderEvent> {
  yield { type: 'end', stopReason: 'end', usage: USAGE };
}

/** A tracker whose projects everybody reads, but for one. */
export const openBut = (closed: string): Partial<Tracker> => ({
  getProject: async (project) => ({
    ...{ project, projectId: project, name: project, host: 'local' },
    visibility: project === closed ? 'private' : 'public',
  }),
});

/** Keeps what it is asked to file; throws the `faults` first, after having filed if they are ambiguous. */
function createFakeTracker(parts: Partial<Tracker>) {
  const issues: NewIssue[] = [];
  const faults: TrackerError[] = [];
  const file = (issue: NewIssue) => toCreatedIssue(issue, String(issues.push(issue)));
  const tracker = createIdleTracker({
    async createIssue(issue) {
      const fault = faults.shift();
      if (fault?.kind === 'ambiguous') file(issue);
      if (fault) throw fault;
      return file(issue);
    },
    async getIssue(project, number) {
      const issue = issues[Number(number) - 1];
      if (!issue) return undefined;
      const { url } = toCreatedIssue({ project }, number);
      return { project, number, title: issue.title, url, state: 'open' };
    },
    async findIssueByMarker(project, marker) {
      const index = issues.findIndex((issue) => issue.marker === marker);
      return index < 0 ? undefined : toCreatedIssue({ project }, String(index + 1));
    },
    ...parts,
  });
  return { tracker, issues, faults };
}

/** A model that never says a word. */
export async function* hang(
  signal: AbortSignal,
  onBegun: () => void,
): AsyncIterable<ProviderEvent> {
  onBegun();
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  yield* [];
}

export const silent = { debug() {}, info() {}, warn() {}, error: () => 'ref-1' };
export const thread = {
  platform: 'terminal',
  workspaceId: 'w',
  channelId: 'c',
  threadId: 't',
} as const;
export const place = { workspaceId: 'w', channelId: 'c', visibility: 'public' } as const;
export const ann = { identity: 'terminal::ann', name: 'Ann', standing: 'member' } as const;
export const eve = { identity: 'terminal::eve', name: 'Eve', standing: 'guest' } as const;

let messageCount = 0;

/** Inside a `describe`: starts an engine for it, and closes the bots of each test. */
export function useBots() {
  let engine: TestEngine;
  const bots: Bot[] = [];

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((bot) => bot.close(0)));
  });
  afterAll(() => engine.stop());

  async function setUp({
    script = echo as Script,
    environment = {} as Settings,
    shared = '',
    choice = {} as Partial<ProviderChoice>,
    tracker: parts = {} as Partial<Tracker>,
    more = {} as Partial<BotOptions>,
  } = {}) {
    const table = await engine.table(shared || undefined);
    const repositories = createRepositories(table);
    const platform = createRecordingPlatform();
    const tracker = createFakeTracker(parts);
    const requests: ProviderRequest[] = [];
    const provider: Provider = {
      name: 'script',
      stream(request, signal) {
        requests.push(request);
        return script(request, signal);
      },
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }),
    };
    const bot = createBot({
      repositories,
      platforms: [platform],
      chooseProvider: async () => [{ provider, model: 'm', ...choice }],
      chooseTracker: async () => tracker.tracker,
      environment: { project: 'local:issues', ...environment },
      markerKeys: [new Uint8Array(32)],
      log: silent,
      // The lease outlasts a busy machine.
      timing: { leaseMs: 2_500, renewMs: 200, settleMs: 10, commandMs: 2_500 },
      ...more,
    });
    bots.push(bot);
    return { bot, table, repositories, platform, requests, ...tracker };
  }

  function say(text: string, more: Partial<IncomingMessage> = {}): IncomingMessage {
    messageCount += 1;
    return {
      id: `m${String(messageCount).padStart(5, '0')}`,
      sentAt: new Date().toISOString(),
      thread,
      place,
      author: ann,
      text,
      addressed: true,
      topLevel: false,
      ...more,
    };
  }

  const command = (bot: Bot, what: Command, actor: IncomingMessage['author'] = ann) =>
    bot.handleAction({ thread, place, actor, command: what });

  async function talk(bot: Bot, ...messages: IncomingMessage[]) {
    for (const message of messages) {
      await bot.handleMessage(message);
      await bot.idle();
    }
  }

  const readThread = (repositories: Repositories) =>
    repositories.threads.get(conversationIdOf(thread));
  const readMessages = async (repositories: Repositories) =>
    (await repositories.messages.listMessages(conversationIdOf(thread))).items;
  const readTickets = async (repositories: Repositories) =>
    (await repositories.tickets.listTickets(conversationIdOf(thread))).items;

  return { setUp, say, command, talk, readThread, readMessages, readTickets };
}
