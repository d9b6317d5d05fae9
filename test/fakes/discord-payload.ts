/** What the stand-in Discord holds, in the shapes of its API. */
import { ChannelType, MessageFlags, MessageType } from 'discord.js';
import { timeOf } from './discord-facts.ts';
import { permissionsOf } from './discord-permissions.ts';
import type {
  DiscordChannel,
  DiscordFile,
  DiscordGuild,
  DiscordMessage,
  DiscordUser,
  DiscordWorld,
} from './discord-world.ts';

type Payload = Record<string, unknown>;

export function toApiUser({ id, name, bot }: DiscordUser): Payload {
  return {
    id,
    username: name.toLowerCase().replaceAll(/\W/g, ''),
    global_name: bot ? null : name,
    discriminator: '0',
    avatar: null,
    bot,
  };
}

export function toApiMember(guild: DiscordGuild, userId: string): Payload {
  const member = guild.members.get(userId);
  return {
    roles: member?.roles ?? [],
    nick: null,
    avatar: null,
    joined_at: new Date(timeOf(guild.id)).toISOString(),
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0,
    pending: member?.pending ?? false,
  };
}

export function toApiGuild(world: DiscordWorld, guild: DiscordGuild): Payload {
  const channels = [...world.channels.values()].filter(({ guildId }) => guildId === guild.id);
  const { applicationId } = world;
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    icon: null,
    unavailable: false,
    joined_at: new Date(timeOf(guild.id)).toISOString(),
    large: false,
    member_count: guild.members.size,
    roles: [...guild.roles.values()].map((role, position) => ({
      id: role.id,
      name: role.name,
      permissions: String(role.permissions),
      position,
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      managed: false,
      mentionable: false,
      flags: 0,
    })),
    members: [
      { ...toApiMember(guild, applicationId), user: toApiUser(userOf(world, applicationId)) },
    ],
    channels: channels.filter(({ thread }) => !thread).map((one) => toApiChannel(world, one)),
    threads: activeThreads(world, guild.id).map((one) => toApiChannel(world, one)),
    ...{ emojis: [], stickers: [], features: [], voice_states: [], presences: [] },
    ...{ stage_instances: [], guild_scheduled_events: [], soundboard_sounds: [] },
    ...{ system_channel_flags: 0, premium_tier: 0, nsfw_level: 0, verification_level: 0 },
    ...{ default_message_notifications: 0, explicit_content_filter: 0, mfa_level: 0 },
    ...{ afk_timeout: 300, preferred_locale: 'en-US', premium_progress_bar_enabled: false },
  };
}

/** Those the bot may see: public ones, and private ones it is in. */
export function activeThreads(world: DiscordWorld, guildId: string): DiscordChannel[] {
  return [...world.channels.values()].filter(({ guildId: home, thread, type }) => {
    const within = type !== ChannelType.PrivateThread || thread?.members.has(world.applicationId);
    return home === guildId && thread && !thread.archived && within;
  });
}

export function toApiChannel(world: DiscordWorld, channel: DiscordChannel): Payload {
  const { id, type, name, guildId, parentId, ownerId, thread, recipients, messages } = channel;
  const shared = { id, type, last_message_id: messages.at(-1)?.id ?? null, flags: 0 };
  if (recipients) {
    return { ...shared, recipients: recipients.map((one) => toApiUser(userOf(world, one))) };
  }
  const overwrites = [...channel.overwrites].map(([target, { kind, allow, deny }]) => ({
    id: target,
    type: kind === 'role' ? 0 : 1,
    allow: String(allow),
    deny: String(deny),
  }));
  return {
    ...shared,
    ...{ name, guild_id: guildId, parent_id: parentId ?? null, rate_limit_per_user: 0 },
    ...(type === ChannelType.GuildForum && { available_tags: [], default_reaction_emoji: null }),
    ...(thread
      ? toThreadPart(world, channel, ownerId)
      : { position: 0, permission_overwrites: overwrites, nsfw: false, topic: null }),
  };
}

