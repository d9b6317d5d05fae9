/**
 * Keeps the cards in the thread in step with their tickets. The card is only a view: a new ticket
 * carries a pending marker until its card is shown, so that a dead process's cards are found.
 */
import type { ThreadState } from './conversation.ts';
import type { Log } from './log.ts';
import type { ChatPlatform } from './platform.ts';
import type { Repositories } from './repositories.ts';
import type { Ticket } from './ticket.ts';

export interface Cards {
  /**
   * Brings the card in step with the ticket as the table has it at that moment: what was read before
   * may be older than what somebody else has shown since. A failure is logged, not thrown: the ticket
   * is what counts.
   */
  show(thread: ThreadState, ticketId: string, options?: ShowOptions): Promise<void>;
}

export interface ShowOptions {
  /** A card may be there although the ticket does not name it. */
  resumed?: boolean;
  /** Tickets drafted since the thread was read: they are open too. */
  added?: Pick<Ticket, 'id'>[];
}

export interface CardsOptions {
  platformOf(thread: ThreadState): ChatPlatform;
  /** Where this ticket would be filed, defaults included. */
  projectOf(thread: ThreadState, ticket: Ticket): Promise<string | undefined>;
  tickets: Pick<Repositories['tickets'], 'getTicket' | 'recordCard'>;
  log: Log;
}

export function createCards({ platformOf, projectOf, tickets, log }: CardsOptions): Cards {
  const queues = new Map<string, Promise<void>>();

  async function showNow(
    thread: ThreadState,
    ticketId: string,
    { resumed = false, added = [] }: ShowOptions,
  ): Promise<void> {
    try {
      const ticket = await tickets.getTicket(thread.conversationId, ticketId);
      if (!ticket) return;
      const project = await projectOf(thread, ticket);
      const openDrafts = countOpen(thread, [
        ...added,
        ...(ticket.status === 'draft' ? [ticket] : []),
      ]);
      const card = { thread: thread.thread, ticket, project, resumed, openDrafts };
      const cardId = await platformOf(thread).showCard(card);
      if (ticket.cardId !== cardId) await tickets.recordCard(ticket, cardId);
    } catch (error) {
      log.warn('card-not-shown', { ticketId }, error);
    }
  }

  /** One after the other for each ticket, so that an older state never lands on a newer one. */
  function show(thread: ThreadState, ticketId: string, options: ShowOptions = {}): Promise<void> {
    const before = queues.get(ticketId) ?? Promise.resolve();
    const shown = before.then(() => showNow(thread, ticketId, options));
    queues.set(ticketId, shown);
    return shown.finally(() => {
      if (queues.get(ticketId) === shown) queues.delete(ticketId);
    });
  }

  return { show };
}

/** As far as is known without asking: a card that counts one too many offers too much at worst. */
function countOpen({ drafts }: ThreadState, added: Pick<Ticket, 'id'>[]): number {
  const open = drafts.filter(({ status }) => status === 'draft').map(({ ticketId }) => ticketId);
  return new Set([...open, ...added.map(({ id }) => id)]).size;
}
