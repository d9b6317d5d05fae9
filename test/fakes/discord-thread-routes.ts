/** Channels and threads of the stand-in Discord: opened, read, renamed, archived by the bot. */
import { ChannelType, GatewayIntentBits, MessageType, PermissionFlagsBits } from 'discord.js';
import { activeThreads, toApiChannel } from './discord-payload.ts';
import { permissionsOf, requireBot, visibleChannel } from './discord-permissions.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import { type DiscordCall, type DiscordRoutes, messageOf } from './discord-route.ts';
import {
  addThread,
  type DiscordChannel,
  type DiscordThread,
  type DiscordWorld,
  newMessage,
  openDm,
} from './discord-world.ts';

const { Guilds } = GatewayIntentBits;

export const THREAD_ROUTES: DiscordRoutes = {
  'GET /channels/{channel_id}': (call) => toApiChannel(call.world, placeOf(call)),
  'PATCH /channels/{channel_id}': (call) => {
    const channel = placeOf(call);
    changeThread(call, channel);
    call.gateway.dispatch('THREAD_UPDATE', channel, Guilds, toApiChannel(call.world, channel));
    return toApiChannel(call.world, channel);
  },
  'POST /channels/{channel_id}/messages/{message_id}/threads': (call) => {
    const parent = placeOf(call);
    const id = call.params.message_id ?? '';
    messageOf(parent, id);
    if (call.world.channels.has(id)) refuse(REFUSALS.threadExists);
    requireBot(
      call.world,
      parent,
      PermissionFlagsBits.CreatePublicThreads | PermissionFlagsBits.ReadMessageHistory,
    );
    return open(call, parent, { id });
  },
  'POST /channels/{channel_id}/threads': (call) => {
    const parent = placeOf(call);
    // Without a type the thread is a private one.
    const isPrivate = (call.body.type ?? ChannelType.PrivateThread) === ChannelType.PrivateThread;
    const { CreatePrivateThreads, CreatePublicThreads } = PermissionFlagsBits;
    requireBot(call.world, parent, isPrivate ? CreatePrivateThreads : CreatePublicThreads);
    return open(call, parent, { isPrivate });
  },
  'PUT /channels/{channel_id}/thread-members/@me': (call) => {
    const { thread } = placeOf(call);
    if (!thread) return refuse(REFUSALS.wrongChannelType);
    if (thread.archived) refuse(REFUSALS.archivedThread);
    thread.members.add(call.world.applicationId);
  },
  'POST /users/@me/channels': ({ world, body }) => {
    const userId = String(body.recipient_id);
    if (!world.users.has(userId)) refuse(REFUSALS.invalidBody, 'recipient_id is nobody');
    return toApiChannel(world, openDm(world, userId));
  },
  'GET /guilds/{guild_id}/threads/active': ({ world, params }) => ({
    threads: activeThreads(world, params.guild_id ?? '').map((one) => toApiChannel(world, one)),
    members: [],
  }),
};

const placeOf = ({ world, params }: DiscordCall) =>
  visibleChannel(world, params.channel_id ?? '', world.applicationId);

function open(
  call: DiscordCall,
  parent: DiscordChannel,
  about: { id?: string; isPrivate?: boolean },
) {
  const { world, body, gateway } = call;
  const threadable = [ChannelType.GuildText, ChannelType.GuildAnnouncement];
  if (!threadable.includes(parent.type)) refuse(REFUSALS.wrongChannelType);
  if (activeThreads(world, parent.guildId ?? '').length >= world.activeThreads) {
    refuse(REFUSALS.tooManyThreads);
  }
  const name = String(body.name);
  const thread = addThread(world, parent, { name, ownerId: world.applicationId, ...about });
  gateway.dispatch('THREAD_CREATE', thread, Guilds, {
    ...toApiChannel(world, thread),
    newly_created: true,
  });
  if (!about.id) announce(call, parent, thread);
  return toApiChannel(world, thread);
}

/** A thread without a message is told of in its channel by the system. */
function announce({ world, gateway }: DiscordCall, parent: DiscordChannel, thread: DiscordChannel) {
  if (thread.type === ChannelType.PrivateThread) return;
  const message = newMessage(world, {
    channelId: parent.id,
    authorId: world.applicationId,
    type: MessageType.ThreadCreated,
    content: thread.name,
  });
  parent.messages.push(message);
  gateway.dispatchMessage('MESSAGE_CREATE', message);
}

/** Without the right to manage threads: one's own thread, or opening one that is not locked. */
function changeThread({ world, body }: DiscordCall, channel: DiscordChannel): void {
  const thread = channel.thread ?? refuse(REFUSALS.missingPermissions);
  const manages = hasRight(world, channel, PermissionFlagsBits.ManageThreads);
  const opensOnly = body.archived === false && Object.keys(body).length === 1;
  const own = channel.ownerId === world.applicationId;
  if (thread.locked && !manages) refuse(REFUSALS.lockedThread);
  if (!manages && !own && !opensOnly) refuse(REFUSALS.missingPermissions);
  if ('locked' in body && !manages) refuse(REFUSALS.missingPermissions);
  if (thread.archived && body.archived !== false) refuse(REFUSALS.archivedThread);
  if (typeof body.name === 'string') {
    if (!body.name.trim()) refuse(REFUSALS.invalidBody, 'name is empty');
    channel.name = body.name;
  }
  setState(thread, body);
}

function setState(thread: DiscordThread, body: Record<string, unknown>): void {
  if (typeof body.archived === 'boolean') thread.archived = body.archived;
  if (typeof body.locked === 'boolean') thread.locked = body.locked;
}

const hasRight = (world: DiscordWorld, channel: DiscordChannel, right: bigint) =>
  (permissionsOf(world, channel, world.applicationId) & right) !== 0n;
