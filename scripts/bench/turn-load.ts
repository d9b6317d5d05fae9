/** Threads in the stand-in Slack that one program answers in: a message in each, and the wait until all are answered. */
import { createDelivery } from '../../test/fakes/slack-delivery.ts';
import { createPeople } from '../../test/fakes/slack-people.ts';
import type { SlackServer } from '../../test/fakes/slack-server.ts';
import { addChannel } from '../../test/fakes/slack-world.ts';
import { atOnce } from './measure.ts';
import { SPEAKER } from './slack-stage.ts';

export interface TurnLoad {
  /** Begins so many threads in this channel, which is new; the ones before are forgotten. */
  begin(channel: string, threads: number): Promise<void>;
  /** A message in each thread; resolves when each is answered. */
  round(): Promise<void>;
}

export interface TurnLoadOptions {
  slack: SlackServer;
  /** Of the program. */
  origin: string;
  /** Turns that run at once. */
  width: number;
}

const TEXT =
  'The checkout hangs on Safari after the update, has anybody else seen that since Monday?';
const TURN_MS = 60_000;

export function createTurnLoad({ slack, origin, width }: TurnLoadOptions): TurnLoad {
  const { world, calls } = slack;
  const delivery = createDelivery({ slack, requestUrl: `${origin}/slack/events` });
  const people = createPeople({ slack, delivery });
  const open = new Map<string, () => void>();
  let channelId = '';
  let threads: string[] = [];

  const push = calls.push.bind(calls);
  calls.push = (...made) => {
    for (const { method, args, outcome } of made) {
      if (method !== 'chat.stopStream' || outcome !== 'ok' || args.channel !== channelId) continue;
      const messages = world.channels.get(channelId)?.messages;
      open.get(messages?.findLast(({ ts }) => ts === args.ts)?.thread_ts ?? '')?.();
    }
    return push(...made);
  };

  async function answered(thread: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`${origin} did not answer in time`)), TURN_MS);
    open.set(thread, resolve);
    await promise;
    clearTimeout(late);
    open.delete(thread);
  }

  async function begin(channel: string, count: number): Promise<void> {
    world.channels.delete(channelId);
    channelId = channel;
    addChannel(world, channel, 'channel', [SPEAKER]);
    threads = [];
    await atOnce(count, width, async () => {
      // The thread is known once it is said, and nothing is answered sooner.
      const said = people.say(SPEAKER, channel, `<@${world.botUser}> ${TEXT}`);
      const root = world.channels.get(channel)?.messages.at(-1)?.ts ?? '';
      threads.push(root);
      await Promise.all([said, answered(root)]);
    });
  }

  async function round(): Promise<void> {
    calls.length = 0;
    delivery.acknowledgements.length = 0;
    await atOnce(threads.length, width, async (n) => {
      const thread = threads[n] ?? '';
      await Promise.all([people.say(SPEAKER, channelId, TEXT, { thread }), answered(thread)]);
    });
  }

  return { begin, round };
}
