/**
 * What becomes of conversations when their channel is archived or deleted on the platform: what runs there
 * stops, and they are put away; their drafts stay open. A channel that comes back brings them back.
 */
import type { Repositories } from './repositories.ts';
import type { ChannelRef } from './thread.ts';
import { stopTurn } from './turn-stopping.ts';
import type { Turns } from './turns.ts';

const PAGE = 200;
/** Conversations looked after at a time. */
const AT_ONCE = 10;

export interface ChannelClosingOptions {
  repositories: Pick<Repositories, 'conversations' | 'threads'>;
  turns: Turns;
}

/** Beginning either again does no harm. */
export interface ChannelClosing {
  close(channel: ChannelRef): Promise<void>;
  reopen(channel: ChannelRef): Promise<void>;
}

export function createChannelClosing(options: ChannelClosingOptions): ChannelClosing {
  const { turns, repositories } = options;
  const { conversations, threads } = repositories;

  async function forEach(channel: ChannelRef, work: (conversationId: string) => Promise<void>) {
    let cursor: string | undefined;
    do {
      const page = await conversations.listInChannel(channel, {
        limit: PAGE,
        ...(cursor && { cursor }),
      });
      for (let start = 0; start < page.items.length; start += AT_ONCE) {
        await Promise.all(page.items.slice(start, start + AT_ONCE).map(work));
      }
      cursor = page.cursor;
    } while (cursor);
  }

  async function putAway(conversationId: string): Promise<void> {
    await stopTurn(options, conversationId);
    // Its close would bring the conversation back.
    await turns.ended(conversationId);
    const state = await threads.get(conversationId);
    if (state && !state.deleting) await conversations.putAway(state.owner);
  }

  async function bringBack(conversationId: string): Promise<void> {
    const state = await threads.get(conversationId);
    if (state && !state.deleting) await conversations.bringBack(state.owner);
  }

  return {
    close: (channel) => forEach(channel, putAway),
    reopen: (channel) => forEach(channel, bringBack),
  };
}
