/**
 * `bench scale`: many conversations at once on one table, by one process, two and four. The load, the chat and the
 * engine run on the same cores, so what a second process can add is what they leave: the growth is held against
 * that, and the product's own CPU for a turn against itself.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../../test/engine.ts';
import { type ChatStandIn, readChat, startChat } from '../../test/fakes/chat-platform.ts';
import type { WorkerUsage } from '../../test/fakes/worker.ts';
import { startWorker, type WorkerProcess } from '../../test/fakes/worker-process.ts';
import { readPending } from '../../test/promises/pending.ts';
import type { Measure } from './index.ts';
import { readChildMs, readMachineMs } from './machine-cpu.ts';
import { atOnce, quantile } from './measure.ts';
import type { Limit, Report } from './report.ts';

interface Run {
  processes: number;
  turnsPerSecond: number;
  /** Milliseconds of CPU for a turn: of the product's processes, of the engine, of the whole machine. */
  productMs: number;
  engineMs: number;
  machineMs: number;
  /** Transactions of a turn that the table cancelled. */
  cancelled: number;
  /** Conversations whose message is not stored, or has no reply, exactly once. */
  wrong: number;
  /** Conversations whose one reply says that it went wrong. */
  failed: number;
}

const PROCESSES = [1, 2, 4];
const CORES = availableParallelism();
/** As in production: what a process could not open in time, though its table did, is taken up after it. */
const LEASE_MS = 15_000;
/** Milliseconds: what is not answered by then is lost. */
const LONGEST_MS = 180_000;
/** Milliseconds after which what was not taken is delivered again. */
const REDELIVERY_MS = 1_000;
/** Deliveries of a message: a machine that has too much to do takes some of them late. */
const MAX_TRIES = 100;
/** Of the growth that the machine has room for, at least. */
const SHARE = 0.8;
/** What a turn may cost more by several processes than by one: nothing, but for the noise. */
const SAME = 1.1;

export const measureScale: Measure = async ({ quick }) => {
  const conversations = quick ? 200 : 1_000;
  /** Turns of each process before it is measured: several that are half as warm would cost more than one. */
  const warmUp = quick ? 50 : 500;
  const runs: Run[] = [];
  for (let round = 0; round < (quick ? 2 : 4); round += 1) {
    for (const processes of round % 2 === 0 ? PROCESSES : PROCESSES.toReversed()) {
      // The engine grows slower with what is in it: each run has a new one.
      const place = await createPlace(`scale-${round}-${processes}`);
      runs.push(await runOnce(place, processes, { conversations, warmUp }).finally(place.close));
    }
  }
  return toReport(runs, conversations);
};

interface Place {
  engine: TestEngine;
  chat: ChatStandIn;
  issuesDirectory: string;
  tableName: string;
  close(): Promise<void>;
}

async function createPlace(tableName: string): Promise<Place> {
  const [engine, chat] = await Promise.all([startEngine(), startChat()]);
  const issuesDirectory = await mkdtemp(join(tmpdir(), 'bench-scale-'));
  return {
    ...{ engine, chat, issuesDirectory, tableName },
    async close() {
      await Promise.all([engine.stop(), chat.stop()]);
      await rm(issuesDirectory, { recursive: true });
    },
  };
}

