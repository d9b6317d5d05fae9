/** What receives from Discord: the client, and every listener on it. */
import { type APIMessage, type Client, Events, type REST, Routes, Status } from 'discord.js';
import type { Bot } from '../../src/core/bot.ts';
import type { Log } from '../../src/core/log.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { createCatchUp } from './catch-up.ts';
import { createDirect, type Direct } from './direct.ts';
import { connectGateway, type DiscordConfig } from './gateway.ts';
import { createInbound, type Inbound, threadRefOf } from './inbound.ts';
import type { Modals } from './modals.ts';
import { listenToAutocomplete } from './on-autocomplete.ts';
import { listenToCommands } from './on-command.ts';
import { listenToComponents } from './on-component.ts';
import { listenToMessages } from './on-message.ts';
import { listenToThreads } from './on-thread.ts';
import { createPlaces, type Places } from './places.ts';
import type { ThreadOpening } from './thread-opening.ts';
import { createVoice, type Voice } from './voice.ts';

/** What every listener works with. */
export interface Receiving {
  client: Client;
  bot: Bot;
  backlog: Backlog;
  direct: Direct;
  inbound: Inbound;
  places: Places;
  threads: ThreadOpening;
  voice: Voice;
  log: Log;
  /** Absent: nothing opens a modal. */
  modals: Modals;
  /** A message was stored for the first time. */
  onStored(message: IncomingMessage): Promise<void>;
}

export interface ReceiverOptions {
  config: DiscordConfig;
  repositories: Pick<Repositories, 'marks'>;
  /** The REST client that everything outgoing uses. */
  rest: REST;
  threads: ThreadOpening;
  modals: Modals;
  log: Log;
  /** How often it is marked until when everything was received, in milliseconds. */
  markEveryMs?: number;
}

export interface Receiver {
  /** A message of a thread's history, translated; `undefined` when nobody said it. */
  readMessage(thread: ThreadRef, message: APIMessage): Promise<IncomingMessage | undefined>;
  start(bot: Bot): Promise<void>;
  connected(): boolean;
  stop(): Promise<void>;
}

const NO_CONTENT =
  'In this server I hear only messages that mention me: my Message Content intent is off. Mention me in each message, or ask whoever runs me to switch it on.';

export function createReceiver(options: ReceiverOptions): Receiver {
  const { config, repositories, rest, threads, log, markEveryMs } = options;
  const { marks } = repositories;
  const backlog = createBacklog({ log });
  const direct = createDirect({ marks });
  let client: Client | undefined;
  let catchUp: ReturnType<typeof createCatchUp> | undefined;
  let current: Pick<Receiving, 'inbound' | 'places'> | undefined;
  let hasContent = true;

  function listen(next: Client, bot: Bot): void {
    const inbound = createInbound({ client: next });
    const places = createPlaces({ client: next });
    const voice = createVoice({ client: next, log });
    const base = { client: next, bot, backlog, direct, inbound, places, threads, voice, log };
    current = { inbound, places };
    const receiving: Receiving = {
      ...base,
      modals: options.modals,
      onStored: (message) => tellOnce(next, message),
    };
    const { receive } = listenToMessages(receiving);
    listenToThreads(receiving);
    listenToCommands(receiving);
    listenToComponents(receiving);
    listenToAutocomplete(receiving);
    const every = markEveryMs === undefined ? {} : { everyMs: markEveryMs };
    catchUp = createCatchUp({ client: next, marks, backlog, direct, receive, log, ...every });
    // A new session has missed what happened since the last one.
    next.on(Events.ShardReady, () => void catchUp?.run());
  }

  /** Without the intent, people would wonder why replies are not heard. */
  async function tellOnce({ rest }: Client, { thread, place }: IncomingMessage): Promise<void> {
    if (hasContent || place.visibility === 'dm') return;
    const name = `content-told:${place.workspaceId}`;
    if (!(await marks.take('discord', name, Number.MAX_SAFE_INTEGER))) return;
    const body = { content: NO_CONTENT, allowed_mentions: { parse: [] } };
    void threads
      .within(thread.threadId, place, () =>
        rest.post(Routes.channelMessages(thread.threadId), { body }),
      )
      .catch((error: unknown) => log.warn('discord-intent-not-told', {}, error));
  }

  const connected = () =>
    client?.isReady() === true && client.ws.shards.every(({ status }) => status === Status.Ready);

  async function start(bot: Bot): Promise<void> {
    const gateway = await connectGateway({ config, rest, log }, (next) => listen(next, bot));
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
    const incoming = current.inbound.read(said, spot, channelId);
    return incoming && { ...incoming, thread: threadRefOf(threadId, channelId) };
  }

  return { start, connected, stop, readMessage };
}
