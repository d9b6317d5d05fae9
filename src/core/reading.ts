/** What a turn knows of its conversation when it begins: the newest messages and what it answers. */
import type { Configuration } from './configuration.ts';
import type { StoredMessage, Tail, ThreadState, TurnClaim } from './conversation.ts';
import type { Log } from './log.ts';
import { type Author, type Message, type MessageKey, messageKeyOf } from './message.ts';
import { participantsOf } from './participation.ts';
import type { ChatPlatform, EarlierMessages } from './platform.ts';
import { toMessage } from './received.ts';
import type { Repositories } from './repositories.ts';

/** Messages read for a turn; the window that the model sees is cut from them. */
export const TAIL_LIMIT = 200;

export interface Reading {
  thread: ThreadState;
  /** Oldest first. */
  messages: StoredMessage[];
  /** Keys of the messages this turn answers, in order. */
  covers: MessageKey[];
  /** False when older messages exist. */
  complete: boolean;
  /** The platform did not let us read what was said before. */
  unread?: true;
}

/** The tail of one message more that was read beside the open: it may or may not hold the new one yet, which changes nothing. */
export function readBeside(tail: Tail, message: Message): Reading {
  const others = tail.messages.filter(({ id }) => id !== message.id);
  return {
    thread: tail.thread,
    messages: inOrder([...others.slice(-TAIL_LIMIT), message]),
    covers: [messageKeyOf(message)],
    complete: tail.complete && others.length <= TAIL_LIMIT,
  };
}

/** Reads after the claim was taken; `undefined` when the claim or the conversation is gone. */
export async function readAfter(
  { threads }: Pick<Repositories, 'threads'>,
  conversationId: string,
  claim: TurnClaim,
): Promise<Reading | undefined> {
  let tail = await threads.readTail(conversationId, TAIL_LIMIT);
  const shown = new Set(tail?.messages.map(messageKeyOf));
  const missing = tail?.thread.waiting.some((key) => !shown.has(key)) ?? false;
  if (tail && missing) {
    tail = await threads.readTail(conversationId, TAIL_LIMIT + tail.thread.waiting.length);
  }
  if (tail?.thread.claim?.token !== claim.token) return undefined;
  const { thread, messages, complete } = tail;
  return { thread, messages, complete, covers: thread.waiting };
}

export interface HistoryOptions {
  repositories: Pick<Repositories, 'messages' | 'threads'>;
  configuration: Pick<Configuration, 'userOf'>;
  platform: ChatPlatform;
  log: Log;
}

/** Brings the platform's earlier messages in, once, before the first turn of a thread. */
export async function withHistory(options: HistoryOptions, reading: Reading): Promise<Reading> {
  const { repositories } = options;
  const { thread, messages } = reading;
  const first = messages.find((message) => reading.covers.includes(messageKeyOf(message)));
  if (!thread.historyPending || !first) return reading;
  const earlier = await readEarlier(options, thread, first);
  // A thread that may not be read is answered all the same; that something is missing is said.
  if (!earlier) return { ...reading, unread: true };
  const known = new Set(messages.map(({ id }) => id));
  const added = earlier.messages.map(toMessage).filter(({ id }) => !known.has(id));
  const participants = await participantsOf(options.configuration, thread, added);
  await repositories.messages.putMessages(added, participants);
  await repositories.threads.markHistoryRead(thread.conversationId);
  return {
    ...reading,
    thread: { ...thread, historyPending: false },
    messages: inOrder([...added, ...messages]).slice(-TAIL_LIMIT),
    complete: reading.complete && !earlier.omitted,
  };
}

async function readEarlier(
  { platform, log }: HistoryOptions,
  { thread, conversationId }: ThreadState,
  first: Message,
): Promise<EarlierMessages | undefined> {
  try {
    return await platform.readThread(thread, first.id, TAIL_LIMIT);
  } catch (error) {
    log.warn('history-not-read', { conversationId }, error);
    return undefined;
  }
}

/** Who asked last: whose settings apply, and whom a ticket names as its requester. */
export function requesterOf({ messages, covers }: Reading): Message & { author: Author } {
  const asked = messages.filter((message) => covers.includes(messageKeyOf(message)));
  const last = asked.findLast((message) => message.author !== undefined);
  const author = last?.author ?? { identity: 'unknown', name: 'unknown', standing: 'guest' };
  const nobody = { id: '', conversationId: '', sentAt: '', role: 'user', text: '' } as const;
  return { ...(last ?? nobody), author };
}

function inOrder<Item extends Message>(messages: Item[]): Item[] {
  return messages.sort((one, other) => (messageKeyOf(one) < messageKeyOf(other) ? -1 : 1));
}
