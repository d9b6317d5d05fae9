/** A ticket: what the bot drafts, a person reviews, and a tracker files. */
import type { CloseReason } from './issue-event.ts';
import type { Author } from './message.ts';
import { digestOf } from './thread.ts';
import type { TicketField, TicketFields } from './ticket-fields.ts';
import type { AccessRef } from './tracker-access.ts';

export const TICKET_STATUSES = ['draft', 'publishing', 'published', 'discarded'] as const;

export type TicketStatus = (typeof TICKET_STATUSES)[number];

/** Where a ticket came from. Requester and reporter are recorded here once, not in the text. */
export interface TicketOrigin {
  requester: Author;
  /** A link to the thread that people can follow, where the platform has one. */
  permalink?: string;
  turnId: string;
}

/** Who approved what: the record behind a publication. */
export interface Approval {
  by: Author;
  at: string;
  revision: number;
  /** SHA-256 of the approved fields. */
  digest: string;
  /** `tracker:project`, as decided at the approval: a later change of defaults does not move it. */
  project: string;
  /** Whose stored access files it, so that the same one looks for it after a crash; absent: the environment's. */
  access?: AccessRef;
  /** The tracker's address then: what is approved for one server is filed at no other. */
  server?: string;
  /** The number of the issue it is added to as a comment, where no new one is to be filed. */
  addTo?: string;
}

/** An issue that was there before. */
export interface IssueRef {
  project: string;
  number: string;
  url: string;
}

/** Where an issue was filed. */
export interface FiledIssue {
  tracker: string;
  /** The server, and the project's own id there: these outlive a renamed project. */
  host: string;
  projectId: string;
  project: string;
  /** The number people use: GitHub's `number`, GitLab's `iid`. */
  number: string;
  /** `tracker:project#number`. */
  externalId: string;
  externalUrl: string;
  filedAt: string;
  /** What became of it; absent: as it was filed. */
  latest?: IssueState;
}

/** An issue as the tracker last told. */
export interface IssueState {
  state: 'open' | 'closed' | 'deleted';
  /** Why it was closed. */
  reason?: CloseReason;
  title: string;
  /** Of the issue: ISO 8601. What is older is not written over it. */
  updatedAt: string;
}

/** The right to publish a ticket now: a lease, like a turn's claim. */
export interface PublishClaim {
  token: string;
  /** Milliseconds since the epoch; refreshed while publishing, free to take once past. */
  expiresAt: number;
  /** When the first attempt began: an issue older than this is not ours. ISO 8601. */
  since: string;
  attempt: number;
  /** How many attempts in a row, this one included, nobody saw end; absent while it waits. */
  silent?: number;
  /** Why it waits until `expiresAt`, for people: the tracker's own reason. */
  waits?: string;
}

/** A try to file it that nobody saw end: before anything is created, it is looked for there. */
export type UnsettledTry = Pick<Approval, 'project' | 'access' | 'server' | 'addTo' | 'digest'> & {
  since: string;
};

interface TicketRecord extends TicketFields {
  id: string;
  conversationId: string;
  /** 1, 2, 3… within its conversation: what people call it. */
  ordinal: number;
  /** Grows with every change; every write names the one it saw. */
  revision: number;
  origin: TicketOrigin;
  /** Fields a person changed by hand: a revision by the model leaves them alone unless asked. */
  editedFields: TicketField[];
  /** The card's id on the platform, once shown. */
  cardId?: string;
  /** Tries that were given up, of which nobody knows what they left at the tracker. */
  unsettled?: UnsettledTry[];
  createdAt: string;
  updatedAt: string;
}

/** `draft → publishing → published | draft` (refused or given up, with the reason), or `discarded`. */
export type Ticket = TicketRecord &
  (
    | { status: 'draft'; refusal?: string }
    | { status: 'publishing'; approval: Approval; claim: PublishClaim }
    | { status: 'published'; approval: Approval; issue: FiledIssue }
    | { status: 'discarded'; addedTo?: IssueRef }
  );

/** A ticket in short, as the thread's state carries it. */
export interface DraftSummary {
  ticketId: string;
  ordinal: number;
  revision: number;
  status: TicketStatus;
  /** Cut to 40 bytes of UTF-8: enough to tell drafts apart, small enough for twenty in 2 KB. */
  title: string;
}

/** The same turn drafting the same n-th ticket again, after a crash, makes the same id. */
export function ticketIdOf(turnId: string, index: number): string {
  return digestOf([turnId, String(index)]).slice(0, 16);
}
