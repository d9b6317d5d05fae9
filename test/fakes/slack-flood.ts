/**
 * Many people in many threads of the stand-in Slack at once, with events that come again: for the test of the
 * promise and for `bench flood`.
 */
import type { SlackDelivery } from './slack-delivery.ts';
import { createPeople } from './slack-people.ts';
import type { SlackServer } from './slack-server.ts';
import { addChannel, addUser, type SlackMessage } from './slack-world.ts';

export interface SlackFloodOptions {
  slack: SlackServer;
  /** Delivers until it is acknowledged, however often that takes. */
  delivery: Pick<SlackDelivery, 'deliver'>;
  threads: number;
  /** People who write at once. */
  senders: number;
  /** From 0 to 1, as `Math.random`. */
  random(): number;
  /** Of the ids of its channels, so that two floods do not meet. Default `C`. */
  prefix?: string;
}

export interface FloodedThread {
  channel: string;
  /** Its first message's. */
  ts: string;
  /** What was said in it, in order of the saying. */
  messages: SlackMessage[];
}

export interface SlackFlood {
  threads: FloodedThread[];
  /** A mention of the bot begins each thread. */
  begin(): Promise<void>;
  /** So many more messages in each thread, all mixed. */
  goOn(messages: number): Promise<void>;
}

/** Shares of the messages whose event comes once more later, and twice at the same moment. */
const REDELIVERED = 0.1;
const DOUBLED = 0.05;
const THREADS_OF_CHANNEL = 16;

export function createSlackFlood(options: SlackFloodOptions): SlackFlood {
  const { slack, senders, random, prefix = 'C' } = options;
  const { world } = slack;
  const people = createPeople({ slack, delivery: options.delivery as SlackDelivery });
  const speakers = Array.from(
    { length: senders },
    (_, n) => addUser(world, `U${n}`, `Ann ${n}`).id,
  );
  const channels = Array.from(
    { length: Math.ceil(options.threads / THREADS_OF_CHANNEL) },
    (_, n) => addChannel(world, `${prefix}${n}`, 'channel', speakers).id,
  );
  const threads: FloodedThread[] = [];

  async function say(speaker: string, channel: string, text: string, thread?: string) {
    const luck = random();
    const doubled = luck >= REDELIVERED && luck < REDELIVERED + DOUBLED;
    const said = await people.say(speaker, channel, text, { doubled, ...(thread && { thread }) });
    if (luck < REDELIVERED) await people.redeliver(channel, said);
    return said;
  }

  async function each<Item>(items: Item[], work: (item: Item, speaker: string) => Promise<void>) {
    const queue = [...items];
    await Promise.all(
      speakers.map(async (speaker) => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
          await work(item, speaker);
        }
      }),
    );
  }

  async function begin(): Promise<void> {
    const numbers = Array.from({ length: options.threads }, (_, n) => n);
    await each(numbers, async (n, speaker) => {
      const channel = channels[n % channels.length] ?? '';
      const root = await say(speaker, channel, `<@${world.botUser}> thread ${n}`);
      threads.push({ channel, ts: root.ts, messages: [root] });
    });
  }

  async function goOn(messages: number): Promise<void> {
    const rounds = Array.from({ length: messages }, () => threads).flat();
    await each(rounds, async ({ channel, ts, messages: said }, speaker) => {
      said.push(await say(speaker, channel, `message ${said.length + 1}`, ts));
    });
  }

  return { threads, begin, goOn };
}
