/** The platform on the stand-in Slack, through Slack's own client. */
import { createClient } from '../../../adapters/slack/clients.ts';
import { timeOf } from '../../../adapters/slack/own-messages.ts';
import { createSlackPlatform } from '../../../adapters/slack/platform.ts';
import type { ReadMessage } from '../../../adapters/slack/threads.ts';
import type { Author, IncomingMessage } from '../../../src/core/message.ts';
import type { ChatPlatform, ReplyTarget } from '../../../src/core/platform.ts';
import type { ThreadRef } from '../../../src/core/thread.ts';
import { type SlackServer, startSlack } from '../../fakes/slack-server.ts';
import {
  addChannel,
  addUser,
  type SlackChannel,
  type SlackMessage,
  type SlackWorld,
  threadOf,
} from '../../fakes/slack-world.ts';

export const ANN: Author = { identity: 'slack:T1:UANN', name: 'Ann', standing: 'member' };

export interface SlackUnderTest {
  slack: SlackServer;
  platform: ChatPlatform;
  channel: SlackChannel;
  thread: ThreadRef;
  /** The messages of the thread after its root. */
  posted(): SlackMessage[];
  /** Another process on the same Slack. */
  anotherPlatform(): ChatPlatform;
  target(turnId: string, rest?: Partial<ReplyTarget>): ReplyTarget;
  /** Codes and outcomes of the calls of a method. */
  outcomes(method: string): string[];
  logged: string[];
  stop(): Promise<void>;
}

export async function setUpSlack(world: Partial<SlackWorld> = {}): Promise<SlackUnderTest> {
  const slack = await startSlack(world);
  addUser(slack.world, 'UANN', 'Ann');
  addUser(slack.world, 'UBOB', 'Bob');
  const channel = addChannel(slack.world, 'C1', 'channel', ['UANN', 'UBOB']);
  addChannel(slack.world, 'D1', 'im', ['UANN']);
  const root = say(slack.world, channel, 'UANN', 'The checkout hangs.');
  const thread = {
    platform: 'slack',
    workspaceId: 'T1',
    channelId: 'C1',
    threadId: root.ts,
  } as const;
  const logged: string[] = [];
  const log = {
    info: (event: string) => void logged.push(event),
    warn: (event: string) => void logged.push(event),
    error: (event: string) => `${logged.push(event)}`,
  };

  function createPlatform(): ChatPlatform {
    const client = createClient(slack.world.botToken, slack.apiUrl);
    return createSlackPlatform({
      clientOf: async () => client,
      homeOf: async (_, user) => slack.world.users.get(user)?.team ?? '',
      readMessage,
      apiUrl: slack.apiUrl,
      log,
      settleMs: 5,
    });
  }

  return {
    ...{ slack, channel, thread, logged },
    platform: createPlatform(),
    anotherPlatform: createPlatform,
    posted: () => threadOf(channel, thread.threadId).slice(1),
    target: (turnId, rest = {}) => ({
      ...{ thread, turnId, after: thread.threadId, author: ANN, resumed: false, ...rest },
    }),
    outcomes: (name) =>
      slack.calls.filter(({ method }) => method === name).map(({ outcome }) => outcome),
    stop: slack.stop,
  };
}

/** A message as if it had been there before. */
export function say(
  world: SlackWorld,
  channel: SlackChannel,
  user: string,
  text: string,
  rest: Partial<SlackMessage> = {},
): SlackMessage {
  const message = { ts: world.nextTs(), user, text, ...rest };
  channel.messages.push(message);
  return message;
}

/** What people can see of a message, and what it says to those who cannot. */
export function seenOf({ text, blocks = [] }: SlackMessage): string {
  return `${text}\n${JSON.stringify(blocks)}`;
}

const readMessage: ReadMessage = async (thread, { ts = '', user = '', text = '', bot_id }) => {
  if (bot_id) return undefined;
  const read: IncomingMessage = {
    ...{ id: ts, sentAt: timeOf(ts), thread, text, addressed: false, topLevel: false },
    place: { workspaceId: thread.workspaceId, channelId: thread.channelId, visibility: 'public' },
    author: { identity: `slack:T1:${user}`, name: user, standing: 'member' },
  };
  return read;
};
