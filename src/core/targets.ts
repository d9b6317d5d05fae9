/** From what a person named (`2`, a button's ticket, nothing) to the ticket as it stands. */
import type { TicketTarget } from './action.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import type { Repositories } from './repositories.ts';
import type { Ticket } from './ticket.ts';

/** Throws `ChatError` when nothing or more than one thing can be meant. */
export async function findTarget(
  { tickets }: Pick<Repositories, 'tickets'>,
  thread: ThreadState,
  target: TicketTarget,
): Promise<Ticket> {
  const { conversationId } = thread;
  if ('ticketId' in target) {
    const ticket = await tickets.getTicket(conversationId, target.ticketId);
    if (!ticket) throw new ChatError(DRAFT_GONE);
    return ticket;
  }
  const ordinal = target.ordinal ?? onlyDraft(thread);
  const summary = thread.drafts.find((draft) => draft.ordinal === ordinal);
  const ticket = summary
    ? await tickets.getTicket(conversationId, summary.ticketId)
    : await findByOrdinal(tickets, conversationId, ordinal);
  if (!ticket) throw new ChatError(`There is no ticket ${ordinal} here.${openDraftsOf(thread)}`);
  return ticket;
}

/** Every open draft, by its number: those in the thread's state, and older ones beyond it. */
export async function openDrafts(
  { tickets }: Pick<Repositories, 'tickets'>,
  thread: ThreadState,
): Promise<Ticket[]> {
  const open: Ticket[] = [];
  let cursor: string | undefined;
  do {
    const page = await tickets.listTickets(thread.conversationId, {
      status: 'draft',
      limit: 200,
      ...(cursor && { cursor }),
    });
    open.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  return open.sort((one, other) => one.ordinal - other.ordinal);
}

/** What is said of a draft that was deleted meanwhile. */
export const DRAFT_GONE = 'That draft is not there any more. Say `drafts` for those that are.';

/** What is said where there is nothing to decide on. */
export const NO_DRAFT = 'There is no open draft here. Say what is wrong or wanted, and I draft it.';

function onlyDraft(thread: ThreadState): number {
  const [only, ...others] = thread.drafts;
  if (only && others.length === 0) return only.ordinal;
  if (!only) throw new ChatError(NO_DRAFT);
  throw new ChatError(`Which one?${openDraftsOf(thread)}`);
}

function openDraftsOf({ drafts }: ThreadState): string {
  if (drafts.length === 0) return ' There is no open draft.';
  return ` Open drafts: ${drafts.map(({ ordinal, title }) => `${ordinal} (${title})`).join(', ')}.`;
}

async function findByOrdinal(
  tickets: Repositories['tickets'],
  conversationId: string,
  ordinal: number,
): Promise<Ticket | undefined> {
  let cursor: string | undefined;
  do {
    const page = await tickets.listTickets(conversationId, {
      limit: 200,
      ...(cursor && { cursor }),
    });
    const found = page.items.find((ticket) => ticket.ordinal === ordinal);
    if (found) return found;
    cursor = page.cursor;
  } while (cursor);
  return undefined;
}
