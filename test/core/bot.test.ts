/** The bot through its own front door, on a real engine, with a model and a chat that do as told. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import { type Bot, createBot } from '../../src/core/bot.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { readPrompt, SUMMARY_PROMPT } from '../../src/core/prompt.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '../../src/core/provider.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Settings } from '../../src/core/settings.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { NewIssue } from '../../src/core/tracker.ts';
import { TrackerError } from '../../src/core/tracker.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { createIdleTracker, toCreatedIssue } from '../fakes/idle-tracker.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';

const USAGE = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 };

type Script = (request: ProviderRequest, signal: AbortSignal) => AsyncIterable<ProviderEvent>;

/** Says which user messages it was shown, and drafts a ticket when one of them asks for it. */
async function* echo(request: ProviderRequest): AsyncIterable<ProviderEvent> {
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

function createFakeTracker() {
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
    async findIssueByMarker(project, marker) {
      const index = issues.findIndex((issue) => issue.marker === marker);
      return index < 0 ? undefined : toCreatedIssue({ project }, String(index + 1));
    },
  });
  return { tracker, issues, faults };
}

/** A model that never says a word. */
async function* hang(signal: AbortSignal, onBegun: () => void): AsyncIterable<ProviderEvent> {
  onBegun();
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  yield* [];
}

const silent = { debug() {}, info() {}, warn() {}, error: () => 'ref-1' };
const thread = { platform: 'terminal', workspaceId: 'w', channelId: 'c', threadId: 't' } as const;
const place = { workspaceId: 'w', channelId: 'c', visibility: 'public' } as const;
const ann = { identity: 'terminal::ann', name: 'Ann', standing: 'member' } as const;
const eve = { identity: 'terminal::eve', name: 'Eve', standing: 'guest' } as const;

let messageCount = 0;

