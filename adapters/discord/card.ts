/**
 * The ticket's card: an embed, which every client shows alike, folds on a phone and keeps apart from
 * what is said, with buttons below. (Components V2 would take a message's text as components too, and
 * can never be changed back.) Long tickets are cut; the windows behind the buttons hold all of it.
 */
import {
  type APIEmbed,
  type APIEmbedField,
  type APIMessageTopLevelComponent,
  ButtonStyle,
} from 'discord.js';
import type { SeenTicket } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import type { Card } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import type { Approval, Ticket } from '../../src/core/ticket.ts';
import type { TicketPriority } from '../../src/core/ticket-fields.ts';
import { type CardAction, toButton, toRow } from './card-action.ts';
import { MOST_DUPLICATES, renderAdvice, renderCreating, renderPicker } from './card-advice.ts';
import { escapeDiscord, toDiscordMarkdown } from './markdown.ts';
import type { Content } from './own-messages.ts';

/** Discord's limits, in characters (resources/message); together an embed holds 6,000. */
const MAX_TITLE = 256;
const MAX_FIELD = 1_024;
const DESCRIPTION_LENGTH = 1_500;
/** A phone shows some thirty lines: the buttons should not be three screens away. */
const DESCRIPTION_LINES = 20;
const LIST_LENGTH = 900;
const LIST_ITEMS = 6;
const FACT_LENGTH = 200;

const COLOURS: Record<TicketPriority, number> = {
  low: 0x7a8794,
  medium: 0x2f6fde,
  high: 0xe08a1e,
  critical: 0xd23c3c,
};
const DONE = 0x2e9e5b;
const OVER = 0x7a8794;

export function renderCard(card: Card): Content {
  const { ticket } = card;
  switch (ticket.status) {
    case 'draft':
      return {
        content: '',
        embeds: [shortenToFit(renderDraft(card))],
        components: renderButtons(card),
      };
    case 'publishing':
      return { content: '', embeds: [renderPublishing(card, ticket)], components: [] };
    case 'published':
      return { content: '', embeds: [renderPublished(ticket)], components: [] };
    default:
      return { content: '', embeds: [renderDiscarded(ticket)], components: [] };
  }
}

/** An embed holds 6,000 characters; what is cut can be read behind the buttons. */
const MAX_EMBED = 5_900;

function shortenToFit(embed: APIEmbed): APIEmbed {
  const fitted = { ...embed, fields: [...(embed.fields ?? [])] };
  for (let over = lengthOf(fitted) - MAX_EMBED; over > 0; over = lengthOf(fitted) - MAX_EMBED) {
    const longest = fitted.fields.toSorted(
      (one, other) => other.value.length - one.value.length,
    )[0];
    const words = fitted.description ?? '';
    if (longest && longest.value.length > Math.max(150, words.length / 2)) {
      const most = Math.max(100, longest.value.length - over);
      const shorter = { ...longest, value: cutText(longest.value, most) };
      fitted.fields[fitted.fields.indexOf(longest)] = shorter;
    } else if (words.length > 200) {
      fitted.description = cutText(words, Math.max(150, words.length - over));
    } else fitted.fields.pop();
  }
  return fitted;
}

function lengthOf({ title = '', description = '', author, footer, fields = [] }: APIEmbed): number {
  const parts = fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return (
    title.length +
    description.length +
    parts +
    (author?.name.length ?? 0) +
    (footer?.text.length ?? 0)
  );
}

function renderDraft(card: Card): APIEmbed {
  const { ticket, project } = card;
  const where = ticket.project ?? project;
  return {
    title: cutText(ticket.title, MAX_TITLE),
    color: COLOURS[ticket.priority],
    author: { name: `Draft ${ticket.ordinal} · ${ticket.type} · ${ticket.priority} priority` },
    ...describe(ticket),
    fields: [
      ...listField('Acceptance criteria', ticket.acceptanceCriteria),
      ...listField('Tasks', ticket.tasks),
      ...factsField(card),
      ...renderAdvice(card),
    ],
    footer: { text: cutText(where ? `Goes to ${where}` : 'No project is chosen yet', 300) },
  };
}

function describe({ description }: Ticket): Pick<APIEmbed, 'description'> {
  const text = toDiscordMarkdown(description);
  const lines = text.split('\n').slice(0, DESCRIPTION_LINES).join('\n').length;
  const most = Math.max(100, Math.min(DESCRIPTION_LENGTH, lines + 1));
  const [first, ...more] = splitText(text, most);
  if (first === undefined) return {};
  return { description: more.length > 0 ? `${first}\n…\n-# Edit text shows all of it.` : first };
}

