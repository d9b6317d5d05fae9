/** Who did what, in a workspace or to people, in the console, for admins. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { auditEntrySchema } from '../audit.ts';
import { pageOf } from '../route.ts';
import { at } from './api-client.ts';
import { type ConsoleEnv, renderMore, showView } from './frame.ts';

const pageSchema = pageOf(auditEntrySchema, 'AuditEntry');

export function addAudit(app: Hono<ConsoleEnv>): void {
  app.get('/console/workspaces/:platform/:workspaceId/audit', (c) => {
    const { platform, workspaceId } = c.req.param();
    return showAudit(c, {
      query: at`?platform=${platform}&workspaceId=${workspaceId}`,
      title: `Audit of ${platform} ${workspaceId}`,
      place: '/console/workspaces',
      back: { path: at`/console/workspaces/${platform}/${workspaceId}`, name: 'the workspace' },
    });
  });
  app.get('/console/users-audit', (c) =>
    showAudit(c, {
      query: '?platform=api',
      title: 'Audit of users and limits',
      place: '/console/users',
      back: { path: '/console/users', name: 'the users' },
    }),
  );
}

/** Whose entries a page shows. */
interface AuditPage {
  query: string;
  title: string;
  place: string;
  back: { path: string; name: string };
}

async function showAudit(c: Context<ConsoleEnv>, { query, title, place, back }: AuditPage) {
  const cursor = c.req.query('cursor');
  const more = cursor === undefined ? '' : at`&cursor=${cursor}`;
  const page = await c.get('api').read(`/audit${query}${more}`, pageSchema);
  const body = html`<p><a href="${back.path}">Back to ${back.name}</a></p>
<p class="soft">The last 30 days, newest first; times are UTC.</p>
${
  page.items.length > 0
    ? html`<div class="scroll" tabindex="0" role="region" aria-label="Entries"><table><thead><tr><th>When</th><th>Who</th><th>What</th><th>About</th></tr></thead>
<tbody>${page.items.map(renderEntry)}</tbody></table></div>`
    : html`<p class="soft">Nothing here.</p>`
}${renderMore(c.req.path, page.cursor)}`;
  return showView(c, { title, place, body });
}

type Entry = z.infer<typeof auditEntrySchema>;

function renderEntry({ at: when, actorName, actor, action, outcome, ...entry }: Entry) {
  return html`<tr><td>${renderMoment(when)}</td><td title="${actor}">${actorName ?? actor}</td>
<td>${action.replaceAll('-', ' ')}${outcome === 'refused' ? ', refused' : ''}</td><td>${renderSubject(entry)}</td></tr>`;
}

/** On a narrow screen it breaks between day and hour only. */
const renderMoment = (at: string) =>
  html`<time datetime="${at}"><span>${at.slice(0, 10)}</span> <span>${at.slice(11, 16)}</span></time>`;

/** Where it can be looked at, if it is still there. */
function renderSubject({
  subject,
  ticketId,
  conversationId,
}: Pick<Entry, 'subject' | 'ticketId' | 'conversationId'>) {
  if (!conversationId) return renderUser(subject ?? '');
  const conversation = at`/console/conversations/${conversationId}`;
  if (!ticketId) return html`<a href="${conversation}">${subject ?? 'the thread'}</a>`;
  return html`<a href="${conversation}${at`/tickets/${ticketId}`}">${subject ?? 'the ticket'}</a>`;
}

/** `user` and an id: a way to that user, who may be gone. */
function renderUser(subject: string) {
  const [, userId = '', rest = ''] = /^user ([\w-]+)(.*)$/s.exec(subject) ?? [];
  if (!userId) return subject;
  return html`<a href="${at`/console/users/${userId}`}">user ${userId}</a>${rest}`;
}