describe('bot', () => {
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
  } = {}) {
    const repositories = createRepositories(await engine.table(shared || undefined));
    const platform = createRecordingPlatform();
    const tracker = createFakeTracker();
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
      chooseProvider: async () => [{ provider, model: 'm' }],
      chooseTracker: async () => tracker.tracker,
      environment: { project: 'local:issues', ...environment },
      markerKeys: [new Uint8Array(32)],
      log: silent,
      timing: { leaseMs: 1_000, renewMs: 200, settleMs: 10 },
    });
    bots.push(bot);
    return { bot, repositories, platform, requests, ...tracker };
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

  it('answers a message, stores both, and lets go of the claim', async () => {
    const { bot, repositories, platform } = await setUp();
    await talk(bot, say('hello'));
    expect(platform.replies).toHaveLength(1);
    expect(platform.replies[0]?.views.at(-1)).toEqual({ text: 'heard: hello', state: 'answered' });
    const [question, answer] = await readMessages(repositories);
    expect(question).toMatchObject({ role: 'user', text: 'hello' });
    expect(answer).toMatchObject({ role: 'assistant', text: 'heard: hello' });
    expect(answer?.answer?.covers).toEqual([`${question?.sentAt}#${question?.id}`]);
    expect(await readThread(repositories)).toMatchObject({ waiting: [] });
    expect((await readThread(repositories))?.claim).toBeUndefined();
  });

  it('ignores a top-level message that does not speak to it, without asking the table', async () => {
    const { bot, repositories } = await setUp();
    const message = say('lunch?', { addressed: false, topLevel: true });
    expect(await bot.handleMessage(message)).toEqual({ kind: 'ignored' });
    expect(await readThread(repositories)).toBeUndefined();
  });

  it('does not enter a thread it was never called into', async () => {
    const { bot, platform } = await setUp();
    const handled = await bot.handleMessage(say('just us', { addressed: false }));
    expect(handled).toEqual({ kind: 'ignored' });
    expect(platform.replies).toEqual([]);
  });

  it('makes one message and one turn of an event delivered five times at once', async () => {
    const { bot, repositories, platform } = await setUp();
    const message = say('again and again');
    await Promise.all(Array.from({ length: 5 }, () => bot.handleMessage(message)));
    await bot.idle();
    await talk(bot, message);
    expect(platform.replies).toHaveLength(1);
    expect(await readMessages(repositories)).toHaveLength(2);
  });

  it('answers what comes during a turn in a turn of its own', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { bot, repositories, platform } = await setUp({
      async *script(request) {
        begun.resolve();
        await gate.promise;
        yield* echo(request);
      },
    });
    await bot.handleMessage(say('first'));
    await begun.promise;
    await bot.handleMessage(say('second'));
    await bot.handleMessage(say('third'));
    gate.resolve();
    await bot.idle();
    expect(platform.replies.map(({ views }) => views.at(-1)?.text)).toEqual([
      'heard: first',
      'heard: first | second | third',
    ]);
    const covered = (await readMessages(repositories)).flatMap((m) => m.answer?.covers ?? []);
    expect(new Set(covered).size).toBe(3);
    expect(covered).toHaveLength(3);
  });

  it('stores but does not answer what is not for it where only mentions are answered', async () => {
    const { bot, repositories, platform, requests } = await setUp({
      environment: { answer: 'mentions' },
    });
    await talk(bot, say('one'), say('aside', { addressed: false }), say('two'));
    expect(platform.replies).toHaveLength(2);
    expect(await readMessages(repositories)).toHaveLength(5);
    const shown = readPrompt(requests.at(-1)?.messages ?? []).messages.map(({ text }) => text);
    expect(shown).toEqual(['one', 'heard: one', 'aside', 'two']);
  });

  it('reads what was said in the thread before it was called', async () => {
    const { bot, platform, requests } = await setUp();
    platform.earlier = { messages: [say('it began in May', { addressed: false })], omitted: true };
    await talk(bot, say('what happened?'));
    const { messages, state } = readPrompt(requests[0]?.messages ?? []);
    expect(messages.map(({ text }) => text)).toEqual(['it began in May', 'what happened?']);
    expect(state?.earlierMessagesOmitted).toBe(true);
  });

  it('folds what falls out of the window once, and says once that the window was passed', async () => {
    const folds: ProviderRequest[] = [];
    const { bot, repositories, platform, requests } = await setUp({
      async *script(request) {
        if (request.system === SUMMARY_PROMPT) {
          folds.push(request);
          yield { type: 'text', text: `notes ${folds.length}` };
          yield { type: 'end', stopReason: 'end', usage: USAGE };
        } else yield* echo(request);
      },
    });
    await talk(bot, say('the beginning'));
    const conversationId = conversationIdOf(thread);
    const long = Array.from({ length: 300 }, (_, n) => ({ ...say(`said ${n}`), conversationId }));
    await repositories.messages.putMessages(
      long.map(({ id, sentAt, author, text }) => ({
        ...{ id, sentAt, author, text, conversationId },
        role: 'user',
      })),
    );
    await talk(bot, say('first question'));
    const textOf = (request: ProviderRequest | undefined) => JSON.stringify(request?.messages);
    expect(textOf(folds[0])).toContain('the beginning');
    expect(textOf(folds[0])).not.toContain('first question');
    expect(folds).toHaveLength(1);
    await talk(bot, say('second question'));
    expect(folds).toHaveLength(1);
    const asked = requests.filter(({ system }) => system !== SUMMARY_PROMPT);
    expect(textOf(asked.at(-1))).toContain('<summary>\\nnotes 1\\n</summary>');
    const told = platform.replies.map(({ views }) =>
      /longer than I can/.test(views.at(-1)?.text ?? ''),
    );
    expect(told).toEqual([false, true, false]);
  });

  it('keeps known shapes of secrets out of the table and the prompt', async () => {
    const { bot, repositories, requests } = await setUp();
    const key = `ghp_${'a1B2'.repeat(9)}`;
    await talk(bot, say(`the token is ${key}`));
    expect(JSON.stringify(await readMessages(repositories))).not.toContain(key);
    expect(JSON.stringify(requests)).not.toContain(key);
  });

  it('refuses a message over the limit in a sentence, and stores nothing', async () => {
    const { bot, repositories } = await setUp();
    await expect(bot.handleMessage(say('x'.repeat(262_145)))).rejects.toThrow(/too long.*256 KB/);
    expect(await readThread(repositories)).toBeUndefined();
  });

  it('stops when told to, keeps what was said, and says so', async () => {
    const begun = Promise.withResolvers<void>();
    const { bot, repositories, platform } = await setUp({
      async *script(_request, signal) {
        yield { type: 'text', text: 'I was going to' };
        begun.resolve();
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    await bot.handleMessage(say('talk'));
    await begun.promise;
    expect(await command(bot, { kind: 'stop' })).toMatchObject({ kind: 'done' });
    await bot.idle();
    const expected = { text: 'I was going to\n\nStopped.', state: 'stopped' };
    expect(platform.replies[0]?.views.at(-1)).toEqual(expected);
    expect((await readThread(repositories))?.waiting).toEqual([]);
  });

  it('stops a turn that runs in another process', async () => {
    const begun = Promise.withResolvers<void>();
    const shared = 'stopped-from-elsewhere';
    const one = await setUp({
      shared,
      script: (_request, signal) => hang(signal, begun.resolve),
    });
    const other = await setUp({ shared });
    await one.bot.handleMessage(say('talk'));
    await begun.promise;
    await command(other.bot, { kind: 'stop' });
    await Promise.all([one.bot.idle(), other.bot.idle()]);
    expect(other.platform.replies[0]?.views.at(-1)).toEqual({ text: 'Stopped.', state: 'stopped' });
    expect(one.platform.replies).toEqual([]);
    const replies = (await readMessages(other.repositories)).filter((m) => m.answer);
    expect(replies.map((m) => m.answer?.outcome)).toEqual(['stopped']);
  });

  it('tells the person in one sentence when the model fails, and offers a retry', async () => {
    const { bot, platform, repositories } = await setUp({
      // biome-ignore lint/correctness/useYield: it fails before it says anything
      async *script() {
        throw new Error('boom: secret detail');
      },
    });
    await talk(bot, say('hello'));
    const last = platform.replies[0]?.views.at(-1);
    expect(last).toMatchObject({ state: 'failed', retry: true });
    expect(last?.text).toBe('Something went wrong on my side. (reference ref-1)');
    expect((await readThread(repositories))?.waiting).toEqual([]);
  });

  it('takes over what a dead process left, and answers it once', async () => {
    const shared = 'left-behind';
    const begun = Promise.withResolvers<void>();
    const one = await setUp({
      shared,
      script: (_request, signal) => hang(signal, begun.resolve),
    });
    const other = await setUp({ shared });
    await one.bot.handleMessage(say('anybody?'));
    await begun.promise;
    await one.bot.close(0);
    expect(await other.bot.resumePending()).toBe(1);
    await other.bot.idle();
    expect(one.platform.replies).toEqual([]);
    expect(other.platform.replies[0]?.views.at(-1)?.text).toBe('heard: anybody?');
    expect(await other.bot.resumePending()).toBe(0);
  });

  it('gives a poisonous message up after the third start, with a retry', async () => {
    const { bot, repositories, platform } = await setUp({ shared: 'poison' });
    await talk(bot, say('hello'));
    const message = say('poison');
    const dead = {
      token: 'dead',
      turnId: 'poisoned',
      attempt: 3,
      claimedAt: Date.now() - 60_000,
      expiresAt: Date.now() - 1_000,
    };
    const { conversationId } = (await readThread(repositories)) ?? { conversationId: '' };
    const stored = { ...message, conversationId, role: 'user' as const };
    expect(await repositories.threads.open({ message: stored, claim: dead })).toEqual({
      kind: 'opened',
    });
    await bot.resumePending();
    await bot.idle();
    expect(platform.replies.at(-1)?.views.at(-1)).toMatchObject({ state: 'failed', retry: true });
    const last = (await readMessages(repositories)).at(-1);
    expect(last?.answer).toMatchObject({ outcome: 'gave-up', turnId: 'poisoned' });
  });

  it('drafts, lets a person edit and approve, and files once', async () => {
    const { bot, repositories, platform, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    expect([...platform.cards.values()][0]?.ticket).toMatchObject({
      title: 'Checkout hangs',
      ordinal: 1,
      status: 'draft',
    });
    const target = { ordinal: 1 };
    const edit: Command = { kind: 'edit', target, changes: { title: 'Checkout hangs on pay' } };
    expect(await command(bot, edit)).toMatchObject({ kind: 'done' });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => command(bot, { kind: 'approve', target })),
    );
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ title: 'Checkout hangs on pay', project: 'issues' });
    const [ticket] = await readTickets(repositories);
    expect(ticket).toMatchObject({
      status: 'published',
      editedFields: ['title'],
      issue: { externalUrl: 'https://tracker.example.com/1' },
      approval: { by: ann, project: 'local:issues' },
    });
    expect(platform.cards.size).toBe(1);
    expect([...platform.cards.values()][0]?.ticket.status).toBe('published');
    expect((await readThread(repositories))?.drafts).toEqual([]);
  });

  it('refuses to approve what the person has not seen, and shows the card again', async () => {
    const { bot, repositories, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    const [ticket] = await readTickets(repositories);
    const seen = { ticketId: ticket?.id ?? '', revision: 1 };
    await command(bot, { kind: 'edit', target: seen, changes: { priority: 'low' } });
    const outcome = await command(bot, { kind: 'approve', target: seen });
    expect(outcome).toMatchObject({ kind: 'refused', tickets: [{ revision: 2 }] });
    expect(issues).toEqual([]);
  });

  it('lets only those approve who may', async () => {
    const { bot, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } }, eve);
    expect(outcome.kind).toBe('refused');
    expect(issues).toEqual([]);
  });

  it('files nowhere but where this place may file', async () => {
    const { bot, issues } = await setUp({ environment: { allowedProjects: ['github:acme/*'] } });
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(outcome.message).toContain('local:issues');
    expect(issues).toEqual([]);
  });

  it('makes a refused issue a draft again, with the reason', async () => {
    const { bot, repositories, faults, issues } = await setUp();
    faults.push(new TrackerError('local', 'refused', 'Issues are disabled in this project.'));
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(outcome.message).toContain('Issues are disabled in this project.');
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'draft' });
    expect(await command(bot, { kind: 'approve', target: { ordinal: 1 } })).toMatchObject({
      kind: 'done',
    });
    expect(issues).toHaveLength(1);
  });

  it('asks the tracker before it creates again when nobody knows what happened', async () => {
    const { bot, repositories, faults, issues } = await setUp();
    faults.push(new TrackerError('local', 'ambiguous', 'no answer'));
    await talk(bot, say('draft Checkout hangs'));
    await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(issues).toHaveLength(1);
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'published' });
  });

  it('drops its own change of a draft when a person was faster, and says so', async () => {
    let slowed: (() => Promise<void>) | undefined;
    const { bot, repositories, platform } = await setUp({
      async *script(request) {
        const { state } = readPrompt(request.messages);
        if (!state?.drafts.length || request.messages.at(-1)?.role === 'tool') {
          yield* echo(request);
          return;
        }
        await slowed?.();
        const keep = Object.fromEntries(Object.keys(DRAFT).map((name) => [name, null]));
        const changes = { ...keep, title: 'From the model' };
        const input = { ticket: 1, changes, clear: [] };
        yield { type: 'toolCall', call: { id: '2', name: 'revise_ticket', input } };
        yield { type: 'end', stopReason: 'tools', usage: USAGE };
      },
    });
    await talk(bot, say('draft Checkout hangs'));
    slowed = async () => {
      const changes = { title: 'By hand' };
      await command(bot, { kind: 'edit', target: { ordinal: 1 }, changes });
    };
    await talk(bot, say('shorter please'));
    expect((await readTickets(repositories))[0]).toMatchObject({ title: 'By hand', revision: 2 });
    expect(platform.replies.at(-1)?.views.at(-1)?.text).toContain('my change was dropped');
  });

  it('tells everybody by name what is open when a number is needed', async () => {
    const { bot } = await setUp();
    await talk(bot, say('draft One thing'), say('draft Another thing'));
    const outcome = await command(bot, { kind: 'approve', target: { ordinal: undefined } });
    expect(outcome.kind).toBe('refused');
    expect(outcome.message).toBe('Which one? Open drafts: 1 (One thing), 2 (Another thing).');
  });

  it('lists and deletes conversations of their owner only', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('hello'));
    const listed = await command(bot, { kind: 'list' });
    expect(listed.conversations?.items.map(({ title }) => title)).toEqual(['hello']);
    expect((await command(bot, { kind: 'delete' }, eve)).kind).toBe('refused');
    expect((await command(bot, { kind: 'delete' })).kind).toBe('done');
    expect(await readThread(repositories)).toBeUndefined();
    expect((await command(bot, { kind: 'list' })).conversations?.items).toEqual([]);
  });

  it('runs a typed command instead of a turn, and answers in the thread', async () => {
    const { bot, platform, requests } = await setUp();
    expect(await bot.handleMessage(say('help'))).toMatchObject({ kind: 'command' });
    expect(platform.notices[0]).toContain('approve 2');
    expect(requests).toEqual([]);
  });
});
