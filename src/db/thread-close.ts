/** The end of a turn: its reply, its tickets and the thread's next state, all or nothing. */
import type { ThreadSettings, ThreadState } from '../core/conversation.ts';
import type { CloseOutcome, CloseTurn } from '../core/thread-repository.ts';
import type { Ticket } from '../core/ticket.ts';
import type { Table } from './client.ts';
import { toChannelThreads } from './conversation-item.ts';
import { conversationKey, draftKey, participantKey, threadKey } from './keys.ts';
import { authorshipOf, toMessageItems } from './message-item.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { type Action, batchWrite, type Item, type TransactOutcome, transact } from './requests.ts';
import { changedSettings, fromThreadItem, MAX_DRAFTS, toDraftText } from './thread-item.ts';
import { ALIVE, takeClaimOf } from './thread-open.ts';
import { toTicketChange, toTicketItem } from './ticket-item.ts';

/** Rows of new participants for which DynamoDB's 100 actions have room, beside twenty new drafts and twenty changed ones. */
const MAX_PARTICIPANTS = 9;

/** One transaction; where more people spoke at once for the first time, a write for 25 of them before it. */
export async function closeTurn(table: Table, input: CloseTurn): Promise<CloseOutcome> {
  const { reply, claim, changedTickets } = input;
  const [replyItem, ...bodies] = toMessageItems(reply, claim.token);
  const participants = participantRows(input);
  // They spoke here, whatever becomes of the close.
  await batchWrite(table, participants.slice(MAX_PARTICIPANTS));
  const outcome = await transact(table, [
    updateThread(input),
    { put: replyItem, condition: 'attribute_not_exists(PK)' },
    touchConversation(input),
    ...changedTickets.map(changeTicket),
    ...bodies.map((put) => ({ put })),
    ...input.newTickets.map((ticket) => putTicket(ticket, input.endedAt)),
    ...draftRows(input),
    ...participants.slice(0, MAX_PARTICIPANTS),
    ...listing(input.thread),
  ]);
  return outcome.ok ? { kind: 'closed' } : judgeClose(input, outcome.reasons);
}

function listing(thread: ThreadState): Action[] {
  return thread.listed ? [] : toChannelThreads({ ...thread, id: thread.conversationId });
}

function judgeClose(
  { claim, changedTickets }: CloseTurn,
  reasons: Extract<TransactOutcome, { ok: false }>['reasons'],
): CloseOutcome {
  const [thread, reply, conversation, ...others] = reasons;
  if (reply?.item && isWrittenUnder(claim, reply.item)) return { kind: 'closed' };
  const found = thread?.item && fromThreadItem(thread.item);
  const ours = thread?.code === 'None' || (!found?.deleting && found?.claim?.token === claim.token);
  const blocked = [reply, conversation].some((reason) => reason?.code === 'ConditionalCheckFailed');
  if (!ours || blocked) return { kind: 'lost' };
  const outdated = changedTickets.filter((_, n) => others[n]?.code === 'ConditionalCheckFailed');
  if (outdated.length > 0) return { kind: 'outdated', ticketIds: outdated.map(({ id }) => id) };
  return { kind: 'more-waiting' };
}

function isWrittenUnder(claim: CloseTurn['claim'], reply: Item): boolean {
  const { token, turnId } = authorshipOf(reply);
  return token === claim.token && turnId === claim.turnId;
}

/** A change in DynamoDB's expression language while it is put together. */
interface Change {
  sets: string[];
  removes: string[];
  names: Record<string, string>;
  values: Record<string, unknown>;
}

function updateThread(input: CloseTurn): Action {
  const { thread, claim, newTickets, continueAs, endedAt } = input;
  const change: Change = {
    sets: ['ticketCount = :count', 'endedAt = :endedAt'],
    removes: ['historyPending'],
    names: {},
    values: {
      ':count': thread.ticketCount + newTickets.length,
      ':endedAt': endedAt,
      ':token': claim.token,
      ':covers': new Set(input.covers),
    },
  };
  if (!thread.listed) {
    change.sets.push('listed = :listed');
    change.values[':listed'] = true;
  }
  addDrafts(change, input);
  addSettings(change, changedSettings(thread.settings, input.settings ?? {}));
  const { update, condition } = endClaim(thread.conversationId, change, continueAs);
  return {
    update: threadKey(thread.conversationId),
    change: update,
    condition: `${ALIVE} AND claim.t = :token${condition}`,
    ...(Object.keys(change.names).length > 0 && { names: change.names }),
    values: change.values,
  };
}

