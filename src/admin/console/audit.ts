/** Who did what in a workspace, in the console, for admins. */
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { auditEntrySchema } from '../audit.ts';
import { pageOf } from '../route.ts';
import { at } from './api-client.ts';
import { type ConsoleEnv, renderMore, showView } from './frame.ts';

const pageSchema = pageOf(auditEntrySchema, 'AuditEntry');

export function addAudit(app: Hono<ConsoleEnv>): void {
  app.get('/console/workspaces/:platform/:workspaceId/audit', showAudit);
}

async function showAudit(c: Context<ConsoleEnv>) {
  const { platform = '', workspaceId = '' } = c.req.param();
  const cursor = c.req.query('cursor');
  const more = cursor === undefined ? '' : at`&cursor=${cursor}`;
  const query = at`?platform=${platform}&workspaceId=${workspaceId}`;
  const page = await c.get('api').read(`/audit${query}${more}`, pageSchema);
  const workspace = at`/console/workspaces/${platform}/${workspaceId}`;
  const body = html`<p><a href="${workspace}">Back to the workspace</a></p>
<p class="soft">The last 30 days, newest first; times are UTC.</p>
${
  page.items.length > 0
    ? html`<div class="scroll" tabindex="0" role="region" aria-label="Entries"><table><thead><tr><th>When</th><th>Who</th><th>What</th><th>About</th></tr></thead>
<tbody>${page.items.map(
        ({ at: when, actorName, actor, action, outcome, subject, ticketId }) =>
          html`<tr><td>${when.slice(0, 16).replace('T', ' ')}</td><td title="${actor}">${actorName}</td><td>${action}${outcome === 'refused' ? ', refused' : ''}</td><td>${subject ?? ticketId ?? ''}</td></tr>`,
      )}</tbody></table></div>`
    : html`<p class="soft">Nothing here.</p>`
}${renderMore(`${workspace}/audit`, page.cursor)}`;
  const title = `Audit of ${platform} ${workspaceId}`;
  return showView(c, { title, place: '/console/workspaces', body });
}
