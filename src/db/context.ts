/** The `CONTEXT` item of a conversation: its rolling summary. Deleted with everything beneath. */
import { z } from 'zod';
import type { ContextRepository, ConversationContext } from '../core/conversation.ts';
import type { Table } from './client.ts';
import { contextKey, threadKey } from './keys.ts';
import { getItem, type Item, transact, write } from './requests.ts';
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
    async forget(conversationId, key) {
      await write(table, {
        delete: contextKey(conversationId),
        condition: 'foldedUntil >= :key',
        values: { ':key': key },
      });
    },
    saveContext: (conversationId, context) => saveContext(table, conversationId, context),
  };
}

/** One transaction with the thread's check, so that nothing is left of a conversation that is gone. */
async function saveContext(
  table: Table,
  conversationId: string,
  context: ConversationContext,
): Promise<boolean> {
  const first = context.revision === 1;
  const outcome = await transact(table, [
    { check: threadKey(conversationId), condition: ALIVE },
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

function isSame(one: ConversationContext, other: ConversationContext): boolean {
  return one.revision === other.revision && one.summary === other.summary;
}

function fromContextItem(item: Item): ConversationContext {
  const { foldedUntil, ...context } = itemSchema.parse(item);
  return { ...context, ...(foldedUntil !== undefined && { foldedUntil }) };
}
