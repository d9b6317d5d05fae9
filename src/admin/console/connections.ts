/** AI providers and trackers in the console: connected, tested and removed, for a person or a workspace. */
import { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { PROVIDER_KINDS, TRACKER_KINDS } from '../../core/stored-config.ts';
import { checkSchema } from '../connections.ts';
import { modelSchema, providerSchema } from '../providers.ts';
import { projectSchema } from '../trackers.ts';
import { at, RefusedError } from './api-client.ts';
import {
  type ConsoleEnv,
  type Notice,
  readForm,
  renderDanger,
  renderField,
  renderSelect,
  showView,
} from './frame.ts';

/** One sort of connection: how the API calls it, and what its form asks for. */
interface Sort {
  part: 'providers' | 'trackers';
  heading: string;
  kinds: readonly string[];
  /** The name of the secret in the API. */
  secret: { name: string; label: string };
  withModel: boolean;
}

const SORTS: Sort[] = [
  {
    part: 'providers',
    heading: 'AI providers',
    kinds: PROVIDER_KINDS,
    secret: { name: 'apiKey', label: 'API key' },
    withModel: true,
  },
  {
    part: 'trackers',
    heading: 'Trackers',
    kinds: TRACKER_KINDS,
    secret: { name: 'token', label: 'Token' },
    withModel: false,
  },
];

const itemSchema = z.object({
  ...providerSchema.shape,
  tokenEnding: z.string().optional(),
});
type Item = z.infer<typeof itemSchema>;
const listSchema = z.object({ items: z.array(itemSchema) });

/** Whose connections a page shows: where they are in the API and in the console. */
interface Owner {
  api: string;
  page: string;
  title: string;
  place: string;
  /** What a form that was refused had in it; its secret is asked for again. */
  typed?: { part: Sort['part']; values: Record<string, string> };
}

const OWN: Owner = {
  api: '/users/me',
  page: '/console/connections',
  title: 'My connections',
  place: '/console/connections',
};

function workspaceOf(c: Context): Owner {
  const { platform = '', workspaceId = '' } = c.req.param();
  const path = at`/workspaces/${platform}/${workspaceId}`;
  return {
    api: path,
    page: `/console${path}/connections`,
    title: `Connections of ${platform} ${workspaceId}`,
    place: '/console/workspaces',
  };
}

export function addConnections(app: Hono<ConsoleEnv>): void {
  addFor(app, OWN.page, () => OWN);
  addFor(app, '/console/workspaces/:platform/:workspaceId/connections', workspaceOf);
}

function addFor(app: Hono<ConsoleEnv>, path: string, ownerOf: (c: Context) => Owner): void {
  app.get(path, (c) => showConnections(c, ownerOf(c)));
  for (const sort of SORTS) {
    const one = (c: Context) =>
      `${ownerOf(c).api}/${sort.part}/${encodeURIComponent(c.req.param('name') ?? '')}`;

    app.post(`${path}/${sort.part}`, async (c) => {
      const owner = ownerOf(c);
      const typed = await readForm(c);
      const { name = '', ...form } = typed;
      return attempt(c, { ...owner, typed: { part: sort.part, values: typed } }, async () => {
        const body = toInput(sort, form);
        await c
          .get('api')
          .send('PUT', `${owner.api}/${sort.part}/${encodeURIComponent(name)}`, { body });
        return c.redirect(`${owner.page}?done=connected`, 303);
      });
    });

    app.post(`${path}/${sort.part}/:name/test`, (c) =>
      attempt(c, ownerOf(c), async () => {
        const { ok, message } = checkSchema.parse(
          await c.get('api').send('POST', `${one(c)}/test`),
        );
        const name = `${c.req.param('name')}: `;
        // Some begin with the name of what was asked.
        const text = message.startsWith(name) ? message : name + message;
        return showConnections(c, ownerOf(c), { kind: ok ? 'good' : 'bad', text });
      }),
    );

    app.post(`${path}/${sort.part}/:name/remove`, (c) =>
      attempt(c, ownerOf(c), async () => {
        await c.get('api').send('DELETE', one(c));
        return c.redirect(`${ownerOf(c).page}?done=removed`, 303);
      }),
    );

    app.get(`${path}/${sort.part}/:name`, (c) =>
      attempt(c, ownerOf(c), () => showOffer(c, ownerOf(c), sort, one(c))),
    );
  }
}

function toInput({ secret, withModel }: Sort, form: Record<string, string>) {
  const { kind, model, baseUrl } = form;
  const entered = form[secret.name];
  return {
    kind,
    ...(withModel && model && { model }),
    ...(baseUrl && { baseUrl }),
    ...(entered && { [secret.name]: entered }),
  };
}

/** What was refused is said above the same page. */
async function attempt(
  c: Context<ConsoleEnv>,
  owner: Owner,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (
      !(error instanceof RefusedError) ||
      (error.status !== 400 && error.status !== 422 && error.status !== 412)
    )
      throw error;
    const text = error.status === 412 ? 'There is one of this name already.' : error.message;
    return showConnections(c, owner, { kind: 'bad', text });
  }
}

