/**
 * `/shared/{shareId}`: a conversation and its tickets for anybody with the link, as a page or, by
 * content negotiation, as JSON. Read from the table each time, so that it is gone when it is unshared.
 */
import { type Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { html } from 'hono/html';
import type { Conversation } from '../core/conversation.ts';
import type { Message } from '../core/message.ts';
import type { Page } from '../core/page.ts';
import type { Repositories } from '../core/repositories.ts';
import type { Ticket } from '../core/ticket.ts';
import { renderMarkdown } from './markdown.ts';
import { type Html, pageHeaders, renderPage } from './page.ts';
import { problemResponse } from './problem.ts';

/** A page longer than this is cut, and says so. */
const MAX_MESSAGES = 1_000;
const PAGE_SIZE = 200;

export interface SharedPageOptions {
  repositories: Pick<Repositories, 'conversations' | 'messages' | 'tickets'>;
}

interface Shared {
  conversation: Conversation;
  messages: Message[];
  tickets: Ticket[];
  /** Later messages were left out. */
  cut: boolean;
}

export function createSharedPage({ repositories }: SharedPageOptions): Hono {
  const app = new Hono();
  app.use('/shared/*', pageHeaders);
  app.use('/shared/*', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-robots-tag', 'noindex, nofollow');
    c.header('vary', 'accept');
  });

  app.get('/shared/:shareId', async (c) => {
    const shared = await readShared(repositories, c.req.param('shareId'));
    if (wantsJson(c)) {
      return shared ? c.json(toDocument(shared)) : problemResponse(c, 'not-found');
    }
    if (!shared) return c.html(await renderPage(NOT_SHARED), 404);
    const body = renderShared(shared);
    return c.html(await renderPage({ title: shared.conversation.title, body }));
  });

  return app;
}

function wantsJson(c: Context): boolean {
  const supports = ['text/html', 'application/json'];
  return accepts(c, { header: 'Accept', supports, default: 'text/html' }) === 'application/json';
}

const SHARE_ID = /^[\w-]{22}$/;

async function readShared(
  { conversations, messages, tickets }: SharedPageOptions['repositories'],
  shareId: string,
): Promise<Shared | undefined> {
  if (!SHARE_ID.test(shareId)) return undefined;
  const conversation = await conversations.getSharedConversation(shareId);
  if (!conversation) return undefined;
  const { id } = conversation;
  const [said, drafted] = await Promise.all([
    readUpTo(MAX_MESSAGES + 1, (page) => messages.listMessages(id, page)),
    readUpTo(PAGE_SIZE, (page) => tickets.listTickets(id, page)),
  ]);
  return {
    conversation,
    messages: said.slice(0, MAX_MESSAGES),
    tickets: drafted.filter(({ status }) => status !== 'discarded').sort(byOrdinal),
    cut: said.length > MAX_MESSAGES,
  };
}

async function readUpTo<Item>(
  most: number,
  read: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && items.length < most);
  return items;
}

const byOrdinal = (one: Ticket, other: Ticket) => one.ordinal - other.ordinal;

const NOT_SHARED = {
  title: 'Nothing here',
  body: html`<main><header><h1>There is nothing here</h1></header>
<p>The link is wrong, or the conversation is not shared any more.</p></main>`,
};

function renderShared({ conversation, messages, tickets, cut }: Shared): Html | Promise<Html> {
  const count = tickets.length === 1 ? '1 ticket' : `${tickets.length} tickets`;
  return html`<header>
<p class="soft">Shared conversation</p>
<h1>${conversation.title}</h1>
<p class="soft">${renderTime(conversation.createdAt)} · ${messages.length} messages · ${count}</p>
</header>
<main>
${tickets.length > 0 ? html`<section aria-label="Tickets"><h2>Tickets</h2>${tickets.map(renderTicket)}</section>` : ''}
<section aria-label="Messages"><h2>Messages</h2>
${messages.map(renderMessage)}
${cut ? html`<p class="soft">Later messages are not shown here.</p>` : ''}
</section>
</main>
<footer>Written with prompt-to-issue. Whoever shared this can take it back at any time.</footer>`;
}

function renderMessage({ role, author, text, sentAt, attachments = [] }: Message) {
  const who = role === 'assistant' ? 'prompt-to-issue' : (author?.name ?? 'Somebody');
  return html`<article class="message">
<div><span class="who">${who}</span> <span class="soft">${renderTime(sentAt)}</span></div>
${renderMarkdown(text)}
${attachments.map(({ name }) => html`<p class="soft">Attached: ${name}</p>`)}
</article>`;
}

function renderTicket(ticket: Ticket) {
  const { ordinal, title, type, priority, labels, description } = ticket;
  return html`<article class="card">
<h3>${ordinal}. ${title}</h3>
<p><span class="badge">${type}</span><span class="badge">${priority} priority</span>${renderState(ticket)}</p>
${labels.length > 0 ? html`<p class="soft">Labels: ${labels.join(', ')}</p>` : ''}
${renderMarkdown(description)}
${renderList('Acceptance criteria', ticket.acceptanceCriteria)}
${renderList('Tasks', ticket.tasks)}
</article>`;
}

function renderState(ticket: Ticket) {
  if (ticket.status !== 'published') return html`<span class="badge">${ticket.status}</span>`;
  const { externalUrl, number } = ticket.issue;
  // A file on somebody's machine is no address for readers.
  if (!/^https?:/.test(externalUrl))
    return html`<span class="badge good">filed as ${number}</span>`;
  return html`<a class="badge" rel="noopener noreferrer" href="${externalUrl}">filed as ${number}</a>`;
}

function renderList(heading: string, items: string[]) {
  if (items.length === 0) return '';
  return html`<h4>${heading}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

/** Made with the first page: to load it takes a while, and a start shows none. */
let timeFormat: Intl.DateTimeFormat | undefined;

export function renderTime(iso: string) {
  timeFormat ??= new Intl.DateTimeFormat('en-GB', {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' },
  });
  return html`<time datetime="${iso}">${timeFormat.format(new Date(iso))} UTC</time>`;
}

/** Names and texts, without the accounts of who wrote and without the platform's addresses. */
function toDocument({ conversation, messages, tickets, cut }: Shared) {
  return {
    title: conversation.title,
    createdAt: conversation.createdAt,
    messages: messages.map(({ role, author, text, sentAt }) => ({
      role,
      ...(author && { author: author.name }),
      text,
      sentAt,
    })),
    tickets: tickets.map(({ ordinal, status, title, type, priority, labels, ...ticket }) => ({
      ...{ ordinal, status, title, type, priority, labels },
      description: ticket.description,
      acceptanceCriteria: ticket.acceptanceCriteria,
      tasks: ticket.tasks,
      ...('issue' in ticket && { url: ticket.issue.externalUrl }),
    })),
    ...(cut && { cut }),
  };
}
