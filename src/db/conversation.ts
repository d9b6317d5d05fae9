/** Conversations as their owners list them; the thread's own state lies beside (`thread.ts`). */
import type {
  Conversation,
  ConversationKey,
  ConversationRepository as ConversationPort,
} from '../core/conversation.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { type ChannelRef, conversationIdOf, type Place, type ThreadRef } from '../core/thread.ts';
import type { Table } from './client.ts';
import { finishDeletion, markDeleting } from './conversation-deletion.ts';
import { fromConversationItem, toChannelThreads, toConversationItem } from './conversation-item.ts';
import { checkUser } from './identity.ts';
import { defaultTable } from './index.ts';
import {
  CONVERSATION_RANGE,
  conversationKey,
  type Key,
  PARTICIPANT_RANGE,
  shareIndexKey,
  threadKey,
  threadsPartition,
  userPartition,
  withPrefix,
} from './keys.ts';
import { listPage } from './page.ts';
import { getItem, queryAll, transact, type Write, write } from './requests.ts';
import { fromThreadItem, toThreadItem } from './thread-item.ts';

export interface NewConversation {
  userId: string;
  title: string;
  /** The conversation's id is computed from it. */
  thread: ThreadRef;
  place: Place;
  /** ISO 8601; now when absent. */
  createdAt?: string;
}

export type CreateConversationOutcome =
  | { kind: 'created'; conversation: Conversation }
  /** Its thread has a conversation already, or one that is being deleted. */
  | { kind: 'exists' }
  /** There is no such user. */
  | { kind: 'no-user' };

export class ConversationRepository implements ConversationPort {
  readonly #table: Table | undefined;

  /** Without a table: the one the environment names. */
  constructor(table?: Table) {
    this.#table = table;
  }

