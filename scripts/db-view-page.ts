/** The web view's pages. `html` escapes every value; there is no script on them. */
import { html } from 'hono/html';
import type { ViewItem, ViewPage } from './db-view-table.ts';

type Html = ReturnType<typeof html>;

export interface Surroundings {
  tableName: string;
  place: string;
}

export interface Search {
  pk: string;
  sk: string;
}

/** Characters of an item's contents shown in a list. */
const EXCERPT_LENGTH = 140;

export const STYLE = `
:root { color-scheme: light dark; --line: #d8dde3; --soft: #f5f7f9; --dim: #5b6672; --link: #0b57b0; }
@media (prefers-color-scheme: dark) {
  :root { --line: #39414a; --soft: #22272d; --dim: #9aa5b1; --link: #7db7ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 4rem; font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; margin-bottom: 1.25rem; }
h1 { font-size: 1.3rem; margin: 0; }
header p { margin: 0; color: var(--dim); font-size: .9rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
label { display: grid; gap: .25rem; font-size: .85rem; color: var(--dim); flex: 1 1 16rem; }
input, button { font: inherit; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: .35rem; }
input { width: 100%; font-family: ui-monospace, monospace; font-size: .9rem; }
button { padding-inline: 1.1rem; cursor: pointer; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .6rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; }
td { overflow-wrap: anywhere; }
td.key { font-family: ui-monospace, monospace; font-size: .85rem; min-width: 14rem; width: 24%; }
td.rest { color: var(--dim); }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.empty { color: var(--dim); }
@media (max-width: 42rem) {
  thead { display: none; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td.key { display: block; width: auto; padding: .1rem 0; border: 0; }
}
`;

export function renderList(around: Surroundings, search: Search, page: ViewPage | undefined): Html {
  const title = search.pk ? `Items of ${search.pk}` : 'Items';
  return renderPage(
    around,
    html`${renderSearch(search)}
      <h2>${search.sk ? `${title} from ${search.sk}` : title}</h2>
      ${page ? renderItems(search, page) : html`<p class="empty">Enter a partition key to see its items.</p>`}`,
  );
}

export function renderItem(around: Surroundings, item: ViewItem | undefined): Html {
  if (!item) return renderPage(around, html`<p class="empty">There is no such item.</p>`);
  return renderPage(
    around,
    html`<p>${linkTo({ pk: item.PK, sk: '' }, `← all items of ${item.PK}`)}</p>
      <h2>${item.SK}</h2>
      <pre>${JSON.stringify({ PK: item.PK, SK: item.SK, ...item.attributes }, null, 2)}</pre>`,
  );
}

function renderPage({ tableName, place }: Surroundings, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${tableName}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <h1><a href="/">${tableName}</a></h1>
          <p>${place} · read only</p>
        </header>
        <main>${content}</main>
      </body>
    </html>`;
}

function renderSearch({ pk, sk }: Search): Html {
  return html`<form action="/" method="get">
    <label>Partition key<input name="pk" value="${pk}" placeholder="USER#demo" /></label>
    <label>Sort key begins with<input name="sk" value="${sk}" placeholder="CONV#" /></label>
    <button>Show</button>
  </form>`;
}

function renderItems(search: Search, { items, cursor }: ViewPage): Html {
  if (items.length === 0 && !cursor) return html`<p class="empty">Nothing here.</p>`;
  return html`<div class="scroll">
      <table>
        <thead>
          <tr><th>PK</th><th>SK</th><th>Contents</th></tr>
        </thead>
        <tbody>
          ${items.map(renderRow)}
        </tbody>
      </table>
    </div>
    ${cursor ? html`<p><a href="/?${new URLSearchParams({ ...search, cursor }).toString()}">Next page →</a></p>` : ''}`;
}

function renderRow(item: ViewItem): Html {
  const href = `/item?${new URLSearchParams({ pk: item.PK, sk: item.SK })}`;
  return html`<tr>
    <td class="key">${linkTo({ pk: item.PK, sk: '' }, item.PK)}</td>
    <td class="key"><a href="${href}">${item.SK}</a></td>
    <td class="rest">${excerptOf(item)}</td>
  </tr>`;
}

function linkTo(search: Search, text: string): Html {
  return html`<a href="/?${new URLSearchParams({ ...search }).toString()}">${text}</a>`;
}

function excerptOf({ attributes }: ViewItem): string {
  const { title, name, text, status } = attributes;
  const telling = [title ?? name ?? text, status].filter((value) => typeof value === 'string');
  const whole = telling.length > 0 ? telling.join(' · ') : JSON.stringify(attributes);
  return whole.length > EXCERPT_LENGTH ? `${whole.slice(0, EXCERPT_LENGTH)}…` : whole;
}
