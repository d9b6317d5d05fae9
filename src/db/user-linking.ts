/**
 * Two users who turn out to be one person. One transaction hands the accounts over, so that the person
 * is the other user from then on, and marks the former one, so that any process finds the rest of the
 * work: conversations, drafts and participations move; what is left goes with the former user. Keys of
 * providers and trackers are bound to whom they were encrypted for, so they are not among what moves.
 */
import type { LinkOutcome, User } from '../core/user.ts';
import type { Table } from './client.ts';
import { deleteAll, keyOf } from './conversation-deletion.ts';
import { fromConversationItem } from './conversation-item.ts';
import { MAX_IDENTITIES, USER_ALIVE } from './identity.ts';
import {
  CONVERSATION_RANGE,
  identityKey,
  PARTICIPANT_RANGE,
  participantKey,
  settingsKey,
  userKey,
  userPartition,
} from './keys.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { batchGet, getItem, type Item, queryPages, transact, write } from './requests.ts';
import { handOver } from './thread-leaving.ts';
import { moveTraces } from './trace.ts';
import { fromUserItem } from './user-item.ts';

/** One read of both, and a transaction; `changed` when somebody was faster: read again. */
export async function markLinked(
  table: Table,
  fromId: string,
  intoId: string,
): Promise<LinkOutcome | { kind: 'changed' }> {
  const items = await batchGet(table, [userKey(fromId), userKey(intoId)]);
  const users = items.flatMap((item) => fromUserItem(item) ?? []);
  const from = users.find(({ id }) => id === fromId);
  const into = users.find(({ id }) => id === intoId);
  if (!from || !into) return { kind: 'missing' };
  const identities = [...new Set([...into.identities, ...from.identities])];
  if (identities.length > MAX_IDENTITIES) return { kind: 'too-many' };
  const outcome = await transact(table, [
    markFormer(from, into),
    {
      update: userKey(into.id),
      change: 'SET identities = :identities, updatedAt = :now, revision = :next',
      condition: `${USER_ALIVE} AND revision = :seen`,
      values: {
        ':identities': identities,
        ':now': new Date().toISOString(),
        ':next': into.revision + 1,
        ':seen': into.revision,
      },
    },
    ...from.identities.map((identity) => ({
      update: identityKey(identity),
      change: 'SET userId = :into',
      condition: 'userId = :from',
      values: { ':into': into.id, ':from': from.id },
    })),
  ]);
  if (!outcome.ok) return { kind: 'changed' };
  return { kind: 'linked', user: { ...into, identities, revision: into.revision + 1 } };
}

function markFormer(from: User, into: User) {
  const { GSI1PK, GSI1SK } = pendingIndexKey(from.id, Date.now());
  return {
    update: userKey(from.id),
    change: 'SET deleting = :true, linkedTo = :into, GSI1PK = :shard, GSI1SK = :since',
    condition: `${USER_ALIVE} AND revision = :seen`,
    values: {
      ':true': true,
      ':into': into.id,
      ':shard': GSI1PK,
      ':since': GSI1SK,
      ':seen': from.revision,
    },
  };
}

/** Everything of theirs that somebody else is to have; each step is safe to repeat. */
export async function moveEverything(table: Table, former: User, intoId: string): Promise<void> {
  const partition = userPartition(former.id);
  for await (const rows of queryPages(table, { partition, range: CONVERSATION_RANGE })) {
    for (const row of rows) {
      const { id: conversationId, createdAt } = fromConversationItem(row);
      await handOver(table, former, { userId: former.id, createdAt, conversationId }, intoId);
    }
  }
  for await (const rows of queryPages(table, { partition, range: PARTICIPANT_RANGE })) {
    for (const row of rows) await moveParticipation(table, row, intoId);
    await deleteAll(table, rows.map(keyOf));
  }
  await moveSettings(table, former, intoId);
  await moveTraces(table, former, intoId);
}

async function moveParticipation(table: Table, row: Item, intoId: string): Promise<void> {
  const conversationId = String(row.SK).slice('PART#'.length);
  await write(table, { put: { ...row, ...participantKey(intoId, conversationId) } });
}

/** Their own settings count where the other user has none. */
async function moveSettings(table: Table, former: User, intoId: string): Promise<void> {
  const settings = await getItem(table, settingsKey(former.id));
  if (!settings) return;
  await write(table, {
    put: { ...settings, ...settingsKey(intoId) },
    condition: 'attribute_not_exists(PK)',
  });
}
