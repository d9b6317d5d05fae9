/**
 * `bench flood`: 64 people in 256 threads of Slack at once, events redelivered and doubled. What was said, what is
 * stored and what is answered are counted exactly, beside the Chat SDK's counts.
 */
import { threadRefOf } from '../../adapters/slack/inbound.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories, MessageRepository, type Table } from '../../src/db/index.ts';
import { queryAll } from '../../src/db/requests.ts';
import { createDelivery, type SlackDelivery } from '../../test/fakes/slack-delivery.ts';
import { createSlackFlood, type FloodedThread } from '../../test/fakes/slack-flood.ts';
import { type SlackWorld, threadOf } from '../../test/fakes/slack-world.ts';
import { createRandom } from '../../test/faults.ts';
import { readPending } from '../../test/promises/pending.ts';
import type { Measure } from './index.ts';
import { atOnce } from './measure.ts';
import type { Program } from './program.ts';
import type { Report } from './report.ts';
import { createSlackStage, type SlackStage } from './slack-stage.ts';
import { versionsOf } from './versions.ts';

/** What lies in the table of one thread: ids of the messages, and those each answer covers. */
interface ThreadRecord {
  stored: string[];
  covered: string[];
  answers: number;
}

interface Candidate {
  name: string;
  file: string;
  prefix: string;
  /** Threads that still wait for an answer, as far as the table says. */
  pending(table: Table): Promise<number>;
  read(table: Table, thread: FloodedThread): Promise<ThreadRecord>;
}

interface Counts {
  name: string;
  deliveries: number;
  said: number;
  stored: number;
  answered: number;
  answeredAgain: number;
  /** Replies in Slack beyond one for each answer that is stored. */
  strayReplies: number;
  seconds: number;
}

const CANDIDATES: Candidate[] = [
  {
    name: 'product',
    file: 'scripts/bench/turn-product.ts',
    prefix: 'CP',
    pending: (table) => readPending(createRepositories(table)),
    async read(table, { channel, ts }) {
      const id = conversationIdOf(threadRefOf('T1', channel, ts));
      const items = await new MessageRepository(table).getConversationMessages(id);
      const answers = items.flatMap(({ answer }) => answer ?? []);
      return {
        stored: items.filter(({ role }) => role === 'user').map((message) => message.id),
        covered: answers.flatMap(({ covers }) => covers).map((key) => key.split('#')[1] ?? ''),
        answers: answers.length,
      };
    },
  },
  {
    name: 'Chat SDK',
    file: 'scripts/bench/peers/turn-chat.ts',
    prefix: 'CC',
    pending: async () => 0,
    async read(table, { channel, ts }) {
      const partition = `CONV#slack:${channel}:${ts}`;
      const items = await queryAll(table, { partition, range: { from: 'MSG#', to: 'MSG$' } });
      const answers = items.filter(({ role }) => role === 'assistant');
      return {
        stored: items.filter(({ role }) => role === 'user').map(({ SK }) => String(SK).slice(4)),
        covered: answers.flatMap(({ covers }) => covers as string[]),
        answers: answers.length,
      };
    },
  },
];
const SENDERS = 64;
const THREADS = 256;
const PACE = { tokens: 20, burst: 20, pauseMs: 1 };
const SEED = 1;
/** Milliseconds in which nothing happens any more: it is over. */
const STILL_MS = 3_000;
/** CPU of a still program in that time, in microseconds. */
const STILL_MICROS = 100_000;
/** Milliseconds after the last message: what is not answered by then is not. */
const LONGEST_MS = 300_000;

export const measureFlood: Measure = async ({ quick }) => {
  const messages = quick ? 3 : 10;
  const stage = await createSlackStage(PACE);
  try {
    const counts: Counts[] = [];
    for (const candidate of CANDIDATES) counts.push(await flood(stage, candidate, messages));
    return toReport(counts, messages);
  } finally {
    await stage.close();
  }
};

