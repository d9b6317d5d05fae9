/** Messages: in channels, in threads, in forums and direct; said, changed and deleted. */
import {
  GatewayDispatchEvents,
  type GatewayMessageCreateDispatchData,
  type GatewayMessageDeleteBulkDispatchData,
  type GatewayMessageDeleteDispatchData,
  type GatewayMessageUpdateDispatchData,
  MessageFlags,
} from 'discord.js';
import { parseCommand } from '../../src/core/commands.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { isOfApp, type SaidMessage, threadRefOf, timeOf } from './inbound.ts';
import type { Spot } from './places.ts';
import type { Receiving } from './receiving.ts';

export interface MessageListener {
  /** Resolves when the message is stored, or is none of ours. The same for a message found in a channel's history. */
  receive(message: SaidMessage): Promise<void>;
  edit(message: SaidMessage): Promise<void>;
  remove(channelId: string, id: string): Promise<void>;
}

export function listenToMessages(receiving: Receiving): MessageListener {
  const { client, backlog } = receiving;
  const receive = (message: SaidMessage) =>
    backlog.take(message.channel_id, message.id, () => receiveMessage(receiving, message));
  const edit = (message: SaidMessage) =>
    backlog.take(message.channel_id, message.id, () => receiveEdit(receiving, message));
  const remove = (channelId: string, id: string) =>
    backlog.take(channelId, id, () => receiveDeletion(receiving, channelId, id));
  client.ws.on(
    GatewayDispatchEvents.MessageCreate,
    (data: GatewayMessageCreateDispatchData) => void receive(data as SaidMessage),
  );
  client.ws.on(
    GatewayDispatchEvents.MessageUpdate,
    (data: GatewayMessageUpdateDispatchData) => void edit(data as SaidMessage),
  );
  client.ws.on(
    GatewayDispatchEvents.MessageDelete,
    ({ id, channel_id }: GatewayMessageDeleteDispatchData) => void remove(channel_id, id),
  );
  client.ws.on(
    GatewayDispatchEvents.MessageDeleteBulk,
    ({ ids, channel_id }: GatewayMessageDeleteBulkDispatchData) => {
      for (const id of ids) void remove(channel_id, id);
    },
  );
  return { receive, edit, remove };
}

async function receiveMessage(receiving: Receiving, message: SaidMessage): Promise<void> {
  const { inbound, places, direct } = receiving;
  if (isOfApp(message)) return;
  const spot = await places.find(message.channel_id);
  if (!spot || spot.kind === 'forum') return;
  if (spot.kind === 'dm') {
    await direct.remember(spot.channelId);
    const rest = /^\s*new(?:\s*$|:\s*)/i.exec(message.content);
    if (rest) return beginDirect(receiving, message, spot, message.content.slice(rest[0].length));
  }
  const begin = spot.kind === 'dm' ? await direct.beginOf(spot.channelId, message.id) : '';
  const said = inbound.read(withReplied(receiving, message), spot, begin);
  if (!said) return;
  const incoming = (await beginsHere(receiving, said)) ? { ...said, addressed: true } : said;
  if (spot.kind === 'channel') await receiveInChannel(receiving, message, incoming, spot);
  else await hand(receiving, message, incoming);
}

/** `new` alone, or `new:` before the first words of another conversation. */
async function beginDirect(receiving: Receiving, message: SaidMessage, spot: Spot, text: string) {
  await receiving.direct.begin(spot.channelId, message.id);
  if (!text.trim() && message.attachments.length === 0) {
    return answer(receiving, message, 'This is a new conversation. What is it about?');
  }
  const incoming = receiving.inbound.read({ ...message, content: text }, spot, message.id);
  if (incoming) await hand(receiving, message, incoming);
}

/** In an intake channel, and in an intake forum, whatever begins a thread begins a conversation. */
async function beginsHere({ bot }: Receiving, incoming: IncomingMessage): Promise<boolean> {
  const { addressed, topLevel, place } = incoming;
  if (addressed || !topLevel) return false;
  return (await bot.readBeginnings({ platform: 'discord', place })).intake;
}

