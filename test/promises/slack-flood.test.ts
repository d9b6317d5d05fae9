/**
 * Many threads in Slack over HTTP at once, rate tiers off, events redelivered and doubled, the process killed in the
 * middle: nothing is lost, nothing is answered twice. `npm run soak` runs it at full size.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { threadRefOf } from '../../adapters/slack/inbound.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories, type Table } from '../../src/db/index.ts';
import type { ProcessWorkerOptions } from '../adapters/slack/process-worker.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { createDelivery, type SlackDelivery } from '../fakes/slack-delivery.ts';
import { createSlackFlood, type FloodedThread } from '../fakes/slack-flood.ts';
import { type SlackServer, startSlack } from '../fakes/slack-server.ts';
import { threadOf } from '../fakes/slack-world.ts';
import { createRandom } from '../faults.ts';
import { readPending } from './pending.ts';

const FULL = process.env.SOAK === '1';
const THREADS = FULL ? 256 : 16;
const MESSAGES = FULL ? 40 : 10;
const SENDERS = FULL ? 64 : 16;
const KILLS = FULL ? 3 : 1;
const SEED = Number(process.env.SEED ?? 1);
const TABLE = 'slack-flood';
/** At full size the product's own; the few of `npm test` do not wait so long for a claim to lapse. */
const TIMING = FULL
  ? undefined
  : { leaseMs: 4_000, renewMs: 500, settleMs: 10, resumeEveryMs: 250 };

describe('a flood in Slack', () => {
  let engine: TestEngine;
  let slack: SlackServer;
  let table: Table;
  /** The process that runs, and where; a new promise once it was killed. */
  let running: Promise<{ worker: ChildProcess; delivery: SlackDelivery }>;

  beforeAll(async () => {
    [engine, slack] = await Promise.all([startEngine(), startSlack()]);
    table = await engine.table(TABLE);
    running = start();
    await running;
  });
  afterAll(async () => {
    (await running).worker.kill('SIGKILL');
    await Promise.all([engine.stop(), slack.stop()]);
  });

  async function start() {
    const program = join(import.meta.dirname, '../adapters/slack/process-worker.ts');
    const { botToken, signingSecret } = slack.world;
    const options: ProcessWorkerOptions = {
      ...{ endpoint: engine.endpoint, tableName: TABLE, apiUrl: slack.apiUrl },
      ...{ botToken, signingSecret, timing: TIMING },
    };
    const worker = fork(program, [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [requestUrl] = (await once(worker, 'message')) as [string];
    return { worker, delivery: createDelivery({ slack, requestUrl }) };
  }

  async function replace(): Promise<void> {
    const { worker } = await running;
    const exited = once(worker, 'exit');
    worker.kill('SIGKILL');
    running = exited.then(start);
    await running;
  }

  it(`stores and answers each of ${THREADS * MESSAGES} messages once`, async () => {
    const random = createRandom(SEED);
    /** Of every delivery; what a living process does not acknowledge at all is later than anything. */
    const tookMs: number[] = [];
    let cutOff = 0;
    // As Slack does: what was not acknowledged within 3 s comes again, to whichever process is there then.
    const delivery: Pick<SlackDelivery, 'deliver'> = {
      async deliver(envelope) {
        for (let retry = 0; ; retry += 1) {
          const current = running;
          const { delivery: door } = await current;
          const acknowledged = await door.deliverOnce(envelope, retry);
          if (acknowledged.ok) tookMs.push(acknowledged.tookMs);
          else if (running === current) tookMs.push(Number.POSITIVE_INFINITY);
          else cutOff += 1;
          if (acknowledged.ok) return acknowledged;
          expect(retry).toBeLessThan(200);
        }
      },
    };
    const flood = createSlackFlood({
      ...{ slack, delivery, threads: THREADS, senders: SENDERS, random },
    });
    await flood.begin();
    const share = Math.ceil((MESSAGES - 1) / (KILLS + 1));
    for (let part = 0; part <= KILLS; part += 1) {
      const killed = part > 0 ? replace() : undefined;
      await flood.goOn(Math.min(share, MESSAGES - 1 - part * share));
      await killed;
    }

    const repositories = createRepositories(table);
    const readThread = async ({ channel, ts }: FloodedThread) => {
      const id = conversationIdOf(threadRefOf('T1', channel, ts));
      return (await repositories.messages.listMessages(id, { limit: 200 })).items;
    };
    await vi.waitFor(
      async () => {
        expect(await readPending(repositories)).toBe(0);
        for (const thread of flood.threads) {
          const items = await readThread(thread);
          const asked = items.filter(({ role }) => role === 'user').map(({ id }) => id);
          const said = thread.messages.map(({ ts }) => ts);
          expect(asked.sort(), 'stored once').toEqual(said.sort());
          const covered = items.flatMap(({ answer }) => answer?.covers ?? []);
          const answered = covered.map((key) => key.split('#')[1]).sort();
          expect(answered, 'covered by one closed turn').toEqual(asked);
        }
      },
      { timeout: FULL ? 1_800_000 : 60_000, interval: FULL ? 5_000 : 200 },
    );
    for (const thread of flood.threads) {
      const channel = slack.world.channels.get(thread.channel);
      const turns = (await readThread(thread)).flatMap(({ answer }) => answer ?? []);
      const all = channel ? threadOf(channel, thread.ts) : [];
      const shown = all.filter(({ user }) => user === 'UBOT');
      expect(shown, 'one reply for each turn').toHaveLength(turns.length);
    }
    tookMs.sort((one, other) => one - other);
    const [p50, p99, p999] = [0.5, 0.99, 0.999].map(
      (share) => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN,
    );
    console.info(
      `${THREADS * MESSAGES} messages in ${THREADS} threads, ${tookMs.length} deliveries and ${cutOff} cut off by ` +
        `${KILLS} kills, p50 ${p50?.toFixed()} ms, p99 ${p99?.toFixed()} ms, p99.9 ${p999?.toFixed()} ms, seed ${SEED}`,
    );
    // Of a few on a busy machine, the slowest say little.
    if (FULL) expect(p99, 'acknowledged within three seconds').toBeLessThan(3_000);
  }, 3_000_000);
});
