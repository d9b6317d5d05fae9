/**
 * Which messages the model is shown: the newest ones that fit its budget. Raw messages make better
 * tickets than summaries, so the window is as large as the model allows.
 */
import type { StoredMessage } from './conversation.ts';
import type { MessageRepository } from './repositories.ts';

/** Characters per token, low enough for code and for languages that need more tokens. */
const CHARACTERS_PER_TOKEN = 3;
/** The part of a model's context that the conversation may fill; the rest is rules, state and answer. */
const CONVERSATION_SHARE = 0.6;
/** For a model that does not say how much it takes. */
const DEFAULT_CONTEXT_TOKENS = 128_000;

export interface MessageWindow {
  messages: StoredMessage[];
  omitted: boolean;
}

/** The budget in characters for a model with this context. */
export function windowLength(contextTokens: number | undefined): number {
  const tokens = contextTokens ?? DEFAULT_CONTEXT_TOKENS;
  return Math.floor(tokens * CONVERSATION_SHARE * CHARACTERS_PER_TOKEN);
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
  const cut = newest.filter((message) => message.cut);
  if (cut.length === 0) return { messages: newest, omitted: newest.length < messages.length };
  const whole = new Map((await repository.readWhole(cut)).map((message) => [message.id, message]));
  const read = newest.map((message) => whole.get(message.id) ?? message);
  const fitting = takeNewest(read, length);
  return { messages: fitting, omitted: fitting.length < messages.length };
}

function takeNewest(messages: StoredMessage[], length: number): StoredMessage[] {
  let left = length;
  let from = messages.length;
  while (from > 0) {
    left -= messages[from - 1]?.text.length ?? 0;
    if (left < 0) break;
    from -= 1;
  }
  const last = messages.at(-1);
  if (from < messages.length || !last) return messages.slice(from);
  return [{ ...last, text: last.text.slice(0, length) }];
}
