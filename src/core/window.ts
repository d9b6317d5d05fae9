/**
 * Which messages the model is shown: the newest ones that fit its budget. Raw messages make better
 * tickets than summaries, so the window is as large as the model allows.
 */
import type { StoredMessage } from './conversation.ts';
import type { MessageRepository } from './message.ts';

export interface MessageWindow {
  messages: StoredMessage[];
  omitted: boolean;
  /** The newest message alone is longer: so many characters of it are left. */
  cutTo?: number;
}

/**
 * The newest messages within `length` characters, whole; always at least the newest one, cut if it
 * must be. Asks the table only for the rest of long messages.
 */
export async function selectWindow(
  messages: StoredMessage[],
  length: number,
  repository: Pick<MessageRepository, 'readWhole'>,
): Promise<MessageWindow> {
  const newest = takeNewest(messages, length);
  const rests = newest.filter((message) => message.cut);
  const whole = new Map(
    rests.length === 0
      ? []
      : (await repository.readWhole(rests)).map((message) => [message.id, message]),
  );
  const read = newest.map((message) => whole.get(message.id) ?? message);
  const fitting = takeNewest(read, length);
  const omitted = fitting.length < messages.length;
  const last = read.at(-1);
  if (!last || last.text.length <= length) return { messages: fitting, omitted };
  return { messages: [{ ...last, text: last.text.slice(0, length) }], omitted, cutTo: length };
}

/** At least the newest one, however long. */
function takeNewest(messages: StoredMessage[], length: number): StoredMessage[] {
  let left = length;
  let from = messages.length;
  while (from > 0) {
    left -= messages[from - 1]?.text.length ?? 0;
    if (left < 0) break;
    from -= 1;
  }
  return messages.slice(Math.min(from, Math.max(0, messages.length - 1)));
}
