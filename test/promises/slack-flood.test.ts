/**
 * Many threads in Slack over HTTP at once, events redelivered and doubled, the process killed in the
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
const MESSAGES = FULL ? 39 : 10;
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
    addChannel(slack.world, 'C1', 'channel', ['UANN']);
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
          const { delivery: door } = await running;
          const acknowledged = await door.deliverOnce(envelope, retry);
          if (acknowledged.ok) {
            tookMs.push(acknowledged.tookMs);
            return acknowledged;
          }
          expect(retry).toBeLessThan(200);
        }
      },
    };
    const people = createPeople({ slack, delivery: delivery as SlackDelivery });
    const sent = new Map<string, SlackMessage[]>();
    async function say(thread: string | undefined, text: string): Promise<SlackMessage> {
      const said = await people.say('UANN', 'C1', text, thread ? { thread } : {});
      const again = random();
      if (again < REDELIVERED) await people.redeliver('C1', said);
      else if (again < REDELIVERED + DOUBLED) {
        await Promise.all([people.redeliver('C1', said), people.redeliver('C1', said)]);
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
        const root = await say(undefined, `<@UBOT> thread ${n}`);
        sent.set(root.ts, [root]);
      },
    );
    const rest = [...sent.keys()].flatMap((ts) => Array.from({ length: MESSAGES - 1 }, () => ts));
    const share = Math.ceil(rest.length / (KILLS + 1));
    for (let part = 0; part <= KILLS; part += 1) {
      const killed = part > 0 ? replace() : undefined;
      await each(rest.slice(part * share, (part + 1) * share), async (ts) => {
        const messages = sent.get(ts) ?? [];
        messages.push(await say(ts, `message ${messages.length + 1}`));
      });
      await killed;
    }

    const repositories = createRepositories(table);
    const readThread = async (ts: string) => {
      const id = conversationIdOf(threadRefOf('T1', 'C1', ts));
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
      { timeout: FULL ? 300_000 : 60_000, interval: 200 },
    );
    const channel = slack.world.channels.get('C1');
    for (const ts of sent.keys()) {
      const turns = (await readThread(ts)).flatMap(({ answer }) => answer ?? []);
      const shown = channel ? threadOf(channel, ts).filter(({ user }) => user === 'UBOT') : [];
      expect(shown, 'one reply for each turn').toHaveLength(turns.length);
    }
    tookMs.sort((one, other) => one - other);
    const p99 = tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN;
    console.info(
      `${THREADS * MESSAGES} messages in ${THREADS} threads, ${tookMs.length} events acknowledged, p99 ${Math.round(p99)} ms, ${KILLS} killed, seed ${SEED}`,
    );
  }, 900_000);
});