async function showConnections(c: Context<ConsoleEnv>, owner: Owner, notice?: Notice) {
  const api = c.get('api');
  const mayWrite = c.get('me').role !== 'viewer';
  const lists = await Promise.all(
    SORTS.map(({ part }) => api.read(`${owner.api}/${part}`, listSchema)),
  );
  const body = html`<p class="soft">Keys are encrypted, and never shown again but for their last four characters.</p>
${SORTS.map((sort, index) => renderSort(sort, owner, lists[index]?.items ?? [], mayWrite))}`;
  const { title, place } = owner;
  return showView(c, { title, place, body, notice }, notice?.kind === 'bad' ? 422 : 200);
}

function renderSort(sort: Sort, owner: Owner, items: Item[], mayWrite: boolean) {
  const { part, heading } = sort;
  return html`<section aria-labelledby="${part}"><h2 id="${part}">${heading}</h2>
${items.length === 0 ? html`<p class="soft">None connected here; the environment’s answer.</p>` : ''}
${items.map((item) => renderItem(sort, owner, item, mayWrite))}
${mayWrite ? renderNew(sort, owner) : ''}</section>`;
}

function renderItem({ part }: Sort, { page }: Owner, item: Item, mayWrite: boolean) {
  const { name, kind, model, baseUrl, keyEnding, tokenEnding } = item;
  const path = `${page}/${part}/${encodeURIComponent(name)}`;
  const ending = keyEnding ?? tokenEnding;
  return html`<article class="card"><h3>${name}</h3>
<p><span class="badge">${kind}</span>${model ? html`<span class="badge">${model}</span>` : ''}${ending ? html`<span class="badge">key …${ending}</span>` : ''}</p>
${baseUrl ? html`<p class="soft">${baseUrl}</p>` : ''}
${
  mayWrite
    ? html`<div class="row"><form method="post" action="${path}/test"><button>Test</button></form>
<a class="button plain" href="${path}">${part === 'providers' ? 'Models' : 'Projects'}</a></div>
${renderDanger(`${path}/remove`, 'Disconnect', 'Its key is deleted. Whoever chose it is answered by the next one in order.')}`
    : ''
}</article>`;
}

function renderNew({ part, kinds, secret, withModel }: Sort, { page, typed }: Owner) {
  const choices = kinds.map((kind) => ({ value: kind, label: kind }));
  const {
    name = '',
    kind = kinds[0] ?? '',
    model = '',
    baseUrl = '',
  } = typed?.part === part ? typed.values : {};
  return html`<details class="card"${typed?.part === part ? ' open' : ''}><summary>Connect one</summary>
<form method="post" action="${page}/${part}"><div class="fields">
${renderField('name', 'Name', { value: name, required: true, hint: 'What people choose it by: small letters, digits, dashes.' })}
${renderSelect('kind', 'Kind', choices, kind)}
${withModel ? renderField('model', 'Model', { value: model, hint: 'Empty: the vendor’s usual one.' }) : ''}
${renderField('baseUrl', 'Address', { value: baseUrl, type: 'url', hint: 'Only for servers of your own.' })}
${renderField(secret.name, secret.label, { type: 'password' })}
</div><div class="row"><button>Connect</button></div></form></details>`;
}

const modelsSchema = z.object({ items: z.array(modelSchema) });
const projectsSchema = z.object({ items: z.array(projectSchema) });

/** What the vendor or the tracker offers, asked at this moment. */
async function showOffer(c: Context<ConsoleEnv>, owner: Owner, { part }: Sort, path: string) {
  const api = c.get('api');
  const table =
    part === 'providers'
      ? renderModels(await api.read(`${path}/models`, modelsSchema))
      : renderProjects(await api.read(`${path}/projects`, projectsSchema));
  const body = html`<p><a href="${owner.page}">Back to the connections</a></p>
<div class="scroll">${table}</div>`;
  return showView(c, { title: `What ${c.req.param('name')} offers`, place: owner.place, body });
}

function renderModels({ items }: z.infer<typeof modelsSchema>) {
  return html`<table><thead><tr><th>Model</th><th class="number">Tokens at once</th></tr></thead>
<tbody>${items.map(({ id, contextTokens }) => html`<tr><td>${id}</td><td class="number">${contextTokens ?? 'not said'}</td></tr>`)}</tbody></table>`;
}

function renderProjects({ items }: z.infer<typeof projectsSchema>) {
  return html`<table><thead><tr><th>Project</th><th>Seen by</th></tr></thead>
<tbody>${items.map(({ project, visibility }) => html`<tr><td>${project}</td><td>${visibility === 'public' ? 'everybody' : 'its members'}</td></tr>`)}</tbody></table>`;
}
