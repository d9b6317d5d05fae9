/** One way to write a ticket over the version that was seen, with what must change along with it. */
import type { PublishClaim, Ticket, UnsettledTry } from '../core/ticket.ts';
import { ticketDigestOf } from '../core/ticket-fields.ts';
import type { SaveOutcome } from '../core/ticket-repository.ts';
import type { Table } from './client.ts';
import { threadKey } from './keys.ts';
import { type Action, type Item, transact, type Write, write } from './requests.ts';
import { toDraftText } from './thread-item.ts';
import { ALIVE } from './thread-open.ts';
import { fromTicketItem, type MarkerChange, toTicketChange } from './ticket-item.ts';

export interface TicketSave {
  /** As it is to stand. */
  next: Ticket;
  /** What must be stored now: a draft of this revision, or a publication under this claim. */
  over: { draft: number } | { claim: PublishClaim };
  marker: MarkerChange;
  /** What becomes of the ticket's line in the thread's state. */
  line?: 'write' | 'remove';
  others?: Action[];
  /** Recorded beside it; absent: as it was. */
  unsettled?: UnsettledTry[];
}

/** One request; a transaction where more than the ticket changes, and a second one where the thread has no line for it. */
export async function saveTicket(table: Table, save: TicketSave): Promise<SaveOutcome> {
  const { next, line, others = [] } = save;
  const ticket = writeTicket(save);
  if (!line && others.length === 0) {
    const outcome = await write(table, ticket);
    if (!outcome.ok) return judge(next, outcome.item);
    return { kind: 'saved', ticket: outcome.item ? fromTicketItem(outcome.item) : next };
  }
  const thread = line ? [changeLine(next, line)] : [];
  const outcome = await transact(table, [ticket, ...thread, ...others]);
  if (outcome.ok) return { kind: 'saved', ticket: next };
  const [reason] = outcome.reasons;
  if (reason?.code === 'ConditionalCheckFailed') return judge(next, reason.item);
  const { line: _, ...withoutThread } = save;
  return saveTicket(table, withoutThread);
}

function writeTicket({ next, over, marker, unsettled }: TicketSave): Write {
  const change = toTicketChange(next, marker, unsettled);
  if ('draft' in over) {
    return {
      ...change,
      condition: '#revision = :seen AND #status = :over',
      values: { ...change.values, ':seen': over.draft, ':over': 'draft' },
    };
  }
  return {
    ...change,
    condition: '#status = :over AND #claim.#token = :token',
    names: { ...change.names, '#claim': 'claim', '#token': 'token' },
    values: { ...change.values, ':over': 'publishing', ':token': over.claim.token },
  };
}

/** Of many open drafts the thread carries only the newest: an older one gets no line again by an edit. */
function changeLine(ticket: Ticket, line: 'write' | 'remove'): Action {
  const names = { '#id': ticket.id };
  const update = threadKey(ticket.conversationId);
  if (line === 'remove') return { update, change: 'REMOVE drafts.#id', condition: ALIVE, names };
  return {
    update,
    change: 'SET drafts.#id = :draft',
    condition: `${ALIVE} AND attribute_exists(drafts.#id)`,
    names,
    values: { ':draft': toDraftText(ticket) },
  };
}

/** A failed condition is our own success when the stored ticket is what we wrote: the answer was lost. */
function judge(next: Ticket, item: Item | undefined): SaveOutcome {
  if (!item) return { kind: 'missing' };
  const ticket = fromTicketItem(item);
  const ours = ticket.revision === next.revision && standsAs(ticket, next);
  return { kind: ours ? 'saved' : 'outdated', ticket };
}

function standsAs(found: Ticket, next: Ticket): boolean {
  if (found.status === 'draft' && next.status === 'draft') {
    return ticketDigestOf(found) === ticketDigestOf(next) && found.refusal === next.refusal;
  }
  if (found.status === 'publishing' && next.status === 'publishing') {
    return found.claim.token === next.claim.token;
  }
  if (found.status === 'published' && next.status === 'published') {
    return found.issue.externalId === next.issue.externalId;
  }
  if (found.status !== 'discarded' || next.status !== 'discarded') return false;
  return found.addedTo?.url === next.addedTo?.url;
}