function toThreadPart(world: DiscordWorld, { id, thread, messages }: DiscordChannel, owner = '') {
  const isIn = thread?.members.has(world.applicationId);
  const joined = new Date(timeOf(id)).toISOString();
  return {
    owner_id: owner,
    message_count: messages.length,
    member_count: thread?.members.size ?? 0,
    total_message_sent: messages.length,
    thread_metadata: {
      archived: thread?.archived ?? false,
      locked: thread?.locked ?? false,
      auto_archive_duration: thread?.autoArchiveMinutes ?? 4_320,
      archive_timestamp: joined,
      create_timestamp: joined,
    },
    ...(isIn && {
      member: { id, user_id: world.applicationId, join_timestamp: joined, flags: 0 },
    }),
  };
}

/** A message as an app gets it; without its words where they are not for the app. */
export function toApiMessage(
  world: DiscordWorld,
  message: DiscordMessage,
  { origin = '', readable = true } = {},
): Payload {
  const { id, channelId, authorId, type, flags, nonce, interaction } = message;
  const mentioned = mentionsOf(message).flatMap((one) => world.users.get(one) ?? []);
  const thread = world.channels.get(id);
  const replied = repliedTo(world, message);
  return {
    id,
    type,
    channel_id: channelId,
    author: toApiUser(userOf(world, authorId)),
    content: readable ? message.content : '',
    embeds: readable ? message.embeds : [],
    components: readable ? message.components : [],
    attachments: readable ? message.files.map((file) => toApiFile(file, origin)) : [],
    timestamp: new Date(timeOf(id)).toISOString(),
    edited_timestamp: message.editedAt ? new Date(message.editedAt).toISOString() : null,
    mentions: mentioned.map(toApiUser),
    ...{ mention_roles: [], mention_everyone: false, tts: false, pinned: false },
    flags: thread?.thread ? flags | MessageFlags.HasThread : flags,
    ...(nonce && { nonce }),
    ...(message.webhookId && {
      webhook_id: message.webhookId,
      application_id: message.webhookId,
    }),
    ...(message.reference && { message_reference: message.reference }),
    ...(replied && { referenced_message: toApiMessage(world, replied, { origin, readable }) }),
    ...(message.snapshots && { message_snapshots: message.snapshots }),
    ...(interaction && {
      interaction_metadata: {
        id: interaction.id,
        type: 2,
        user: toApiUser(userOf(world, interaction.userId)),
        authorizing_integration_owners: {},
      },
    }),
    ...(thread?.thread && { thread: toApiChannel(world, thread) }),
  };
}

function repliedTo(world: DiscordWorld, { reference, type }: DiscordMessage) {
  if (type !== MessageType.Reply) return undefined;
  const { message_id, channel_id } = reference as { message_id: string; channel_id: string };
  return world.channels.get(channel_id)?.messages.find(({ id }) => id === message_id);
}

/** Whether an app without the message-content intent gets this message's words. */
export function isReadable(world: DiscordWorld, message: DiscordMessage): boolean {
  const isDm = world.channels.get(message.channelId)?.type === ChannelType.DM;
  const { applicationId } = world;
  return isDm || message.authorId === applicationId || mentionsOf(message).includes(applicationId);
}

function mentionsOf({ content }: DiscordMessage): string[] {
  return [...content.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id);
}

/** A signed address that expires. */
export function toApiFile(
  { id, name, contentType, content, expiresAt }: DiscordFile,
  origin: string,
) {
  const ex = Math.floor(expiresAt / 1_000).toString(16);
  const url = `${origin}/attachments/${id}/${encodeURIComponent(name)}?ex=${ex}&is=0&hm=0`;
  const size = content.byteLength;
  return { id, filename: name, content_type: contentType, size, url, proxy_url: url };
}

export function userOf(world: DiscordWorld, id: string): DiscordUser {
  return world.users.get(id) ?? { id, name: 'Deleted User', bot: false };
}

/** The person behind an interaction, as it says so. */
export function toApiActor(world: DiscordWorld, channel: DiscordChannel, userId: string): Payload {
  const user = toApiUser(userOf(world, userId));
  const guild = world.guilds.get(channel.guildId ?? '');
  if (!guild) return { user };
  const permissions = String(permissionsOf(world, channel, userId));
  return { member: { ...toApiMember(guild, userId), user, permissions } };
}
