/** From Discord's messages to the core's: who wrote, what, and whether to the bot. */
import {
  type APIGuildMember,
  type APIMessage,
  type Client,
  MessageType,
  SnowflakeUtil,
} from 'discord.js';
import { quote } from '../../src/core/draft-request.ts';
import type { Attachment, IncomingMessage } from '../../src/core/message.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { textOfEmbeds } from './layout.ts';
import type { People } from './people.ts';
import type { Spot } from './places.ts';

/** A message as the gateway or REST brings it; REST leaves out the member. */
export type SaidMessage = APIMessage & { guild_id?: string; member?: Partial<APIGuildMember> };

/** What says something that a person wrote; everything else is the system's. */
const SPOKEN = [MessageType.Default, MessageType.Reply];
/** What an app posts, by itself or in answer to a command. */
const POSTED = [...SPOKEN, MessageType.ChatInputCommand, MessageType.ContextMenuCommand];

/** Bots and webhooks: what they post begins nothing, and is not answered. */
export const isOfApp = ({ author, webhook_id }: Pick<SaidMessage, 'author' | 'webhook_id'>) =>
  author.bot === true || Boolean(webhook_id);

export function threadRefOf(threadId: string, begin = ''): ThreadRef {
  return { platform: 'discord', workspaceId: '', channelId: begin, threadId };
}

/** Milliseconds of a snowflake, as ISO 8601. */
export function timeOf(id: string): string {
  return new Date(SnowflakeUtil.timestampFrom(id)).toISOString();
}

/** The first snowflake of this moment, in milliseconds since the epoch. */
export function snowflakeAt(epochMs: number): string {
  return String(SnowflakeUtil.generate({ timestamp: epochMs, increment: 0n }));
}

export interface Inbound {
  /**
   * What a person said, in the thread it belongs to: a message in a channel begins one of its own.
   * `begin` is that of a direct conversation. `undefined` for bots, webhooks, the system, and for
   * messages without words for us.
   */
  read(message: SaidMessage, spot: Spot, begin?: string): IncomingMessage | undefined;
  /** The same of a thread's history, where what other apps posted is material too. Never the bot's own. */
  readEarlier(message: SaidMessage, spot: Spot, begin?: string): IncomingMessage | undefined;
  textOf(message: SaidMessage): string;
}

export interface InboundOptions {
  client: Client;
  people: People;
}

export function createInbound({ client, people }: InboundOptions): Inbound {
  const botId = () => client.user?.id ?? '';

  function read(message: SaidMessage, spot: Spot, begin = ''): IncomingMessage | undefined {
    if (isOfApp(message) || !SPOKEN.includes(message.type)) return undefined;
    return translate(message, spot, begin);
  }

  function readEarlier(message: SaidMessage, spot: Spot, begin = '') {
    const types = isOfApp(message) ? POSTED : SPOKEN;
    if (message.author.id === botId() || !types.includes(message.type)) return undefined;
    return translate(message, spot, begin);
  }

  function translate(message: SaidMessage, spot: Spot, begin: string): IncomingMessage | undefined {
    const addressed = spot.kind === 'dm' || addresses(message, spot);
    const text = textOf(message);
    const attachments = attachmentsOf(message);
    // Without the message-content intent, what is not for the bot comes without its words.
    if (!text && attachments.length === 0 && !addressed) return undefined;
    // The first message of a forum's post has the id of its thread.
    const begins = spot.kind !== 'thread' || message.id === message.channel_id;
    const { id, channel_id: channelId } = message;
    const threadId = spot.kind === 'channel' ? id : channelId;
    const title = begins && spot.kind === 'thread' ? `${nameOfChannel(client, channelId)}\n\n` : '';
    const guildId = spot.place.workspaceId;
    const user = { ...message.author, bot: isOfApp(message) };
    return {
      ...{ id, addressed, sentAt: timeOf(id), thread: threadRefOf(threadId, begin) },
      text: `${title}${text}`,
      place: spot.place,
      author: people.authorOf(user, guildId || undefined, message.member),
      ...(attachments.length > 0 && { attachments }),
      topLevel: begins,
      permalink: `https://discord.com/channels/${guildId || '@me'}/${channelId}/${id}`,
    };
  }

  /** By its name, by the role that only it has, or in reply to what it said. */
  function addresses({ mentions, mention_roles }: SaidMessage, { place }: Spot): boolean {
    if (mentions.some(({ id }) => id === botId())) return true;
    const own = client.guilds.cache.get(place.workspaceId)?.roles.botRoleFor(botId());
    return own !== undefined && own !== null && mention_roles.includes(own.id);
  }

  /** Mentions as people read them, without the bot's own. */
  function textOf(message: SaidMessage): string {
    const names = new Map(
      message.mentions.map((user) => [user.id, user.global_name ?? user.username]),
    );
    const guild = client.guilds.cache.get(message.guild_id ?? '');
    const own = guild?.roles.botRoleFor(botId())?.id;
    const said = [message.content, embedsOf(message)]
      .filter(Boolean)
      .join('\n\n')
      .replaceAll(/<@!?(\d+)>/g, (_, id) => (id === botId() ? '' : `@${names.get(id) ?? id}`))
      .replaceAll(/<@&(\d+)>/g, (_, id) =>
        id === own ? '' : `@${guild?.roles.cache.get(id)?.name ?? id}`,
      )
      .replaceAll(/<#(\d+)>/g, (_, id) => `#${nameOfChannel(client, id)}`)
      .replaceAll(/<a?:(\w+):\d+>/g, ':$1:')
      .trim();
    return [said, ...quotesOf(message)].filter(Boolean).join('\n\n');
  }

  /** Only apps write embeds. The bot's own are its cards. */
  function embedsOf(message: SaidMessage): string {
    const isOthers = isOfApp(message) && message.author.id !== botId();
    return isOthers ? textOfEmbeds(message.embeds) : '';
  }

  return { read, readEarlier, textOf };
}

function nameOfChannel(client: Client, id: string): string {
  const channel = client.channels.cache.get(id);
  return channel && 'name' in channel && channel.name ? channel.name : id;
}

/** What the message forwards. */
function quotesOf({ message_snapshots = [] }: SaidMessage): string[] {
  const forwarded = message_snapshots.map(({ message }) =>
    [message.content, textOfEmbeds(message.embeds)].filter(Boolean).join('\n\n'),
  );
  return forwarded.filter(Boolean).map((text) => `Forwarded:\n${quote(text)}`);
}

/** Those of what the message forwards too. */
export function attachmentsOf({
  attachments,
  message_snapshots = [],
}: Pick<SaidMessage, 'attachments' | 'message_snapshots'>): Attachment[] {
  const forwarded = message_snapshots.flatMap(({ message }) => message.attachments ?? []);
  return [...attachments, ...forwarded].map((file) => ({
    id: file.id,
    name: file.filename,
    mimeType: file.content_type ?? 'application/octet-stream',
    bytes: file.size,
    url: file.url,
  }));
}
