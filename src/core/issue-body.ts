/** A ticket as the issue that is filed: final Markdown, with the hidden marker last. */
import { createHmac } from 'node:crypto';
import { neutraliseLine, neutraliseMarkdown, neutraliseTitle } from './neutralise-markdown.ts';
import { splitText } from './split-text.ts';
import { addedBy } from './template-presets.ts';
import type { Ticket } from './ticket.ts';
import type { NewIssue, TemplatePresets } from './tracker.ts';

/** Characters; GitHub takes 65,536. */
export const MAX_BODY_LENGTH = 65_000;
/** The most of it that criteria and tasks may take, each. */
const MAX_LIST_LENGTH = 20_000;
const MAX_NAME_LENGTH = 80;
/** Hexadecimal digits of the HMAC kept: 128 bits, which nobody guesses. */
const MARKER_DIGITS = 32;

export interface RenderIssueOptions {
  ticket: Ticket;
  /** The description as the project's template wants it; absent: the ticket's own. */
  description?: string;
  /** Of its headings, which the lists below it share: 1 to 6. Default 2, as drafts are written. */
  level?: number;
  /** What that template sets by itself. */
  presets?: TemplatePresets;
  /** Files of the thread, as the tracker's Markdown. */
  files?: string[];
  /** It stands under the requester's own account. */
  isOwn?: boolean;
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

const NO_PRESETS: TemplatePresets = { labels: [], assignees: [] };

/** Everything but the project. What came from the chat can do nothing at the tracker but be read. */
export function renderIssue({
  ticket,
  marker,
  description = ticket.description,
  level = 2,
  presets = NO_PRESETS,
  files = [],
  isOwn = false,
  notice = true,
}: RenderIssueOptions): Omit<NewIssue, 'project'> {
  const { labels, assignees, milestone } = ticket;
  const added = addedBy(presets, ticket);
  const marks = '#'.repeat(level);
  const criteria = renderChecklist(`${marks} Acceptance criteria`, ticket.acceptanceCriteria);
  const tasks = renderChecklist(`${marks} Tasks`, ticket.tasks);
  const ending = [
    criteria.text,
    tasks.text,
    files.join('\n\n'),
    renderFacts(ticket),
    renderOrigin(ticket, isOwn, notice),
    `<!-- ${marker} -->`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const [first = '', ...more] = toParts(description, MAX_BODY_LENGTH - ending.length - CUT.length);
  const beginning = more.length > 0 ? `${first}${CUT}` : first;
  const weight = weightOf(ticket);
  return {
    title: neutraliseTitle(`${added.title ?? ''}${ticket.title}`),
    body: beginning ? `${beginning}\n\n${ending}\n` : `${ending}\n`,
    rest: [...more, ...criteria.rest, ...tasks.rest],
    type: ticket.type,
    labels: [...labels, ...added.labels],
    assignees: [...assignees, ...added.assignees],
    marker,
    ...(added.type && { typeName: added.type }),
    ...(milestone && { milestone }),
    ...(weight !== undefined && { weight }),
  };
}

/** What is added to an issue that is there already. */
export function renderAddition(options: Omit<RenderIssueOptions, 'marker'>): string[] {
  const { body, rest } = renderIssue({ ...options, marker: '' });
  const text = body.replace(/\n*<!-- {2}-->\n$/, '');
  return [`**${neutraliseLine(options.ticket.title)}**\n\n${text}`, ...rest];
}

/** An estimate that is a plain number, for trackers that keep a weight. */
function weightOf({ estimate = '' }: Ticket): number | undefined {
  const points = /^(\d{1,3})(?: (?:story )?points?)?$/i.exec(estimate)?.[1];
  return points === undefined ? undefined : Number(points);
}

/** What fits, and the rest in parts of at most a whole comment each. */
interface Checklist {
  text: string;
  rest: string[];
}

function renderChecklist(heading: string, items: string[]): Checklist {
  const lists: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const line = `- [ ] ${neutraliseLine(item)}`;
    length += line.length + 1;
    if (length > MAX_LIST_LENGTH) {
      lists.push([]);
      length = line.length;
    }
    lists.at(-1)?.push(line);
  }
  const [first, ...more] = lists;
  if (!first) return { text: '', rest: [] };
  const ending = more.length > 0 ? ['- The rest follows in a comment.'] : [];
  return {
    text: `${heading}\n\n${[...first, ...ending].join('\n')}`,
    rest: more.map((lines) => `${heading}, continued\n\n${lines.join('\n')}`),
  };
}

const CUT = '\n\n_The description goes on in a comment: it did not fit into the issue._';
/** Of what a part may have, when neutralising made it too long. */
const SHRINK = 0.7;

/** Each part is made harmless by itself, so that no cut undoes it. */
function toParts(text: string, most: number): string[] {
  for (let limit = most; ; limit = Math.floor(limit * SHRINK)) {
    const parts = splitText(text.trim(), limit).map(neutraliseMarkdown);
    if (parts.every((part) => part.length <= most)) return parts;
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

function renderOrigin({ origin }: Ticket, isOwn: boolean, notice: boolean): string {
  const { requester, permalink = '' } = origin;
  const link = /^https?:\/\/[^\s()<>]+$/.test(permalink) ? `[this thread](${permalink})` : '';
  const whose = isOwn ? '' : `Filed on behalf of ${renderName(requester.name)}`;
  const from = link && (whose ? `, from ${link}` : `From ${link}`);
  const filed = whose || from ? `${whose}${from}.` : '';
  const sentences = [filed, notice ? 'Drafted with prompt-to-issue.' : ''].filter(Boolean);
  return sentences.length > 0 ? `---\n\n${sentences.join(' ')}` : '';
}

/** Somebody's name as prose in Markdown. */
export function renderName(name: string): string {
  const line = neutraliseTitle(name.slice(0, MAX_NAME_LENGTH).toWellFormed());
  return line.replaceAll(/[\\`*_~[\]]/g, '\\$&') || 'somebody';
}
