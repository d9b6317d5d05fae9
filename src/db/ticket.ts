/** Tickets under their conversation: drafted by turns, edited and approved by people, published once. */
import type { ConversationKey } from '../core/conversation.ts';
import type { IssueSnapshot } from '../core/issue-event.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type {
  Approval,
  FiledIssue,
  IssueRef,
  IssueState,
  PublishClaim,
  Ticket,
  TicketStatus,
  UnsettledTry,
} from '../core/ticket.ts';
import { fieldsOf, type TicketField, type TicketFields } from '../core/ticket-fields.ts';
import type { SaveOutcome, TicketRepository as TicketPort } from '../core/ticket-repository.ts';
import type { Table } from './client.ts';
import { defaultTable } from './index.ts';
import {
  conversationPartition,
  DRAFT_RANGE,
  draftKey,
  issueKey,
  TICKET_RANGE,
  ticketKey,
  userPartition,
} from './keys.ts';
import { decodeCursor, encodeCursor, limitOf, listPage } from './page.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { batchGet, getItem, queryAll, queryPages, write } from './requests.ts';
import { moveIssue, recordIssueState } from './ticket-issue.ts';
import { fromTicketItem, toTicketItem } from './ticket-item.ts';
import { saveTicket } from './ticket-save.ts';

/**
 * `revision` grows when a ticket is changed or discarded. Publishing leaves it alone: what is filed is
 * the revision that was approved, and a refusal brings that one back.
 */
export class TicketRepository implements TicketPort {
  readonly #given: Table | undefined;

  /** Without a table: the one the environment names, opened at the first request. */
  constructor(table?: Table) {
    this.#given = table;
  }

