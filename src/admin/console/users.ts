/** People in the console, for admins: found, made, changed, linked, deleted. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { ROLES } from '../../core/user.ts';
import { pageOf } from '../route.ts';
import { userSchema } from '../users.ts';
import { at, RefusedError } from './api-client.ts';
import {
  type ConsoleEnv,
  type Notice,
  readForm,
  renderDanger,
  renderField,
  renderMore,
  renderSelect,
  showView,
} from './frame.ts';

type User = z.infer<typeof userSchema>;

const place = '/console/users';
const pageSchema = pageOf(userSchema, 'User');
const roles = ROLES.map((role) => ({ value: role, label: role }));

export function addUsers(app: Hono<ConsoleEnv>): void {
  const one = '/console/users/:userId';
  app.get(place, (c) => showUsers(c));
  app.get(one, (c) => showUser(c));

  app.post(place, async (c) => {
    const { name = '', email, role } = await readForm(c);
    const body = { name, role, ...(email && { email }) };
    return attempt(
      c,
      async () => {
        const made = userSchema.parse(await c.get('api').send('POST', '/users', { body }));
        return at`/console/users/${made.id}?done=saved`;
      },
      (notice) => showUsers(c, notice),
    );
  });

  app.post(one, async (c) => {
    const { tag = '', name, email, role, status } = await readForm(c);
    const body = { name, email: email || null, role, status };
    return change(c, async (path) => {
      await c.get('api').send('PATCH', path, { body, tag });
    });
  });

  app.post(`${one}/link`, async (c) => {
    const { identity = '' } = await readForm(c);
    return change(c, (path) => c.get('api').send('PUT', `${path}${at`/identities/${identity}`}`));
  });

  app.post(`${one}/unlink`, async (c) => {
    const { identity = '' } = await readForm(c);
    return change(c, (path) =>
      c.get('api').send('DELETE', `${path}${at`/identities/${identity}`}`),
    );
  });

  app.post(`${one}/delete`, async (c) => {
    await c.get('api').send('DELETE', at`/users/${c.req.param('userId')}`);
    return c.redirect(`${place}?done=deleted`, 303);
  });
}

function change(c: Context<ConsoleEnv>, work: (path: string) => Promise<unknown>) {
  const userId = c.req.param('userId') ?? '';
  return attempt(
    c,
    async () => {
      await work(at`/users/${userId}`);
      return at`/console/users/${userId}?done=saved`;
    },
    (notice) => showUser(c, notice),
  );
}

/** On to where `work` leads, or the same page with why not. */
async function attempt(
  c: Context<ConsoleEnv>,
  work: () => Promise<string>,
  again: (notice: Notice) => Promise<Response>,
): Promise<Response> {
  try {
    return c.redirect(await work(), 303);
  } catch (error) {
    if (!(error instanceof RefusedError) || [401, 403, 404].includes(error.status)) throw error;
    return again({ kind: 'bad', text: error.message });
  }
}

async function showUsers(c: Context<ConsoleEnv>, notice?: Notice) {
  const { cursor, name = '' } = c.req.query();
  const query = `${at`?name=${name}`}${cursor === undefined ? '' : at`&cursor=${cursor}`}`;
  const page = await c.get('api').read(`/users${query}`, pageSchema);
  const body = html`<form class="row" method="get" action="${place}">${renderField('name', 'Name', { type: 'search', value: name })}<button class="plain">Search</button></form>
<div class="scroll"><table><thead><tr><th>Name</th><th>Role</th><th>Accounts</th></tr></thead>
<tbody>${page.items.map(renderLine)}</tbody></table></div>
<p><a href="/console/users-audit">Audit</a>: who changed what of whom</p>
${page.items.length === 0 ? html`<p class="soft">Nobody on this page.</p>` : ''}${renderMore(at`/console/users?name=${name}`, page.cursor)}
<details class="card"><summary>Add somebody</summary><form method="post" action="${place}"><div class="fields">
${renderField('name', 'Name', { required: true })}${renderField('email', 'E-mail', { type: 'email' })}
${renderSelect('role', 'Role', roles, 'member')}</div><div class="row"><button>Add</button></div></form></details>`;
  return showView(c, { title: 'Users', place, body, notice }, notice ? 422 : 200);
}

function renderLine({ id, name, role, status, identities }: User) {
  return html`<tr><td><a href="${at`/console/users/${id}`}">${name}</a>${status === 'active' ? '' : html` <span class="badge">deactivated</span>`}</td>
<td>${role}</td><td>${identities.join(', ')}</td></tr>`;
}

async function showUser(c: Context<ConsoleEnv>, notice?: Notice) {
  const path = at`/users/${c.req.param('userId') ?? ''}`;
  const { value: user, tag } = await c.get('api').readTagged(path, userSchema);
  const page = `/console${path}`;
  const statuses = ['active', 'deactivated'].map((status) => ({ value: status, label: status }));
  const body = html`<p class="soft">${user.id} · <a href="${page}/conversations">Conversations</a></p>
<form method="post" action="${page}"><input type="hidden" name="tag" value="${tag}"><div class="fields">
${renderField('name', 'Name', { value: user.name, required: true })}${renderField('email', 'E-mail', { type: 'email', value: user.email })}
${renderSelect('role', 'Role', roles, user.role)}${renderSelect('status', 'Status', statuses, user.status)}
</div><div class="row"><button>Save</button></div></form>
${renderAccounts(user, page)}
${renderDanger(`${page}/delete`, 'Delete', 'Their conversations, drafts, settings and connections go for good. Threads that others took part in pass to them, without this person’s words.')}`;
  return showView(c, { title: user.name, place, body, notice }, notice ? 422 : 200);
}

function renderAccounts({ identities }: User, page: string) {
  return html`<section aria-labelledby="accounts"><h2 id="accounts">Accounts</h2>
<ul class="list">${identities.map(
    (identity) =>
      html`<li><form class="row" method="post" action="${page}/unlink"><span>${identity}</span><input type="hidden" name="identity" value="${identity}"><button class="plain small">Unlink</button></form></li>`,
  )}</ul>
<form class="row" method="post" action="${page}/link">${renderField('identity', 'Account', { required: true, hint: 'slack:T1:U1, discord::123, or issuer:: and the subject of an external issuer’s tokens.' })}<button class="plain">Link</button></form></section>`;
}
