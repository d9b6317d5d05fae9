/**
 * The ticket's card in Block Kit: what a person needs to decide, and the buttons to do so. Long tickets are cut and
 * can be read whole; what is decided is shown in short.
 */
import type { KnownBlock } from '@slack/web-api';
import type { SeenTicket } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import type { Card } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import type { IssueState, Ticket } from '../../src/core/ticket.ts';
import type { TicketPriority, TicketType } from '../../src/core/ticket-fields.ts';
import { context, section, textLengthOf } from './blocks.ts';
import { type Button, toButton, toLinkButton } from './card-action.ts';
import { renderAdvice } from './card-advice.ts';
import { escapeWithin, linkMrkdwn, toFallbackText, toSlackMarkdown } from './markdown.ts';

export interface RenderedCard {
  /** What notifications say. */
  text: string;
  blocks: KnownBlock[];
}

/** Slack takes some 13,200 characters in one message's blocks, buttons' words included. */
const MAX_CARD_LENGTH = 12_500;
/** Characters of each part, and how far they shrink where the rest leaves no room. */
const DESCRIPTION_LENGTH = 1_500;
/** A phone shows some thirty lines: the buttons should not be three screens away. */
const DESCRIPTION_LINES = 20;
const LIST_LENGTH = 1_500;
const LIST_ITEMS = 7;
const SCALES = [1, 0.6, 0.3, 0.1];
const FACT_LENGTH = 300;
const REFUSAL_LENGTH = 600;

const TYPE_MARKS: Record<TicketType, string> = {
  feature: ':sparkles: Feature',
  bug: ':beetle: Bug',
  task: ':white_check_mark: Task',
  improvement: ':arrow_up: Improvement',
  epic: ':mountain: Epic',
};
const PRIORITY_MARKS: Record<TicketPriority, string> = {
  low: 'low priority',
  medium: 'medium priority',
  high: ':small_orange_diamond: high priority',
  critical: ':red_circle: critical',
};

export function renderCard(card: Card): RenderedCard {
  const { ticket } = card;
  const text = toFallbackText(`${STATE_WORDS[ticket.status]}: ${ticket.title}`, 300);
  switch (ticket.status) {
    case 'draft':
      return { text, blocks: renderDraft(card) };
    case 'publishing':
      return { text, blocks: [...renderBeginning(ticket), ...renderPublishing(card)] };
    case 'published':
      return { text, blocks: renderPublished(ticket) };
    default:
      return { text, blocks: renderDiscarded(ticket) };
  }
}

const STATE_WORDS = {
  draft: 'Draft',
  publishing: 'Being filed',
  published: 'Filed',
  discarded: 'Discarded',
} as const satisfies Record<Ticket['status'], string>;

function renderDraft(card: Card): KnownBlock[] {
  let blocks: KnownBlock[] = [];
  for (const scale of SCALES) {
    blocks = renderDraftAt(card, scale);
    if (textLengthOf(blocks) <= MAX_CARD_LENGTH) break;
  }
  return blocks;
}

function renderDraftAt(card: Card, scale: number): KnownBlock[] {
  const { ticket } = card;
  const description = cutDescription(ticket.description, DESCRIPTION_LENGTH * scale);
  const criteria = renderList(
    'Acceptance criteria',
    ticket.acceptanceCriteria,
    LIST_LENGTH * scale,
  );
  const tasks = renderList('Tasks', ticket.tasks, LIST_LENGTH * scale);
  const isCut = description.isCut || criteria.isCut || tasks.isCut;
  const words = [description.text, criteria.text, tasks.text].filter(Boolean).join('\n\n');
  const refusal = ticket.status === 'draft' && ticket.refusal;
  return [
    ...renderBeginning(ticket),
    ...(words ? [{ type: 'markdown' as const, text: words }] : []),
    ...renderFacts(card),
    ...(refusal ? [section(`:x: *Not filed:* ${escapeWithin(refusal, REFUSAL_LENGTH)}`)] : []),
    ...renderAdvice(card),
    { type: 'actions', elements: toDecisions(card, isCut) },
  ];
}

/** At a paragraph, else at a line; code that is cut is closed. */
function cutDescription(markdown: string, most: number): { text: string; isCut: boolean } {
  const text = toSlackMarkdown(markdown);
  const lines = text.split('\n').slice(0, DESCRIPTION_LINES).join('\n').length;
  const [first = '', ...more] = splitText(text, Math.max(100, Math.min(most, lines + 1)));
  return more.length > 0 ? { text: `${first}\n\n…`, isCut: true } : { text: first, isCut: false };
}

function renderBeginning({ title, ordinal, type, priority }: Ticket): KnownBlock[] {
  return [
    { type: 'header', text: { type: 'plain_text', text: title.toWellFormed(), emoji: false } },
    context(`${TYPE_MARKS[type]}  ·  ${PRIORITY_MARKS[priority]}  ·  draft ${ordinal}`),
  ];
}

