/**
 * What was deleted or changed while nobody listened: Discord has no list of it, so what is stored of the threads that
 * were talked in lately is held against what is there. Bounded: it costs a request or two for each thread.
 */
import {
  type APIMessage,
  ChannelType,
  type Client,
  RESTJSONErrorCodes,
  Routes,
  type ThreadChannel,
} from 'discord.js';
import type { StoredMessage, Tail } from '../../src/core/conversation.ts';
import { messageKeyOf } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf, type ThreadRef } from '../../src/core/thread.ts';
import { byAge, type Direct } from './direct.ts';
import { type SaidMessage, snowflakeAt, threadRefOf } from './inbound.ts';
import { isUnauthorized, refusalOf } from './refusals.ts';

export interface MissedChangesOptions {
  client: Client;
  repositories: Pick<Repositories, 'threads' | 'conversations'>;
  direct: Direct;
  changes: {
    edit(message: SaidMessage): Promise<void>;
    remove(channelId: string, id: string): Promise<void>;
    leave(threadId: string): Promise<void>;
  };
}

/** Threads whose messages are compared, those with the newest messages first, and messages of each. */
const MOST_THREADS = 200;
const PAGE = 100;
/** Conversations that are looked up to find threads that are gone. */
const MOST_LOOKED_UP = 200;
/** What was edited longer ago than this, and threads that nobody wrote in for so long, nobody asks after; in milliseconds. */
const LATELY_MS = 4 * 24 * 3_600_000;
const FORUMS = [ChannelType.GuildForum, ChannelType.GuildMedia];

/** Rejects when the table or Discord does not answer. */
export async function findMissedChanges(
  options: MissedChangesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client, direct } = options;
  for (const thread of newestThreads(client)) {
    if (signal.aborted) return;
    const isPost = FORUMS.some((type) => type === thread.parent?.type);
    const rootIn = isPost ? undefined : (thread.parentId ?? undefined);
    await compare(options, threadRefOf(thread.id), rootIn);
  }
  for (const channelId of await direct.channels()) {
    if (signal.aborted) return;
    const begin = await direct.beginOf(channelId, snowflakeAt(Date.now()));
    await compare(options, threadRefOf(channelId, begin), undefined);
  }
  await leaveGone(options, signal);
}

function newestThreads({ channels }: Client): ThreadChannel[] {
  const threads = [...channels.cache.values()].filter((one) => one.isThread());
  const lastOf = ({ id, lastMessageId }: ThreadChannel) => lastMessageId ?? id;
  return threads.sort((one, other) => byAge(lastOf(other), lastOf(one))).slice(0, MOST_THREADS);
}

/** `rootIn`: the channel that has the thread's first message. */
async function compare(
  options: MissedChangesOptions,
  ref: ThreadRef,
  rootIn: string | undefined,
): Promise<void> {
  const { client, repositories, changes } = options;
  const tail = await repositories.threads.readTail(conversationIdOf(ref), PAGE);
  if (!tail || tail.thread.deleting) return;
  const query = new URLSearchParams({ limit: `${PAGE}` });
  const path = Routes.channelMessages(ref.threadId);
  const found = await orRefused(client.rest.get(path, { query }) as Promise<APIMessage[]>);
  if (found === RESTJSONErrorCodes.UnknownChannel) await changes.leave(ref.threadId);
  if (!Array.isArray(found)) return;
  const there = new Map(found.map((message) => [message.id, message]));
  const oldest = found.length < PAGE ? '0' : (found.at(-1)?.id ?? '0');
  for (const message of tail.messages.filter(isSaid)) {
    const now = there.get(message.id);
    if (now) await editIfUnanswered(options, tail, message, now);
    else if (message.id === ref.threadId && rootIn)
      await compareRoot(options, rootIn, tail, message);
    else if (byAge(message.id, oldest) > 0) await changes.remove(ref.threadId, message.id);
  }
}

/** Commands and buttons are messages too, whose ids are those of interactions: Discord's history has none of them. */
const isSaid = ({ id, role, permalink }: StoredMessage) =>
  role === 'user' && permalink?.endsWith(`/${id}`) === true;

async function editIfUnanswered(
  { changes, client }: MissedChangesOptions,
  { thread, messages }: Tail,
  message: StoredMessage,
  now: APIMessage,
): Promise<void> {
  if (!now.edited_timestamp) return;
  const key = messageKeyOf(message);
  const isCovered = messages.some(({ answer }) => answer?.covers.includes(key));
  const isOld = Date.parse(now.edited_timestamp) < Date.now() - LATELY_MS;
  if (!thread.waiting.includes(key) && (isCovered || isOld)) return;
  const channel = client.channels.cache.get(now.channel_id);
  const guildId = channel && 'guildId' in channel ? channel.guildId : undefined;
  await changes.edit({ ...now, ...(guildId && { guild_id: guildId }) });
}

async function compareRoot(
  options: MissedChangesOptions,
  channelId: string,
  tail: Tail,
  message: StoredMessage,
): Promise<void> {
  const { client, changes } = options;
  const path = Routes.channelMessage(channelId, message.id);
  const found = await orRefused(client.rest.get(path) as Promise<APIMessage>);
  if (found === RESTJSONErrorCodes.UnknownMessage) await changes.remove(channelId, message.id);
  if (typeof found === 'object') await editIfUnanswered(options, tail, message, found);
}

/** Threads that are not among the active ones are archived, or deleted. */
async function leaveGone(
  { client, repositories, changes }: MissedChangesOptions,
  signal: AbortSignal,
): Promise<void> {
  let left = MOST_LOOKED_UP;
  for (const [channelId, channel] of client.channels.cache) {
    if (channel.isThread() || !('threads' in channel) || left <= 0 || signal.aborted) continue;
    const ref = { platform: 'discord', workspaceId: channel.guildId, channelId } as const;
    const { items } = await repositories.conversations.listInChannel(ref, { limit: left });
    left -= items.length;
    for (const conversationId of items) {
      const state = await repositories.threads.get(conversationId);
      if (!state || state.deleting || (state.endedAt ?? 0) < Date.now() - LATELY_MS) continue;
      const { threadId } = state.thread;
      if (client.channels.cache.has(threadId)) continue;
      const found = await orRefused(client.rest.get(Routes.channel(threadId)));
      if (found === RESTJSONErrorCodes.UnknownChannel) await changes.leave(threadId);
    }
  }
}

/** What Discord refuses it for; rejects when it did not answer. */
async function orRefused<Value>(asked: Promise<Value>): Promise<Value | number> {
  try {
    return await asked;
  } catch (error) {
    const code = refusalOf(error);
    if (code === undefined || isUnauthorized(error)) throw error;
    return code;
  }
}
