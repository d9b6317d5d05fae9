/** Where something happens in Discord: a channel, a thread in one, a forum's post or a direct message. */
import {
  type APIChannel,
  ChannelType,
  type Client,
  type GuildBasedChannel,
  PermissionFlagsBits,
} from 'discord.js';
import type { Place } from '../../src/core/thread.ts';
import { UnansweredError } from './backlog.ts';
import { refusalOf } from './refusals.ts';

export interface Spot {
  kind: 'dm' | 'thread' | 'channel' | 'forum';
  /** Discord's own channel, which a thread is too. */
  channelId: string;
  place: Place;
  /** A thread can begin with a message here. */
  threads: boolean;
}

export interface Places {
  /** `undefined` when the bot does not see it (any more). */
  find(channelId: string): Promise<Spot | undefined>;
  /** What the bot lacks to talk in a thread of this channel, in Discord's words for it. */
  missingRights(channelId: string): string[];
}

/** By their names in Discord's client. */
const NEEDED = {
  'View Channel': PermissionFlagsBits.ViewChannel,
  'Send Messages in Threads': PermissionFlagsBits.SendMessagesInThreads,
  'Create Public Threads': PermissionFlagsBits.CreatePublicThreads,
  'Read Message History': PermissionFlagsBits.ReadMessageHistory,
};
const THREADABLE = [ChannelType.GuildText, ChannelType.GuildAnnouncement];
const FORUMS = [ChannelType.GuildForum, ChannelType.GuildMedia];

export function createPlaces({ client }: { client: Client }): Places {
  async function find(channelId: string): Promise<Spot | undefined> {
    const channel =
      client.channels.cache.get(channelId) ??
      (await client.channels.fetch(channelId).catch(toUnseen));
    if (!channel) return undefined;
    if (!('guild' in channel)) {
      const place = { workspaceId: '', channelId, visibility: 'dm' as const };
      return channel.isDMBased() ? { kind: 'dm', channelId, place, threads: false } : undefined;
    }
    return channel.isThread() ? spotOfThread(channel, channelId) : spotOf(channel);
  }

  function missingRights(channelId: string): string[] {
    const channel = client.channels.cache.get(channelId);
    if (!channel || !('guild' in channel)) return [];
    const me = channel.guild.members.me;
    const granted = me && channel.permissionsFor(me);
    if (!granted) return [];
    return Object.entries(NEEDED)
      .filter(([, right]) => !granted.has(right))
      .map(([name]) => name);
  }

  return { find, missingRights };
}

/** What Discord refuses is not seen; that it did not answer says nothing, and is tried again. */
function toUnseen(error: unknown): undefined {
  if (refusalOf(error) !== undefined) return undefined;
  throw new UnansweredError(error);
}

/** A private thread is private wherever it is; another one as much as its channel. */
function spotOfThread(
  thread: Extract<GuildBasedChannel, { parentId: string | null; ownerId: string | null }>,
  channelId: string,
): Spot {
  const { parent, guildId } = thread;
  const isPrivate = thread.type === ChannelType.PrivateThread || !parent || !isPublic(parent);
  const visibility = isPrivate ? ('private' as const) : ('public' as const);
  const place = { workspaceId: guildId, channelId: thread.parentId ?? channelId, visibility };
  return { kind: 'thread', channelId, place, threads: false };
}

function spotOf(channel: GuildBasedChannel): Spot {
  const { id, guildId, type } = channel;
  const visibility = isPublic(channel) ? ('public' as const) : ('private' as const);
  return {
    kind: FORUMS.includes(type) ? 'forum' : 'channel',
    channelId: id,
    place: { workspaceId: guildId, channelId: id, visibility },
    threads: THREADABLE.includes(type),
  };
}

/** Whoever is in the server sees it. */
function isPublic(channel: GuildBasedChannel): boolean {
  const { everyone } = channel.guild.roles;
  return channel.permissionsFor(everyone)?.has(PermissionFlagsBits.ViewChannel) ?? false;
}

/** Whether this payload is of a thread. */
export function isThread({ type }: Pick<APIChannel, 'type'>): boolean {
  const threads = [ChannelType.PublicThread, ChannelType.PrivateThread];
  return [...threads, ChannelType.AnnouncementThread].includes(type);
}
