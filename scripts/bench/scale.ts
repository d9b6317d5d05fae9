/**
 * `bench scale`: many conversations at once on one table, by one process and by two. The load, the chat
 * and the engine run on the same machine, so what is left for a second process is less than a core.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../../test/engine.ts';
import { type ChatStandIn, readChat, startChat } from '../../test/fakes/chat-platform.ts';
import { startWorker, type WorkerProcess } from '../../test/fakes/worker-process.ts';
import type { Measure } from './index.ts';
import { atOnce, quantile } from './measure.ts';
import type { Report } from './report.ts';

interface Run {
  processes: number;
  turnsPerSecond: number;
  /** Conversations whose message is not stored, or has no reply, exactly once. */
  wrong: number;
  /** Conversations whose one reply says that it went wrong. */
  failed: number;
}

const PROCESSES = [1, 2];
const WARM_UP = 50;
/** Longer than any turn here: nobody takes over what still runs. */
const LEASE_MS = 120_000;
const MAX_TRIES = 5;
/** Of what doubling the processes could give, at least. */
const SHARE = 0.8;

export const measureScale: Measure = async ({ quick }) => {
  const conversations = quick ? 200 : 1_000;
  const [engine, chat] = await Promise.all([startEngine(), startChat()]);
  const issuesDirectory = await mkdtemp(join(tmpdir(), 'bench-scale-'));
  try {
    const runs: Run[] = [];
    for (let round = 0; round < (quick ? 2 : 5); round += 1) {
      for (const processes of round % 2 === 0 ? PROCESSES : PROCESSES.toReversed()) {
        const tableName = `scale-${round}-${processes}`;
        const place = { engine, chat, issuesDirectory, tableName };
        runs.push(await runOnce(place, processes, conversations));
      }
    }
    return toReport(runs, conversations);
  } finally {
    await Promise.all([engine.stop(), chat.stop()]);
    await rm(issuesDirectory, { recursive: true });
  }
};

interface Place {
  engine: TestEngine;
  chat: ChatStandIn;
  issuesDirectory: string;
  tableName: string;
}

async function runOnce(place: Place, processes: number, conversations: number): Promise<Run> {
  const { engine, chat, issuesDirectory, tableName } = place;
  const repositories = createRepositories(await engine.table(tableName));
  const options = { endpoint: engine.endpoint, chatUrl: chat.url, issuesDirectory, tableName };
  const workers = await Promise.all(
    Array.from({ length: processes }, () => startWorker({ ...options, leaseMs: LEASE_MS })),
  );
  const messages = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => messageOf(`${tableName}-${from + n}`));
  try {
    await takeTurns(workers, messages(0, WARM_UP * processes));
    const measured = messages(WARM_UP * processes, conversations);
    const before = performance.now();
    await takeTurns(workers, measured);
    const seconds = (performance.now() - before) / 1_000;
    const found = await countWrong(repositories, chat.url, measured);
    return { processes, turnsPerSecond: conversations / seconds, ...found };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** All at once, dealt out in turn; resolves when nothing runs any more. */
async function takeTurns(workers: WorkerProcess[], messages: IncomingMessage[]): Promise<void> {
  await Promise.all(
    messages.map(async (message, n) => {
      const worker = workers[n % workers.length];
      // What was not taken is delivered again, as platforms do.
      for (let tries = 0; worker && tries < MAX_TRIES; tries += 1) {
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
  const rates = (processes: number) =>
    runs.filter((run) => run.processes === processes).map((run) => run.turnsPerSecond);
  const [one, two] = PROCESSES.map((processes) => quantile(rates(processes), 0.5));
  const growth = (two ?? Number.NaN) / (one ?? Number.NaN);
  return {
    bench: 'scale',
    about: `${conversations} conversations at once on one table, a turn each, by processes; median of the runs. The load, the chat and the engine share the machine's cores with them.`,
    columns: ['processes', 'turns/s', 'least', 'most'],
    rows: PROCESSES.map((processes) => [
      ...[String(processes), quantile(rates(processes), 0.5)],
      ...[Math.min(...rates(processes)), Math.max(...rates(processes))],
    ]),
    limits: [
      {
        what: 'conversations with a lost or doubled turn',
        ...{ reached: runs.reduce((sum, { wrong }) => sum + wrong, 0), limit: 0 },
      },
      {
        what: 'turns that ended with an error, said in the thread',
        ...{ reached: runs.reduce((sum, { failed }) => sum + failed, 0), limit: 0 },
      },
      {
        what: 'turns per second by two processes / by one',
        ...{ reached: growth, limit: SHARE * 2, atLeast: true },
      },
    ],
    versions: ['dynoxide 1.2.1'],
    bars: PROCESSES.map((processes) => ({
      label: `product, ${processes} at work`,
      value: quantile(rates(processes), 0.5),
      unit: 'turns/s',
    })),
  };
}
