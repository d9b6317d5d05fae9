/** Our record of one dialogue, and the small state its thread carries between turns. */

import type { IssueAddress } from './issue-event.ts';
import type { Message, MessageKey } from './message.ts';
import type { Page, PageRequest } from './page.ts';
import type { Mode } from './settings.ts';
import type { ChannelRef, Place, ThreadRef } from './thread.ts';
import type { DraftSummary } from './ticket.ts';

/** A conversation as its owner lists it. Exactly one per thread. */
export interface Conversation {
  id: string;
  userId: string;
  title: string;
  status: 'active' | 'archived';
  thread: ThreadRef;
  place: Place;
  /** Part of its key: never changes. ISO 8601. */
  createdAt: string;
  updatedAt: string;
  /** Present while anybody with the link may read it. */
  shareId?: string;
}

const TITLE_LENGTH = 80;
const LIST_MARK = /^(?:\d{1,2}[.)]|[-*•>]|#{1,6})\s+/;

/** The first line of what was said first, until somebody renames the conversation. */
export function titleOf(text: string): string {
  const first = text.trim().split('\n', 1)[0]?.replace(LIST_MARK, '').trim();
  const line = first || 'Conversation';
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1).toWellFormed()}…` : line;
}

/** Names a conversation's row without a lookup. */
export interface ConversationKey {
  userId: string;
  createdAt: string;
  conversationId: string;
}

/**
 * The right to run the turn now, as a lease. `token` is the fence: whoever takes the claim over
 * brings a new one, and every write of the turn names the token it holds.
 */
export interface TurnClaim {
  token: string;
  /** Stays the same when another process takes the turn over. */
  turnId: string;
  /** 1 for the first start; after the third, the turn is given up with an apology. */
  attempt: number;
  /** Milliseconds since the epoch. */
  claimedAt: number;
  /** Milliseconds since the epoch; free to take once past. */
  expiresAt: number;
  /** The platform's id of the reply already begun. */
  replyId?: string;
}

/** What the thread decides for itself, over channel, user and workspace. */
export interface ThreadSettings {
  mode?: Mode;
  project?: string;
  provider?: string;
  model?: string;
  language?: string;
}

/** An issue that was there before, and that the thread is about. */
export interface LinkedIssue extends IssueAddress {
  /** As the project was called when it was linked. */
  project: string;
  url: string;
  /** Somebody confirmed that what is said in a private place is added there, where everybody reads it. */
  confirmed?: boolean | undefined;
}

/** Milliseconds that two processes' clocks may differ. */
export const CLOCK_SKEW = 2_000;

/** Whether what was read then can hold nothing that was deleted since. */
export const isUpToDate = ({ forgottenAt = 0 }: Pick<ThreadState, 'forgottenAt'>, readAt: number) =>
  forgottenAt < readAt - CLOCK_SKEW;

/** The `THREAD` item: bound if it exists. */
export interface ThreadState {
  conversationId: string;
  owner: ConversationKey;
  thread: ThreadRef;
  place: Place;
  settings: ThreadSettings;
  /** Open drafts in short, by ordinal; the twenty newest. */
  drafts: DraftSummary[];
  /** Tickets ever drafted here: the next ordinal is one more. */
  ticketCount: number;
  claim?: TurnClaim;
  /** Keys of the messages not yet answered, in order. */
  waiting: MessageKey[];
  /** When the last turn ended: milliseconds since the epoch. */
  endedAt?: number;
  /** When something said here was last deleted: milliseconds since the epoch. What was read before may still hold it. */
  forgottenAt?: number;
  /** Somebody linked this thread to it. */
  issue?: LinkedIssue;
  /** The platform's earlier messages are still to be read. */
  historyPending: boolean;
  /** Being deleted: nothing opens any more. */
  deleting: boolean;
  /** Its channel's list has it. What began before there were such lists gets into one when it is next answered. */
  listed: boolean;
}

/** The newest messages of a conversation, read with its state in one query. */
export interface Tail {
  thread: ThreadState;
  /** Oldest first. */
  messages: StoredMessage[];
  /** False when older messages exist. */
  complete: boolean;
}

/** A message as stored: of a long one only the beginning, until its rest is read. */
export type StoredMessage = Message & { cut?: true };

/** The `CONTEXT` item: what fell out of the model's window, in short. */
export interface ConversationContext {
  /** Empty while nothing was folded. */
  summary: string;
  /** Key of the newest message that is part of the summary. */
  foldedUntil?: MessageKey;
  /** Grows with every save; a save over another revision than the one before does nothing. */
  revision: number;
}

export interface ConversationRepository {
  getConversation(key: ConversationKey): Promise<Conversation | undefined>;
  /** By id alone: two requests. */
  findConversation(conversationId: string): Promise<Conversation | undefined>;
  /** Two requests: the index knows where, the row itself, read strongly, whether it is still so. */
  getSharedConversation(shareId: string): Promise<Conversation | undefined>;
  /** Newest first. */
  listConversations(userId: string, page?: PageRequest): Promise<Page<Conversation>>;
  share(key: ConversationKey, shareId: string): Promise<boolean>;
  unshare(key: ConversationKey): Promise<boolean>;
  setStatus(key: ConversationKey, status: Conversation['status']): Promise<boolean>;
  rename(key: ConversationKey, title: string): Promise<boolean>;
  /** Both at once, over what was seen only. False when somebody was faster, or it is gone. */
  change(
    key: ConversationKey,
    seen: Pick<Conversation, 'title' | 'status'>,
    to: Pick<Conversation, 'title' | 'status'>,
  ): Promise<boolean>;
  /** Ids of other people's conversations that this user took part in. */
  listParticipations(userId: string, page?: PageRequest): Promise<Page<string>>;
  /** Ids of those that live in a channel's threads; direct messages are in none. */
  listInChannel(channel: ChannelRef, page?: PageRequest): Promise<Page<string>>;
  /** Archived because its channel was. False when it was archived already. */
  putAway(key: ConversationKey): Promise<boolean>;
  /** Undoes `putAway`; false for what somebody archived. */
  bringBack(key: ConversationKey): Promise<boolean>;
  /** Marks, then deletes everything beneath, page by page; any process can finish it. */
  deleteConversation(key: ConversationKey): Promise<boolean>;
  /** The same, unless somebody wrote in it since it was read; what waits or is answered now counts as well. */
  deleteUntouched(conversation: Conversation): Promise<boolean>;
  /** Goes on with a deletion that a dead process began. */
  finishDeletion(conversationId: string): Promise<void>;
}

export interface ContextRepository {
  readContext(conversationId: string): Promise<ConversationContext | undefined>;
  /**
   * False when another process saved first, the conversation is gone, or something was deleted there since
   * `readAt` (milliseconds since the epoch), when what went into it was read.
   */
  saveContext(
    conversationId: string,
    context: ConversationContext,
    readAt: number,
  ): Promise<boolean>;
}
