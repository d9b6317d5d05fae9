/** What people do in the stand-in Discord, and the events that Discord makes of it. */
import { ChannelType, GatewayIntentBits, MessageType, PermissionFlagsBits } from 'discord.js';
import { createGestures, type DiscordGestures } from './discord-gestures.ts';
import { toApiChannel } from './discord-payload.ts';
import { permissionsOf, writingRight } from './discord-permissions.ts';
import type { DiscordServer } from './discord-server.ts';
import {
  addThread,
  type DiscordChannel,
  type DiscordFile,
  type DiscordMessage,
  newMessage,
} from './discord-world.ts';
import { newFile } from './discord-writing.ts';

export interface Saying {
  files?: Pick<DiscordFile, 'name' | 'contentType' | 'content'>[];
  /** The message that this one replies to. */
  replyTo?: string;
  /** Forwards this message instead of writing. */
  forwards?: DiscordMessage;
  type?: MessageType;
  /** Of an app: people write none. */
  embeds?: object[];
  /** Posted through a webhook, under whatever name it gave. */
  webhookId?: string;
}

export interface DiscordPeople extends DiscordGestures {
  /** Writes a message; throws where Discord's client would not let them. */
  say(userId: string, channelId: string, text: string, saying?: Saying): DiscordMessage;
  /** The event of a message again: two connections, or a resume. */
  redeliver(message: DiscordMessage): void;
  /** A new post in a forum: its thread, and the first message in it under the same id. */
  post(userId: string, forumId: string, title: string, text: string): DiscordChannel;
  /** Opens a thread from a message, or, without one, an empty one. */
  openThread(userId: string, channelId: string, name: string, messageId?: string): DiscordChannel;
  edit(message: DiscordMessage, text: string): void;
  remove(message: DiscordMessage): void;
  archive(threadId: string, archived?: boolean): void;
  lock(threadId: string, locked?: boolean): void;
  /** Deletes a channel or a thread. */
  removeChannel(channelId: string): void;
  /** The bot is thrown out of a server. */
  removeBot(guildId: string): void;
}

const { Guilds } = GatewayIntentBits;

export function createPeople(discord: DiscordServer): DiscordPeople {
  const { world, gateway } = discord;

  function channelOf(id: string): DiscordChannel {
    const channel = world.channels.get(id);
    if (!channel) throw new Error(`the stand-in has no channel ${id}`);
    return channel;
  }

  function say(userId: string, channelId: string, text: string, saying: Saying = {}) {
    const channel = channelOf(channelId);
    checkWriting(channel, userId);
    const { files = [], replyTo, forwards, type, embeds = [], webhookId } = saying;
    const message = newMessage(world, {
      ...{ channelId, authorId: userId, content: text, embeds },
      ...(webhookId && { webhookId }),
      files: files.map((file) => newFile(world, file)),
      ...(replyTo && {
        type: MessageType.Reply,
        reference: { type: 0, message_id: replyTo, channel_id: channelId },
      }),
      ...(forwards && snapshotOf(forwards)),
      ...(type !== undefined && { type }),
    });
    channel.messages.push(message);
    gateway.dispatchMessage('MESSAGE_CREATE', message);
    return message;
  }

  function checkWriting(channel: DiscordChannel, userId: string): void {
    const { thread } = channel;
    const refuses =
      channel.type === ChannelType.DM
        ? !channel.recipients?.includes(userId) && userId !== world.applicationId
        : !(permissionsOf(world, channel, userId) & writingRight(channel));
    if (refuses) throw new Error(`${userId} may not write in ${channel.id}`);
    if (!thread) return;
    const manages = permissionsOf(world, channel, userId) & PermissionFlagsBits.ManageThreads;
    if (thread.locked && !manages) throw new Error(`${channel.id} is locked`);
    thread.members.add(userId);
    if (!thread.archived) return;
    thread.archived = false;
    update(channel);
  }

  const update = (channel: DiscordChannel) =>
    gateway.dispatch('THREAD_UPDATE', channel, Guilds, toApiChannel(world, channel));

  const announce = (thread: DiscordChannel) =>
    gateway.dispatch('THREAD_CREATE', thread, Guilds, {
      ...toApiChannel(world, thread),
      newly_created: true,
    });

  function post(userId: string, forumId: string, title: string, text: string) {
    const forum = channelOf(forumId);
    if (forum.type !== ChannelType.GuildForum) throw new Error(`${forumId} is not a forum`);
    const thread = addThread(world, forum, { name: title, ownerId: userId });
    announce(thread);
    const about = { id: thread.id, channelId: thread.id, authorId: userId, content: text };
    const message = newMessage(world, about);
    thread.messages.push(message);
    gateway.dispatchMessage('MESSAGE_CREATE', message);
    return thread;
  }

  function openThread(userId: string, channelId: string, name: string, messageId?: string) {
    const parent = channelOf(channelId);
    const about = { name, ownerId: userId, ...(messageId && { id: messageId }) };
    const thread = addThread(world, parent, about);
    announce(thread);
    return thread;
  }

  function remove({ id, channelId }: DiscordMessage): void {
    const channel = channelOf(channelId);
    channel.messages = channel.messages.filter((one) => one.id !== id);
    const guild = channel.guildId && { guild_id: channel.guildId };
    const isDm = channel.type === ChannelType.DM;
    const intent = isDm ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages;
    gateway.dispatch('MESSAGE_DELETE', channel, intent, { id, channel_id: channelId, ...guild });
  }

  function setThread(threadId: string, state: { archived?: boolean; locked?: boolean }): void {
    const channel = channelOf(threadId);
    if (!channel.thread) throw new Error(`${threadId} is not a thread`);
    Object.assign(channel.thread, state);
    update(channel);
  }

  function removeChannel(channelId: string): void {
    const channel = channelOf(channelId);
    const { id, guildId, parentId, type, thread } = channel;
    const gone = thread
      ? { id, guild_id: guildId, parent_id: parentId, type }
      : toApiChannel(world, channel);
    gateway.dispatch(thread ? 'THREAD_DELETE' : 'CHANNEL_DELETE', channel, Guilds, gone);
    world.channels.delete(channelId);
  }

  function removeBot(guildId: string): void {
    const guild = world.guilds.get(guildId);
    if (!guild) throw new Error(`the stand-in has no server ${guildId}`);
    const inside = [...world.channels.values()].find((one) => one.guildId === guildId);
    gateway.dispatch('GUILD_DELETE', inside, Guilds, { id: guildId });
    guild.members.delete(world.applicationId);
  }

  return {
    say,
    post,
    openThread,
    remove,
    removeChannel,
    removeBot,
    redeliver: (message) => gateway.dispatchMessage('MESSAGE_CREATE', message),
    edit(message, text) {
      Object.assign(message, { content: text, editedAt: Date.now() });
      gateway.dispatchMessage('MESSAGE_UPDATE', message);
    },
    archive: (threadId, archived = true) => setThread(threadId, { archived }),
    lock: (threadId, locked = true) => setThread(threadId, { locked }),
    ...createGestures(discord),
  };
}

function snapshotOf({ id, channelId, content, embeds }: DiscordMessage): Partial<DiscordMessage> {
  const message = { content, type: 0, embeds, attachments: [], mentions: [], components: [] };
  return {
    reference: { type: 1, message_id: id, channel_id: channelId },
    snapshots: [{ message: { ...message, timestamp: new Date().toISOString(), flags: 0 } }],
  };
}
