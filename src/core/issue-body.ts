/** A ticket as the issue that is filed: final Markdown, with the hidden marker last. */
import { createHmac } from 'node:crypto';
import { neutraliseLine, neutraliseMarkdown, neutraliseTitle } from './neutralise-markdown.ts';
import type { Ticket } from './ticket.ts';
import type { NewIssue } from './tracker.ts';

/** Bytes of the HMAC kept: enough that nobody guesses one. */
const MARKER_BYTES = 16;

/** An HMAC of the ticket's id: ids can be seen, but a stranger must not be able to plant a marker. */
export function markerOf(key: Uint8Array, ticketId: string): string {
  const digest = createHmac('sha256', key).update(ticketId).digest('hex');
  return `prompt-to-issue:${digest.slice(0, MARKER_BYTES * 2)}`;
}

export interface RenderIssueOptions {
  ticket: Ticket;
  marker: string;
  /** The line that says what drafted it. Default true. */
  notice?: boolean;
}

/** Everything but the project; what the tracker cannot take as a field of its own stands in the body. */
export function renderIssue({
  ticket,
  marker,
  notice = true,
}: RenderIssueOptions): Omit<NewIssue, 'project'> {
  const { title, labels, assignees, milestone } = ticket;
  const sections = [
    neutraliseMarkdown(ticket.description),
    renderChecklist('Acceptance criteria', ticket.acceptanceCriteria),
    renderChecklist('Tasks', ticket.tasks),
    renderFacts(ticket),
    `---\n${renderOrigin(ticket, notice)}\n<!-- ${marker} -->`,
  ];
  const body = sections.filter(Boolean).join('\n\n');
  return {
    title: neutraliseTitle(title),
    body,
    labels,
    assignees,
    marker,
    ...(milestone && { milestone }),
  };
}

function renderChecklist(heading: string, items: string[]): string {
  if (items.length === 0) return '';
  const lines = items.map((item) => `- [ ] ${neutraliseLine(item)}`);
  return `## ${heading}\n\n${lines.join('\n')}`;
}

function renderFacts({ type, priority, estimate }: Ticket): string {
  const facts = [`Type: ${type}`, `Priority: ${priority}`];
  if (estimate) facts.push(`Estimate: ${neutraliseLine(estimate)}`);
  return facts.join(' · ');
}

function renderOrigin({ origin }: Ticket, notice: boolean): string {
  const requester = `Requested by ${neutraliseLine(origin.requester.name)}`;
  const link = origin.permalink ? ` in [this thread](${encodeLink(origin.permalink)})` : '';
  return `${requester}${link}.${notice ? ' Drafted with prompt-to-issue.' : ''}`;
}

function encodeLink(link: string): string {
  return link.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(/\s/g, '%20');
}
