/** One utterance in a conversation, and the normalised event it came from. */

import type { StoredMessage } from './conversation.ts';
import type { Page, PageRequest } from './page.ts';
import type { Participants } from './participation.ts';
import type { StopReason, Usage } from './provider.ts';
import type { Place, ThreadRef } from './thread.ts';

/** The identity that wrote something, as the platform showed it. */
export interface Author {
  /** `platform:workspaceId:accountId`, see `identityOf`. */
  identity: string;
  name: string;
  /** Guests and strangers from shared channels take part, but do not approve by default. */
  standing: 'member' | 'guest' | 'bot';
  /** Manages the workspace on its platform (Slack's admins, Discord's Manage Server). Holds at this moment only. */
  manages?: boolean;
  /** Groups of the platform that the person is in, as settings name them (Discord: `role:ID`). Holds at this moment only. */
  groups?: string[];
}

/** Something attached in the chat. `url` is the platform's and may need its token. */
export interface Attachment {
  id: string;
  name: string;
  mimeType: string;
  bytes: number;
  url: string;
}

/** An inbound event, normalised by an adapter, before it is stored. */
export interface IncomingMessage {
  /** The platform's own id of the message (or of the interaction that stands for one). No `#`. */
  id: string;
  /** When the platform says it was sent: ISO 8601 with milliseconds, UTC. */
  sentAt: string;
  thread: ThreadRef;
  place: Place;
  author: Author;
  text: string;
  attachments?: Attachment[];
  /** The message speaks to the bot: a mention, a DM, a command, a button. */
  addressed: boolean;
  /** Not inside a thread: without being addressed it costs nothing. */
  topLevel: boolean;
  /** A way back to the message for people, recorded as the ticket's origin. */
  permalink?: string;
}

/** A stored message. */
export interface Message {
  id: string;
  conversationId: string;
  sentAt: string;
  role: 'user' | 'assistant';
  text: string;
  /** Absent on the bot's own messages. */
  author?: Author;
  attachments?: Attachment[];
  permalink?: string;
  /** On a reply: what it answers, and how the turn ended. */
  answer?: Answer;
  /** The text was blanked because its author was deleted. */
  blanked?: boolean;
}

/** What closes a turn: stored on the assistant's message. */
export interface Answer {
  turnId: string;
  /** The platform's id of the reply, so that no later turn takes it for its own; absent: none was shown. */
  replyId?: string;
  /** Keys of the messages this turn covered, in order. */
  covers: string[];
  outcome: TurnOutcome;
  usage?: Usage;
  provider?: string;
  model?: string;
  stopReason?: StopReason;
}

/** `stopped` by a person; `failed` with a sentence in the text and a Retry; `gave-up` after three starts. */
export type TurnOutcome = 'answered' | 'stopped' | 'failed' | 'gave-up';

/**
 * What is attached to these messages, each file once, where it came last: a request about a message brings along what
 * that message has.
 */
export function filesOf(messages: Pick<Message, 'attachments'>[]): Attachment[] {
  const files = messages.flatMap(({ attachments = [] }) => attachments);
  const last = new Map(files.map(({ id }, index) => [id, index]));
  return files.filter(({ id }, index) => last.get(id) === index);
}

/** A message's place in its conversation, `sentAt#id`: sorts by time and is unique. */
export type MessageKey = string;

export function messageKeyOf(message: { sentAt: string; id: string }): MessageKey {
  return `${message.sentAt}#${message.id}`;
}

/** The reply to the last of `covers`: it takes that message's time and sorts right after it. */
export function replyPlaceOf(covers: readonly MessageKey[]): { sentAt: string; id: string } {
  const last = [...covers].sort().at(-1);
  if (last === undefined) throw new RangeError('a reply must cover at least one message');
  const hash = last.indexOf('#');
  return { sentAt: last.slice(0, hash), id: `${last.slice(hash + 1)}~reply` };
}

/** The most a message may hold, in bytes of UTF-8: about 50,000 words. */
export const MAX_MESSAGE_BYTES = 262_144;

/** Edited: a turn answers it, or will; or none does, and the next one reads it. Or it stays as it was. */
export type EditOutcome = 'waiting' | 'beside' | 'left';

export interface MessageRepository {
  /** Oldest first. */
  listMessages(conversationId: string, page?: PageRequest): Promise<Page<Message>>;
  /**
   * Stores what does not wait for an answer: earlier messages, messages that do not address the bot. Authors who are
   * named with their user find the conversation among theirs from then on.
   */
  putMessages(messages: Message[], participants?: Participants): Promise<void>;
  /** The whole text of messages whose beginning only was read. */
  readWhole(messages: StoredMessage[]): Promise<Message[]>;
  deleteMessage(conversationId: string, key: MessageKey): Promise<boolean>;
  /** Only while no reply covers it. */
  editUnanswered(conversationId: string, key: MessageKey, text: string): Promise<EditOutcome>;
  /** The oldest `limit` messages after `after` (or from the beginning) and before `before`, of long ones the beginning. */
  readBetween(
    conversationId: string,
    after: MessageKey | undefined,
    before: MessageKey,
    limit: number,
  ): Promise<StoredMessage[]>;
}
