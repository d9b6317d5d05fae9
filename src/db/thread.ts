/** The thread's state in the table: who may run the turn now, and what waits for an answer. */
import type { Tail, ThreadSettings, ThreadState, TurnClaim } from '../core/conversation.ts';
import type { PendingWork, ThreadRepository } from '../core/thread-repository.ts';
import type { Table } from './client.ts';
import { conversationPartition, type IndexKey, type Key, TAIL_RANGE, threadKey } from './keys.ts';
import { fromMessageItem } from './message-item.ts';
import { parsePendingKeys, pendingPartition } from './pending-keys.ts';
import { getItem, queryAll, type Write, write } from './requests.ts';
import { addSettings, closeTurn } from './thread-close.ts';
import { fromThreadItem } from './thread-item.ts';
import {
  ALIVE,
  bindThread,
  joinTurn,
  openTurn,
  takeClaimOf,
  unchangedClaim,
} from './thread-open.ts';

/** The core's port, on the table. */
export function createThreadRepository({ table }: { table: Table }): ThreadRepository {
  return {
    get: (conversationId) => getThread(table, conversationId),
    readTail: (conversationId, limit) => readTail(table, conversationId, limit),
    bind: (input) => bindThread(table, input),
    open: (input) => openTurn(table, input),
    join: (message) => joinTurn(table, message),
    takeClaim: (conversationId, claim, replaces) =>
      takeClaim(table, conversationId, claim, replaces),
    renewClaim: (conversationId, claim) => renewClaim(table, conversationId, claim),
    recordReply: (conversationId, claim, replyId) =>
      recordReply(table, conversationId, claim, replyId),
    release: (conversationId, claim, endedAt) => release(table, conversationId, claim, endedAt),
    close: (input) => closeTurn(table, input),
    saveSettings: (conversationId, settings) => saveSettings(table, conversationId, settings),
    markHistoryRead: (conversationId) => markHistoryRead(table, conversationId),
    listPending: (shard) => listPending(table, shard),
  };
}

async function getThread(table: Table, conversationId: string): Promise<ThreadState | undefined> {
  const item = await getItem(table, threadKey(conversationId));
  return item && fromThreadItem(item);
}

/** Reads one message more than asked, which tells whether there are older ones. */
async function readTail(
  table: Table,
  conversationId: string,
  limit: number,
): Promise<Tail | undefined> {
  const [state, ...items] = await queryAll(table, {
    partition: conversationPartition(conversationId),
    range: TAIL_RANGE,
    descending: true,
    limit: limit + 2,
  });
  if (state?.SK !== 'THREAD') return undefined;
  const messages = items.slice(0, limit).map(fromMessageItem).reverse();
  return { thread: fromThreadItem(state), messages, complete: items.length <= limit };
}

async function takeClaim(
  table: Table,
  conversationId: string,
  claim: TurnClaim,
  replaces: TurnClaim | undefined,
): Promise<boolean> {
  const requirement = replaces
    ? unchangedClaim(replaces)
    : { condition: 'attribute_not_exists(claim) AND attribute_exists(waiting)', values: {} };
  const taking = takeClaimOf(conversationId, claim);
  const outcome = await write(table, {
    update: threadKey(conversationId),
    change: taking.change,
    condition: `${ALIVE} AND ${requirement.condition}`,
    values: { ...taking.values, ...requirement.values },
  });
  if (outcome.ok) return true;
  const found = outcome.item && fromThreadItem(outcome.item);
  return found?.claim?.token === claim.token && !found.deleting;
}

/** Leaves the marker where it is: it costs no write to the index. */
function renewClaim(table: Table, conversationId: string, claim: TurnClaim): Promise<boolean> {
  return update(table, conversationId, {
    change: 'SET claim.x = :expiresAt',
    condition: 'claim.t = :token',
    values: { ':expiresAt': claim.expiresAt, ':token': claim.token },
  });
}

/** The token goes on from turn to turn, so the turn is named too: a late record must not hit the next. */
function recordReply(
  table: Table,
  conversationId: string,
  claim: TurnClaim,
  replyId: string,
): Promise<boolean> {
  return update(table, conversationId, {
    change: 'SET claim.r = :replyId',
    condition: 'claim.t = :token AND claim.i = :turnId',
    values: { ':replyId': replyId, ':token': claim.token, ':turnId': claim.turnId },
  });
}

async function release(
  table: Table,
  conversationId: string,
  claim: TurnClaim,
  endedAt: number,
): Promise<boolean> {
  const outcome = await write(table, {
    update: threadKey(conversationId),
    change: 'SET endedAt = :endedAt REMOVE claim, GSI1PK, GSI1SK',
    condition: `${ALIVE} AND claim.t = :token AND attribute_not_exists(waiting)`,
    values: { ':endedAt': endedAt, ':token': claim.token },
  });
  if (outcome.ok || !outcome.item) return true;
  const found = fromThreadItem(outcome.item);
  // Ended by us with the answer lost, or the thread is going anyway: nothing waits for this claim.
  return found.deleting || (!found.claim && found.endedAt === endedAt);
}

/** What `settings` names is set, or removed where it is undefined; the rest stays. */
async function saveSettings(
  table: Table,
  conversationId: string,
  settings: ThreadSettings,
): Promise<boolean> {
  const change = { sets: [], removes: [], names: {}, values: {} };
  addSettings(change, settings);
  const clauses = [
    change.sets.length > 0 && `SET ${change.sets.join(', ')}`,
    change.removes.length > 0 && `REMOVE ${change.removes.join(', ')}`,
  ].filter((clause) => clause !== false);
  if (clauses.length === 0) return (await getThread(table, conversationId)) !== undefined;
  const { names, values } = change;
  return update(table, conversationId, {
    change: clauses.join(' '),
    names,
    ...(Object.keys(values).length > 0 && { values }),
  });
}

async function markHistoryRead(table: Table, conversationId: string): Promise<void> {
  await update(table, conversationId, { change: 'REMOVE historyPending' });
}

async function listPending(table: Table, shard: number): Promise<PendingWork[]> {
  const items = await queryAll(table, {
    partition: pendingPartition(shard),
    range: { from: '0', to: ':' },
    index: 'GSI1',
  });
  return items.flatMap(
    (item) => parsePendingKeys(item as Record<keyof (Key & IndexKey), string>) ?? [],
  );
}

/** False when the thread is missing, being deleted, or `condition` does not hold. */
async function update(
  table: Table,
  conversationId: string,
  { change, condition, names, values }: Omit<Extract<Write, { update: Key }>, 'update'>,
): Promise<boolean> {
  const outcome = await write(table, {
    update: threadKey(conversationId),
    change,
    condition: condition === undefined ? ALIVE : `${ALIVE} AND ${condition}`,
    ...(names && { names }),
    ...(values && { values }),
  });
  return outcome.ok;
}