async function flood(
  stage: SlackStage,
  { name, file, prefix, pending, read }: Candidate,
  messages: number,
): Promise<Counts> {
  const tableName = `flood-${prefix}`;
  const program = await stage.start(file, tableName);
  const table = await stage.engine.table(tableName);
  const { slack } = stage;
  const delivery = createPatience(
    createDelivery({ slack, requestUrl: `${program.origin}/slack/events` }),
  );
  const flooding = createSlackFlood({
    ...{ slack, delivery, prefix, threads: THREADS, senders: SENDERS },
    random: createRandom(SEED),
  });
  const begunAt = performance.now();
  await flooding.begin();
  await flooding.goOn(messages - 1);
  await becomeStill(program, () => pending(table));
  const seconds = (performance.now() - begunAt - STILL_MS) / 1_000;
  await program.stop();
  const counted = await count(flooding.threads, slack.world, (thread) => read(table, thread));
  return { name, deliveries: delivery.deliveries(), ...counted, seconds };
}

/** As Slack does, and longer: what was not acknowledged is delivered again. */
function createPatience(delivery: SlackDelivery) {
  let deliveries = 0;
  return {
    deliveries: () => deliveries,
    async deliver(envelope: Parameters<SlackDelivery['deliver']>[0]) {
      for (let retry = 0; ; retry += 1) {
        deliveries += 1;
        const acknowledged = await delivery.deliverOnce(envelope, retry);
        if (acknowledged.ok) return acknowledged;
      }
    },
  };
}

/** A turn whose lease lapsed is taken up again: until then nothing moves, and it is not over. */
async function becomeStill(program: Program, pending: () => Promise<number>): Promise<void> {
  const until = performance.now() + LONGEST_MS;
  for (let before = await program.usage(); performance.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, STILL_MS));
    const now = await program.usage();
    const still = now.cpuMicros - before.cpuMicros < STILL_MICROS;
    if (still && (await pending()) === 0) return;
    before = now;
  }
}

async function count(
  threads: FloodedThread[],
  world: SlackWorld,
  read: (thread: FloodedThread) => Promise<ThreadRecord>,
): Promise<Omit<Counts, 'name' | 'deliveries' | 'seconds'>> {
  const counts = { said: 0, stored: 0, answered: 0, answeredAgain: 0, strayReplies: 0 };
  await atOnce(threads.length, 8, async (n) => {
    const thread = threads[n];
    if (!thread) return;
    const said = new Set(thread.messages.map(({ ts }) => ts));
    const { stored, covered, answers } = await read(thread);
    const channel = world.channels.get(thread.channel);
    const shown = channel ? threadOf(channel, thread.ts) : [];
    counts.said += said.size;
    counts.stored += new Set(stored.filter((id) => said.has(id))).size;
    counts.answered += new Set(covered.filter((id) => said.has(id))).size;
    counts.answeredAgain += covered.length - new Set(covered).size;
    counts.strayReplies += shown.filter(({ user }) => user === world.botUser).length - answers;
  });
  return counts;
}

function toReport(counts: Counts[], messages: number): Report {
  const [product] = counts;
  const off = (reached: number | undefined) => Math.abs(reached ?? Number.NaN);
  return {
    bench: 'flood',
    about: `${SENDERS} people write ${messages} messages in each of ${THREADS} threads of Slack at once, 10 % delivered again and 5 % twice more at the same moment. The Chat SDK runs with its queue, which answers several messages with one reply, and stores each message and answer with a put.`,
    columns: [
      ...['by', 'deliveries', 'distinct', 'stored', 'answered', 'again', 'stray replies'],
      ...['seconds', 'messages/s'],
    ],
    rows: counts.map((one) => [
      ...[one.name, String(one.deliveries), String(one.said), String(one.stored)],
      ...[String(one.answered), String(one.answeredAgain), String(one.strayReplies)],
      ...[one.seconds, one.said / one.seconds],
    ]),
    limits: [
      {
        what: 'distinct messages that are not stored once',
        ...{ reached: off(product && product.said - product.stored), limit: 0 },
      },
      {
        what: 'distinct messages that are not answered',
        ...{ reached: off(product && product.said - product.answered), limit: 0 },
      },
      { what: 'messages answered again', reached: off(product?.answeredAgain), limit: 0 },
      {
        what: 'replies in Slack, less answers that are stored',
        ...{ reached: off(product?.strayReplies), limit: 0 },
      },
    ],
    versions: versionsOf('chat', '@chat-adapter/slack', '@chat-adapter/state-memory'),
    bars: counts.map(({ name, said, answered }) => ({
      label: `${name}, of ${said} answered`,
      value: answered,
      unit: 'messages',
    })),
  };
}
