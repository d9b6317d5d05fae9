/** The console's first page: what waits for a decision, and what was talked about last. */
import { z } from '@hono/zod-openapi';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { conversationSchema } from '../conversations.ts';
import { pageOf } from '../route.ts';
import { ticketSchema } from '../tickets.ts';
import { renderConversations } from './conversations.ts';
import { type ConsoleEnv, showView } from './frame.ts';
import { renderTicketLine } from './tickets.ts';

const draftsSchema = z.object({ items: z.array(ticketSchema) });
const conversationsSchema = pageOf(conversationSchema, 'Conversation');

export function addOverview(app: Hono<ConsoleEnv>): void {
  app.get('/console', async (c) => {
    const api = c.get('api');
    const [drafts, conversations] = await Promise.all([
      api.read('/users/me/drafts?limit=20', draftsSchema),
      api.read('/users/me/conversations?limit=10', conversationsSchema),
    ]);
    const { name, role } = c.get('me');
    const body = html`<section aria-labelledby="drafts"><h2 id="drafts">Waiting for you</h2>
${
  drafts.items.length > 0
    ? html`<ul class="list">${drafts.items.map(renderTicketLine)}</ul>`
    : html`<p class="soft">No open draft. Mention the bot in a thread and say what is wrong.</p>`
}</section>
<section aria-labelledby="recent"><h2 id="recent">Recent conversations</h2>
${renderConversations(conversations.items)}</section>
${role === 'admin' ? ADMIN_HINTS : ''}`;
    return showView(c, { title: `Hello, ${name}`, place: '/console', body });
  });
}

const ADMIN_HINTS = html`<section aria-labelledby="set-up"><h2 id="set-up">For admins</h2>
<ul><li><a href="/console/connections">Connect an AI provider or a tracker</a> for yourself, or for a whole <a href="/console/workspaces">workspace</a>.</li>
<li><a href="/console/usage">See what it costs</a>, and set caps on a workspace or a channel.</li>
<li><a href="/docs">The API</a> does everything that is done here.</li></ul></section>`;
