/** A conversation's row under its owner. `place` has the same letters as in the `THREAD` item. */
import { z } from 'zod';
import type { Conversation } from '../core/conversation.ts';
import { formatThreadRef, parseThreadRef } from '../core/thread.ts';
import { channelThreadKey, conversationKey, type Key, shareIndexKey } from './keys.ts';
import type { Item } from './requests.ts';
import { fromPlaceMap, toPlaceMap } from './thread-item.ts';

const itemSchema = z.object({
  PK: z.string(),
  SK: z.string(),
  v: z.literal(1),
  title: z.string(),
  status: z.enum(['active', 'archived']),
  thread: z.string(),
  place: z.unknown(),
  updatedAt: z.string(),
  shareId: z.string().optional(),
});

export function toConversationItem(conversation: Conversation): Key & Item {
  const { id, userId, createdAt, title, status, thread, place, updatedAt, shareId } = conversation;
  return {
    ...conversationKey({ userId, createdAt, conversationId: id }),
    v: 1,
    title,
    status,
    thread: formatThreadRef(thread),
    place: toPlaceMap(place),
    updatedAt,
    ...(shareId !== undefined && { shareId, ...shareIndexKey(shareId, id) }),
  };
}

/** Where its channel finds it: nowhere for direct messages. */
export function toChannelThreads(conversation: Pick<Conversation, 'id' | 'thread' | 'place'>) {
  const { id, thread, place } = conversation;
  const { workspaceId, channelId, visibility } = place;
  if (visibility === 'dm' || channelId === '') return [];
  const channel = { platform: thread.platform, workspaceId, channelId };
  return [{ put: { ...channelThreadKey(channel, id), v: 1 } }];
}

export function fromConversationItem(item: Item): Conversation {
  const { PK, SK, v: _, thread: text, place, ...fields } = itemSchema.parse(item);
  const [, createdAt = '', id = ''] = SK.split('#');
  const thread = parseThreadRef(text);
  if (!thread) throw new TypeError(`the conversation ${id} has a thread that cannot be read`);
  return {
    ...fields,
    id,
    createdAt,
    userId: PK.slice('USER#'.length),
    thread,
    place: fromPlaceMap(place),
  };
}
