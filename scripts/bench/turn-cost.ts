/** `bench turn-cost`: what a turn asks of the table, by size of thread and owner, beside the ancestor's design. */
import { type Bot, createBot } from '../../src/core/bot.ts';
import type { IncomingMessage, Message } from '../../src/core/message.ts';
import type { Provider } from '../../src/core/provider.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf, formatThreadRef, type ThreadRef } from '../../src/core/thread.ts';
import type { Table } from '../../src/db/client.ts';
import { ConversationRepository, createRepositories } from '../../src/db/index.ts';
import {
  countRequests,
  countWaves,
  type RequestCounts,
  timeRequests,
} from '../../test/count-requests.ts';
import { startEngine, type TestEngine } from '../../test/engine.ts';
import { createIdleTracker } from '../../test/fakes/idle-tracker.ts';
import { createRecordingPlatform } from '../../test/fakes/recording-platform.ts';
import { takeNaiveTurn, writeNaiveRows } from '../floor/naive-turn.ts';
import type { Measure } from './index.ts';
import { atOnce, quantile } from './measure.ts';
import type { Limit, Report } from './report.ts';

interface Size {
  messages: number;
  conversations: number;
}

interface Cost extends RequestCounts {
  size: Size;
  by: 'product' | 'naive';
  /** Before the model was asked. */
  waits: number;
}

/** Milliseconds of a turn during which any request was under way: the first quartile. */
interface Latency {
  size: Size;
  product: number;
  naive: number;
}

const TEXT = 'It happens every time. '.repeat(45).slice(0, 1_000);
const MINUTE = 60_000;
const USAGE = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
const place = { workspaceId: 'w', channelId: 'c', visibility: 'dm' } as const;
const author = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;
const COMPARED: Size = { messages: 20, conversations: 1_000 };

/** Counts are exact, so the quick mode leaves out the largest sizes and most of the rounds only. */
export const measureTurnCost: Measure = async ({ quick }) => {
  const engine = await startEngine();
  try {
    const costs: Cost[] = [];
    const sizes = [
      ...(quick ? [2, 20, 200] : [2, 20, 200, 2_000]).map((messages) => ({
        ...{ messages, conversations: 1 },
      })),
      COMPARED,
      ...(quick ? [] : [{ messages: 20, conversations: 10_000 }]),
    ];
    const latencies: Latency[] = [];
    for (const size of sizes) {
      const bench = await prepare(engine, size);
      costs.push(await bench.count('product'), await bench.count('naive'));
      if (size.conversations > 1) latencies.push(await bench.time(quick ? 6 : 24));
      await bench.close();
    }
    return toReport(costs, latencies);
  } finally {
    await engine.stop();
  }
};

/** A thread of this size whose owner has so many, on a table of its own. */
async function prepare(engine: TestEngine, size: Size) {
  const table = await engine.table();
  const repositories = createRepositories(table);
  const waves = countWaves(table);
  const counter = countRequests(table);
  const clock = createClock();
  let waits = 0;
  const onAsked = () => {
    waits = waves();
  };
  const bot = createBenchBot(repositories, onAsked);
  const thread: ThreadRef = {
    platform: 'terminal',
    workspaceId: 'w',
    channelId: 'c',
    threadId: 't',
  };
  const conversationId = conversationIdOf(thread);
  let said = 0;

  function say(): IncomingMessage {
    said += 1;
    const id = `m${String(said).padStart(6, '0')}`;
    const sentAt = new Date(clock.pass(MINUTE)).toISOString();
    return { id, sentAt, thread, place, author, text: TEXT, addressed: true, topLevel: true };
  }

  async function takeTurn(): Promise<void> {
    await bot.handleMessage(say());
    await bot.idle();
  }

  await takeTurn();
  const state = await repositories.threads.get(conversationId);
  if (!state) throw new Error('the thread is not bound');
  const { userId } = state.owner;
  const missing = Math.max(0, size.messages - 4);
  const earlier = Array.from({ length: missing }, (_, n): Message => {
    const { id, sentAt, text } = say();
    return { id, sentAt, text, author, conversationId, role: n % 2 ? 'assistant' : 'user' };
  });
  await repositories.messages.putMessages(earlier);
  await createOthers(table, userId, size.conversations - 1);
  const naive = {
    ...{ documents: table.documents, tableName: table.name, conversationId },
    // Of the same person, who has all rows twice, in two designs.
    userId: `naive-${userId}`,
    threadRef: formatThreadRef(thread),
  };
  await writeNaiveRows(naive, size.conversations, TEXT);
  if (size.messages > 2) await takeTurn();

  const turns = {
    product: takeTurn,
    naive: () =>
      takeNaiveTurn(naive, say(), () => {
        onAsked();
        return TEXT;
      }),
  };

  async function count(by: Cost['by']): Promise<Cost> {
    clock.pass(MINUTE);
    waves();
    return { size, by, ...(await counter.during(turns[by])), waits };
  }

  /** In changing order, round by round; a minute passes between two turns. */
  async function time(rounds: number): Promise<Latency> {
    counter.stop();
    const taken = timeRequests(table);
    const samples: Record<Cost['by'], number[]> = { product: [], naive: [] };
    for (let round = 0; round < rounds * 2; round += 1) {
      const by = round % 4 === 0 || round % 4 === 3 ? 'product' : 'naive';
      taken();
      await turns[by]();
      samples[by].push(taken());
    }
    const quiet = (by: Cost['by']) => quantile(samples[by], 0.25);
    return { size, product: quiet('product'), naive: quiet('naive') };
  }

  async function close(): Promise<void> {
    await bot.close(0);
    clock.reset();
  }

  return { count, time, close };
}

