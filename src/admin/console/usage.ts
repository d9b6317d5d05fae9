/** What was used and what it cost, day by day: of everything for admins, of oneself for everybody. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { isPlatformName } from '../../core/thread.ts';
import { pageOf } from '../route.ts';
import { daySchema } from '../usage.ts';
import { at } from './api-client.ts';
import { daysOf, renderChart } from './chart.ts';
import { type ConsoleEnv, type Me, renderField, renderSelect, showView } from './frame.ts';

type Day = z.infer<typeof daySchema>;
const pageSchema = pageOf(daySchema, 'DayUsage');
const path = '/console/usage';
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** A part of all usage that one may look at. */
interface Scope {
  value: string;
  label: string;
  /** Where the API has it, without the month. */
  ask: string;
  /** What its lines are about, besides days. */
  by?: string;
}

export function addUsage(app: Hono<ConsoleEnv>): void {
  app.get(path, async (c) => {
    const asked = c.req.query('month') ?? '';
    const month = MONTH.test(asked) ? asked : new Date().toISOString().slice(0, 7);
    const scopes = scopesOf(c.get('me'));
    const scope = scopes.find(({ value }) => value === c.req.query('of')) ?? scopes[0];
    const days = scope ? await readDays(c, scope, month) : [];
    const chosen = scope?.value ?? '';
    const body = html`<form class="row" method="get" action="${path}">
${renderField('month', 'Month', { type: 'month', value: month })}
${scopes.length > 1 ? renderSelect('of', 'Of', scopes, chosen) : ''}<button class="plain">Show</button></form>
${scope ? renderUsage(scope, days, month) : html`<p class="soft">No chat account is linked to you yet, so nothing is counted.</p>`}`;
    return showView(c, { title: 'Usage', place: path, body });
  });
}

/** Accounts say in which places somebody may have used anything. */
function scopesOf({ identities, role }: Me): Scope[] {
  const places = new Set(identities.map((identity) => identity.split(':').slice(0, 2).join(':')));
  const known = [...places].flatMap((place) => {
    const [platform = '', encoded = ''] = place.split(':');
    const workspaceId = decodeURIComponent(encoded);
    if (!isPlatformName(platform)) return [];
    return [{ platform, workspaceId, name: `${platform} ${workspaceId}`.trim() }];
  });
  const own = known.map(({ platform, workspaceId, name }) => ({
    value: `me:${name}`,
    label: `Mine in ${name}`,
    ask: at`/users/me/usage?platform=${platform}&workspaceId=${workspaceId}`,
  }));
  if (role !== 'admin') return own;
  const of = known.flatMap(({ platform, workspaceId, name }) =>
    ['workspace', 'channel', 'user', 'model'].map((by) => ({
      value: `${by}:${name}`,
      label: by === 'workspace' ? `All of ${name}` : `${name}, by ${by}`,
      ask: at`/usage?by=${by}&platform=${platform}&workspaceId=${workspaceId}`,
      by,
    })),
  );
  return [{ value: 'all', label: 'Everything', ask: '/usage?by=deployment' }, ...of, ...own];
}

/** Pages until all of it is here; a month has few days, and a workspace has so many channels. */
async function readDays(c: Context<ConsoleEnv>, { ask }: Scope, month: string): Promise<Day[]> {
  const days: Day[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? '' : at`&cursor=${cursor}`;
    const page = await c.get('api').read(`${ask}&month=${month}&limit=200${more}`, pageSchema);
    days.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && days.length < MAX_LINES);
  return days;
}

const MAX_LINES = 5_000;

function renderUsage({ by }: Scope, days: Day[], month: string) {
  const total = sum(days);
  const byDay = daysOf(month).map((day) => ({
    day,
    ...sum(days.filter((one) => one.day === day)),
  }));
  const turns = byDay.map(({ day, turns: value }) => ({ day, value, label: `${value} turns` }));
  const costs = byDay.map(({ day, cost }) => ({ day, value: cost, label: dollars(cost) }));
  const grouped = by && by !== 'workspace' ? Object.groupBy(days, nameOf) : undefined;
  return html`<p>${total.turns} turns, ${total.tokens.toLocaleString('en')} tokens, ${dollars(total.cost)}${
    total.unpriced > 0
      ? html` <span class="soft">(${total.unpriced.toLocaleString('en')} tokens have no known price: set MODEL_PRICES)</span>`
      : ''
  }</p>
<div class="charts">${renderChart('Turns', turns)}${renderChart('Cost', costs)}</div>
${
  grouped
    ? renderTable(
        by ?? '',
        Object.entries(grouped).map(([name, of = []]) => ({ name, ...sum(of) })),
      )
    : ''
}
${renderTable(
  'Day',
  byDay
    .filter((day) => day.turns > 0 || day.tokens > 0)
    .map(({ day, ...of }) => ({ name: day, ...of })),
)}`;
}

interface Sum {
  turns: number;
  tokens: number;
  unpriced: number;
  cost: number;
}

function sum(days: Day[]): Sum {
  return days.reduce(
    (total, day) => ({
      turns: total.turns + day.turns,
      tokens: total.tokens + day.inputTokens + day.outputTokens,
      unpriced: total.unpriced + day.unpricedTokens,
      cost: total.cost + day.costDollars,
    }),
    { turns: 0, tokens: 0, unpriced: 0, cost: 0 },
  );
}

function nameOf({ scope }: Day): string {
  const { channelId, userId, provider, model } = scope;
  return channelId ?? userId ?? [provider, model].filter(Boolean).join(' ');
}

function renderTable(heading: string, lines: ({ name: string } & Sum)[]) {
  if (lines.length === 0) return html`<p class="soft">Nothing was used in this month.</p>`;
  return html`<div class="scroll"><table><thead><tr><th>${heading}</th><th class="number">Turns</th><th class="number">Tokens</th><th class="number">Cost</th></tr></thead>
<tbody>${lines.map(
    ({ name, turns, tokens, cost }) =>
      html`<tr><td>${name}</td><td class="number">${turns}</td><td class="number">${tokens.toLocaleString('en')}</td><td class="number">${dollars(cost)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** A turn may cost less than a cent. */
const dollars = (cost: number) => `$${cost.toFixed(cost < 1 ? 4 : 2)}`;
