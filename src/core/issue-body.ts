/** A ticket as the issue that is filed: final Markdown, with the hidden marker last. */
import { createHmac } from 'node:crypto';
import { neutraliseLine, neutraliseMarkdown, neutraliseTitle } from './neutralise-markdown.ts';
import type { Ticket } from './ticket.ts';
import type { NewIssue } from './tracker.ts';

/** Characters; GitHub takes 65,536. */
export const MAX_BODY_LENGTH = 65_000;
/** The most of it that criteria and tasks may take, each. */
const MAX_LIST_LENGTH = 20_000;
const MAX_NAME_LENGTH = 80;
/** Hexadecimal digits of the HMAC kept: 128 bits, which nobody guesses. */
const MARKER_DIGITS = 32;

export interface RenderIssueOptions {
  ticket: Ticket;
  /** See `markerOf`. */
  marker: string;
  /** The sentence that says what drafted it. Default true. */
  notice?: boolean;
}

/** Finds the issue again: an HMAC-SHA256 of the ticket's id, because ids can be seen and a stranger must not be able to plant a marker. */
export function markerOf(key: Uint8Array, ticketId: string): string {
  const digest = createHmac('sha256', key).update(ticketId).digest('hex');
  return `prompt-to-issue:${digest.slice(0, MARKER_DIGITS)}`;
}

/** Everything but the project. What came from the chat can do nothing at the tracker but be read. */
export function renderIssue({
  ticket,
  marker,
  notice = true,
}: RenderIssueOptions): Omit<NewIssue, 'project'> {
  const { labels, assignees, milestone } = ticket;
  const ending = [
    renderChecklist('Acceptance criteria', ticket.acceptanceCriteria),
    renderChecklist('Tasks', ticket.tasks),
    renderFacts(ticket),
    renderOrigin(ticket, notice),
    `<!-- ${marker} -->`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const description = fitDescription(ticket.description, MAX_BODY_LENGTH - ending.length - 3);
  return {
    title: neutraliseTitle(ticket.title),
    body: description ? `${description}\n\n${ending}\n` : `${ending}\n`,
    rest: [],
    type: ticket.type,
    labels,
    assignees,
    marker,
    ...(milestone && { milestone }),
  };
}

function renderChecklist(heading: string, items: string[]): string {
  if (items.length === 0) return '';
  const lines: string[] = [];
  let length = 0;
  for (const item of items) {
    const line = `- [ ] ${neutraliseLine(item)}`;
    length += line.length + 1;
    if (length > MAX_LIST_LENGTH) break;
    lines.push(line);
  }
  const left = items.length - lines.length;
  if (left > 0) lines.push(`- ${left} more did not fit into the issue`);
  return `## ${heading}\n\n${lines.join('\n')}`;
}

const CUT = '\n\n_The description was cut here: it did not fit into the issue._';
/** Characters given up at a time, at least. */
const CUT_STEP = 200;

function fitDescription(text: string, most: number): string {
  const whole = neutraliseMarkdown(text.trim());
  if (whole.length <= most) return whole;
  let kept = text.trim();
  for (;;) {
    const fitted = `${neutraliseMarkdown(kept)}${CUT}`;
    const excess = fitted.length - most;
    if (excess <= 0) return fitted;
    kept = kept.slice(0, kept.length - Math.max(excess, CUT_STEP)).toWellFormed();
  }
}

/** What the labels do not say already, and what somebody decided: medium is the priority when nobody did. */
function renderFacts({ type, priority, estimate, labels }: Ticket): string {
  const isNamed = labels
    .map((label) => label.toLowerCase())
    .some((label) => label.includes(type) || (label === 'enhancement' && type !== 'bug'));
  const facts = [
    isNamed ? '' : `**Type:** ${type}`,
    priority === 'medium' ? '' : `**Priority:** ${priority}`,
    estimate ? `**Estimate:** ${neutraliseLine(estimate)}` : '',
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

function renderOrigin({ origin }: Ticket, notice: boolean): string {
  const { requester, permalink = '' } = origin;
  const link = /^https?:\/\/[^\s()<>]+$/.test(permalink) ? ` in [this thread](${permalink})` : '';
  const requested = `Requested by ${renderName(requester.name)}${link}.`;
  return `---\n\n${requested}${notice ? ' Drafted with prompt-to-issue.' : ''}`;
}

/** Somebody's name as prose in Markdown. */
export function renderName(name: string): string {
  const line = neutraliseTitle(name.slice(0, MAX_NAME_LENGTH).toWellFormed());
  return line.replaceAll(/[\\`*_~[\]]/g, '\\$&') || 'somebody';
}
