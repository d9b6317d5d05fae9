/** The table of turns as the core sees it: binding a thread, claiming its turn, closing it. */
import type {
  ConversationKey,
  Tail,
  ThreadSettings,
  ThreadState,
  TurnClaim,
} from './conversation.ts';
import type { ErrandRef } from './errand.ts';
import type { Message, MessageKey } from './message.ts';
import type { StartPlace, ThreadStart } from './start.ts';
import type { Place, ThreadRef } from './thread.ts';
import type { Ticket } from './ticket.ts';

export interface BindThread {
  owner: ConversationKey;
  thread: ThreadRef;
  place: Place;
  title: string;
  message: Message;
  claim: TurnClaim;
  /** The platform's earlier messages are to be read before the first turn. */
  historyPending: boolean;
  settings?: ThreadSettings;
  /** The start this thread was opened for, and the token of its claim: it ends with the binding. */
  ends?: { start: ThreadStart; token: string };
}

export interface OpenTurn {
  message: Message;
  claim: TurnClaim;
  /** When the tail query that runs beside was sent (milliseconds since the epoch); absent: the tail is read after. */
  tailSentAt?: number;
  /** The lapsed claim that is being taken over. */
  replaces?: TurnClaim;
}

export type OpenOutcome =
  | { kind: 'opened' }
  /** Stored before; whether it is answered, `get` tells. */
  | { kind: 'duplicate' }
  /** Another turn runs: join it. */
  | { kind: 'held' }
  /** The claim's owner is dead: take it over, naming it. */
  | { kind: 'lapsed'; claim: TurnClaim }
  /** The tail that was read beside may be too old: open again without it and read after. */
  | { kind: 'read-after' }
  | { kind: 'unbound' }
  | { kind: 'deleting' };

export type JoinOutcome = { kind: 'joined' } | { kind: 'duplicate' } | { kind: 'open-again' };

export interface CloseTurn {
  thread: ThreadState;
  claim: TurnClaim;
  reply: Message;
  /** The messages the reply answers; the claim ends only if nothing else waits. */
  covers: MessageKey[];
  newTickets: Ticket[];
  /** Already with their new revision; each is written only over the revision before it. */
  changedTickets: Ticket[];
  /** Switched by the turn itself ("let's just discuss"). */
  settings?: ThreadSettings;
  /** People who spoke here for the first time, other than the owner. */
  newParticipants: string[];
  /** Keep the claim, under this new one, and leave the other messages waiting. */
  continueAs?: TurnClaim;
  endedAt: number;
}

export type CloseOutcome =
  | { kind: 'closed' }
  /** Others came meanwhile: close again with `continueAs`. */
  | { kind: 'more-waiting' }
  /** The claim is somebody else's now: fall silent. */
  | { kind: 'lost' }
  /** A person was faster: drop these changes and close again. */
  | { kind: 'outdated'; ticketIds: string[] };

/** Something a dead process may have left, found by its pending marker. */
export type PendingWork =
  | { kind: 'thread'; conversationId: string; claimedAt: number }
  | { kind: 'ticket'; conversationId: string; ticketId: string; claimedAt: number }
  | ({ kind: 'start'; claimedAt: number } & StartPlace)
  | ({ kind: 'errand'; claimedAt: number } & ErrandRef)
  /** A user whose deletion began. */
  | { kind: 'user'; userId: string; claimedAt: number };

export interface ThreadRepository {
  get(conversationId: string): Promise<ThreadState | undefined>;
  /** Newest `limit` messages with the state; more than one request only past 1 MB. */
  readTail(conversationId: string, limit: number): Promise<Tail | undefined>;
  bind(input: BindThread): Promise<OpenOutcome>;
  open(input: OpenTurn): Promise<OpenOutcome>;
  join(message: Message): Promise<JoinOutcome>;
  /** Takes a lapsed claim (or none, while something waits) without a new message. */
  takeClaim(conversationId: string, claim: TurnClaim, replaces?: TurnClaim): Promise<boolean>;
  /** False when the claim is somebody else's now. */
  renewClaim(conversationId: string, claim: TurnClaim): Promise<boolean>;
  recordReply(conversationId: string, claim: TurnClaim, replyId: string): Promise<boolean>;
  /** Ends a claim with nothing to answer (everything waiting was deleted). False when something waits. */
  release(conversationId: string, claim: TurnClaim, endedAt: number): Promise<boolean>;
  close(input: CloseTurn): Promise<CloseOutcome>;
  /** What `settings` names is set, or dropped where it is undefined; the rest stays as others have it. */
  saveSettings(conversationId: string, settings: ThreadSettings): Promise<boolean>;
  markHistoryRead(conversationId: string): Promise<void>;
  /** One shard, oldest first; an eventually consistent read of the index. */
  listPending(shard: number): Promise<PendingWork[]>;
}

/**
 * Every process asks for each of them every few seconds, so they are few. One takes 1,000 write units a second,
 * DynamoDB's limit for a partition: those of some 150 turns.
 */
export const PENDING_SHARDS = 4;
/** What a process of an earlier version left lies in any of these. */
export const EARLIER_PENDING_SHARDS = 16;
