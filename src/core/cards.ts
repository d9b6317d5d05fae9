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
   * Posts or updates the card. A failure is logged, not thrown: the ticket is what counts. `resumed`
   * says that a card may be there although the ticket does not name it: it is looked for first.
   */
  show(thread: ThreadState, ticket: Ticket, options?: { resumed?: boolean }): Promise<void>;
}

export interface CardsOptions {
  platformOf(thread: ThreadState): ChatPlatform;
  /** Where this ticket would be filed, defaults included. */
  projectOf(thread: ThreadState, ticket: Ticket): Promise<string | undefined>;
  tickets: Pick<Repositories['tickets'], 'recordCard'>;
  log: Log;
}

export function createCards({ platformOf, projectOf, tickets, log }: CardsOptions): Cards {
  async function show(thread: ThreadState, ticket: Ticket, { resumed = false } = {}) {
    try {
      const project = await projectOf(thread, ticket);
      const card = { thread: thread.thread, ticket, project, resumed };
      const cardId = await platformOf(thread).showCard(card);
      if (ticket.cardId !== cardId) await tickets.recordCard(ticket, cardId);
    } catch (error) {
      log.warn('card-not-shown', { ticketId: ticket.id }, error);
    }
  }
  return { show };
}
