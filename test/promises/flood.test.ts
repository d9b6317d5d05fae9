/**
 * Two processes on one table under the fault layer: messages of many threads sent to both at random,
 * some delivered twice, many during a turn. `npm run soak` runs it at full size.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { IncomingMessage } from '../../src/core/message.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { type ChatStandIn, startChat } from '../fakes/chat-platform.ts';
import { startWorker, type WorkerProcess } from '../fakes/worker-process.ts';
import { createRandom, type FaultRates } from '../faults.ts';
import { readPending } from './pending.ts';
import { expectAnswered, messageOf, threadOf } from './thread-truth.ts';

const FULL = process.env.SOAK === '1';
const THREADS = FULL ? 200 : 24;
const MESSAGES = FULL ? 20 : 10;
const REDELIVERED = 0.1;
/** Deliveries under way at once, over all threads. */
const SENDERS = 16;
const LEASE_MS = 2_000;
const NONE: FaultRates = { conflict: 0, lostAnswer: 0, throttled: 0, stale: 0 };
const SEED = Number(process.env.SEED ?? 1);

describe('a flood over two processes', () => {
  let engine: TestEngine;
  let chat: ChatStandIn;
  let directory = '';
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    [engine, chat, directory] = await Promise.all([
      startEngine(),
      startChat(),
      mkdtemp(join(tmpdir(), 'flood-')),
    ]);
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all([engine.stop(), chat.stop(), rm(directory, { recursive: true })]);
  });

  it(`stores and answers each of ${THREADS * MESSAGES} messages once, in order`, async () => {
    const random = createRandom(SEED);
    const table = await engine.table('flood');
    const repositories = createRepositories(table);
    for (const faultSeed of [SEED, SEED + 1]) {
      const shared = { endpoint: engine.endpoint, tableName: 'flood', chatUrl: chat.url };
      const issuesDirectory = join(directory, 'issues');
      const options = { ...shared, issuesDirectory, faultSeed, leaseMs: LEASE_MS };
      workers.push(await startWorker({ ...options, resuming: true }));
    }
    const threads = Array.from({ length: THREADS }, (_, n) => threadOf(`thread-${n}`));
    const sent = new Map(
      threads.map((thread) => [
        thread,
        Array.from({ length: MESSAGES }, (_, n) => messageOf(thread, n + 1, `message ${n + 1}`)),
      ]),
    );
    const once = shuffleKeepingOrder([...sent.values()], random);
    const deliveries = once.flatMap((one) => (random() < REDELIVERED ? [one, one] : [one]));
    let next = 0;
    async function sender(): Promise<void> {
      for (let message = deliveries[next++]; message; message = deliveries[next++]) {
        await deliver(message, random);
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, sender));
    await vi.waitFor(
      async () => {
        for (const worker of workers) {
          await worker.order({ kind: 'resume' });
          await worker.order({ kind: 'idle' });
        }
        expect(await readPending(repositories)).toBe(0);
      },
      { timeout: 60_000, interval: 100 },
    );
    for (const [thread, messages] of sent) {
      await expectAnswered(repositories, chat.url, thread, messages);
    }
    const faults = await Promise.all(workers.map((worker) => worker.order({ kind: 'faults' })));
    console.info(`${THREADS * MESSAGES} messages, ${deliveries.length} deliveries, seed ${SEED}`);
    const counts = faults.map((met) => (met.kind === 'done' ? (met.result as FaultRates) : NONE));
    console.info(counts);
    for (const fault of Object.keys(NONE) as (keyof FaultRates)[]) {
      const met = counts.reduce((sum, each) => sum + each[fault], 0);
      expect(met, `${fault}: never met, so nothing is shown about it`).toBeGreaterThan(0);
    }
  }, 240_000);

  /** As a platform does: what was not acknowledged is delivered again, to either process. */
  async function deliver(message: IncomingMessage, random: () => number): Promise<void> {
    for (;;) {
      const worker = workers[random() < 0.5 ? 0 : 1];
      const outcome = await worker?.order({ kind: 'message', message });
      if (outcome?.kind === 'done') return;
      expect(outcome).toEqual({ kind: 'failed', error: 'StoreUnavailableError' });
    }
  }
});

/** Threads interleaved at random; within a thread the messages stay in order. */
function shuffleKeepingOrder(groups: IncomingMessage[][], random: () => number): IncomingMessage[] {
  const queues = groups.map((group) => [...group]);
  const mixed: IncomingMessage[] = [];
  while (queues.length > 0) {
    const index = Math.floor(random() * queues.length);
    const message = queues[index]?.shift();
    if (message) mixed.push(message);
    else queues.splice(index, 1);
  }
  return mixed;
}