  get #db(): Table {
    return this.#table ?? defaultTable();
  }

  /** One transaction: the owner's row and the thread's state. For conversations that no message began. */
  async createConversation(input: NewConversation): Promise<CreateConversationOutcome> {
    const { userId, title, thread, place } = input;
    const updatedAt = new Date().toISOString();
    const createdAt = input.createdAt ?? updatedAt;
    const id = conversationIdOf(thread);
    const times = { createdAt, updatedAt };
    const conversation = { id, userId, title, status: 'active' as const, thread, place, ...times };
    const owner = { userId, createdAt, conversationId: id };
    const state = toThreadItem({ owner, thread, place, historyPending: false });
    const outcome = await transact(this.#db, [
      { put: state, condition: 'attribute_not_exists(PK)' },
      { put: toConversationItem(conversation) },
      checkUser(userId),
      ...toChannelThreads(conversation),
    ]);
    if (outcome.ok) return { kind: 'created', conversation };
    return outcome.reasons[0]?.code === 'None' ? { kind: 'no-user' } : { kind: 'exists' };
  }

  async getConversation(key: ConversationKey): Promise<Conversation | undefined> {
    const item = await getItem(this.#db, conversationKey(key));
    return item && fromConversationItem(item);
  }

  /** By id alone: two requests, the thread's state and the row it names. */
  async findConversation(conversationId: string): Promise<Conversation | undefined> {
    const state = await getItem(this.#db, threadKey(conversationId));
    return state && this.getConversation(fromThreadItem(state).owner);
  }

  /** Newest first: one request for each megabyte. */
  async getUserConversations(userId: string): Promise<Conversation[]> {
    const items = await queryAll(this.#db, conversationsOf(userId));
    return items.map(fromConversationItem);
  }

  /** Newest first. */
  async listConversations(userId: string, page: PageRequest = {}): Promise<Page<Conversation>> {
    const { items, ...rest } = await listPage(this.#db, conversationsOf(userId), page);
    return { ...rest, items: items.map(fromConversationItem) };
  }

  /** Two requests: the index knows where, the row itself, read strongly, whether it is still so. */
  async getSharedConversation(shareId: string): Promise<Conversation | undefined> {
    const hits = await queryAll(this.#db, {
      index: 'GSI1',
      partition: shareIndexKey(shareId, 'any').GSI1PK,
      range: withPrefix('CONV#'),
    });
    for (const { PK, SK } of hits) {
      const item = await getItem(this.#db, { PK, SK } as Key);
      const conversation = item && fromConversationItem(item);
      if (conversation?.shareId === shareId) return conversation;
    }
    return undefined;
  }

  /** A new `shareId` takes the place of an old one. */
  async share(key: ConversationKey, shareId: string): Promise<boolean> {
    const { GSI1PK, GSI1SK } = shareIndexKey(shareId, key.conversationId);
    const values = { ':shareId': shareId, ':shared': GSI1PK, ':entry': GSI1SK };
    return this.#update(key, 'SET shareId = :shareId, GSI1PK = :shared, GSI1SK = :entry', {
      values,
    });
  }

  async unshare(key: ConversationKey): Promise<boolean> {
    return this.#update(key, 'REMOVE shareId, GSI1PK, GSI1SK');
  }

  async setStatus(key: ConversationKey, status: Conversation['status']): Promise<boolean> {
    const values = { ':status': status, ':now': new Date().toISOString() };
    const change = 'SET #status = :status, updatedAt = :now REMOVE away';
    return this.#update(key, change, { values, names: STATUS });
  }

  /** Ids only: the thread's state names the row. */
  async listInChannel(channel: ChannelRef, page: PageRequest = {}): Promise<Page<string>> {
    const listing = { partition: threadsPartition(channel), range: CONVERSATION_RANGE };
    const { items, ...rest } = await listPage(this.#db, listing, page);
    return { ...rest, items: items.map(({ SK }) => String(SK).slice('CONV#'.length)) };
  }

  /** `away` tells it from what somebody archived. */
  async putAway(key: ConversationKey): Promise<boolean> {
    const values = { ':archived': 'archived', ':away': true };
    return this.#update(key, 'SET #status = :archived, away = :away', {
      values,
      names: STATUS,
      condition: '#status <> :archived',
    });
  }

  async bringBack(key: ConversationKey): Promise<boolean> {
    return this.#update(key, 'SET #status = :active REMOVE away', {
      values: { ':active': 'active' },
      names: STATUS,
      condition: 'attribute_exists(away)',
    });
  }

  async rename(key: ConversationKey, title: string): Promise<boolean> {
    const values = { ':title': title, ':now': new Date().toISOString() };
    return this.#update(key, 'SET title = :title, updatedAt = :now', { values });
  }

  async change(
    key: ConversationKey,
    seen: Pick<Conversation, 'title' | 'status'>,
    to: Pick<Conversation, 'title' | 'status'>,
  ): Promise<boolean> {
    const told = to.status === seen.status ? '' : ' REMOVE away';
    return this.#update(key, `SET title = :title, #status = :status, updatedAt = :now${told}`, {
      values: {
        ...{ ':title': to.title, ':status': to.status, ':now': new Date().toISOString() },
        ...{ ':seenTitle': seen.title, ':seenStatus': seen.status },
      },
      names: STATUS,
      condition: 'title = :seenTitle AND #status = :seenStatus',
    });
  }

  async listParticipations(userId: string, page: PageRequest = {}): Promise<Page<string>> {
    const listing = { partition: userPartition(userId), range: PARTICIPANT_RANGE };
    const { items, ...rest } = await listPage(this.#db, listing, page);
    return { ...rest, items: items.map(({ SK }) => String(SK).slice('PART#'.length)) };
  }

  /**
   * Gone for everybody after its first transaction; then everything beneath goes, a page at a time,
   * and the thread's state last. False when there is no such conversation.
   */
  async deleteConversation(key: ConversationKey): Promise<boolean> {
    if (!(await markDeleting(this.#db, key))) return false;
    await finishDeletion(this.#db, key.conversationId);
    return true;
  }

  async deleteUntouched({ id, userId, createdAt, updatedAt }: Conversation): Promise<boolean> {
    const key = { userId, createdAt, conversationId: id };
    if (!(await markDeleting(this.#db, key, updatedAt))) return false;
    await finishDeletion(this.#db, id);
    return true;
  }

  async finishDeletion(conversationId: string): Promise<void> {
    await finishDeletion(this.#db, conversationId);
  }

  /** False when there is no such row, or `condition` does not hold. */
  async #update(
    key: ConversationKey,
    change: string,
    { condition, ...rest }: Pick<Update, 'values' | 'names' | 'condition'> = {},
  ): Promise<boolean> {
    const exists = 'attribute_exists(PK)';
    const outcome = await write(this.#db, {
      update: conversationKey(key),
      change,
      condition: condition === undefined ? exists : `${exists} AND ${condition}`,
      ...rest,
    });
    return outcome.ok;
  }
}

type Update = Extract<Write, { update: Key }>;
const STATUS = { '#status': 'status' };

function conversationsOf(userId: string) {
  return { partition: userPartition(userId), range: CONVERSATION_RANGE, descending: true };
}
