/** What becomes of a thread that people share when one of them is deleted. */
import { type Conversation, type ConversationKey, titleOf } from '../core/conversation.ts';
import { StoreUnavailableError } from '../core/errors.ts';
import { digestOf } from '../core/thread.ts';
import type { User } from '../core/user.ts';
import type { Table } from './client.ts';
import { fromConversationItem, toConversationItem } from './conversation-item.ts';
import { checkUser, findUserByIdentity } from './identity.ts';
import {
  conversationKey,
  conversationPartition,
  DRAFT_RANGE,
  draftKey,
  MESSAGE_RANGE,
  participantKey,
  threadKey,
  userPartition,
} from './keys.ts';
import { fromMessageItem } from './message-item.ts';
import { type Action, getItem, type Item, queryAll, queryPages, transact } from './requests.ts';
import { ALIVE } from './thread-open.ts';

/** Somebody it passes to may be deleted at the same moment: so often somebody else is looked for. */
const MAX_ROUNDS = 5;
/** Lines in the owner's list of drafts that move along; DynamoDB takes 100 actions in a transaction. */
const MAX_DRAFTS_MOVED = 90;

/** Who gets a thread: a user who took part in it, or the workspace, which owns but is no user. */
type Heir = { kind: 'user'; userId: string } | { kind: 'workspace'; userId: string };

/**
 * Gives the thread to another participant. A running turn cannot close any more, because it would write
 * to the old owner: its claim lapses, and it is taken over. False when nobody else took part, and for DMs.
 */
export async function passOn(table: Table, leaver: User, key: ConversationKey): Promise<boolean> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const row = await getItem(table, conversationKey(key));
    if (!row) return true;
    const heir = await findHeir(table, leaver, fromConversationItem(row));
    if (!heir) return false;
    // Its title was their first words.
    const untitled = { ...row, title: titleOf('') };
    const outcome = await transact(table, await passing(table, leaver, untitled, heir));
    if (outcome.ok) return true;
  }
  throw new StoreUnavailableError('pass on', new Error(`no decision after ${MAX_ROUNDS} rounds`));
}

/** Gives the thread to this user, who is the same person. Nothing happens when it is gone. */
export async function handOver(
  table: Table,
  former: User,
  key: ConversationKey,
  userId: string,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const row = await getItem(table, conversationKey(key));
    if (!row) return;
    const heir = { kind: 'user', userId } as const;
    const outcome = await transact(table, await passing(table, former, row, heir));
    if (outcome.ok) return;
  }
  throw new StoreUnavailableError('hand over', new Error(`no decision after ${MAX_ROUNDS} rounds`));
}

/** The first participant who is a user; the workspace when the others are none. */
async function findHeir(
  table: Table,
  leaver: User,
  { id, thread, place }: Conversation,
): Promise<Heir | undefined> {
  if (place.visibility === 'dm') return undefined;
  const seen = new Set(leaver.identities);
  let others = false;
  for await (const items of queryPages(table, messagesOf(id))) {
    for (const { author } of items.map(fromMessageItem)) {
      if (!author || author.standing === 'bot' || seen.has(author.identity)) continue;
      seen.add(author.identity);
      others = true;
      const user = await findUserByIdentity(table, author.identity);
      if (user && user.id !== leaver.id) return { kind: 'user', userId: user.id };
    }
  }
  if (!others) return undefined;
  const owner = digestOf(['workspace', thread.platform, place.workspaceId]).slice(0, 32);
  return { kind: 'workspace', userId: owner };
}

/** Nothing of it happens if the row or the heir changed since they were read. */
async function passing(table: Table, leaver: User, row: Item, heir: Heir): Promise<Action[]> {
  const conversation = fromConversationItem(row);
  const { id: conversationId, createdAt } = conversation;
  const { userId } = heir;
  return [
    takeRow(leaver, conversation),
    {
      put: {
        ...toConversationItem({ ...conversation, userId }),
        ...(row.away === true && { away: true }),
      },
    },
    {
      update: threadKey(conversationId),
      change: 'SET #owner.u = :user',
      condition: ALIVE,
      names: { '#owner': 'owner' },
      values: { ':user': userId },
    },
    { delete: participantKey(userId, conversationId) },
    { put: { ...participantKey(leaver.id, conversationId), v: 1, since: createdAt } },
    ...(await moveDrafts(table, leaver, conversationId, userId)),
    ...(heir.kind === 'user' ? [checkUser(userId)] : []),
  ];
}

function takeRow(leaver: User, { id, createdAt, updatedAt, shareId }: Conversation): Action {
  const shared = shareId === undefined ? 'attribute_not_exists(shareId)' : 'shareId = :shareId';
  return {
    delete: conversationKey({ userId: leaver.id, createdAt, conversationId: id }),
    condition: `updatedAt = :seen AND ${shared}`,
    values: { ':seen': updatedAt, ...(shareId !== undefined && { ':shareId': shareId }) },
  };
}

/** The leaver's own lines go with the rest of the leaver's partition. */
async function moveDrafts(
  table: Table,
  leaver: User,
  conversationId: string,
  userId: string,
): Promise<Action[]> {
  const drafts = await queryAll(table, { partition: userPartition(leaver.id), range: DRAFT_RANGE });
  const moved = drafts.filter((draft) => draft.conversationId === conversationId);
  return moved.slice(0, MAX_DRAFTS_MOVED).map((draft) => ({
    put: { ...draft, ...draftKey(userId, String(draft.SK).slice('DRAFT#'.length)) },
  }));
}

function messagesOf(conversationId: string) {
  return { partition: conversationPartition(conversationId), range: MESSAGE_RANGE };
}
