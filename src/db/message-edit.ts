/** A message that was edited in the chat, as it now reads: while no stored reply covers it. */
import { StoreUnavailableError } from '../core/errors.ts';
import type { EditOutcome, MessageKey } from '../core/message.ts';
import { TAIL_LIMIT } from '../core/reading.ts';
import type { Table } from './client.ts';
import { forgetFolded } from './context.ts';
import { contextKey, conversationPartition, MESSAGE_RANGE, messageKey, threadKey } from './keys.ts';
import { fromMessageItem, toMessageItems } from './message-item.ts';
import { bodyKeysOf, readTexts } from './message-text.ts';
import { type Action, batchGet, type Item, queryAll, transact } from './requests.ts';
import { fromThreadItem } from './thread-item.ts';
import { ALIVE } from './thread-open.ts';

/** Rounds of reading and writing before giving up: each means that it was answered or folded meanwhile. */
const MAX_ROUNDS = 5;

/** A read and a transaction; of a message that does not wait, a query of what came after it too. */
export async function editUnanswered(
  table: Table,
  conversationId: string,
  key: MessageKey,
  text: string,
): Promise<EditOutcome> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { item, thread, context } = await read(table, conversationId, key);
    if (!item || !thread || thread.deleting) return 'left';
    const waits = thread.waiting.includes(key);
    if (!waits && !(await mayChange(table, item, key, text))) return 'left';
    const { ok } = await transact(table, [
      ...(waits ? [stillWaiting(conversationId, key)] : forgetting(conversationId, key, context)),
      ...replacing(item, text),
    ]);
    if (ok) return waits ? 'waiting' : 'beside';
  }
  throw new StoreUnavailableError(
    'edit message',
    new Error(`no decision after ${MAX_ROUNDS} rounds`),
  );
}

async function read(table: Table, conversationId: string, key: MessageKey) {
  const places = {
    item: messageKey(conversationId, key),
    thread: threadKey(conversationId),
    context: contextKey(conversationId),
  };
  const found = await batchGet(table, Object.values(places));
  const itemAt = ({ SK }: { SK: string }) => found.find((one) => one.SK === SK);
  const thread = itemAt(places.thread);
  return {
    item: itemAt(places.item),
    thread: thread && fromThreadItem(thread),
    context: itemAt(places.context),
  };
}

/** The same once more changes nothing; and what so many others follow no turn reads as it was said. */
async function mayChange(
  table: Table,
  item: Item,
  key: MessageKey,
  text: string,
): Promise<boolean> {
  const [message] = await readTexts(table, [item]);
  if (!message || message.blanked || message.text === text) return false;
  const { conversationId } = message;
  const later = await queryAll(table, {
    partition: conversationPartition(conversationId),
    range: MESSAGE_RANGE,
    after: messageKey(conversationId, key),
    limit: TAIL_LIMIT,
  });
  const isCovered = later.some((one) => fromMessageItem(one).answer?.covers.includes(key));
  return !isCovered && later.length < TAIL_LIMIT;
}

function stillWaiting(conversationId: string, key: MessageKey): Action {
  return {
    check: threadKey(conversationId),
    condition: `${ALIVE} AND contains(waiting, :key)`,
    values: { ':key': key },
  };
}

/** What the notes have of it as it was. That it waits needs no look: what was stored beside never comes to. */
function forgetting(conversationId: string, key: MessageKey, context: Item | undefined): Action[] {
  return [
    {
      update: threadKey(conversationId),
      change: 'SET forgottenAt = :now',
      condition: ALIVE,
      values: { ':now': Date.now() },
    },
    forgetFolded(conversationId, key, context),
  ];
}

/** The stored message with another text, and no body left that it does not need. */
function replacing(item: Item, text: string): Action[] {
  const { cut: _, ...message } = fromMessageItem(item);
  const [edited, ...bodies] = toMessageItems({ ...message, text });
  const kept = new Set(bodies.map(({ SK }) => SK));
  return [
    { put: edited, condition: 'attribute_exists(PK)' },
    ...bodies.map((put) => ({ put })),
    ...bodyKeysOf(item)
      .filter(({ SK }) => !kept.has(SK))
      .map((body) => ({ delete: body })),
  ];
}
