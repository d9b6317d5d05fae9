/** The `CONTEXT` item of a conversation: its rolling summary. Deleted with everything beneath. */
import { z } from 'zod';
import {
  CLOCK_SKEW,
  type ContextRepository,
  type ConversationContext,
} from '../core/conversation.ts';
import type { MessageKey } from '../core/message.ts';
import type { Table } from './client.ts';
import { contextKey, threadKey } from './keys.ts';
import { type Action, getItem, type Item, transact } from './requests.ts';
import { ALIVE } from './thread-open.ts';

const itemSchema = z.object({
  summary: z.string(),
  foldedUntil: z.string().optional(),
  revision: z.number(),
});

export function createContextRepository({ table }: { table: Table }): ContextRepository {
  return {
    async readContext(conversationId) {
      const item = await getItem(table, contextKey(conversationId));
      return item && fromContextItem(item);
    },
    saveContext: (conversationId, context, readAt) =>
      saveContext(table, conversationId, context, readAt),
  };
}

/** One transaction with the thread's check, so that nothing is left of a conversation that is gone. */
async function saveContext(
  table: Table,
  conversationId: string,
  context: ConversationContext,
  readAt: number,
): Promise<boolean> {
  const first = context.revision === 1;
  const outcome = await transact(table, [
    {
      check: threadKey(conversationId),
      condition: `${ALIVE} AND (attribute_not_exists(forgottenAt) OR forgottenAt < :read)`,
      values: { ':read': readAt - CLOCK_SKEW },
    },
    {
      put: { ...contextKey(conversationId), v: 1, ...context },
      condition: first ? 'attribute_not_exists(PK)' : 'revision = :seen',
      ...(!first && { values: { ':seen': context.revision - 1 } }),
    },
  ]);
  if (outcome.ok) return true;
  const found = outcome.reasons[1]?.item;
  // The same summary is ours: the answer was lost, not the write.
  return found !== undefined && isSame(fromContextItem(found), context);
}

/** Forgets, in the same transaction, a summary that what is deleted went into, as it was read; else it must still hold nothing of it. */
export function forgetFolded(
  conversationId: string,
  key: MessageKey,
  context: Item | undefined,
): Action {
  const { foldedUntil } = context ? fromContextItem(context) : {};
  if (foldedUntil !== undefined && foldedUntil >= key)
    return { delete: contextKey(conversationId) };
  return {
    check: contextKey(conversationId),
    condition: 'attribute_not_exists(foldedUntil) OR foldedUntil < :key',
    values: { ':key': key },
  };
}

function isSame(one: ConversationContext, other: ConversationContext): boolean {
  return one.revision === other.revision && one.summary === other.summary;
}

function fromContextItem(item: Item): ConversationContext {
  const { foldedUntil, ...context } = itemSchema.parse(item);
  return { ...context, ...(foldedUntil !== undefined && { foldedUntil }) };
}
