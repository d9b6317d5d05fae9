/** What a stand-in Discord holds: servers, people, channels and threads, the messages in them. */
import { ChannelType, MessageType, PermissionFlagsBits } from 'discord.js';
import { createFacts, type DiscordFacts } from './discord-facts.ts';
import type { DiscordInteraction } from './discord-interaction.ts';

export interface DiscordUser {
  id: string;
  name: string;
  bot: boolean;
}

export interface DiscordMember {
  roles: string[];
  /** Has not passed the server's membership screening. */
  pending: boolean;
}

export interface DiscordRole {
  id: string;
  name: string;
  permissions: bigint;
}

export interface DiscordGuild {
  id: string;
  name: string;
  ownerId: string;
  roles: Map<string, DiscordRole>;
  members: Map<string, DiscordMember>;
}

export interface DiscordFile {
  id: string;
  name: string;
  contentType: string;
  content: Buffer;
  /** Its address is dead from then on, in milliseconds since the epoch. */
  expiresAt: number;
}

export interface DiscordMessage {
  id: string;
  channelId: string;
  authorId: string;
  type: MessageType;
  content: string;
  embeds: object[];
  components: object[];
  flags: number;
  files: DiscordFile[];
  editedAt?: number;
  nonce?: string;
  reference?: object;
  /** Of a forwarded message: what was forwarded, without its author. */
  snapshots?: object[];
  webhookId?: string;
  /** What an app's answer to an interaction belongs to. */
  interaction?: { id: string; userId: string };
  reactions: string[];
  /** Whom `allowed_mentions` let it notify. */
  pings: string[];
}

export interface DiscordThread {
  archived: boolean;
  locked: boolean;
  autoArchiveMinutes: number;
  members: Set<string>;
}

export interface DiscordChannel {
  id: string;
  type: ChannelType;
  name: string;
  guildId?: string;
  parentId?: string;
  ownerId?: string;
  /** Of a DM. */
  recipients?: string[];
  /** By role or member id. */
  overwrites: Map<string, { kind: 'role' | 'member'; allow: bigint; deny: bigint }>;
  thread?: DiscordThread;
  messages: DiscordMessage[];
}

export interface DiscordWorld extends DiscordFacts {
  users: Map<string, DiscordUser>;
  guilds: Map<string, DiscordGuild>;
  channels: Map<string, DiscordChannel>;
  /** Registered commands, `global` or by server. */
  commands: Map<string, Record<string, unknown>[]>;
  /** By their tokens. */
  interactions: Map<string, DiscordInteraction>;
  /** Messages that only one person sees. */
  ephemerals: { userId: string; message: DiscordMessage; deleted: boolean }[];
  /** Files that people gave to modals. */
  uploads: DiscordFile[];
  /** Times somebody was shown "is typing", by channel. */
  typing: Map<string, number>;
}

export function createWorld(overrides: Partial<DiscordFacts> = {}): DiscordWorld {
  const facts = createFacts(overrides);
  const bot = { id: facts.applicationId, name: 'prompt-to-issue', bot: true };
  return {
    ...facts,
    users: new Map([[bot.id, bot]]),
    guilds: new Map(),
    channels: new Map(),
    commands: new Map(),
    interactions: new Map(),
    ephemerals: [],
    uploads: [],
    typing: new Map(),
  };
}

export function addUser(world: DiscordWorld, name: string, { bot = false } = {}): DiscordUser {
  const user = { id: world.nextId(), name, bot };
  world.users.set(user.id, user);
  return user;
}

/** What the invite link of the docs gives the bot's role. */
const BOT_PERMISSIONS =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.CreatePublicThreads |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.AddReactions;

const EVERYBODY =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands;

/** A server with these people; the first one owns it. The bot is in it with the permissions of the docs. */
export function addGuild(world: DiscordWorld, name: string, people: DiscordUser[]): DiscordGuild {
  const id = world.nextId();
  const botRole = { id: world.nextId(), name: 'prompt-to-issue', permissions: BOT_PERMISSIONS };
  const guild: DiscordGuild = {
    id,
    name,
    ownerId: people[0]?.id ?? world.nextId(),
    // The role of everybody has the server's own id.
    roles: new Map([[id, { id, name: '@everyone', permissions: EVERYBODY }]]).set(
      botRole.id,
      botRole,
    ),
    members: new Map(people.map((user) => [user.id, { roles: [], pending: false }])),
  };
  guild.members.set(world.applicationId, { roles: [botRole.id], pending: false });
  world.guilds.set(id, guild);
  return guild;
}

export function addRole(
  world: DiscordWorld,
  guild: DiscordGuild,
  name: string,
  permissions = 0n,
): DiscordRole {
  const role = { id: world.nextId(), name, permissions };
  guild.roles.set(role.id, role);
  return role;
}

export function addChannel(
  world: DiscordWorld,
  guild: DiscordGuild,
  name: string,
  type: ChannelType = ChannelType.GuildText,
): DiscordChannel {
  return put(world, { id: world.nextId(), type, name, guildId: guild.id });
}

/** The one conversation of this person and the bot; there after the first time. */
export function openDm(world: DiscordWorld, userId: string): DiscordChannel {
  const known = [...world.channels.values()].find(
    ({ type, recipients }) => type === ChannelType.DM && recipients?.includes(userId),
  );
  const made = { id: world.nextId(), type: ChannelType.DM, name: '', recipients: [userId] };
  return known ?? put(world, made);
}

export function addThread(
  world: DiscordWorld,
  parent: DiscordChannel,
  about: { id?: string; name: string; ownerId: string; isPrivate?: boolean },
): DiscordChannel {
  const thread = {
    archived: false,
    locked: false,
    autoArchiveMinutes: 4_320,
    members: new Set([about.ownerId]),
  };
  return put(world, {
    id: about.id ?? world.nextId(),
    type: about.isPrivate ? ChannelType.PrivateThread : ChannelType.PublicThread,
    name: about.name,
    ...(parent.guildId && { guildId: parent.guildId }),
    parentId: parent.id,
    ownerId: about.ownerId,
    thread,
  });
}

function put(
  world: DiscordWorld,
  about: Omit<DiscordChannel, 'overwrites' | 'messages'>,
): DiscordChannel {
  const channel = { overwrites: new Map(), messages: [], ...about };
  world.channels.set(channel.id, channel);
  return channel;
}

/** A message as nobody has written it yet. */
export function newMessage(
  world: DiscordWorld,
  about: Pick<DiscordMessage, 'channelId' | 'authorId'> & Partial<DiscordMessage>,
): DiscordMessage {
  return {
    id: world.nextId(),
    type: MessageType.Default,
    content: '',
    embeds: [],
    components: [],
    flags: 0,
    files: [],
    reactions: [],
    pings: [],
    ...about,
  };
}
