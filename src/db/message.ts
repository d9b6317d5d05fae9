/** Messages of a conversation, each whole: what does not fit its own item is read from its bodies. */
import type { StoredMessage } from '../core/conversation.ts';
import { StoreUnavailableError } from '../core/errors.ts';
import {
  type EditOutcome,
  type Message,
  type MessageKey,
  type MessageRepository as MessagePort,
  messageKeyOf,
} from '../core/message.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type { Participants } from '../core/participation.ts';
import type { Table } from './client.ts';
import { forgetFolded } from './context.ts';
import { defaultTable } from './index.ts';
import {
  contextKey,
  conversationPartition,
  MESSAGE_RANGE,
  messageKey,
  participantKey,
  threadKey,
} from './keys.ts';
import { editUnanswered } from './message-edit.ts';
import { fromMessageItem } from './message-item.ts';
import { bodyKeysOf, readTexts } from './message-text.ts';
import { listPage } from './page.ts';
import { type Action, batchGet, getItem, queryAll, transact } from './requests.ts';
import { ALIVE, putMessage } from './thread-open.ts';

export type CreateMessageOutcome =
  | { kind: 'created' }
  /** There is a message at this place already. */
  | { kind: 'exists' }
  /** There is no such conversation, or it is being deleted. */
  | { kind: 'no-conversation' };

/** DynamoDB's limits for a transaction are 100 actions and 4 MB; one action is the thread's check. */
const MAX_ACTIONS = 99;
const MAX_BYTES = 3_500_000;
/** Rounds of reading and deleting before giving up: each means that a summary was made meanwhile. */
const MAX_ROUNDS = 5;

export class MessageRepository implements MessagePort {
  readonly #table: Table | undefined;

  /** Without a table: the one the environment names. */
  constructor(table?: Table) {
    this.#table = table;
  }

