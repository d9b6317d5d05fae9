/**
 * Keeps the cards in the thread in step with their tickets. The card is only a view: a new ticket
 * carries a pending marker until its card is shown, so that a dead process's cards are found.
 * What there is to know about a draft is looked up once it is shown, and the card updated.
 */
import type { Advice, NewName } from './advice.ts';
import { waitingOf } from './approval.ts';
import type { ThreadState } from './conversation.ts';
import type { Log } from './log.ts';
import type { ChatPlatform } from './platform.ts';
import type { Repositories } from './repositories.ts';
import type { Ticket } from './ticket.ts';

export interface Cards {
  /**
   * Brings the card in step with the ticket as the table has it at that moment: what was read before
   * may be older than what somebody else has shown since. A failure is logged, not thrown: the ticket
   * is what counts. False when it failed.
   */
  show(thread: ThreadState, ticketId: string, options?: ShowOptions): Promise<boolean>;
  /**
   * A project's labels or milestones changed: what is known of the drafts that go there is looked up
   * again when they are shown next, and until then `made` is no unknown name any more.
   */
  renewAdvice(project: string, made?: NewName): void;
  /** Nothing more is looked up. */
  close(): void;
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
  /** Never rejects. */
  adviseOn(thread: ThreadState, ticket: Ticket, signal: AbortSignal): Promise<Advice>;
  /** How many approved before this one are still being filed. */
  aheadOf(ticketId: string): number;
  tickets: Pick<Repositories['tickets'], 'getTicket' | 'recordCard'>;
  log: Log;
}

/** What was found about a draft is looked up again after this time, in milliseconds. */
const ADVICE_MS = 300_000;
const MAX_ADVICE = 1_000;

export function createCards(options: CardsOptions): Cards {
  const { platformOf, projectOf, tickets, log } = options;
  const queues = new Map<string, Promise<boolean>>();
  const closing = new AbortController();
  const shelf = createAdviceShelf(options, closing.signal);

  async function showNow(
    thread: ThreadState,
    ticketId: string,
    { resumed = false, added = [] }: ShowOptions,
  ): Promise<boolean> {
    try {
      const ticket = await tickets.getTicket(thread.conversationId, ticketId);
      if (!ticket) return true;
      const project = await projectOf(thread, ticket);
      const openDrafts = countOpen(thread, [
        ...added,
        ...(ticket.status === 'draft' ? [ticket] : []),
      ]);
      const advice = shelf.adviceOf(
        thread,
        ticket,
        project,
        () => void show(thread, ticketId, { added }),
      );
      const waiting = waitingOf(ticket, options.aheadOf(ticketId));
      const card = { thread: thread.thread, ticket, project, resumed, openDrafts, ...advice };
      const cardId = await platformOf(thread).showCard({ ...card, ...(waiting && { waiting }) });
      if (ticket.cardId !== cardId) await tickets.recordCard(ticket, cardId);
      return true;
    } catch (error) {
      log.warn('card-not-shown', { ticketId }, error);
      return false;
    }
  }

  /** One after the other for each ticket, so that an older state never lands on a newer one. */
  function show(
    thread: ThreadState,
    ticketId: string,
    options: ShowOptions = {},
  ): Promise<boolean> {
    const before = queues.get(ticketId) ?? Promise.resolve(true);
    const shown = before.then(() => showNow(thread, ticketId, options));
    queues.set(ticketId, shown);
    return shown.finally(() => {
      if (queues.get(ticketId) === shown) queues.delete(ticketId);
    });
  }

  return { show, renewAdvice: shelf.renew, close: () => closing.abort() };
}

interface KeptAdvice {
  advice: Advice;
  project: string | undefined;
  /** Of `performance.now()`. */
  until: number;
}

/** What was found about each revision of a draft, and the looking up of what was not. */
function createAdviceShelf({ adviseOn }: CardsOptions, signal: AbortSignal) {
  const shelf = new Map<string, KeptAdvice>();

  function keep(key: string, advice: Advice, project: string | undefined): KeptAdvice {
    const kept = { advice, project, until: performance.now() + ADVICE_MS };
    shelf.set(key, kept);
    const oldest = shelf.keys().next().value;
    if (shelf.size > MAX_ADVICE && oldest !== undefined) shelf.delete(oldest);
    return kept;
  }

  function renew(project: string, made?: NewName): void {
    for (const [key, kept] of shelf) {
      if (kept.project !== project) continue;
      shelf.set(key, { project, advice: without(kept.advice, made), until: 0 });
    }
  }

  /** What is known now; calls back once there is something else to say. */
  function adviceOf(
    thread: ThreadState,
    ticket: Ticket,
    project: string | undefined,
    onNews: () => void,
  ): Advice {
    if (ticket.status !== 'draft' || signal.aborted) return {};
    const key = JSON.stringify([ticket.id, ticket.revision, project]);
    const kept = shelf.get(key);
    const before = kept?.advice ?? {};
    if (kept && kept.until > performance.now()) return before;
    const asked = keep(key, before, project);
    void adviseOn(thread, ticket, signal).then((advice) => {
      // What was asked before a change of the project is not told after it.
      if (signal.aborted || shelf.get(key) !== asked) return;
      keep(key, advice, project);
      if (JSON.stringify(advice) !== JSON.stringify(before)) onNews();
    });
    return before;
  }

  return { adviceOf, renew };
}

function without({ unknown = [], ...advice }: Advice, made: NewName | undefined): Advice {
  const left = unknown.filter(({ field, name }) => field !== made?.field || name !== made.name);
  return left.length > 0 ? { ...advice, unknown: left } : advice;
}

/** As far as is known without asking: a card that counts one too many offers too much at worst. */
function countOpen({ drafts }: ThreadState, added: Pick<Ticket, 'id'>[]): number {
  const open = drafts.filter(({ status }) => status === 'draft').map(({ ticketId }) => ticketId);
  return new Set([...open, ...added.map(({ id }) => id)]).size;
}
