/** In threads that stay, nothing of a person who was deleted does: neither words nor names. */
import type { StoredMessage } from '../core/conversation.ts';
import { messageKeyOf } from '../core/message.ts';
import type { AccessRef } from '../core/tracker-access.ts';
import { DELETED_AUTHOR, type User } from '../core/user.ts';
import type { Table } from './client.ts';
import { deleteAll, keyOf } from './conversation-deletion.ts';
import { endingErrand, fromErrandItem } from './errand.ts';
import {
  contextKey,
  conversationPartition,
  ERRAND_RANGE,
  MESSAGE_RANGE,
  TICKET_RANGE,
  threadKey,
} from './keys.ts';
import { fromMessageItem } from './message-item.ts';
import { bodyKeysOf } from './message-text.ts';
import { type Item, queryPages, transact, write } from './requests.ts';
import { fromTicketItem } from './ticket-item.ts';

/** Items blanked at a time. */
const AT_ONCE = 10;

/**
 * Words, what the bot answered to them, names in tickets, and the summary that the words went into, which
 * is made again when it is needed. The answers first: the words tell which they are.
 */
export async function blankLeaver(
  table: Table,
  conversationId: string,
  { id, identities }: User,
): Promise<void> {
  const leaving = new Set(identities);
  const partition = conversationPartition(conversationId);
  const isOwn = ({ author }: StoredMessage) => leaving.has(author?.identity ?? '');
  const own = new Set<string>();
  for await (const items of queryPages(table, { partition, range: MESSAGE_RANGE })) {
    for (const message of items.map(fromMessageItem).filter(isOwn)) own.add(messageKeyOf(message));
  }
  const answersOwn = ({ answer }: StoredMessage) => answer?.covers.some((key) => own.has(key));
  await blankMessages(table, conversationId, (message) => answersOwn(message) === true);
  await blankMessages(table, conversationId, isOwn);
  for await (const items of queryPages(table, { partition, range: TICKET_RANGE })) {
    await inTurns(items, (item) => blankTicket(table, item, id, leaving));
  }
  for await (const items of queryPages(table, { partition, range: ERRAND_RANGE })) {
    await inTurns(items, (item) => blankErrand(table, item, leaving));
  }
  await transact(table, [
    { delete: contextKey(conversationId) },
    {
      update: threadKey(conversationId),
      change: 'SET forgottenAt = :now',
      condition: 'attribute_exists(PK)',
      values: { ':now': Date.now() },
    },
  ]);
}

async function blankMessages(
  table: Table,
  conversationId: string,
  isMeant: (message: StoredMessage) => boolean,
): Promise<void> {
  const partition = conversationPartition(conversationId);
  for await (const items of queryPages(table, { partition, range: MESSAGE_RANGE })) {
    const meant = items.filter((item) => isMeant(fromMessageItem(item)));
    await inTurns(meant, (item) => blankMessage(table, item));
  }
}

async function inTurns(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(work));
  }
}

/** The bodies first: without its count of them, nobody would find them again. Place and answer stay. */
async function blankMessage(table: Table, item: Item): Promise<void> {
  await deleteAll(table, bodyKeysOf(item));
  await write(table, {
    update: keyOf(item),
    change: 'SET #text = :nothing, blanked = :true REMOVE author, #rest, attachments, permalink',
    condition: 'attribute_exists(PK)',
    names: { '#text': 'text', '#rest': 'rest' },
    values: { ':nothing': '', ':true': true },
  });
}

/** The ticket itself is not theirs alone; who asked for it and who approved it, and whose access files it, is said no more. */
async function blankTicket(
  table: Table,
  item: Item,
  leaverId: string,
  leaving: Set<string>,
): Promise<void> {
  const ticket = fromTicketItem(item);
  const approval = 'approval' in ticket ? ticket.approval : undefined;
  const isOwn = (access: AccessRef | undefined) =>
    access !== undefined && 'userId' in access.owner && access.owner.userId === leaverId;
  const changes = [
    leaving.has(ticket.origin.requester.identity) && 'origin.requester = :nobody',
    approval && leaving.has(approval.by.identity) && 'approval.#by = :nobody',
    isOwn(approval?.access) && 'approval.#access.#owner.userId = :noone',
    ticket.unsettled?.some(({ access }) => isOwn(access)) && 'unsettled = :tries',
  ].filter((change) => typeof change === 'string');
  if (changes.length === 0) return;
  const change = `SET ${changes.join(', ')}`;
  const names = { '#by': 'by', '#access': 'access', '#owner': 'owner' };
  const noone = DELETED_AUTHOR.identity;
  const tries = ticket.unsettled?.map(({ access, ...one }) => ({
    ...one,
    ...(access && { access: isOwn(access) ? { ...access, owner: { userId: noone } } : access }),
  }));
  const values = { ':nobody': DELETED_AUTHOR, ':noone': noone, ':tries': tries };
  await write(table, {
    ...{ update: keyOf(item), change, condition: 'attribute_exists(PK)' },
    ...(change.includes('#') && { names: only(names, change) }),
    values: only(values, change),
  });
}

/** DynamoDB refuses names and values that nothing uses. */
function only<Value>(all: Record<string, Value>, change: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => change.includes(name)));
}

/** What they said in the thread is not carried to the issue any more; whoever is at it finds its claim gone. */
async function blankErrand(table: Table, item: Item, leaving: Set<string>): Promise<void> {
  const { task } = fromErrandItem(item);
  if (task?.kind !== 'comment' || !leaving.has(task.author.identity)) return;
  await write(table, endingErrand(keyOf(item), { condition: 'attribute_exists(PK)' }));
}
