/**
 * Deleting a user. One transaction marks the user and frees the accounts, so that the person is a
 * stranger from then on and any process finds the rest of the work. Then, each step safe to repeat:
 * own conversations go, except threads that others took part in, which pass on; in every thread that
 * stays, what the person wrote is blanked, and their name in its tickets; what they left elsewhere is
 * found by its traces; everything else beneath goes; the user last.
 */
import { StoreUnavailableError } from '../core/errors.ts';
import type { User } from '../core/user.ts';
import type { Table } from './client.ts';
import {
  deleteAll,
  finishDeletion,
  keyOf,
  markDeleting,
  WHOLE_PARTITION,
} from './conversation-deletion.ts';
import { fromConversationItem } from './conversation-item.ts';
import { USER_ALIVE } from './identity.ts';
import {
  CONVERSATION_RANGE,
  identityKey,
  PARTICIPANT_RANGE,
  userKey,
  userPartition,
} from './keys.ts';
import { blankLeaver } from './leaver-blanking.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { batchGet, getItem, type Item, queryPages, transact, write } from './requests.ts';
import { passOn } from './thread-leaving.ts';
import { eraseTraces } from './trace.ts';
import { fromIdentityItem, fromUserItem, isDeleting, linkedTo, readUser } from './user-item.ts';
import { moveEverything } from './user-linking.ts';
import { unnameIn, workspacesOf } from './workspace-naming.ts';

/** Rounds of reading and marking before giving up: each means somebody else changed the user. */
const MAX_ROUNDS = 5;

/** False when there is no such user. A read of the user, one of the accounts, and a transaction. */
export async function markUserDeleting(table: Table, userId: string): Promise<boolean> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem(table, userKey(userId));
    const user = item && fromUserItem(item);
    if (!user) return false;
    if (await tryMark(table, user)) return true;
  }
  throw new StoreUnavailableError(
    'delete user',
    new Error(`no decision after ${MAX_ROUNDS} rounds`),
  );
}

async function tryMark(table: Table, { id, identities, revision }: User): Promise<boolean> {
  const accounts = await batchGet(table, identities.map(identityKey));
  const owned = accounts.filter((account) => fromIdentityItem(account) === id);
  const { GSI1PK, GSI1SK } = pendingIndexKey(id, Date.now());
  const outcome = await transact(table, [
    {
      update: userKey(id),
      change: 'SET deleting = :true, GSI1PK = :shard, GSI1SK = :since',
      condition: `${USER_ALIVE} AND revision = :seen`,
      values: { ':true': true, ':shard': GSI1PK, ':since': GSI1SK, ':seen': revision },
    },
    ...owned.map((account) => ({
      delete: keyOf(account),
      condition: 'userId = :user',
      values: { ':user': id },
    })),
  ]);
  return outcome.ok;
}

/** Does nothing to a user who is not marked. */
export async function finishUserDeletion(table: Table, userId: string): Promise<void> {
  const item = await getItem(table, userKey(userId));
  if (!item || !isDeleting(item)) return;
  const former = readUser(item);
  const heir = linkedTo(item);
  const lives = heir !== undefined && (await getItem(table, userKey(heir)).then(isAlive));
  if (lives) await moveEverything(table, former, heir);
  else await leaveEverything(table, former);
  const partition = userPartition(userId);
  for await (const items of queryPages(table, { partition, range: WHOLE_PARTITION })) {
    await deleteAll(
      table,
      items.map(keyOf).filter(({ SK }) => SK !== 'PROFILE'),
    );
  }
  await write(table, {
    delete: userKey(userId),
    condition: 'deleting = :true',
    values: { ':true': true },
  });
}

function isAlive(item: Item | undefined): boolean {
  return item !== undefined && !isDeleting(item);
}

async function leaveEverything(table: Table, leaver: User): Promise<void> {
  const partition = userPartition(leaver.id);
  for await (const rows of queryPages(table, { partition, range: CONVERSATION_RANGE })) {
    for (const row of rows) await leaveOwn(table, leaver, row);
  }
  for await (const rows of queryPages(table, { partition, range: PARTICIPANT_RANGE })) {
    for (const { SK } of rows) {
      await blankLeaver(table, String(SK).slice('PART#'.length), leaver);
    }
    await deleteAll(table, rows.map(keyOf));
  }
  await eraseTraces(table, leaver, async ({ workspaces, conversations }) => {
    // Where they approved or edited without a word of their own.
    for (const conversationId of conversations) await blankLeaver(table, conversationId, leaver);
    await unnameIn(table, [...workspaces.values()], leaver);
  });
  await unnameIn(table, workspacesOf(leaver), leaver);
}

/** A thread that passes on leaves a participation behind, so that its messages are blanked with the rest. */
async function leaveOwn(table: Table, leaver: User, row: Item): Promise<void> {
  const { id: conversationId, createdAt } = fromConversationItem(row);
  const key = { userId: leaver.id, createdAt, conversationId };
  if (await passOn(table, leaver, key)) return;
  await markDeleting(table, key);
  await finishDeletion(table, conversationId);
}
