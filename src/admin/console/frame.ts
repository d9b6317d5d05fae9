/** What every page of the console has around it: where one can go, who one is, what just happened. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { z } from 'zod';
import { type Html, renderPage } from '../page.ts';
import type { userSchema } from '../users.ts';
import type { ApiClient } from './api-client.ts';

export type Me = z.infer<typeof userSchema>;

/** What a page of the console finds about who looks. */
export interface ConsoleEnv {
  Variables: { me: Me; api: ApiClient };
}

/** What came of the last thing that was done, shown above the page. */
export interface Notice {
  kind: 'good' | 'bad';
  text: string;
}

export interface View {
  title: string;
  /** The entry of the navigation that is current. */
  place: string;
  body: Html | Promise<Html>;
  notice?: Notice | undefined;
}

const PLACES = [
  { path: '/console', name: 'Overview' },
  { path: '/console/conversations', name: 'Conversations' },
  { path: '/console/connections', name: 'Connections' },
  { path: '/console/usage', name: 'Usage' },
  { path: '/console/settings', name: 'Settings' },
  { path: '/console/workspaces', name: 'Workspaces', admins: true },
  { path: '/console/limits', name: 'Limits', admins: true },
  { path: '/console/users', name: 'Users', admins: true },
];

/** By code, because a link could put any words into a page. */
const DONE: Record<string, string> = {
  saved: 'Saved.',
  deleted: 'Deleted.',
  filed: 'Approved.',
  discarded: 'Discarded.',
  unshared: 'The link does not work any more.',
  connected: 'Connected. Test it to be sure.',
  removed: 'Disconnected.',
};

export function showView(c: Context<ConsoleEnv>, view: View, status: 200 | 400 | 422 = 200) {
  const done = DONE[c.req.query('done') ?? ''];
  const notice = view.notice ?? (done ? { kind: 'good' as const, text: done } : undefined);
  const body = html`${renderHeader(c.get('me'), view.place)}
<main class="wide">
<h1>${view.title}</h1>
${notice ? html`<p class="notice ${notice.kind}" role="status">${notice.text}</p>` : ''}
${view.body}
</main>`;
  return c.html(renderPage({ title: `${view.title} · prompt-to-issue`, body }), status);
}

function renderHeader({ name, role }: Me, current: string) {
  const places = PLACES.filter(({ admins }) => !admins || role === 'admin');
  return html`<header class="wide">
<div class="bar"><a class="brand" href="/console">prompt-to-issue</a>
<form method="post" action="/sign-out"><span class="soft">${name}, ${role}</span> <button class="plain small">Sign out</button></form></div>
<nav aria-label="Console">${places.map(
    ({ path, name: label }) =>
      html`<a href="${path}"${path === current ? html` aria-current="page"` : ''}>${label}</a>`,
  )}</nav>
</header>`;
}

/** A form that asks once more before it does what cannot be undone: no script, so it unfolds. */
export function renderDanger(action: string, summary: string, warning: string, fields?: Html) {
  return html`<details class="danger"><summary>${summary}</summary>
<form method="post" action="${action}"><p>${warning}</p>${fields ?? ''}<button class="danger">${summary}</button></form></details>`;
}

/** The next page of a list, where there is one. */
export function renderMore(path: string, cursor: string | undefined) {
  if (cursor === undefined) return '';
  const more = `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
  return html`<p><a href="${more}">Next page</a></p>`;
}

export interface Choice {
  value: string;
  label: string;
}

/** One labelled choice. */
export function renderSelect(name: string, label: string, choices: Choice[], current: string) {
  return html`<label>${label}<select name="${name}">${choices.map(
    ({ value, label: shown }) =>
      html`<option value="${value}"${value === current ? html` selected` : ''}>${shown}</option>`,
  )}</select></label>`;
}

export interface Field {
  value?: string | number | undefined;
  type?: 'text' | 'email' | 'number' | 'password' | 'month' | 'url' | 'search';
  hint?: string;
  required?: boolean;
}

/** One labelled line; `hint` is under it. */
export function renderField(name: string, label: string, field: Field = {}) {
  const { value = '', type = 'text', hint, required = false } = field;
  const hintId = `${name}-hint`;
  return html`<label>${label}<input name="${name}" type="${type}" value="${value}" autocomplete="off"${
    required ? html` required` : ''
  }${type === 'number' ? html` step="any" min="0"` : ''}${
    hint ? html` aria-describedby="${hintId}"` : ''
  }>${hint ? html`<small id="${hintId}">${hint}</small>` : ''}</label>`;
}

/** Several labelled lines. */
export function renderArea(name: string, label: string, value: string, hint?: string, rows = 4) {
  return html`<label class="whole">${label}<textarea name="${name}" rows="${rows}">${value}</textarea>${
    hint ? html`<small>${hint}</small>` : ''
  }</label>`;
}

/** A form's fields, each as the text that was typed; files and repeated fields are none of ours. */
export async function readForm(c: Context): Promise<Record<string, string>> {
  const form = await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value.replaceAll('\r\n', '\n').trim()]] : [],
    ),
  );
}

export const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => line.trim() || []);