/** Between two turns a minute passes: only `Date.now` says so, timers stay as they are. */
function createClock() {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  return {
    pass(ms: number): number {
      ahead += ms;
      return Date.now();
    },
    reset(): void {
      Date.now = now;
    },
  };
}

function createBenchBot(repositories: Repositories, onAsked: () => void): Bot {
  const provider: Provider = {
    name: 'script',
    async *stream() {
      onAsked();
      yield { type: 'text', text: TEXT };
      yield { type: 'end', stopReason: 'end', usage: USAGE };
    },
    listModels: async () => [],
    testConnection: async () => ({ ok: true, message: '' }),
  };
  return createBot({
    repositories,
    platforms: [createRecordingPlatform()],
    chooseProvider: async () => [{ provider, model: 'm' }],
    chooseTracker: async () => createIdleTracker({ listLabels: async () => [] }),
    environment: { project: 'local:issues' },
    markerKeys: [new Uint8Array(32)],
    log: { info() {}, warn() {}, error: () => 'bench' },
    // What turns use is written for many of them together.
    timing: { usageFlushMs: 3_600_000 },
  });
}

async function createOthers(table: Table, userId: string, count: number): Promise<void> {
  const conversations = new ConversationRepository(table);
  await atOnce(count, 16, (n) =>
    conversations.createConversation({
      ...{ userId, place, title: 'Checkout hangs on Safari 17 after pressing Pay, every time' },
      thread: { platform: 'terminal', workspaceId: 'w', channelId: 'c', threadId: `other-${n}` },
    }),
  );
}

function toReport(costs: Cost[], latencies: Latency[]): Report {
  const product = costs.filter(({ by }) => by === 'product');
  const find = (by: Cost['by'], size: Partial<Size>) =>
    costs.find(
      (cost) =>
        cost.by === by &&
        cost.size.messages === size.messages &&
        cost.size.conversations === (size.conversations ?? 1),
    )?.readUnits ?? Number.NaN;
  const most = (pick: (cost: Cost) => number) => Math.max(...product.map(pick));
  const many = product.filter(({ size }) => size.conversations > 1);
  const limits: Limit[] = [
    {
      what: 'requests of a turn, every size',
      reached: most(({ names }) => names.length),
      limit: 4,
    },
    { what: 'waits before the model, every size', reached: most(({ waits }) => waits), limit: 1 },
    { what: 'read units at 20 messages', reached: find('product', { messages: 20 }), limit: 8 },
    { what: 'write units, every size', reached: most(({ writeUnits }) => writeUnits), limit: 24 },
    {
      what: 'read units added by 1,000 and more conversations',
      reached: Math.max(...many.map((cost) => cost.readUnits)) - find('product', { messages: 20 }),
      limit: 0,
    },
    {
      what: 'read units, product / naive, 20 messages, 1,000 conversations',
      reached: find('product', COMPARED) / find('naive', COMPARED),
      limit: 0.05,
    },
    ...latencies.map(({ size, product: ours, naive: theirs }) => ({
      what: `time under way of a turn's requests, product (${ours.toFixed(1)} ms) / naive (${theirs.toFixed(1)} ms), 20 messages, ${size.conversations} conversations`,
      ...{ reached: ours / theirs, limit: 0.1 },
    })),
  ];
  const at2000 = find('product', { messages: 2_000 });
  if (!Number.isNaN(at2000)) {
    const difference = Math.abs(at2000 - find('product', { messages: 200 }));
    // The tail is read beside the open and may or may not meet the new message.
    limits.push({
      what: 'read units at 2,000 messages, less those at 200',
      reached: difference,
      limit: 2,
    });
  }
  return {
    bench: 'turn-cost',
    about:
      "Requests, waits and capacity of one turn with messages of 1 KB, as the engine counts them; naive is the ancestor's design.",
    columns: ['messages', 'conversations', 'by', 'requests', 'waits', 'read units', 'write units'],
    rows: costs.map(({ size, by, names, waits, readUnits, writeUnits }) => [
      ...[size.messages, size.conversations].map(String),
      ...[by, names.length, waits, readUnits, writeUnits],
    ]),
    limits,
    versions: ['dynoxide 1.2.1'],
    bars: costs.map(({ size, by, readUnits }) => ({
      label: `${size.messages} messages, ${size.conversations} conversations, ${by}`,
      value: readUnits,
      unit: 'read units',
    })),
  };
}
