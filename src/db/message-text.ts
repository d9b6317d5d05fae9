/** The whole text of messages: what does not fit an item of its own lies in bodies beside it. */
import type { Message } from '../core/message.ts';
import type { Table } from './client.ts';
import { bodyKey } from './keys.ts';
import { countBodies, fromBodyItem, fromMessageItem } from './message-item.ts';
import { batchGet, type Item } from './requests.ts';

/** Where the rest of a message lies. */
export function bodyKeysOf(item: Item) {
  const { conversationId, id } = fromMessageItem(item);
  return Array.from({ length: countBodies(item) }, (_, n) => bodyKey(conversationId, id, n));
}

export async function readTexts(table: Table, items: Item[]): Promise<Message[]> {
  const read = items.map((item) => {
    const { cut, ...message } = fromMessageItem(item);
    return { message, rest: cut ? bodyKeysOf(item) : [] };
  });
  const bodies = await batchGet(
    table,
    read.flatMap(({ rest }) => rest),
  );
  const texts = new Map(bodies.map((body) => [body.SK, fromBodyItem(body)]));
  return read.map(({ message, rest }) => {
    const text = message.text + rest.map(({ SK }) => texts.get(SK) ?? '').join('');
    return { ...message, text };
  });
}
