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
import { createPeople } from '../fakes/slack-people.ts';
import { type SlackServer, startSlack } from '../fakes/slack-server.ts';
import { addChannel, addUser, type SlackMessage, threadOf } from '../fakes/slack-world.ts';
import { createRandom } from '../faults.ts';
import { readPending } from './thread-truth.ts';

const FULL = process.env.SOAK === '1';
const THREADS = FULL ? 256 : 16;
const MESSAGES = FULL ? 40 : 10;
/** A channel for each sixteen threads. */
const CHANNELS = THREADS / 16;
const SENDERS = FULL ? 64 : 16;
const KILLS = FULL ? 3 : 1;
const REDELIVERED = 0.1;
const DOUBLED = 0.05;
const SEED = Number(process.env.SEED ?? 1);
const TABLE = 'slack-flood';

describe('a flood in Slack', () => {
  let engine: TestEngine;
  let slack: SlackServer;
  let table: Table;
  /** The process that runs, and where; a new promise once it was killed. */
  let running: Promise<{ worker: ChildProcess; delivery: SlackDelivery }>;

  beforeAll(async () => {
    [engine, slack] = await Promise.all([startEngine(), startSlack()]);
    table = await engine.table(TABLE);
    addUser(slack.world, 'UANN', 'Ann');
    for (let n = 0; n < CHANNELS; n += 1) addChannel(slack.world, `C${n}`, 'channel', ['UANN']);
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
      ...{ botToken, signingSecret },
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
    const tookMs: number[] = [];
    // As Slack does: what was not acknowledged within 3 s comes again, to whichever process is there then.
    const delivery: Pick<SlackDelivery, 'deliver'> = {
      async deliver(envelope) {
        for (let retry = 0; ; retry += 1) {
          const current = running;
          const { delivery: door } = await current;
          const acknowledged = await door.deliverOnce(envelope, retry);
          // What a living process does not acknowledge counts with all the time it took.
          if (acknowledged.ok || running === current) tookMs.push(acknowledged.tookMs);
          if (acknowledged.ok) return acknowledged;
          expect(retry).toBeLessThan(200);
        }
      },
    };
    const people = createPeople({ slack, delivery: delivery as SlackDelivery });
    const sent = new Map<string, SlackMessage[]>();
    const channels = new Map<string, string>();
    async function say(channel: string, text: string, thread?: string): Promise<SlackMessage> {
      const said = await people.say('UANN', channel, text, thread ? { thread } : {});
      const again = random();
      if (again < REDELIVERED) await people.redeliver(channel, said);
      else if (again < REDELIVERED + DOUBLED) {
        await Promise.all([people.redeliver(channel, said), people.redeliver(channel, said)]);
      }
      return said;
    }
    async function each<Item>(items: Item[], work: (item: Item) => Promise<unknown>) {
      const queue = [...items];
      const sender = async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
      };
      await Promise.all(Array.from({ length: SENDERS }, sender));
    }
    await each(
      Array.from({ length: THREADS }, (_, n) => n),
      async (n) => {
        const channel = `C${n % CHANNELS}`;
        const root = await say(channel, `<@UBOT> thread ${n}`);
        sent.set(root.ts, [root]);
        channels.set(root.ts, channel);
      },
    );
    const rest = Array.from({ length: MESSAGES - 1 }, () => [...sent.keys()]).flat();
    const share = Math.ceil(rest.length / (KILLS + 1));
    for (let part = 0; part <= KILLS; part += 1) {
      const killed = part > 0 ? replace() : undefined;
      await each(rest.slice(part * share, (part + 1) * share), async (ts) => {
        const messages = sent.get(ts) ?? [];
        const text = `message ${messages.length + 1}`;
        messages.push(await say(channels.get(ts) ?? '', text, ts));
      });
      await killed;
    }

    const repositories = createRepositories(table);
    const readThread = async (ts: string) => {
      const id = conversationIdOf(threadRefOf('T1', channels.get(ts) ?? '', ts));
      return (await repositories.messages.listMessages(id, { limit: 200 })).items;
    };
    await vi.waitFor(
      async () => {
        expect(await readPending(repositories)).toBe(0);
        for (const [ts, messages] of sent) {
          const items = await readThread(ts);
          const asked = items.filter(({ role }) => role === 'user').map(({ id }) => id);
          expect(asked.sort(), 'stored once').toEqual(messages.map((one) => one.ts).sort());
          const covered = items.flatMap(({ answer }) => answer?.covers ?? []);
          const answered = covered.map((key) => key.split('#')[1]).sort();
          expect(answered, 'covered by one closed turn').toEqual(asked);
        }
      },
      { timeout: FULL ? 1_800_000 : 60_000, interval: FULL ? 5_000 : 200 },
    );
    for (const ts of sent.keys()) {
      const channel = slack.world.channels.get(channels.get(ts) ?? '');
      const turns = (await readThread(ts)).flatMap(({ answer }) => answer ?? []);
      const shown = channel ? threadOf(channel, ts).filter(({ user }) => user === 'UBOT') : [];
      expect(shown, 'one reply for each turn').toHaveLength(turns.length);
    }
    tookMs.sort((one, other) => one - other);
    const p99 = tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN;
    console.info(
      `${THREADS * MESSAGES} messages in ${THREADS} threads, ${tookMs.length} deliveries, p99 ${Math.round(p99)} ms, ${KILLS} killed, seed ${SEED}`,
    );
    // Of a few on a busy machine, the slowest say little.
    if (FULL) expect(p99, 'acknowledged within three seconds').toBeLessThan(3_000);
  }, 3_000_000);
});