function renderList(
  heading: string,
  items: string[],
  most: number,
): { text: string; isCut: boolean } {
  if (items.length === 0) return { text: '', isCut: false };
  const shown: string[] = [];
  let length = 0;
  for (const item of items.slice(0, LIST_ITEMS)) {
    const line = `- ${cutText(toSlackMarkdown(item), most / 3)}`;
    length += line.length;
    if (length > most) break;
    shown.push(line);
  }
  const left = items.length - shown.length;
  const isCut = left > 0 || items.some((item) => toSlackMarkdown(item).length > most / 3);
  const lines = left > 0 ? [...shown, `- _and ${left} more_`] : shown;
  return { text: `**${heading}**\n${lines.join('\n')}`, isCut };
}

/** One fact a line: two columns do not fit on a phone. */
function renderFacts({ ticket, project, adds }: Card): KnownBlock[] {
  const facts: [string, string | undefined][] = [
    ['Project', ticket.project ?? project ?? 'none yet'],
    ['Labels', ticket.labels.join(', ')],
    ['Assignees', ticket.assignees.join(', ')],
    ['The template adds', adds],
    ['Milestone', ticket.milestone],
    ['Estimate', ticket.estimate],
    ['Part of', ticket.parent === undefined ? undefined : `draft ${ticket.parent}`],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value ? [`*${name}:* ${escapeWithin(value, FACT_LENGTH)}`] : [],
  );
  return [section(lines.join('\n'))];
}

function toDecisions({ ticket, openDrafts = 1 }: Card, isCut: boolean): Button[] {
  const seen: SeenTicket = { ticketId: ticket.id, revision: ticket.revision };
  const command = (kind: 'approve' | 'discard') =>
    ({ kind: 'command', command: { kind, target: seen } }) as const;
  return [
    toButton({ id: 'approve', text: 'Approve', action: command('approve'), style: 'primary' }),
    toButton({
      id: 'edit',
      text: 'Edit',
      action: { kind: 'open-edit', ticket: seen, part: 'all' },
    }),
    toButton({
      id: 'project',
      text: 'Change project',
      action: { kind: 'open-project', ticket: seen },
    }),
    ...(isCut
      ? [toButton({ id: 'read', text: 'Read all', action: { kind: 'open-reading', ticket: seen } })]
      : []),
    ...(openDrafts > 1
      ? [
          toButton({
            id: 'approve-all',
            text: `Approve all ${openDrafts}`,
            action: { kind: 'command', command: { kind: 'approve-all' } },
            confirm: {
              title: `File all ${openDrafts} drafts?`,
              text: 'Each becomes an issue in its own project, as it stands now.',
              confirm: 'File them',
            },
          }),
        ]
      : []),
    toButton({
      id: 'discard',
      text: 'Discard',
      action: command('discard'),
      style: 'danger',
      confirm: { title: 'Discard this draft?', text: 'It will not be filed.', confirm: 'Discard' },
    }),
  ];
}

function renderPublishing({ ticket, project, waiting }: Card): KnownBlock[] {
  if (ticket.status !== 'publishing') return [];
  const where = escapeWithin(ticket.approval.project ?? project ?? 'its project', FACT_LENGTH);
  const why = waiting ?? ticket.claim.waits;
  const by = escapeWithin(ticket.approval.by.name, 100);
  return [
    section(`:hourglass_flowing_sand: *Being filed* to ${where}, approved by ${by}`),
    ...(why ? [context(escapeWithin(why, REFUSAL_LENGTH))] : []),
  ];
}

function renderPublished(ticket: Ticket): KnownBlock[] {
  if (ticket.status !== 'published') return [];
  const { project, number, externalUrl, latest } = ticket.issue;
  const link = linkMrkdwn(`${project}#${number}`, externalUrl);
  const by = escapeWithin(ticket.approval.by.name, 100);
  const isWeb = /^https?:\/\//.test(externalUrl) && externalUrl.length <= 3_000;
  const title = escapeWithin(latest?.title ?? ticket.title, 500);
  return [
    section(`:white_check_mark: *${title}*\n${link}  ·  ${describeState(latest)}`),
    context(
      `${TYPE_MARKS[ticket.type]}  ·  ${PRIORITY_MARKS[ticket.priority]}  ·  approved by ${by}`,
    ),
    ...(isWeb
      ? [{ type: 'actions' as const, elements: [toLinkButton('open', 'Open issue', externalUrl)] }]
      : []),
  ];
}

/** As the tracker last told; until then it is as it was filed. */
function describeState(latest: IssueState | undefined): string {
  if (!latest || latest.state === 'open') return 'open';
  return latest.reason ? `${latest.state} as ${latest.reason}` : latest.state;
}

function renderDiscarded(ticket: Ticket): KnownBlock[] {
  if (ticket.status !== 'discarded') return [];
  const { addedTo } = ticket;
  const became = addedTo
    ? `Added to ${linkMrkdwn(`${addedTo.project}#${addedTo.number}`, addedTo.url)}`
    : 'Discarded';
  return [context(`:wastebasket: ${escapeWithin(ticket.title, 500)}\n${became}`)];
}
