/** Cards, lists and messages as terminal text. Control characters of others never reach the terminal. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Conversation } from '../../src/core/conversation.ts';
import type { Message } from '../../src/core/message.ts';
import type { Ticket, TicketStatus } from '../../src/core/ticket.ts';
import type { TicketPriority } from '../../src/core/ticket-fields.ts';
import { flowText } from './flow.ts';
import type { Screen } from './screen.ts';

type Painter = Pick<Screen, 'style' | 'width'>;

const PRIORITY_STYLES = { low: 'dim', medium: 'reset', high: 'yellow', critical: 'red' } as const;
const STATUS_STYLES = {
  draft: 'cyan',
  publishing: 'yellow',
  published: 'green',
  discarded: 'dim',
} as const satisfies Record<TicketStatus, string>;

/** Text from people and models could move the cursor or rewrite the screen: only line breaks and tabs stay. */
export function cleanText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** Files are shown by their path, as short as it can be from here. */
export function showPaths(text: string): string {
  return text.replaceAll(/\bfile:\/\/\/[^\s)>\]]+/g, (address) => {
    if (!URL.canParse(address)) return address;
    const path = fileURLToPath(address);
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  });
}

/** A box of the screen's width, and below it what can be done. What is decided is shown in short. */
export function renderCard(ticket: Ticket, project: string | undefined, painter: Painter): string {
  const { style, width } = painter;
  const inner = { style, width: width - 4 };
  const isOpen = ticket.status === 'draft' || ticket.status === 'publishing';
  const title = flowText(cleanText(ticket.title), { ...inner, style: (_, text) => text });
  const parts = [
    ...(isOpen ? contentOf(ticket, style) : []),
    cleanText(showPaths(factsOf(ticket, project))),
  ].filter((part) => part !== '');
  const flowed = [
    title
      .split('\n')
      .map((line) => style('bold', line))
      .join('\n'),
    ...parts.map((part) => flowText(part, inner)),
  ].join('\n\n');
  // Code is not wrapped at words; what is still too long is cut at the frame.
  const wrapped = wrapAnsi(flowed, inner.width, { hard: true, trim: false });
  const body = wrapped.split('\n').map((line) => `│ ${pad(line, inner.width)} │`);
  const footer = renderActions(ticket, painter);
  return [renderTop(ticket, painter), ...body, `╰${'─'.repeat(width - 2)}╯`, footer]
    .filter(Boolean)
    .join('\n');
}

function contentOf(ticket: Ticket, style: Painter['style']): string[] {
  const { description, acceptanceCriteria, tasks } = ticket;
  return [
    showHeadings(cleanText(description.trim()), style),
    checklistOf('Acceptance criteria', acceptanceCriteria, style),
    checklistOf('Tasks', tasks, style),
  ];
}

/** A heading stands out here by its style; its marks are for trackers. Code keeps its own. */
function showHeadings(text: string, style: Painter['style']): string {
  return text
    .split(/(^```[\s\S]*?^```)/m)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(/^#{1,6} (.+)\n?$/gm, (_, heading) => style('bold', heading)),
    )
    .join('');
}

function checklistOf(heading: string, items: string[], style: Painter['style']): string {
  if (items.length === 0) return '';
  return [style('bold', heading), ...items.map((item) => `☐ ${cleanText(item)}`)].join('\n');
}

function renderTop({ ordinal, type, priority, status }: Ticket, { style, width }: Painter): string {
  const left = `─ ${ordinal} · ${type} · ${styled(style, priority)} `;
  const right = ` ${style(STATUS_STYLES[status], status)} ─`;
  const gap = width - 2 - stringWidth(left) - stringWidth(right);
  return `╭${left}${'─'.repeat(Math.max(1, gap))}${right}╮`;
}

function styled(style: Painter['style'], priority: TicketPriority): string {
  return style(PRIORITY_STYLES[priority], priority);
}

function factsOf(ticket: Ticket, project: string | undefined): string {
  const facts: [string, string | undefined][] = [
    ['labels', ticket.labels.join(', ')],
    ['assignees', ticket.assignees.join(', ')],
    ['estimate', ticket.estimate],
    ['milestone', ticket.milestone],
    ['project', project],
    ['not filed', ticket.status === 'draft' ? ticket.refusal : undefined],
    ['filed', ticket.status === 'published' ? ticket.issue.externalUrl : undefined],
  ];
  return facts
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

function renderActions({ ordinal, status }: Ticket, { style }: Painter): string {
  if (status !== 'draft') return '';
  return style(
    'dim',
    `  /approve ${ordinal}   /edit ${ordinal}   /discard ${ordinal}   or say what to change`,
  );
}

/** Pads by what is seen, so that wide characters do not push the frame out. */
function pad(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - stringWidth(line)));
}

/** A numbered list, newest first; `/open N` opens one. */
export function renderConversations(conversations: Conversation[], painter: Painter): string {
  const { style, width } = painter;
  return conversations
    .map(({ title, createdAt, status }, index) => {
      const when = style('dim', createdAt.slice(0, 16).replace('T', ' '));
      const archived = status === 'archived' ? style('dim', ' (archived)') : '';
      const lead = `${String(index + 1).padStart(3)}  ${when}  `;
      const room = width - stringWidth(lead) - stringWidth(archived);
      return `${lead}${cutTo(cleanText(title), room)}${archived}`;
    })
    .join('\n');
}

function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [first = ''] = wrapAnsi(text, width - 1, { hard: true, wordWrap: false }).split('\n');
  return `${first.trimEnd()}…`;
}

/** A message of a reopened conversation. */
export function renderMessage({ role, author, text }: Message, painter: Painter): string {
  const { style } = painter;
  const name = cleanText(author?.name ?? 'somebody');
  const label = role === 'assistant' ? style('cyan', 'bot') : style('bold', name);
  return `${label}\n${renderText(text, painter)}`;
}

/** A line such as `engine    where it is`: what does not fit goes on below the second column. */
export function renderFact(text: string, { width, style }: Painter): string {
  const [lead = ''] = /^\S+\s+/.exec(text) ?? [];
  const inner = { style, width: Math.max(1, width - lead.length) };
  const lines = renderText(text.slice(lead.length), inner).split('\n');
  return style('dim', `${lead}${lines.join(`\n${' '.repeat(lead.length)}`)}`);
}

/** Markdown, wrapped at words. */
export function renderText(text: string, painter: Painter): string {
  return flowText(cleanText(showPaths(text)), painter);
}
