/** What is true of a thread after a storm: read from the table and from the chat, asserted as a whole. */
import { expect } from 'vitest';
import { type IncomingMessage, messageKeyOf } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { conversationIdOf, type ThreadRef } from '../../src/core/thread.ts';
import { readChat } from '../fakes/chat-platform.ts';

export const PLACE = { workspaceId: 'w', channelId: 'c', visibility: 'dm' } as const;
export const ANN = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;

export function threadOf(threadId: string): ThreadRef {
  return { platform: 'terminal', workspaceId: 'w', channelId: 'c', threadId };
}

/** The n-th message of a thread, the same whenever it is made. */
export function messageOf(thread: ThreadRef, n: number, text: string): IncomingMessage {
  const sentAt = new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
  const id = `m${String(n).padStart(4, '0')}`;
  return { id, sentAt, thread, place: PLACE, author: ANN, text, addressed: true, topLevel: true };
}

/** Every message stored once and covered by exactly one closed turn; one finished reply for each turn. */
export async function expectAnswered(
  repositories: Repositories,
  chatUrl: string,
  thread: ThreadRef,
  sent: IncomingMessage[],
): Promise<void> {
  const conversationId = conversationIdOf(thread);
  const stored = await repositories.messages.listMessages(conversationId, { limit: 200 });
  const asked = stored.items.filter(({ role }) => role === 'user').map(messageKeyOf);
  const expected = sent.map(messageKeyOf).sort();
  expect(asked, 'every distinct message stored once, in order').toEqual(expected);
  const turns = stored.items.flatMap(({ answer }) => answer ?? []);
  const covered = turns.flatMap(({ covers }) => covers).sort();
  expect(covered, 'every message covered by exactly one closed turn').toEqual(expected);
  const replies = (await readChat(chatUrl, thread)).filter(({ kind }) => kind === 'reply');
  expect(replies.map(({ about }) => about).sort(), 'one reply for each turn').toEqual(
    turns.map(({ turnId }) => turnId).sort(),
  );
  expect(
    replies.filter(({ state }) => state === 'streaming'),
    'no reply left open',
  ).toEqual([]);
  const state = await repositories.threads.get(conversationId);
  expect(state?.waiting).toEqual([]);
  expect(state?.claim, 'no claim stuck').toBeUndefined();
}
