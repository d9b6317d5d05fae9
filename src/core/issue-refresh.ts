/**
 * Where no webhook reaches us, filed issues are looked at when somebody looks at their thread: after an
 * action or a turn there, and from Home. At most once a minute for each conversation, in the
 * background; what changed goes the way of every event.
 */
import { createCache } from './cache.ts';
import type { ThreadState } from './conversation.ts';
import type { IssueEvent } from './issue-event.ts';
import type { Log } from './log.ts';
import type { Repositories } from './repositories.ts';
import type { FiledIssue, Ticket } from './ticket.ts';
import type { IssueSummary } from './tracker.ts';
import type { TrackerAccess } from './tracker-access.ts';

/** At most one look a minute; what nobody looked at for longer costs nothing. */
const EVERY_MS = 60_000;
const MOST_CONVERSATIONS = 10_000;
/** Filed tickets of one conversation that are looked at. */
const MOST_TICKETS = 20;
const ASK_MS = 10_000;

export interface IssueRefreshOptions {
  repositories: Pick<Repositories, 'threads' | 'tickets'>;
  trackerAccess: Pick<TrackerAccess, 'reopen'>;
  receive(event: IssueEvent): Promise<unknown>;
  log: Log;
}

export interface IssueRefresh {
  /** Returns at once. With the thread at hand, one in which nothing was filed costs no request. */
  look(conversationId: string, thread?: ThreadState): void;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
}

export function createIssueRefresh(options: IssueRefreshOptions): IssueRefresh {
  const { repositories, log } = options;
  const looking = new Set<Promise<void>>();
  const looks = createCache(lookAll, EVERY_MS, MOST_CONVERSATIONS);

  async function lookAll(conversationId: string): Promise<void> {
    const thread = await repositories.threads.get(conversationId);
    if (!thread || thread.deleting || thread.ticketCount === 0) return;
    const page = { status: 'published' as const, limit: MOST_TICKETS };
    const { items } = await repositories.tickets.listTickets(conversationId, page);
    for (const ticket of items) await lookAt(options, ticket);
  }

  function look(conversationId: string, thread?: ThreadState): void {
    if (thread && !hasFiled(thread)) return;
    const done = looks
      .get(conversationId, conversationId)
      .catch((error: unknown) => log.warn('issues-not-refreshed', { conversationId }, error))
      .finally(() => looking.delete(done));
    looking.add(done);
  }

  async function idle(): Promise<void> {
    while (looking.size > 0) await Promise.all(looking);
  }

  return { look, idle };
}

/** Open drafts that the thread's state names at most. */
const MOST_DRAFTS = 20;

/** Some ticket is not an open draft any more; beyond twenty open ones the state does not tell. */
const hasFiled = ({ ticketCount, drafts }: ThreadState) =>
  ticketCount > drafts.length && drafts.length < MOST_DRAFTS;

/** An issue that cannot be seen may be gone, or only hidden from us: nothing is said of it. */
async function lookAt(options: IssueRefreshOptions, ticket: Ticket): Promise<void> {
  if (ticket.status !== 'published' || ticket.issue.latest?.state === 'deleted') return;
  const { issue, approval } = ticket;
  const ref = `${issue.tracker}:${issue.project}`;
  try {
    const { tracker, project } = await options.trackerAccess.reopen(ref, approval);
    const signal = AbortSignal.timeout(ASK_MS);
    const found = await tracker.getIssue(project, issue.number, signal);
    const event = found && toEvent(issue, found);
    if (event) await options.receive(event);
  } catch (error) {
    options.log.warn('issue-not-refreshed', { ticketId: ticket.id }, error);
  }
}

function toEvent(known: FiledIssue, found: IssueSummary): IssueEvent | undefined {
  const { tracker, host, projectId, number, latest } = known;
  const at = new Date().toISOString();
  const { title, url, state } = found;
  const updatedAt = found.updatedAt ? new Date(found.updatedAt).toISOString() : at;
  const address = { tracker, host, projectId, number };
  const issue = { address, project: known.project, title, url, state, updatedAt };
  if (state !== (latest?.state ?? 'open')) {
    return { kind: state === 'closed' ? 'closed' : 'reopened', issue, at };
  }
  if (!latest || latest.title === title) return undefined;
  return { kind: 'renamed', issue, at, before: latest.title };
}
