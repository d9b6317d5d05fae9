/**
 * Deleting a conversation. One transaction takes its row and share away and marks its state, so that
 * nothing opens any more and any process finds the rest of the work; then pages of batch deletes
 * follow, each page's traces elsewhere first; the state goes last. Beginning again does no harm.
 */
import type { ConversationKey, ThreadState } from '../core/conversation.ts';
import type { Table } from './client.ts';
import { toChannelThreads } from './conversation-item.ts';
import {
  conversationKey,
  conversationPartition,
  draftKey,
  identityKey,
  issueKey,
  issueThreadKey,
  type Key,
  participantKey,
  retentionKey,
  threadKey,
} from './keys.ts';
import { fromMessageItem } from './message-item.ts';
import { pendingIndexKey } from './pending-keys.ts';
import {
  batchGet,
  batchWrite,
  getItem,
  type Item,
  queryPages,
  transact,
  write,
} from './requests.ts';
import { fromThreadItem } from './thread-item.ts';
import { fromTicketItem } from './ticket-item.ts';
import { fromIdentityItem } from './user-item.ts';

/** Nobody waits for an answer here, nor is anybody answered. */
const IDLE = 'attribute_not_exists(claim) AND attribute_not_exists(waiting)';

const MARKED = { condition: 'deleting = :true', values: { ':true': true } };
/** DynamoDB's limit for a transaction is 100 actions; one is the check of the mark. A page holds less than the 4 MB. */
const MAX_DELETED = 99;

/** Every sort key of a partition: ours begin with a capital letter. */
export const WHOLE_PARTITION = { from: 'A', to: 'ZZ' };

/** False when there is no such conversation of this owner, or it was touched after `untouchedSince`. */
export async function markDeleting(
  table: Table,
  key: ConversationKey,
  untouchedSince?: string,
): Promise<boolean> {
  const { GSI1PK, GSI1SK } = pendingIndexKey(key.conversationId, Date.now());
  const outcome = await transact(table, [
    {
      update: threadKey(key.conversationId),
      change: 'SET deleting = :true, GSI1PK = :shard, GSI1SK = :since REMOVE claim, waiting',
      condition: `attribute_exists(PK)${untouchedSince === undefined ? '' : ` AND ${IDLE}`}`,
      values: { ':true': true, ':shard': GSI1PK, ':since': GSI1SK },
    },
    {
      delete: conversationKey(key),
      condition: untouchedSince === undefined ? 'attribute_exists(PK)' : 'updatedAt = :seen',
      ...(untouchedSince !== undefined && { values: { ':seen': untouchedSince } }),
    },
  ]);
  return outcome.ok;
}

/**
 * Does nothing to a conversation that is not marked, nor to one that began anew while another process
 * was faster. One read for each megabyte, one transaction for 99 items, two to four writes for a ticket.
 */
export async function finishDeletion(table: Table, conversationId: string): Promise<void> {
  const state = await getItem(table, threadKey(conversationId));
  const thread = state && fromThreadItem(state);
  if (!thread?.deleting) return;
  const partition = conversationPartition(conversationId);
  for await (const page of queryPages(table, { partition, range: WHOLE_PARTITION })) {
    const beneath = page.filter(({ SK }) => SK !== 'THREAD');
    const tickets = beneath.filter(({ SK }) => isOf(SK, 'TICKET'));
    for (const ticket of tickets) await deleteTicket(table, thread, ticket);
    const participations = await findParticipations(table, conversationId, beneath);
    const keys = [...participations, ...beneath.map(keyOf)];
    for (let start = 0; start < keys.length; start += MAX_DELETED) {
      const some = keys.slice(start, start + MAX_DELETED).map((key) => ({ delete: key }));
      const outcome = await transact(table, [
        { check: threadKey(conversationId), ...MARKED },
        ...some,
      ]);
      if (!outcome.ok) return;
    }
  }
  await endDeletion(table, thread);
}

/** The state, and what leads to the conversation from elsewhere, in one transaction. */
async function endDeletion(table: Table, thread: ThreadState): Promise<void> {
  const { conversationId, owner, issue } = thread;
  await transact(table, [
    { delete: threadKey(conversationId), ...MARKED },
    // Where it was moved to since, whoever looks for old ones finds it gone.
    { delete: retentionKey(conversationId, owner.createdAt.slice(0, 10)) },
    ...toChannelThreads({ ...thread, id: conversationId }).map(({ put }) => ({
      delete: keyOf(put),
    })),
    ...(issue ? [{ delete: issueThreadKey(issue, conversationId) }] : []),
  ]);
}

/** With its line in the owner's list and the way back from its issue, also when it is filed meanwhile. */
async function deleteTicket(table: Table, { owner }: ThreadState, item: Item): Promise<void> {
  const { id, conversationId } = fromTicketItem(item);
  await write(table, { delete: draftKey(owner.userId, id) });
  const outcome = await write(table, {
    delete: keyOf(item),
    condition: 'attribute_not_exists(issue)',
  });
  const filed = outcome.ok || !outcome.item ? undefined : fromTicketItem(outcome.item);
  if (filed?.status !== 'published') return;
  await write(table, { delete: issueKey(filed.issue, conversationId, id) });
  await write(table, { delete: keyOf(item) });
}

/** The rows of those who wrote these messages. */
async function findParticipations(
  table: Table,
  conversationId: string,
  items: Item[],
): Promise<Key[]> {
  const messages = items.filter(({ SK }) => isOf(SK, 'MSG')).map(fromMessageItem);
  const identities = new Set(messages.flatMap(({ author }) => author?.identity ?? []));
  const accounts = await batchGet(table, [...identities].map(identityKey));
  const users = new Set(accounts.map(fromIdentityItem));
  return [...users].map((userId) => participantKey(userId, conversationId));
}

/** Whichever are there, in no order. */
export async function deleteAll(table: Table, keys: Key[]): Promise<void> {
  await batchWrite(
    table,
    keys.map((key) => ({ delete: key })),
  );
}

export function keyOf({ PK, SK }: Item): Key {
  return { PK: String(PK), SK: String(SK) };
}

function isOf(sortKey: unknown, entity: string): boolean {
  return String(sortKey).startsWith(`${entity}#`);
}
