/** What receives from Discord: the client, and every listener on it. */
import { type APIMessage, type Client, Events, type REST, Status } from 'discord.js';
import type { Bot } from '../../src/core/bot.ts';
import type { Log } from '../../src/core/log.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { createBacklog } from './backlog.ts';
import { createCatchUp } from './catch-up.ts';
import { createDirect } from './direct.ts';
import { connectGateway, type DiscordConfig } from './gateway.ts';
import { createInbound, threadRefOf } from './inbound.ts';
import { listen } from './listeners.ts';
import { findMissedChanges } from './missed-changes.ts';
import type { Modals } from './modals.ts';
import { createNotices } from './notices.ts';
import type { OwnMessages } from './own-messages.ts';
import { createPeople } from './people.ts';
import { createPlaces } from './places.ts';
import type { Receiving } from './receiving.ts';
import type { ThreadOpening } from './thread-opening.ts';

export interface ReceiverOptions {
  config: DiscordConfig;
  repositories: Pick<Repositories, 'marks' | 'threads' | 'conversations'>;
  /** The REST client that everything outgoing uses. */
  rest: REST;
  threads: ThreadOpening;
  own: OwnMessages;
  modals: Modals;
  log: Log;
  /** How often it is marked until when everything was received, in milliseconds. */
  markEveryMs?: number;
}

export interface Receiver {
  /** A message of a thread's history, translated; `undefined` for the system's and the bot's own. */
  readMessage(thread: ThreadRef, message: APIMessage): Promise<IncomingMessage | undefined>;
  start(bot: Bot): Promise<void>;
  connected(): boolean;
  stop(): Promise<void>;
}

const NO_CONTENT =
  'In this server I hear only messages that mention me: my Message Content intent is off. Mention me in each message, or ask whoever runs me to switch it on.';

export function createReceiver(options: ReceiverOptions): Receiver {
  const { config, repositories, rest, threads, own, log, markEveryMs } = options;
  const notices = createNotices({ rest, own, log });
  const { marks } = repositories;
  const backlog = createBacklog({ log });
  const direct = createDirect({ marks });
  let client: Client | undefined;
  let catchUp: ReturnType<typeof createCatchUp> | undefined;
  let current: Pick<Receiving, 'inbound' | 'places'> | undefined;
  let hasContent = true;

  function attach(next: Client, bot: Bot): void {
    const people = createPeople({ client: next });
    const inbound = createInbound({ client: next, people });
    const places = createPlaces({ client: next });
    current = { inbound, places };
    const receiving: Receiving = {
      ...{ client: next, bot, backlog, direct, inbound, people, places, threads, notices, log },
      modals: options.modals,
      onStored: tellOnce,
    };
    const { receive, ...changes } = listen(receiving);
    const compared = { client: next, repositories, direct, changes };
    const compare = (signal: AbortSignal) => findMissedChanges(compared, signal);
    const every = markEveryMs === undefined ? {} : { everyMs: markEveryMs };
    catchUp = createCatchUp({
      client: next,
      marks,
      backlog,
      direct,
      receive,
      compare,
      log,
      ...every,
    });
    // A new session has missed what happened since the last one.
    next.on(Events.ShardReady, () => void catchUp?.run());
  }

  /** Without the intent, people would wonder why replies are not heard. */
  async function tellOnce({ thread, place }: IncomingMessage): Promise<void> {
    if (hasContent || place.visibility === 'dm') return;
    const name = `content-told:${place.workspaceId}`;
    if (!(await marks.take('discord', name, Number.MAX_SAFE_INTEGER))) return;
    void own
      .post({ threadId: thread.threadId, place }, 'content-told', { content: NO_CONTENT })
      .catch((error: unknown) => log.warn('discord-intent-not-told', {}, error));
  }

  const connected = () =>
    client?.isReady() === true && client.ws.shards.every(({ status }) => status === Status.Ready);

  async function start(bot: Bot): Promise<void> {
    const gateway = await connectGateway({ config, rest, log }, (next) => attach(next, bot));
    client = gateway.client;
    hasContent = gateway.hasContent;
    if (!hasContent) {
      log.warn('discord-without-message-content', {
        todo: 'switch on Message Content Intent in the developer portal; until then only mentions, direct messages, buttons and commands are heard',
      });
    }
    catchUp?.start(connected);
  }

  async function stop(): Promise<void> {
    await catchUp?.stop();
    backlog.stop();
    await client?.destroy();
  }

  async function readMessage({ threadId, channelId }: ThreadRef, message: APIMessage) {
    const spot = await current?.places.find(message.channel_id);
    if (!current || !spot) return undefined;
    const { guildId } = (client?.channels.cache.get(message.channel_id) ?? {}) as {
      guildId?: string;
    };
    const said = guildId ? { ...message, guild_id: guildId } : message;
    const incoming = current.inbound.readEarlier(said, spot, channelId);
    return incoming && { ...incoming, thread: threadRefOf(threadId, channelId) };
  }

  return { start, connected, stop, readMessage };
}