async function runOnce(
  place: Place,
  processes: number,
  { conversations, warmUp }: { conversations: number; warmUp: number },
): Promise<Run> {
  const { engine, chat, issuesDirectory, tableName } = place;
  const repositories = createRepositories(await engine.table(tableName));
  const options = { endpoint: engine.endpoint, chatUrl: chat.url, issuesDirectory, tableName };
  const workers = await Promise.all(
    Array.from({ length: processes }, () =>
      startWorker({ ...options, leaseMs: LEASE_MS, resuming: true }),
    ),
  );
  const messages = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => messageOf(`${tableName}-${from + n}`));
  try {
    await takeTurns(workers, messages(0, warmUp * processes));
    const measured = messages(warmUp * processes, conversations);
    const before = await readUsage(workers, engine);
    await takeTurns(workers, measured);
    const after = await readUsage(workers, engine);
    await becomeAnswered(repositories);
    const of = (name: keyof typeof after) => (after[name] - before[name]) / conversations;
    return {
      ...{ processes, turnsPerSecond: 1_000 / of('clockMs'), cancelled: of('cancelled') },
      ...{ productMs: of('productMs'), engineMs: of('engineMs'), machineMs: of('machineMs') },
      ...(await countWrong(repositories, chat.url, measured)),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** Beyond the measured time: turns that are taken up again are late, and neither lost nor doubled. */
async function becomeAnswered(repositories: Repositories): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  while (performance.now() < until && (await readPending(repositories)) > 0) {
    await wait(250);
  }
}

async function readUsage(workers: WorkerProcess[], { keeperPid }: TestEngine) {
  const answers = await Promise.all(workers.map((worker) => worker.order({ kind: 'usage' })));
  const usages = answers.flatMap((answer) =>
    answer.kind === 'done' ? (answer.result as WorkerUsage) : [],
  );
  return {
    clockMs: performance.now(),
    productMs: usages.reduce((sum, { cpu }) => sum + cpu, 0) / 1_000,
    cancelled: usages.reduce((sum, { cancelled }) => sum + cancelled, 0),
    engineMs: readChildMs(keeperPid),
    machineMs: readMachineMs(),
  };
}

/** All at once, dealt out in turn; resolves when nothing runs any more. */
async function takeTurns(workers: WorkerProcess[], messages: IncomingMessage[]): Promise<void> {
  await Promise.all(
    messages.map(async (message, n) => {
      const worker = workers[n % workers.length];
      // What was not taken is delivered again, as platforms do.
      for (let tries = 0; worker && tries < MAX_TRIES; tries += 1) {
        if (tries > 0) await wait(REDELIVERY_MS);
        const { kind } = await worker.order({ kind: 'message', message });
        if (kind === 'done') return;
      }
    }),
  );
  await Promise.all(workers.map((worker) => worker.order({ kind: 'idle' })));
}

function messageOf(name: string): IncomingMessage {
  const author = { identity: `terminal:w:${name}`, name: 'Ann', standing: 'member' } as const;
  return {
    thread: { platform: 'terminal', workspaceId: 'w', channelId: 'c', threadId: name },
    place: { workspaceId: 'w', channelId: 'c', visibility: 'dm' },
    ...{ id: 'm1', sentAt: new Date().toISOString(), author, text: `question of ${name}` },
    ...{ addressed: true, topLevel: true },
  };
}

async function countWrong(
  { messages }: Repositories,
  chatUrl: string,
  sent: IncomingMessage[],
): Promise<Pick<Run, 'wrong' | 'failed'>> {
  const found = { wrong: 0, failed: 0 };
  await atOnce(sent.length, 8, async (n) => {
    const said = sent[n];
    if (!said) return;
    const { items } = await messages.listMessages(conversationIdOf(said.thread));
    const replies = (await readChat(chatUrl, said.thread)).filter(({ kind }) => kind === 'reply');
    const asked = items.filter(({ role }) => role === 'user');
    if (asked.length !== 1 || replies.length !== 1) found.wrong += 1;
    else if (replies[0]?.state === 'failed') found.failed += 1;
  });
  return found;
}

function toReport(runs: Run[], conversations: number): Report {
  const quiet = (processes: number, pick: (run: Run) => number) =>
    quantile(runs.filter((run) => run.processes === processes).map(pick), 0.5);
  const rateOf = (processes: number) => quiet(processes, (run) => run.turnsPerSecond);
  const productOf = (processes: number) => quiet(processes, (run) => run.productMs);
  /** Turns a second with every core busy, at the least one process made the whole machine spend on a turn. */
  const alone = runs.filter((run) => run.processes === 1).map((run) => run.machineMs);
  const most = (CORES * 1_000) / Math.min(...alone);
  const several = PROCESSES.filter((processes) => processes > 1 && processes <= CORES);
  const limits = several.flatMap((processes): Limit[] => {
    const by = `by ${processes} processes`;
    const room = Math.max(1, Math.min(processes, most / rateOf(1)));
    const growth = rateOf(processes) / rateOf(1);
    const costs = {
      what: `CPU of the product for a turn, ${by} / by one`,
      ...{ reached: productOf(processes) / productOf(1), limit: SAME },
    };
    const grows = {
      what: `growth of turns per second ${by} (${growth.toFixed(2)}) / the growth there is room for (${room.toFixed(2)})`,
      ...{ reached: growth / room, limit: SHARE, atLeast: true as const },
    };
    return [costs, grows];
  });
  return {
    bench: 'scale',
    about: `${conversations} conversations at once on one table, a turn each, by processes; median of the runs, on ${CORES} cores. The load, the chat and the engine share the cores with them: "room" is what all cores together could do at the least CPU the machine spent on a turn by one process. More processes than cores are shown and held to no limit but that nothing is lost or doubled.`,
    columns: [
      ...['processes', 'turns/s', 'least', 'most', 'product CPU ms', 'engine CPU ms'],
      ...['machine CPU ms', 'cancelled'],
    ],
    rows: PROCESSES.map((processes) => {
      const rates = runs.filter((run) => run.processes === processes);
      const all = rates.map((run) => run.turnsPerSecond);
      return [
        ...[String(processes), rateOf(processes), Math.min(...all), Math.max(...all)],
        ...[productOf(processes), quiet(processes, (run) => run.engineMs)],
        ...[quiet(processes, (run) => run.machineMs), quiet(processes, (run) => run.cancelled)],
      ];
    }),
    limits: [
      {
        what: 'conversations with a lost or doubled turn',
        ...{ reached: runs.reduce((sum, { wrong }) => sum + wrong, 0), limit: 0 },
      },
      {
        what: 'turns that ended with an error, said in the thread',
        ...{ reached: runs.reduce((sum, { failed }) => sum + failed, 0), limit: 0 },
      },
      ...limits,
    ],
    versions: ['dynoxide 1.2.1'],
    bars: PROCESSES.map((processes) => ({
      label: `product, ${processes} at work`,
      value: rateOf(processes),
      unit: 'turns/s',
    })),
  };
}
