/**
 * Where a conversation lives on a chat platform, and the identity derived from it.
 *
 * A bound thread needs no lookup: the conversation's id is computed from the thread alone.
 */
import { createHash } from 'node:crypto';

export const PLATFORMS = ['slack', 'discord', 'terminal'] as const;
export type PlatformName = (typeof PLATFORMS)[number];

export const isPlatformName = (name: string): name is PlatformName =>
  PLATFORMS.some((known) => known === name);

/**
 * The platform's own address of a thread, exactly as precise as the platform's events are.
 * Slack: team, channel, root `ts`. Discord: the thread's id alone (ids are global, so the other two
 * are empty). Terminal: a made-up thread id.
 */
export interface ThreadRef {
  platform: PlatformName;
  workspaceId: string;
  channelId: string;
  threadId: string;
}

/** Where a thread stands, for settings and permissions. Never part of the conversation's identity. */
export interface Place {
  workspaceId: string;
  channelId: string;
  /** `private` covers private channels and group DMs; `dm` is one person and the bot. */
  visibility: 'public' | 'private' | 'dm';
}

/** A channel with threads in it, as their places name it. */
export interface ChannelRef {
  platform: PlatformName;
  workspaceId: string;
  channelId: string;
}

/** 128 bits of SHA-256 over the length-delimited parts, as 32 hexadecimal digits. */
export function conversationIdOf(thread: ThreadRef): string {
  const parts = [thread.platform, thread.workspaceId, thread.channelId, thread.threadId];
  return digestOf(parts).slice(0, 32);
}

/** Hexadecimal SHA-256 over parts that cannot run into one another. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}

/** The one string form of a thread, `slack:T1:C1:170.1`; `parseThreadRef` reads it back. */
export function formatThreadRef(thread: ThreadRef): string {
  return [thread.platform, thread.workspaceId, thread.channelId, thread.threadId]
    .map(encodeURIComponent)
    .join(':');
}

/** Reads `formatThreadRef`'s form; `undefined` when the text is not one. */
export function parseThreadRef(text: string): ThreadRef | undefined {
  const [platform, workspaceId, channelId, threadId, ...rest] = text.split(':');
  const known = PLATFORMS.find((name) => name === platform);
  if (!known || workspaceId === undefined || channelId === undefined) return undefined;
  if (threadId === undefined || rest.length > 0) return undefined;
  return {
    platform: known,
    workspaceId: decodeURIComponent(workspaceId),
    channelId: decodeURIComponent(channelId),
    threadId: decodeURIComponent(threadId),
  };
}
