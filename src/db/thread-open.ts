/**
 * The three ways a message gets in: it binds a new thread, opens a turn, or joins the one that runs.
 * Each is one transaction that stores the message and puts its key into `waiting`, or does neither.
 */
import { CLOCK_SKEW, type ThreadState, type TurnClaim } from '../core/conversation.ts';
import { type Message, messageKeyOf } from '../core/message.ts';
import type { BindThread, JoinOutcome, OpenOutcome, OpenTurn } from '../core/thread-repository.ts';
import type { Table } from './client.ts';
import { toChannelThreads, toConversationItem } from './conversation-item.ts';
import { retentionKey, threadKey } from './keys.ts';
import { toMessageItems } from './message-item.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { type Action, type Item, transact } from './requests.ts';
import { endingStart } from './start.ts';
import { fromThreadItem, toClaimMap, toThreadItem } from './thread-item.ts';

/** Nothing may begin in a thread that is missing or being deleted. */
export const ALIVE = 'attribute_exists(PK) AND attribute_not_exists(deleting)';

/** The thread, the owner's row and the first message, and where its channel and retention find it, in one transaction. */
export async function bindThread(table: Table, input: BindThread): Promise<OpenOutcome> {
  const { owner, thread, place, title, message, claim, ends } = input;
  const { userId, createdAt, conversationId: id } = owner;
  const bound = {
    ...toThreadItem(input),
    claim: toClaimMap(claim),
    waiting: new Set([messageKeyOf(message)]),
    ...pendingIndexKey(id, claim.claimedAt),
  };
  const updatedAt = new Date(claim.claimedAt).toISOString();
  const row = { id, userId, title, status: 'active' as const, thread, place, createdAt, updatedAt };
  const outcome = await transact(table, [
    { put: bound, condition: 'attribute_not_exists(PK)' },
    { put: toConversationItem(row) },
    { put: { ...retentionKey(id, createdAt.slice(0, 10)), v: 1 } },
    ...toChannelThreads(row),
    // No condition: without its thread a message is not yet stored, whatever lies there.
    ...toMessageItems(message).map((put) => ({ put })),
    ...(ends ? [endingStart(ends.start, ends.token, claim.claimedAt)] : []),
  ]);
  if (outcome.ok) return { kind: 'opened' };
  const [found] = outcome.reasons;
  // Only the start stood in the way: somebody else has its claim now.
  if (ends && found?.code === 'None') return { kind: 'duplicate' };
  return judgeThread(claim, found?.item) ?? { kind: 'read-after' };
}

/** One transaction: the message if absent, and the claim where the rules of `OpenTurn` allow it. */
export async function openTurn(table: Table, input: OpenTurn): Promise<OpenOutcome> {
  const { message, claim } = input;
  const requirement = openRequirement(input);
  const taking = takeClaimOf(message.conversationId, claim);
  const outcome = await transact(table, [
    {
      update: threadKey(message.conversationId),
      change: `${taking.change} ADD waiting :key`,
      condition: `${ALIVE} AND ${requirement.condition}`,
      values: { ...taking.values, ...requirement.values, ':key': new Set([messageKeyOf(message)]) },
    },
    ...putMessage(message),
  ]);
  if (outcome.ok) return { kind: 'opened' };
  const [thread, stored] = outcome.reasons;
  // The thread's own condition held: only the message stood in the way.
  if (thread?.code === 'None') return { kind: 'duplicate' };
  const judged = judgeThread(claim, thread?.item);
  const goesOn = judged === undefined || judged.kind === 'held' || judged.kind === 'lapsed';
  if (goesOn && stored?.code === 'ConditionalCheckFailed') return { kind: 'duplicate' };
  return judged ?? { kind: 'read-after' };
}

/** One transaction: the message if absent, while somebody's claim is alive to answer it. */
export async function joinTurn(table: Table, message: Message): Promise<JoinOutcome> {
  const outcome = await transact(table, [
    {
      update: threadKey(message.conversationId),
      change: 'ADD waiting :key',
      condition: `${ALIVE} AND claim.x > :now`,
      values: { ':key': new Set([messageKeyOf(message)]), ':now': Date.now() },
    },
    ...putMessage(message),
  ]);
  if (outcome.ok) return { kind: 'joined' };
  const existed = outcome.reasons[1]?.code === 'ConditionalCheckFailed';
  return { kind: existed ? 'duplicate' : 'open-again' };
}

/** The change that takes a claim, with the marker by which others find it. */
export function takeClaimOf(conversationId: string, claim: TurnClaim) {
  const { GSI1PK, GSI1SK } = pendingIndexKey(conversationId, claim.claimedAt);
  return {
    change: 'SET claim = :claim, GSI1PK = :shard, GSI1SK = :since',
    values: { ':claim': toClaimMap(claim), ':shard': GSI1PK, ':since': GSI1SK },
  };
}

/** Still the claim that was read: neither taken over nor renewed since. */
export function unchangedClaim(replaces: TurnClaim) {
  return {
    condition: 'claim.t = :replaced AND claim.x <= :lapsed',
    values: { ':replaced': replaces.token, ':lapsed': replaces.expiresAt },
  };
}

function openRequirement({ tailSentAt, replaces }: OpenTurn) {
  if (replaces) return unchangedClaim(replaces);
  if (tailSentAt === undefined) return { condition: 'attribute_not_exists(claim)', values: {} };
  return {
    condition:
      'attribute_not_exists(claim) AND attribute_not_exists(waiting) AND ' +
      '(attribute_not_exists(endedAt) OR endedAt < :unread)',
    values: { ':unread': tailSentAt - CLOCK_SKEW },
  };
}

/** The message if absent; its bodies go with it. */
export function putMessage(message: Message): Action[] {
  const [item, ...bodies] = toMessageItems(message);
  return [{ put: item, condition: 'attribute_not_exists(PK)' }, ...bodies.map((put) => ({ put }))];
}

/** What the thread as it was found says to an opener; `undefined` when its claim is free. */
function judgeThread(claim: TurnClaim, found: Item | undefined): OpenOutcome | undefined {
  if (!found) return { kind: 'unbound' };
  const thread: ThreadState = fromThreadItem(found);
  if (thread.deleting) return { kind: 'deleting' };
  if (!thread.claim) return undefined;
  // Our own claim: the first answer was lost, not the write.
  if (thread.claim.token === claim.token) return { kind: 'opened' };
  if (thread.claim.expiresAt > Date.now()) return { kind: 'held' };
  return { kind: 'lapsed', claim: thread.claim };
}
