/** Our record of one dialogue, and the small state its thread carries between turns. */
import type { IssueAddress } from './issue-event.ts';
import type { Message, MessageKey } from './message.ts';
import type { Mode } from './settings.ts';
import type { Place, ThreadRef } from './thread.ts';
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

/** The first line of what was said first, until somebody renames the conversation. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() || 'Conversation';
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
}

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
  /** Somebody linked this thread to it. */
  issue?: LinkedIssue;
  /** The platform's earlier messages are still to be read. */
  historyPending: boolean;
  /** Being deleted: nothing opens any more. */
  deleting: boolean;
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