  get #db(): Table {
    return this.#table ?? defaultTable();
  }

  /** One transaction with the thread's check. For messages that no turn answers. */
  async createMessage(message: Message): Promise<CreateMessageOutcome> {
    const outcome = await transact(this.#db, storing(message.conversationId, [message]));
    if (outcome.ok) return { kind: 'created' };
    const [thread] = outcome.reasons;
    return thread?.code === 'None' ? { kind: 'exists' } : { kind: 'no-conversation' };
  }

  /**
   * In transactions of up to 99 items, each with the thread's check. What is there already stays as it
   * is; nothing is stored in a conversation that is gone. Those of its authors who are named as participants
   * find it from then on.
   */
  async putMessages(messages: Message[], participants: Participants = new Map()): Promise<void> {
    const conversations = Map.groupBy(messages, ({ conversationId }) => conversationId);
    for (const [conversationId, group] of conversations) {
      for (const batch of batchesOf(group)) {
        await putBatch(this.#db, conversationId, batch, participants);
      }
    }
  }

  async getMessage(conversationId: string, key: MessageKey): Promise<Message | undefined> {
    const item = await getItem(this.#db, messageKey(conversationId, key));
    const [message] = item ? await readTexts(this.#db, [item]) : [];
    return message;
  }

  /** All in order: one request for each megabyte, and one for 100 bodies of long messages. */
  async getConversationMessages(conversationId: string): Promise<Message[]> {
    return readTexts(this.#db, await queryAll(this.#db, messagesOf(conversationId)));
  }

  /** One request, and another when the page has long messages. */
  async listMessages(conversationId: string, page: PageRequest = {}): Promise<Page<Message>> {
    const { items, ...rest } = await listPage(this.#db, messagesOf(conversationId), page);
    return { ...rest, items: await readTexts(this.#db, items) };
  }

  /** Two requests for up to 100 messages; one that is gone meanwhile is left out. */
  async readWhole(messages: StoredMessage[]): Promise<Message[]> {
    const keys = messages.map((one) => messageKey(one.conversationId, messageKeyOf(one)));
    const items = await batchGet(this.#db, keys);
    const whole = await readTexts(this.#db, items);
    return whole.sort((one, other) => (messageKeyOf(one) < messageKeyOf(other) ? -1 : 1));
  }

  /** One query. Keys of messages sort as their items do, so both bounds can be told apart from their neighbours. */
  async readBetween(
    conversationId: string,
    after: MessageKey | undefined,
    before: MessageKey,
    limit: number,
  ): Promise<StoredMessage[]> {
    const items = await queryAll(this.#db, {
      partition: conversationPartition(conversationId),
      range: { from: MESSAGE_RANGE.from, to: messageKey(conversationId, before).SK },
      ...(after !== undefined && { after: messageKey(conversationId, after) }),
      limit: limit + 1,
    });
    const messages = items.map(fromMessageItem);
    return messages.filter((message) => messageKeyOf(message) < before).slice(0, limit);
  }

  /** As `message-edit.ts` has it: a read and a transaction, and a query for one that does not wait. */
  editUnanswered(conversationId: string, key: MessageKey, text: string): Promise<EditOutcome> {
    return editUnanswered(this.#db, conversationId, key, text);
  }

  /** A read and a transaction: the message, its bodies, its place among those that wait, and a summary it went into. */
  async deleteMessage(conversationId: string, key: MessageKey): Promise<boolean> {
    const place = messageKey(conversationId, key);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const found = await batchGet(this.#db, [place, contextKey(conversationId)]);
      const item = found.find(({ SK }) => SK === place.SK);
      if (!item) return false;
      const context = found.find(({ SK }) => SK !== place.SK);
      const outcome = await transact(this.#db, [
        { delete: place, condition: 'attribute_exists(PK)' },
        {
          update: threadKey(conversationId),
          change: 'SET forgottenAt = :now DELETE waiting :key',
          condition: 'attribute_exists(PK)',
          values: { ':key': new Set([key]), ':now': Date.now() },
        },
        forgetFolded(conversationId, key, context),
        ...bodyKeysOf(item).map((body) => ({ delete: body })),
      ]);
      if (outcome.ok) return true;
      const [message, thread] = outcome.reasons;
      if (message?.code !== 'None' || thread?.code !== 'None') return false;
    }
    throw new StoreUnavailableError(
      'delete message',
      new Error(`no decision after ${MAX_ROUNDS} rounds`),
    );
  }
}

function messagesOf(conversationId: string) {
  return { partition: conversationPartition(conversationId), range: MESSAGE_RANGE };
}

function storing(
  conversationId: string,
  messages: Message[],
  participants: Participants = new Map(),
): Action[] {
  const check = { check: threadKey(conversationId), condition: ALIVE };
  const since = new Map(
    messages.flatMap(({ author, sentAt }) => {
      const userId = author && participants.get(author.identity);
      return userId === undefined ? [] : [[userId, sentAt] as const];
    }),
  );
  const rows = [...since].map(([userId, at]) => ({
    put: { ...participantKey(userId, conversationId), v: 1, since: at },
  }));
  return [check, ...messages.flatMap(putMessage), ...rows];
}

/** A message that is there already stops the whole transaction: it goes on without it. */
async function putBatch(
  table: Table,
  conversationId: string,
  batch: Message[],
  participants: Participants,
): Promise<void> {
  let open = batch;
  while (open.length > 0) {
    const outcome = await transact(table, storing(conversationId, open, participants));
    if (outcome.ok) return;
    const [thread, ...reasons] = outcome.reasons;
    if (thread?.code !== 'None') return;
    let place = 0;
    open = open.filter((message) => {
      const stored = reasons[place]?.code !== 'None';
      place += putMessage(message).length;
      return !stored;
    });
  }
}

function batchesOf(messages: Message[]): Message[][] {
  const batches: Message[][] = [];
  let [actions, bytes] = [MAX_ACTIONS, 0];
  for (const message of messages) {
    const puts = putMessage(message);
    const size = Buffer.byteLength(JSON.stringify(puts));
    // One more for the row of its author.
    const count = puts.length + 1;
    if (actions + count > MAX_ACTIONS || bytes + size > MAX_BYTES) {
      batches.push([]);
      [actions, bytes] = [0, 0];
    }
    batches.at(-1)?.push(message);
    actions += count;
    bytes += size;
  }
  return batches;
}