function listField(name: string, items: string[]): APIEmbedField[] {
  if (items.length === 0) return [];
  const lines: string[] = [];
  let left = LIST_LENGTH;
  for (const item of items.slice(0, LIST_ITEMS)) {
    const line = `☐ ${cutText(toDiscordMarkdown(item), 300)}`;
    left -= line.length + 1;
    if (left < 0) break;
    lines.push(line);
  }
  const rest = items.length - lines.length;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return [{ name, value: cutText(lines.join('\n'), MAX_FIELD) }];
}

/** One fact a line: on a phone Discord puts each field below the other. */
function factsField({ ticket, adds }: Card): APIEmbedField[] {
  const facts: [string, string | undefined][] = [
    ['Labels', ticket.labels.join(', ')],
    ['Assignees', ticket.assignees.join(', ')],
    ['The template adds', adds],
    ['Milestone', ticket.milestone],
    ['Estimate', ticket.estimate],
    ['Part of', ticket.parent === undefined ? undefined : `draft ${ticket.parent}`],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value ? [`**${name}:** ${escapeDiscord(cutText(value, FACT_LENGTH))}`] : [],
  );
  return lines.length > 0 ? [{ name: 'Facts', value: cutText(lines.join('\n'), MAX_FIELD) }] : [];
}

function renderPublishing(card: Card, ticket: Extract<Ticket, { status: 'publishing' }>): APIEmbed {
  const where = cutText(ticket.approval.project ?? card.project ?? 'its project', FACT_LENGTH);
  const why = card.waiting ?? ticket.claim.waits;
  return {
    title: cutText(ticket.title, MAX_TITLE),
    color: COLOURS[ticket.priority],
    description: [
      `⏳ Being filed to ${escapeDiscord(where)}`,
      ...(why ? [`-# ${cutText(why.replaceAll(/\s+/g, ' '), 500)}`] : []),
    ].join('\n'),
    footer: approvedBy(ticket),
  };
}

function renderPublished(ticket: Extract<Ticket, { status: 'published' }>): APIEmbed {
  const { project, number, externalUrl, latest } = ticket.issue;
  const isClosed = latest?.state === 'closed';
  const link = externalUrl.startsWith('http') ? { url: externalUrl } : {};
  const state = isClosed ? '🟣 Closed' : '✅ Filed';
  return {
    title: cutText(latest?.title ?? ticket.title, MAX_TITLE),
    ...link,
    color: isClosed ? OVER : DONE,
    description: `${state}: ${escapeDiscord(cutText(`${project}#${number}`, 200))}`,
    footer: approvedBy(ticket),
  };
}

function approvedBy({ type, priority, approval }: Extract<Ticket, { approval: Approval }>) {
  return { text: `${type} · ${priority} priority · approved by ${cutText(approval.by.name, 100)}` };
}

function renderDiscarded(ticket: Extract<Ticket, { status: 'discarded' }>): APIEmbed {
  const { addedTo } = ticket;
  const description = addedTo
    ? `Added to [${escapeDiscord(`${addedTo.project}#${addedTo.number}`)}](${addedTo.url})`
    : 'Discarded';
  return { title: cutText(ticket.title, MAX_TITLE), color: OVER, description };
}

// --- Buttons -------------------------------------------------------------------------------------

function renderButtons(card: Card): APIMessageTopLevelComponent[] {
  const { ticket, duplicates = [], missing = [], projects = [], openDrafts = 1 } = card;
  const seen: SeenTicket = { ticketId: ticket.id, revision: ticket.revision };
  const opens = (label: string, modal: Extract<CardAction, { kind: 'open' }>['modal']) =>
    toButton(label, { kind: 'open', modal, ticket: seen });
  const decisions = [
    toButton(
      'Approve',
      { kind: 'command', command: { kind: 'approve', target: seen } },
      ButtonStyle.Success,
    ),
    opens('Edit text', 'text'),
    opens('Details', 'edit'),
    opens('Project', 'project'),
    toButton(
      'Discard',
      { kind: 'command', command: { kind: 'discard', target: seen } },
      ButtonStyle.Danger,
    ),
  ];
  const more = [
    ...(missing.length > 0 ? [opens('Fill in', 'fill')] : []),
    opens('Criteria', 'acceptanceCriteria'),
    opens('Tasks', 'tasks'),
    ...(openDrafts > 1
      ? [
          toButton(`Approve all ${openDrafts}`, {
            kind: 'command',
            command: { kind: 'approve-all' },
          }),
        ]
      : []),
  ];
  const adding = duplicates.slice(0, MOST_DUPLICATES).flatMap(({ issue }) => {
    const command = { kind: 'add-to', target: seen, issue: issue.number } as const;
    return issue.number.length > 20
      ? []
      : [toButton(`Add to #${issue.number}`, { kind: 'command', command })];
  });
  const rows = [decisions, more.slice(0, 5), adding].filter((row) => row.length > 0);
  return [
    ...rows.map((row) => toRow(...row)),
    ...renderCreating(seen, card),
    ...renderPicker(seen, projects),
  ];
}
