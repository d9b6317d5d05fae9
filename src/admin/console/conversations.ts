/** Conversations in the console: found, read, renamed, put away, shared and deleted. */
import { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { conversationSchema, messageSchema } from '../conversations.ts';
import { renderMarkdown } from '../markdown.ts';
import { pageOf } from '../route.ts';
import { renderTime } from '../shared-page.ts';
import { ticketSchema } from '../tickets.ts';
import { at } from './api-client.ts';
import {
  type ConsoleEnv,
  type Notice,
  readForm,
  renderDanger,
  renderField,
  renderMore,
  showView,
} from './frame.ts';
import { renderTicketCard } from './tickets.ts';

type Conversation = z.infer<typeof conversationSchema>;
type Message = z.infer<typeof messageSchema>;

const conversationsSchema = pageOf(conversationSchema, 'Conversation');
const messagesSchema = pageOf(messageSchema, 'Message');
const ticketsSchema = pageOf(ticketSchema, 'Ticket');
const place = '/console/conversations';

export function addConversations(app: Hono<ConsoleEnv>): void {
  app.get('/console/conversations', (c) => showList(c, 'me', 'Conversations'));
  app.get('/console/users/:userId/conversations', (c) =>
    showList(c, c.req.param('userId'), 'Conversations of a user'),
  );
  app.get('/console/conversations/:id', (c) => showConversation(c, c.req.param('id')));

  app.post('/console/conversations/:id', async (c) => {
    const id = c.req.param('id');
    const { title, status } = await readForm(c);
    const body = { ...(title && { title }), ...(status && { status }) };
    await c.get('api').send('PATCH', at`/conversations/${id}`, { body });
    return c.redirect(at`/console/conversations/${id}?done=saved`, 303);
  });

  app.post('/console/conversations/:id/share', async (c) => {
    const id = c.req.param('id');
    const shared = await c.get('api').send('PUT', at`/conversations/${id}/share`);
    const { url } = z.object({ url: z.string() }).parse(shared);
    return showConversation(c, id, {
      kind: 'good',
      text: `Anybody with this link can read: ${url}`,
    });
  });

  app.post('/console/conversations/:id/unshare', async (c) => {
    const id = c.req.param('id');
    await c.get('api').send('DELETE', at`/conversations/${id}/share`);
    return c.redirect(at`/console/conversations/${id}?done=unshared`, 303);
  });

  app.post('/console/conversations/:id/delete', async (c) => {
    await c.get('api').send('DELETE', at`/conversations/${c.req.param('id')}`);
    return c.redirect('/console/conversations?done=deleted', 303);
  });
}

async function showList(c: Context<ConsoleEnv>, userId: string, title: string) {
  const cursor = c.req.query('cursor');
  const query = cursor === undefined ? '' : at`?cursor=${cursor}`;
  const path = at`/users/${userId}/conversations`;
  const page = await c.get('api').read(`${path}${query}`, conversationsSchema);
  const body = html`${renderConversations(page.items)}${renderMore(c.req.path, page.cursor)}`;
  return showView(c, { title, place, body });
}

export function renderConversations(conversations: Conversation[]) {
  if (conversations.length === 0) return html`<p class="soft">None yet.</p>`;
  return html`<ul class="list">${conversations.map(
    ({ id, title, updatedAt, thread, shared, status, visibility }) => html`<li>
<a href="${at`/console/conversations/${id}`}">${title}</a>
${shared ? html`<span class="badge">shared</span>` : ''}${status === 'archived' ? html`<span class="badge">archived</span>` : ''}
<div class="soft">${thread.split(':', 1)[0]}, ${visibility} · ${renderTime(updatedAt)}</div></li>`,
  )}</ul>`;
}

async function showConversation(c: Context<ConsoleEnv>, id: string, notice?: Notice) {
  const api = c.get('api');
  const cursor = c.req.query('cursor');
  const query = cursor === undefined ? '' : at`&cursor=${cursor}`;
  const path = at`/conversations/${id}`;
  const [conversation, messages, tickets] = await Promise.all([
    api.read(path, conversationSchema),
    api.read(`${path}/messages?limit=100${query}`, messagesSchema),
    api.read(`${path}/tickets?limit=100`, ticketsSchema),
  ]);
  const mayWrite = c.get('me').role !== 'viewer';
  const sorted = tickets.items.toSorted((one, other) => one.ordinal - other.ordinal);
  const body = html`<p class="soft">${conversation.thread} · ${renderTime(conversation.createdAt)}</p>
${
  sorted.length > 0
    ? html`<section aria-labelledby="tickets"><h2 id="tickets">Tickets</h2>${sorted.map((ticket) => renderTicketCard(ticket, mayWrite))}</section>`
    : ''
}
<section aria-labelledby="messages"><h2 id="messages">Messages</h2>
${messages.items.map(renderMessage)}${renderMore(at`/console/conversations/${id}`, messages.cursor)}</section>
${mayWrite ? renderActions(conversation) : ''}`;
  return showView(c, { title: conversation.title, place, body, notice });
}

function renderMessage({ role, author, text, sentAt, attachments = [], outcome }: Message) {
  const who = role === 'assistant' ? 'prompt-to-issue' : (author?.name ?? 'Somebody');
  return html`<article class="message">
<div><span class="who">${who}</span> <span class="soft">${renderTime(sentAt)}${outcome && outcome !== 'answered' ? ` · ${outcome}` : ''}</span></div>
${renderMarkdown(text)}
${attachments.map(({ name }) => html`<p class="soft">Attached: ${name}</p>`)}</article>`;
}

function renderActions({ id, title, status, shared }: Conversation) {
  const path = at`/console/conversations/${id}`;
  const archived = status === 'archived';
  return html`<section aria-labelledby="manage"><h2 id="manage">Manage</h2>
<form class="row" method="post" action="${path}">${renderField('title', 'Title', { value: title, required: true })}<button class="plain">Rename</button></form>
<div class="row">
<form method="post" action="${path}"><input type="hidden" name="status" value="${archived ? 'active' : 'archived'}"><button class="plain">${archived ? 'Bring back' : 'Archive'}</button></form>
<form method="post" action="${path}/share"><button class="plain">${shared ? 'Show the link' : 'Share by link'}</button></form>
${shared ? html`<form method="post" action="${path}/unshare"><button class="plain">End sharing</button></form>` : ''}
</div>
${renderDanger(`${path}/delete`, 'Delete', 'Messages and drafts go for good. Issues that were filed stay where they are.')}</section>`;
}
