/**
 * What a turn in a bound thread may cost, as exact counts: requests, waits before the provider is
 * called, read and write units, at every size of thread, owner and backlog.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bot, createBot } from '../src/core/bot.ts';
import type { IncomingMessage, Message } from '../src/core/message.ts';
import type { Provider } from '../src/core/provider.ts';
import type { Repositories } from '../src/core/repositories.ts';
import { conversationIdOf, type ThreadRef } from '../src/core/thread.ts';
import type { Ticket } from '../src/core/ticket.ts';
import type { Tracker } from '../src/core/tracker.ts';
import type { Table } from '../src/db/client.ts';
import { ConversationRepository, createRepositories, TicketRepository } from '../src/db/index.ts';
import { countRequests, countWaves, type RequestCounter } from './count-requests.ts';
import { startEngine, type TestEngine } from './engine.ts';
import { createRecordingPlatform } from './fakes/recording-platform.ts';

const place = { workspaceId: 'w', channelId: 'c', visibility: 'dm' } as const;
const ann = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;
const KILOBYTE = 'It happens every time. '.repeat(45).slice(0, 1_000);
const START = Date.parse('2026-03-01T09:00:00.000Z');
const MINUTE = 60_000;

let clock = START;
let messageCount = 0;

function passMinute(): void {
  clock += MINUTE;
  vi.setSystemTime(clock);
}

function messageIn(thread: ThreadRef, text = KILOBYTE): IncomingMessage {
  messageCount += 1;
  passMinute();
  return {
    id: `m${String(messageCount).padStart(6, '0')}`,
    sentAt: new Date(clock).toISOString(),
    thread,
    place,
    author: ann,
    text,
    addressed: true,
    topLevel: true,
  };
}

const threadOf = (threadId: string): ThreadRef => ({
  platform: 'terminal',
  workspaceId: 'w',
  channelId: 'c',
  threadId,
});

describe('a turn in a bound thread', () => {
  let engine: TestEngine;
  let table: Table;
  let repositories: Repositories;
  let counter: RequestCounter;
  let bot: Bot;
  /** The prompt of the last turn. */
  let shown: string;
  /** Waits since it was last asked. */
  let waves: () => number;
  /** Names of the requests sent before the provider was called, and how many waits they made. */
  let before: { names: string[]; waits: number };

  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine.stop());

  beforeEach(async () => {
    // Only the clock that says what day it is: timers and performance stay real.
    vi.useFakeTimers({ toFake: ['Date'] });
    table = await engine.table();
    repositories = createRepositories(table);
    counter = countRequests(table);
    waves = countWaves(table);
    const provider: Provider = {
      name: 'script',
      async *stream(request) {
        shown = JSON.stringify(request.messages);
        before = { names: counter.counts().names, waits: waves() };
        yield { type: 'text', text: KILOBYTE };
        const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
        yield { type: 'end', stopReason: 'end', usage };
      },
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }),
    };
    bot = createBot({
      repositories,
      platforms: [createRecordingPlatform()],
      chooseProvider: async () => [{ provider, model: 'm' }],
      chooseTracker: async () =>
        ({
          name: 'local',
          listLabels: async () => [],
          listTemplates: async () => [],
        }) as unknown as Tracker,
      environment: { project: 'local:issues' },
      markerKeys: [new Uint8Array(32)],
      log: { info() {}, warn() {}, error: () => 'ref' },
      // What turns use is written for many of them together: a test of its own counts it.
      timing: { usageFlushMs: 3_600_000 },
    });
  });
  afterEach(async () => {
    await bot.close(0);
    vi.useRealTimers();
  });

  /** Binds the thread by a first turn, fills it up, and warms the caches by another. */
  async function fill(thread: ThreadRef, messages: number): Promise<void> {
    await turn(messageIn(thread));
    const conversationId = conversationIdOf(thread);
    const earlier = Array.from({ length: Math.max(0, messages - 4) }, (_, index): Message => {
      const message = messageOf(messageIn(thread));
      return { ...message, conversationId, role: index % 2 ? 'assistant' : 'user' };
    });
    await repositories.messages.putMessages(earlier);
    if (messages > 2) await turn(messageIn(thread));
    passMinute();
  }

  async function turn(message: IncomingMessage): Promise<void> {
    await bot.handleMessage(message);
    await bot.idle();
  }

  async function measure(thread: ThreadRef) {
    const message = messageIn(thread);
    waves();
    return counter.during(() => turn(message));
  }

  const PLAIN = ['Query', 'TransactWriteItems', 'UpdateItem', 'TransactWriteItems'];

  it.each([2, 20, 199, 200, 2_000])(
    'costs 4 requests and 1 wait at %i messages',
    async (messages) => {
      const thread = threadOf(`thread-of-${messages}`);
      await fill(thread, messages);
      const cost = await measure(thread);
      expect(cost.names).toEqual(PLAIN);
      expect(before).toEqual({ names: ['Query', 'TransactWriteItems'], waits: 1 });
      expect(cost.writeUnits).toBeLessThanOrEqual(24);
      if (messages <= 20) expect(cost.readUnits).toBeLessThanOrEqual(8);
    },
  );

  it('reads as much at 2,000 messages as at 200', async () => {
    const costs = [];
    for (const messages of [200, 2_000]) {
      const thread = threadOf(`flat-${messages}`);
      await fill(thread, messages);
      costs.push((await measure(thread)).readUnits);
    }
    // The tail runs beside the open: it may or may not meet the new message and the claim already.
    const [at200 = 0, at2000 = 0] = costs;
    expect(Math.abs(at2000 - at200)).toBeLessThanOrEqual(2);
  });

  it("does not depend on how many conversations the thread's owner has", async () => {
    const thread = threadOf('one-of-many');
    await fill(thread, 20);
    const alone = await measure(thread);
    const { owner } = (await repositories.threads.get(conversationIdOf(thread))) ?? {};
    const conversations = new ConversationRepository(table);
    for (let batch = 0; batch < 20; batch += 1) {
      const creating = Array.from({ length: 50 }, (_, index) => {
        const other = threadOf(`other-${batch}-${index}`);
        return conversations.createConversation({
          userId: owner?.userId ?? '',
          title: 'Other',
          thread: other,
          place,
        });
      });
      await Promise.all(creating);
    }
    await turn(messageIn(thread));
    const amongMany = await measure(thread);
    expect(amongMany.names).toEqual(PLAIN);
    expect(amongMany.writeUnits).toBe(alone.writeUnits);
    // Two turns, four messages of 1 KB, more than at the first measurement.
    expect(amongMany.readUnits).toBeLessThanOrEqual(alone.readUnits + 2);
  });

  it('adds one batch read and one wait for open drafts, and stays within the write units', async () => {
    const thread = threadOf('with-drafts');
    await fill(thread, 20);
    await draft(repositories, thread, 25);
    const cost = await measure(thread);
    expect([...cost.names].sort()).toEqual([...PLAIN, 'BatchGetItem'].sort());
    expect(before).toEqual({ names: ['Query', 'TransactWriteItems', 'BatchGetItem'], waits: 2 });
    expect(cost.writeUnits).toBeLessThanOrEqual(24);
  });

  /** A reply among people: it names nobody. */
  const replyIn = (thread: ThreadRef) => ({
    ...messageIn(thread),
    ...{ addressed: false, topLevel: false },
  });

  it('asks one small read of what people say in a thread that is not its own, every time', async () => {
    await fill(threadOf('elsewhere'), 2);
    const thread = threadOf('among-people');
    for (let time = 0; time < 3; time += 1) {
      const cost = await counter.during(() => turn(replyIn(thread)));
      expect(cost).toMatchObject({ names: ['GetItem'], readUnits: 1, writeUnits: 0 });
    }
    // From the moment on in which it is called, it hears them, whoever called it.
    await bot.handleMessage({ ...messageIn(thread), topLevel: false });
    await bot.idle();
    expect((await counter.during(() => turn(replyIn(thread)))).names).toEqual(PLAIN);
  });

  it('costs no more when it is not named in a thread of its own, once that is known', async () => {
    const thread = threadOf('bound-elsewhere');
    await fill(thread, 20);
    bot.forgetConfiguration();
    const cost = await counter.during(() => turn(replyIn(thread)));
    expect(cost.names.filter((name) => name === 'TransactWriteItems')).toHaveLength(2);
    expect((await counter.during(() => turn(replyIn(thread)))).names).toEqual(PLAIN);
  });

  it('takes a prompt of 200 KB in the same requests, and shows all of it to the provider', async () => {
    const thread = threadOf('long-prompt');
    await fill(thread, 20);
    const long = messageIn(thread, `${'It happens every time. '.repeat(8_900)}THE END`);
    expect(long.text.length).toBeGreaterThan(200_000);
    const { names } = await counter.during(() => turn(long));
    expect(names).toEqual(PLAIN);
    expect(shown).toContain('THE END');
    const next = await counter.during(() => turn(messageIn(thread)));
    // What is longer than its item is read once more, where the prompt needs it.
    expect(next.names.filter((name) => name === 'BatchGetItem').length).toBeLessThanOrEqual(2);
    expect(shown).toContain('THE END');
  });

  it('makes one message and one turn of an event delivered five times at once', async () => {
    const thread = threadOf('five-times');
    await fill(thread, 20);
    const message = messageIn(thread);
    await Promise.all(Array.from({ length: 5 }, () => bot.handleMessage(message)));
    await bot.idle();
    const { items } = await repositories.messages.listMessages(conversationIdOf(thread), {
      limit: 200,
    });
    const key = `${message.sentAt}#${message.id}`;
    expect(items.filter(({ id }) => id === message.id)).toHaveLength(1);
    expect(items.filter(({ answer }) => answer?.covers.includes(key))).toHaveLength(1);
  });

  /** Drafts tickets through a turn of their own, in one close. */
  async function draft(into: Repositories, thread: ThreadRef, count: number): Promise<void> {
    const conversationId = conversationIdOf(thread);
    const tickets = new TicketRepository(table);
    const state = await into.threads.get(conversationId);
    if (!state) throw new Error('the thread is not bound');
    const message = messageIn(thread);
    const claim = {
      token: 'drafting',
      turnId: 'drafting',
      attempt: 1,
      claimedAt: clock,
      expiresAt: clock + MINUTE,
    };
    const stored: Message = { ...messageOf(message), conversationId, role: 'user' };
    await into.threads.open({ message: stored, claim });
    const key = `${message.sentAt}#${message.id}`;
    const reply: Message = {
      id: `${message.id}~reply`,
      sentAt: message.sentAt,
      conversationId,
      role: 'assistant',
      text: 'drafted',
      answer: { turnId: 'drafting', covers: [key], outcome: 'answered' },
    };
    const newTickets = Array.from({ length: count }, (_, index) =>
      ticketOf(conversationId, index + 1),
    );
    const closed = await into.threads.close({
      thread: state,
      claim,
      reply,
      covers: [key],
      newTickets,
      changedTickets: [],
      newParticipants: [],
      endedAt: clock,
    });
    expect(closed).toEqual({ kind: 'closed' });
    for (const ticket of newTickets) await tickets.recordCard(ticket, `card-${ticket.id}`);
    expect((await into.threads.get(conversationId))?.drafts).toHaveLength(20);
    passMinute();
  }
});

function messageOf({ id, sentAt, author, text }: IncomingMessage) {
  return { id, sentAt, author, text };
}

function ticketOf(conversationId: string, ordinal: number): Ticket {
  const now = new Date(clock).toISOString();
  return {
    id: `ticket${String(ordinal).padStart(10, '0')}`,
    conversationId,
    ordinal,
    revision: 1,
    status: 'draft',
    title: `Checkout hangs after Pay on browser number ${ordinal}, every single time it is tried`,
    description: KILOBYTE,
    type: 'bug',
    priority: 'high',
    acceptanceCriteria: [],
    tasks: [],
    labels: [],
    assignees: [],
    origin: { requester: ann, turnId: 'drafting' },
    editedFields: [],
    createdAt: now,
    updatedAt: now,
  };
}
