/** Messages of the stand-in Discord: written, read, edited, deleted by the bot. */
import { ChannelType, MessageType, PermissionFlagsBits } from 'discord.js';
import { timeOf } from './discord-facts.ts';
import { isReadable, toApiChannel, toApiMessage } from './discord-payload.ts';
import { permissionsOf, requireBot, visibleChannel, writingRight } from './discord-permissions.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import { type DiscordCall, type DiscordRoutes, messageOf } from './discord-route.ts';
import { type DiscordChannel, type DiscordMessage, newMessage } from './discord-world.ts';
import { applyBody } from './discord-writing.ts';

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

export const MESSAGE_ROUTES: DiscordRoutes = {
  'GET /channels/{channel_id}/messages': (call) => {
    const channel = placeOf(call);
    requireBot(call.world, channel, PermissionFlagsBits.ReadMessageHistory);
    return pageOf(channel, call.query).map((message) => shown(call, message));
  },
  'GET /channels/{channel_id}/messages/{message_id}': (call) => {
    const channel = placeOf(call);
    requireBot(call.world, channel, PermissionFlagsBits.ReadMessageHistory);
    return shown(call, messageOf(channel, call.params.message_id));
  },
  'POST /channels/{channel_id}/messages': (call) => {
    const channel = placeOf(call);
    const { world, body, gateway } = call;
    const repeated = repeatOf(call, channel);
    if (repeated) return shown(call, repeated);
    checkWriting(call, channel);
    const reference = body.message_reference as object | undefined;
    const message = newMessage(world, {
      channelId: channel.id,
      authorId: world.applicationId,
      ...(reference && { reference, type: MessageType.Reply }),
      ...(body.nonce !== undefined && { nonce: String(body.nonce) }),
    });
    applyBody(call, message);
    openForWriting(call, channel);
    channel.messages.push(message);
    gateway.dispatchMessage('MESSAGE_CREATE', message);
    return shown(call, message);
  },
  'PATCH /channels/{channel_id}/messages/{message_id}': (call) => {
    const channel = placeOf(call);
    const message = messageOf(channel, call.params.message_id);
    if (message.authorId !== call.world.applicationId) refuse(REFUSALS.anothersMessage);
    if (channel.thread?.archived) refuse(REFUSALS.archivedThread);
    applyBody(call, message);
    message.editedAt = Date.now();
    call.gateway.dispatchMessage('MESSAGE_UPDATE', message);
    return shown(call, message);
  },
  'DELETE /channels/{channel_id}/messages/{message_id}': (call) => {
    const channel = placeOf(call);
    const message = messageOf(channel, call.params.message_id);
    if (message.authorId !== call.world.applicationId) {
      requireBot(call.world, channel, PermissionFlagsBits.ManageMessages);
    }
    if (channel.thread?.archived) refuse(REFUSALS.archivedThread);
    channel.messages.splice(channel.messages.indexOf(message), 1);
  },
  'POST /channels/{channel_id}/typing': (call) => {
    const channel = placeOf(call);
    requireBot(call.world, channel, writingRight(channel));
    call.world.typing.set(channel.id, (call.world.typing.get(channel.id) ?? 0) + 1);
  },
  'PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me': (call) => {
    const channel = placeOf(call);
    requireBot(
      call.world,
      channel,
      PermissionFlagsBits.AddReactions | PermissionFlagsBits.ReadMessageHistory,
    );
    if (channel.thread?.archived) refuse(REFUSALS.archivedThread);
    messageOf(channel, call.params.message_id).reactions.push(call.params.emoji_name ?? '');
  },
};

const placeOf = ({ world, params }: DiscordCall) =>
  visibleChannel(world, params.channel_id ?? '', world.applicationId);

/** Without the intent in the portal, words are missing over REST too. */
const shown = ({ world, origin }: DiscordCall, message: DiscordMessage) =>
  toApiMessage(world, message, {
    origin,
    readable: world.messageContent || isReadable(world, message),
  });

/** Newest first, as Discord answers. */
function pageOf({ messages }: DiscordChannel, query: URLSearchParams): DiscordMessage[] {
  const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
  if (!(limit >= 1 && limit <= MAX_PAGE)) refuse(REFUSALS.invalidBody, 'limit is 1 to 100');
  const [before, after, around] = ['before', 'after', 'around'].map((name) => query.get(name));
  if (around) {
    const at = messages.findIndex(({ id }) => id === around);
    return messages.slice(Math.max(0, at - limit / 2), at + limit / 2).toReversed();
  }
  if (after) {
    // The oldest of those after, still newest first.
    return messages
      .filter(({ id }) => BigInt(id) > BigInt(after))
      .slice(0, limit)
      .toReversed();
  }
  const older = before ? messages.filter(({ id }) => BigInt(id) < BigInt(before)) : messages;
  return older.slice(-limit).toReversed();
}

/** The message of an earlier send under the same nonce, where the app asks for that. */
function repeatOf({ world, body }: DiscordCall, channel: DiscordChannel) {
  if (body.enforce_nonce !== true || body.nonce === undefined) return undefined;
  const remembered = Date.now() - world.nonceMemoryMs;
  return channel.messages.find(
    ({ id, nonce, authorId }) =>
      authorId === world.applicationId && nonce === String(body.nonce) && timeOf(id) > remembered,
  );
}

function checkWriting(call: DiscordCall, channel: DiscordChannel): void {
  const { world, body, files } = call;
  if (channel.type === ChannelType.GuildForum) refuse(REFUSALS.wrongChannelType);
  requireBot(world, channel, writingRight(channel));
  if (files.length > 0) requireBot(world, channel, PermissionFlagsBits.AttachFiles);
  if (!body.message_reference) return;
  const { message_id, fail_if_not_exists } = body.message_reference as Record<string, unknown>;
  if (!(channel.type === ChannelType.DM)) {
    requireBot(world, channel, PermissionFlagsBits.ReadMessageHistory);
  }
  if (fail_if_not_exists !== false) messageOf(channel, String(message_id));
}

/** Writing opens an archived thread, and brings the bot into it; a locked one takes nothing. */
function openForWriting({ world, gateway }: DiscordCall, channel: DiscordChannel): void {
  const { thread } = channel;
  if (!thread) return;
  if (thread.locked) requireManaging(world, channel);
  thread.members.add(world.applicationId);
  if (!thread.archived) return;
  thread.archived = false;
  gateway.dispatch('THREAD_UPDATE', channel, 1, toApiChannel(world, channel));
}

function requireManaging(world: DiscordCall['world'], channel: DiscordChannel): void {
  const manages = PermissionFlagsBits.ManageThreads;
  if (!(permissionsOf(world, channel, world.applicationId) & manages))
    refuse(REFUSALS.lockedThread);
}
