/** An epic and its children at the tracker, in whichever order they are filed. */
import type { Filing } from './filing.ts';
import type { Repositories } from './repositories.ts';
import type { FiledIssue, Ticket } from './ticket.ts';
import type { CreatedIssue, NewIssue } from './tracker.ts';
import type { OpenedProject } from './tracker-access.ts';

export interface Epics {
  /** The number of the epic's issue, where it is filed already in the same project. */
  parentOf(ticket: Ticket, opened: OpenedProject): Promise<string | undefined>;
  /** Links the children that were filed before; resolves with what could not be done, a sentence each. */
  adopt(filing: Filing, issue: FiledIssue, opened: OpenedProject): Promise<string[]>;
  /** Links to an epic that was filed at the same moment. Best effort: the epic adopts too. */
  join(filing: Filing, issue: FiledIssue, opened: OpenedProject): Promise<void>;
}

type Published = Ticket & { status: 'published' };

export function createEpics({ tickets }: Pick<Repositories, 'tickets'>): Epics {
  async function published(conversationId: string): Promise<Published[]> {
    const found: Published[] = [];
    let cursor: string | undefined;
    do {
      const more = cursor === undefined ? {} : { cursor };
      const page = await tickets.listTickets(conversationId, { status: 'published', ...more });
      found.push(...page.items.filter((ticket) => ticket.status === 'published'));
      cursor = page.cursor;
    } while (cursor);
    return found;
  }

  async function parentOf(ticket: Ticket, { tracker, project }: OpenedProject) {
    const { parent, conversationId } = ticket;
    if (parent === undefined) return undefined;
    const epic = (await published(conversationId)).find(({ ordinal }) => ordinal === parent);
    const isNear = epic?.issue.tracker === tracker.name && epic.issue.project === project;
    return isNear ? epic.issue.number : undefined;
  }

  async function adopt(
    { thread, ticket, lease }: Filing,
    issue: FiledIssue,
    opened: OpenedProject,
  ) {
    if (thread.ticketCount < 2) return [];
    const children = (await published(ticket.conversationId)).filter(
      (child) => child.parent === ticket.ordinal && isBeside(child.issue, issue),
    );
    const undone: string[] = [];
    for (const child of children) {
      undone.push(...(await link(child.issue, issue.number, opened, lease.signal)));
    }
    return undone;
  }

  async function join({ ticket, lease }: Filing, issue: FiledIssue, opened: OpenedProject) {
    const parent = await parentOf(ticket, opened);
    if (parent !== undefined) await link(issue, parent, opened, lease.signal);
  }

  return { parentOf, adopt, join };
}

function isBeside(one: FiledIssue, other: FiledIssue): boolean {
  return one.tracker === other.tracker && one.host === other.host && one.project === other.project;
}

function link(
  child: FiledIssue,
  parent: string,
  { tracker, project }: OpenedProject,
  signal: AbortSignal,
): Promise<string[]> {
  const { number, externalUrl: url, host, projectId } = child;
  const created: CreatedIssue = { project, number, url, host, projectId, dropped: [] };
  const text = { title: '', body: '', rest: [], labels: [], assignees: [], marker: '' };
  const issue: NewIssue = { ...text, project, parent };
  return tracker.finishIssue(issue, created, signal);
}