/** The claim ends only if exactly what was answered waits; or it goes on, and only that is answered. */
function endClaim(
  conversationId: string,
  { sets, removes, values }: Change,
  continueAs: CloseTurn['continueAs'],
): { update: string; condition: string } {
  if (continueAs) {
    const taking = takeClaimOf(conversationId, continueAs);
    Object.assign(values, taking.values);
    const update = `${taking.change}, ${sets.join(', ')} REMOVE ${removes.join(', ')} DELETE waiting :covers`;
    return { update, condition: '' };
  }
  const ended = [...removes, 'claim', 'waiting', 'GSI1PK', 'GSI1SK'];
  const update = `SET ${sets.join(', ')} REMOVE ${ended.join(', ')}`;
  return { update, condition: ' AND waiting = :covers' };
}

/** Adds what the turn's tickets change in `drafts`; of more than twenty open ones the newest stay. */
function addDrafts(change: Change, { thread, newTickets, changedTickets }: CloseTurn): void {
  const touched = [...changedTickets, ...newTickets];
  const open = new Map(thread.drafts.map(({ ticketId, ordinal }) => [ticketId, ordinal]));
  for (const { id, status, ordinal } of touched) {
    if (status === 'draft') open.set(id, ordinal);
    else open.delete(id);
  }
  const newest = [...open].sort(([, one], [, other]) => other - one).slice(0, MAX_DRAFTS);
  const kept = new Set(newest.map(([id]) => id));
  for (const ticket of touched.filter(({ id }) => kept.has(id))) {
    const name = nameDraft(change, ticket.id);
    change.sets.push(`drafts.#${name} = :${name}`);
    change.values[`:${name}`] = toDraftText(ticket);
  }
  const before = [...thread.drafts.map(({ ticketId }) => ticketId), ...touched.map(({ id }) => id)];
  for (const id of new Set(before.filter((one) => !kept.has(one)))) {
    change.removes.push(`drafts.#${nameDraft(change, id)}`);
  }
}

function nameDraft({ names }: Change, ticketId: string): string {
  const name = `d${Object.keys(names).length}`;
  names[`#${name}`] = ticketId;
  return name;
}

/** Adds what `settings` sets, and drops what it names as undefined. */
export function addSettings(change: Change, settings: ThreadSettings): void {
  for (const [setting, value] of Object.entries(settings)) {
    change.names['#settings'] = 'settings';
    change.names[`#${setting}`] = setting;
    if (value === undefined) {
      change.removes.push(`#settings.#${setting}`);
    } else {
      change.sets.push(`#settings.#${setting} = :${setting}`);
      change.values[`:${setting}`] = value;
    }
  }
}

/** Writing in an archived conversation brings it back. */
function touchConversation({ thread, endedAt }: CloseTurn): Action {
  return {
    update: conversationKey(thread.owner),
    change: 'SET updatedAt = :now, #status = :active',
    condition: 'attribute_exists(PK)',
    names: { '#status': 'status' },
    values: { ':now': new Date(endedAt).toISOString(), ':active': 'active' },
  };
}

/** The marker stays until the card is in the thread. */
function putTicket(ticket: Ticket, endedAt: number): Action {
  return { put: { ...toTicketItem(ticket), ...pendingIndexKey(ticket.conversationId, endedAt) } };
}

function changeTicket(ticket: Ticket): Action {
  const change = toTicketChange(ticket);
  return {
    ...change,
    condition: '#revision = :seen AND #status = :open',
    values: { ...change.values, ':seen': ticket.revision - 1, ':open': 'draft' },
  };
}

/** The owner's list of open drafts. */
function draftRows({ thread, newTickets, changedTickets }: CloseTurn): Action[] {
  const { userId, conversationId } = thread.owner;
  const dropped = changedTickets.filter(({ status }) => status !== 'draft');
  return [
    ...newTickets.map(({ id, ordinal }) => ({
      put: { ...draftKey(userId, id), v: 1, conversationId, ordinal },
    })),
    ...dropped.map(({ id }) => ({ delete: draftKey(userId, id) })),
  ];
}

function participantRows({ thread, newParticipants, endedAt }: CloseTurn) {
  const since = new Date(endedAt).toISOString();
  return newParticipants.map((userId) => ({
    put: { ...participantKey(userId, thread.conversationId), v: 1, since },
  }));
}