/** A mention begins a thread: the message is stored first, and whoever answers waits for the thread. */
async function receiveInChannel(
  receiving: Receiving,
  message: SaidMessage,
  incoming: IncomingMessage,
  spot: Spot,
): Promise<void> {
  if (!incoming.addressed) return;
  const obstacle = obstacleIn(receiving, spot);
  if (obstacle) return answer(receiving, message, obstacle);
  const name = incoming.text || 'Ticket';
  const thread = receiving.threads.prepare(message.id, { channelId: message.channel_id, name });
  const open = () =>
    thread.open().catch((error: unknown) => {
      if (error instanceof ChatError) return answer(receiving, message, error.message);
      receiving.log.warn('discord-thread-not-opened', { id: message.id }, error);
    });
  // What a command has to say is said in the thread at once.
  if (parseCommand(incoming.text)) await open();
  let stored = false;
  try {
    stored = await hand(receiving, message, incoming);
  } finally {
    if (!stored) thread.cancel();
  }
  // Others in this channel do not wait for it. Of a message that comes again nothing is opened: its thread may have been deleted.
  if (stored && !parseCommand(incoming.text)) void open();
}

/** Why no thread can begin here, in a sentence. */
export function obstacleIn({ places }: Receiving, spot: Spot): string | undefined {
  if (!spot.threads) {
    return 'There are no threads in this kind of channel. Mention me in a text channel or a forum post, or write to me directly.';
  }
  const missing = places.missingRights(spot.channelId);
  if (missing.length === 0) return undefined;
  return `I cannot answer here yet: my role lacks ${missing.join(', ')} in this channel. Ask whoever manages this server.`;
}

/** True when it is stored for the first time. What the person can do something about is said to them. */
async function hand(receiving: Receiving, message: SaidMessage, incoming: IncomingMessage) {
  try {
    const handled = await receiving.bot.handleMessage(incoming);
    if (handled.kind === 'stored') await receiving.onStored(incoming);
    return handled.kind === 'stored';
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    await answer(receiving, message, error.message);
    return false;
  }
}

const answer = ({ notices }: Receiving, { id, channel_id, author }: SaidMessage, text: string) =>
  notices.answer({ id, channelId: channel_id, authorId: author.id }, text);

/** What a mention replies to is what it is about. */
function withReplied({ inbound, client }: Receiving, message: SaidMessage): SaidMessage {
  const replied = message.referenced_message;
  const own = replied?.author.id === client.user?.id;
  if (!replied || own) return message;
  const text = inbound.textOf(replied);
  if (!text && replied.attachments.length === 0) return message;
  const name = replied.author.global_name ?? replied.author.username;
  const content = text && `${name}: ${text}`;
  const snapshot = { message: { ...replied, content, embeds: [] } };
  return {
    ...message,
    message_snapshots: [...(message.message_snapshots ?? []), snapshot],
  } as SaidMessage;
}

async function receiveEdit(receiving: Receiving, message: SaidMessage): Promise<void> {
  const { inbound, places, direct, bot } = receiving;
  // Discord says the same when it has looked at a link; then nobody edited anything.
  if (!message.edited_timestamp || !message.author || message.author.bot) return;
  const spot = await places.find(message.channel_id);
  if (!spot) return;
  const begin = spot.kind === 'dm' ? await direct.beginOf(spot.channelId, message.id) : '';
  const incoming = inbound.read(withReplied(receiving, message), spot, begin);
  if (!incoming) return;
  // What a thread began with is part of it, whoever it was said to.
  const begins = ((message.flags ?? 0) & MessageFlags.HasThread) !== 0;
  const concerns = spot.kind !== 'channel' || incoming.addressed || begins;
  if (!concerns && !(await beginsHere(receiving, incoming))) return;
  const { thread, id, sentAt, text } = incoming;
  await bot.handleEdit({ thread, id, sentAt, text });
}

async function receiveDeletion(receiving: Receiving, channelId: string, id: string) {
  const spot = await receiving.places.find(channelId);
  if (!spot) return;
  const begin = spot.kind === 'dm' ? await receiving.direct.beginOf(channelId, id) : '';
  const thread = threadRefOf(spot.kind === 'channel' ? id : channelId, begin);
  await receiving.bot.handleDeletion({ thread, id, sentAt: timeOf(id) });
}
