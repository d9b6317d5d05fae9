/** Tickets as they are stored: every change is conditional on what its caller saw. */
import type { ConversationKey } from './conversation.ts';
import type { IssueSnapshot } from './issue-event.ts';
import type { Page, PageRequest } from './page.ts';
import type {
  Approval,
  FiledIssue,
  IssueRef,
  IssueState,
  PublishClaim,
  Ticket,
  TicketStatus,
  UnsettledTry,
} from './ticket.ts';
import type { TicketField, TicketFields } from './ticket-fields.ts';

export type SaveOutcome =
  | { kind: 'saved'; ticket: Ticket }
  /** Somebody was faster, or its state does not allow it any more: this is how it stands. */
  | { kind: 'outdated'; ticket: Ticket }
  | { kind: 'missing' };

export interface TicketRepository {
  getTicket(conversationId: string, ticketId: string): Promise<Ticket | undefined>;
  getTickets(conversationId: string, ticketIds: string[]): Promise<Ticket[]>;
  listTickets(
    conversationId: string,
    page?: PageRequest & { status?: TicketStatus },
  ): Promise<Page<Ticket>>;
  /** Of a person's conversations, whichever; in no order. A page is full as long as there are more. */
  listOpenDrafts(userId: string, page?: PageRequest): Promise<Page<Ticket>>;
  /** A person's edit: the revision grows, the fields count as edited by hand. Only a draft of `revision`. */
  editTicket(
    ticket: Ticket,
    fields: TicketFields,
    edited: TicketField[],
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  discardTicket(ticket: Ticket, owner: ConversationKey): Promise<SaveOutcome>;
  /** `draft` of this revision becomes `publishing`; only one caller can win. */
  claimPublishing(ticket: Ticket, approval: Approval, claim: PublishClaim): Promise<SaveOutcome>;
  /** Renews, or takes over, the claim with token `held`. */
  renewPublishing(ticket: Ticket, held: string, claim: PublishClaim): Promise<boolean>;
  recordPublished(
    ticket: Ticket,
    claim: PublishClaim,
    issue: FiledIssue,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  /** It became a comment on an issue that was there: the ticket is discarded, and says where to. */
  recordAdded(
    ticket: Ticket,
    claim: PublishClaim,
    to: IssueRef,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  /** A draft again. `unsettled`: after which tries it has to be looked for before it is filed. */
  recordRefused(
    ticket: Ticket,
    claim: PublishClaim,
    reason: string,
    unsettled?: UnsettledTry[],
  ): Promise<SaveOutcome>;
  /**
   * What became of a filed ticket's issue. `unchanged` when it stands so already, or was told of
   * something later. Two requests.
   */
  recordIssueState(
    conversationId: string,
    ticketId: string,
    state: IssueState,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The issue was moved to another project: the ticket follows it there. Two requests. */
  moveIssue(
    conversationId: string,
    ticketId: string,
    to: Omit<IssueSnapshot, 'updatedAt'>,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The card is in the thread: nobody else needs to post it. */
  recordCard(ticket: Ticket, cardId: string): Promise<void>;
}
