/** What became of the issue that a ticket was filed as. It changes no revision: nobody decided on it. */
import type { IssueSnapshot } from '../core/issue-event.ts';
import type { FiledIssue, IssueState } from '../core/ticket.ts';
import type { Table } from './client.ts';
import { issueKey, ticketKey } from './keys.ts';
import { getItem, transact, write } from './requests.ts';
import { fromTicketItem } from './ticket-item.ts';

export type IssueOutcome = 'changed' | 'unchanged' | 'missing';

/** A read, and an update on condition that nobody told of something later meanwhile. */
export async function recordIssueState(
  table: Table,
  conversationId: string,
  ticketId: string,
  state: IssueState,
): Promise<IssueOutcome> {
  const key = ticketKey(conversationId, ticketId);
  const issue = await readIssue(table, conversationId, ticketId);
  if (!issue) return 'missing';
  if (isKnown(issue, state)) return 'unchanged';
  const outcome = await write(table, {
    update: key,
    change: 'SET issue.latest = :latest',
    condition:
      'attribute_exists(issue) AND (attribute_not_exists(issue.latest) OR issue.latest.updatedAt <= :at)',
    values: { ':latest': state, ':at': state.updatedAt },
  });
  return outcome.ok ? 'changed' : outcome.item ? 'unchanged' : 'missing';
}

function isKnown({ latest }: FiledIssue, state: IssueState): boolean {
  if (!latest) return false;
  if (latest.updatedAt > state.updatedAt) return true;
  const { reason, title } = latest;
  return latest.state === state.state && reason === state.reason && title === state.title;
}

/** A read, and a transaction of the ticket and both ways back. */
export async function moveIssue(
  table: Table,
  conversationId: string,
  ticketId: string,
  { address, project, url }: Omit<IssueSnapshot, 'updatedAt'>,
): Promise<IssueOutcome> {
  const issue = await readIssue(table, conversationId, ticketId);
  if (!issue) return 'missing';
  const former = issueKey(issue, conversationId, ticketId);
  const next = issueKey(address, conversationId, ticketId);
  if (former.PK === next.PK) return 'unchanged';
  const externalId = `${address.tracker}:${project}#${address.number}`;
  const moved = { ...issue, ...address, project, externalId, externalUrl: url };
  const outcome = await transact(table, [
    {
      update: ticketKey(conversationId, ticketId),
      change: 'SET issue = :issue',
      condition: 'issue.externalId = :former',
      values: { ':issue': moved, ':former': issue.externalId },
    },
    { put: { ...next, v: 1 } },
    { delete: former },
  ]);
  return outcome.ok ? 'changed' : 'unchanged';
}

async function readIssue(
  table: Table,
  conversationId: string,
  ticketId: string,
): Promise<FiledIssue | undefined> {
  const item = await getItem(table, ticketKey(conversationId, ticketId));
  const ticket = item && fromTicketItem(item);
  return ticket?.status === 'published' ? ticket.issue : undefined;
}