  get #table(): Table {
    return this.#given ?? defaultTable();
  }

  /** For tickets that no turn drafted. False when there is one of this id. */
  async createTicket(ticket: Ticket): Promise<boolean> {
    const put = toTicketItem(ticket);
    return (await write(this.#table, { put, condition: 'attribute_not_exists(PK)' })).ok;
  }

  async getTicket(conversationId: string, ticketId: string): Promise<Ticket | undefined> {
    const item = await getItem(this.#table, ticketKey(conversationId, ticketId));
    return item && fromTicketItem(item);
  }

  /** By ordinal; missing ones are left out. One request for each 100. */
  async getTickets(conversationId: string, ticketIds: string[]): Promise<Ticket[]> {
    const keys = [...new Set(ticketIds)].map((id) => ticketKey(conversationId, id));
    const items = await batchGet(this.#table, keys);
    return items.map(fromTicketItem).sort(byOrdinal);
  }

  /** All of a conversation, by ordinal. More than one request past 1 MB. */
  async getConversationTickets(conversationId: string): Promise<Ticket[]> {
    const partition = conversationPartition(conversationId);
    const items = await queryAll(this.#table, { partition, range: TICKET_RANGE });
    return items.map(fromTicketItem).sort(byOrdinal);
  }

  /**
   * In the order of the keys. The status is not in the key, which must never change, and has no index
   * of its own, because a conversation has few tickets: with a status the range is read and what does
   * not match is passed over, so that a page is full as long as more match.
   */
  async listTickets(
    conversationId: string,
    { status, ...page }: PageRequest & { status?: TicketStatus } = {},
  ): Promise<Page<Ticket>> {
    const limit = limitOf(page);
    const partition = conversationPartition(conversationId);
    const after = page.cursor !== undefined && {
      after: { PK: partition, SK: decodeCursor(page.cursor, TICKET_RANGE) },
    };
    const bound = status === undefined && { limit: limit + 1 };
    const found: Ticket[] = [];
    const query = { partition, range: TICKET_RANGE, ...after, ...bound };
    for await (const items of queryPages(this.#table, query)) {
      const tickets = items.map(fromTicketItem);
      found.push(...tickets.filter((ticket) => status === undefined || ticket.status === status));
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    const last = items.at(-1);
    if (found.length <= limit || !last) return { items };
    return { items, cursor: encodeCursor(ticketKey(conversationId, last.id).SK) };
  }

  /**
   * Two requests: the person's list of open drafts, and the tickets it names. Two more for each time that
   * some of them turn out to be on their way to the tracker.
   */
  async listOpenDrafts(userId: string, request: PageRequest = {}): Promise<Page<Ticket>> {
    const limit = limitOf(request);
    const listing = { partition: userPartition(userId), range: DRAFT_RANGE };
    const items: Ticket[] = [];
    let { cursor } = request;
    do {
      const rest = { limit: limit - items.length, ...(cursor !== undefined && { cursor }) };
      const rows = await listPage(this.#table, listing, rest);
      const keys = rows.items.map(({ SK, conversationId }) =>
        ticketKey(String(conversationId), String(SK).slice(DRAFT_RANGE.from.length)),
      );
      const tickets = (await batchGet(this.#table, keys)).map(fromTicketItem);
      items.push(...tickets.filter(({ status }) => status === 'draft'));
      cursor = rows.cursor;
    } while (cursor !== undefined && items.length < limit);
    return { items, ...(cursor !== undefined && { cursor }) };
  }

  /** One transaction with the ticket's line in the thread's state. */
  editTicket(
    ticket: Ticket,
    fields: TicketFields,
    edited: TicketField[],
    _owner?: ConversationKey,
  ): Promise<SaveOutcome> {
    const next: Ticket = {
      ...recordOf(ticket),
      ...fields,
      editedFields: [...new Set([...ticket.editedFields, ...edited])],
      revision: ticket.revision + 1,
      status: 'draft',
    };
    const over = { draft: ticket.revision };
    return saveTicket(this.#table, { next, over, marker: 'keep', line: 'write' });
  }

  /** One transaction with the thread's state and the owner's list of drafts. */
  discardTicket(ticket: Ticket, owner: ConversationKey): Promise<SaveOutcome> {
    const revision = ticket.revision + 1;
    return saveTicket(this.#table, {
      next: { ...recordOf(ticket), ...fieldsOf(ticket), revision, status: 'discarded' },
      over: { draft: ticket.revision },
      marker: 'remove',
      line: 'remove',
      others: [{ delete: draftKey(owner.userId, ticket.id) }],
    });
  }

  /** One conditional update with the pending marker: of all who try, one wins. */
  claimPublishing(ticket: Ticket, approval: Approval, claim: PublishClaim): Promise<SaveOutcome> {
    const record = { ...recordOf(ticket), ...fieldsOf(ticket) };
    return saveTicket(this.#table, {
      next: { ...record, status: 'publishing', approval, claim },
      over: { draft: ticket.revision },
      marker: pendingIndexKey(ticket.conversationId, Date.parse(claim.since)),
    });
  }

  /** One conditional update. A claim that was renewed since `ticket` was read is not taken over. */
  async renewPublishing(ticket: Ticket, held: string, claim: PublishClaim): Promise<boolean> {
    const seen = ticket.status === 'publishing' && claim.token !== held && ticket.claim;
    const outcome = await write(this.#table, {
      update: ticketKey(ticket.conversationId, ticket.id),
      change: 'SET #claim = :claim',
      condition:
        '#status = :publishing AND #claim.#token = :held' +
        (seen ? ' AND #claim.expiresAt <= :lapsed' : ''),
      names: { '#status': 'status', '#claim': 'claim', '#token': 'token' },
      values: {
        ':claim': claim,
        ':publishing': 'publishing',
        ':held': held,
        ...(seen && { ':lapsed': seen.expiresAt }),
      },
    });
    if (outcome.ok || !outcome.item) return outcome.ok;
    const found = fromTicketItem(outcome.item);
    return found.status === 'publishing' && found.claim.token === claim.token;
  }

  /** One transaction: the ticket, the way back from its issue, and no open draft any more. */
  async recordPublished(
    ticket: Ticket,
    claim: PublishClaim,
    issue: FiledIssue,
    owner: ConversationKey,
  ): Promise<SaveOutcome> {
    if (ticket.status !== 'publishing') return this.#outdated(ticket);
    const { approval, conversationId, id } = ticket;
    const record = { ...recordOf(ticket), ...fieldsOf(ticket) };
    return saveTicket(this.#table, {
      next: { ...record, status: 'published', approval, issue },
      over: { claim },
      marker: 'remove',
      line: 'remove',
      others: [
        { delete: draftKey(owner.userId, id) },
        { put: { ...issueKey(issue, conversationId, id), v: 1 } },
      ],
    });
  }

  /** One transaction with the thread's state and the owner's list of drafts. */
  recordAdded(
    ticket: Ticket,
    claim: PublishClaim,
    to: IssueRef,
    owner: ConversationKey,
  ): Promise<SaveOutcome> {
    const record = { ...recordOf(ticket), ...fieldsOf(ticket) };
    const revision = ticket.revision + 1;
    return saveTicket(this.#table, {
      next: { ...record, revision, status: 'discarded', addedTo: to },
      over: { claim },
      marker: 'remove',
      line: 'remove',
      others: [{ delete: draftKey(owner.userId, ticket.id) }],
    });
  }

  /** One conditional update. The marker stays where the card was never shown. */
  recordRefused(
    ticket: Ticket,
    claim: PublishClaim,
    reason: string,
    unsettled: UnsettledTry[] = [],
  ): Promise<SaveOutcome> {
    return saveTicket(this.#table, {
      next: { ...recordOf(ticket), ...fieldsOf(ticket), status: 'draft', refusal: reason },
      over: { claim },
      ...((unsettled.length > 0 || ticket.unsettled) && { unsettled }),
      marker: ticket.cardId === undefined ? 'keep' : 'remove',
    });
  }

  recordIssueState(conversationId: string, ticketId: string, state: IssueState) {
    return recordIssueState(this.#table, conversationId, ticketId, state);
  }

  moveIssue(conversationId: string, ticketId: string, to: Omit<IssueSnapshot, 'updatedAt'>) {
    return moveIssue(this.#table, conversationId, ticketId, to);
  }

  /** One update; two while the ticket is being published, whose marker stays. */
  async recordCard(ticket: Ticket, cardId: string): Promise<void> {
    const record = {
      update: ticketKey(ticket.conversationId, ticket.id),
      names: { '#status': 'status' },
    };
    const shown = await write(this.#table, {
      ...record,
      change: 'SET cardId = :card REMOVE GSI1PK, GSI1SK',
      condition: 'attribute_exists(PK) AND #status <> :publishing',
      values: { ':card': cardId, ':publishing': 'publishing' },
    });
    if (shown.ok || !shown.item) return;
    await write(this.#table, {
      update: record.update,
      change: 'SET cardId = :card',
      condition: 'attribute_exists(PK)',
      values: { ':card': cardId },
    });
  }

  async #outdated({ conversationId, id }: Ticket): Promise<SaveOutcome> {
    const found = await this.getTicket(conversationId, id);
    return found ? { kind: 'outdated', ticket: found } : { kind: 'missing' };
  }
}

const byOrdinal = (one: Ticket, other: Ticket) => one.ordinal - other.ordinal;

/** What belongs to the ticket whatever its fields and state, as of now. */
function recordOf(ticket: Ticket) {
  const { id, conversationId, ordinal, revision, origin, editedFields, createdAt } = ticket;
  const { cardId, unsettled } = ticket;
  const updatedAt = new Date().toISOString();
  return {
    id,
    conversationId,
    ordinal,
    revision,
    origin,
    editedFields,
    createdAt,
    updatedAt,
    ...(cardId !== undefined && { cardId }),
    ...(unsettled && { unsettled }),
  };
}
