/** What bounds the whole deployment, in the console, for admins: caps and how long things are kept. */
import type { z } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { capsViewSchema, retentionViewSchema } from '../limits.ts';
import { RefusedError } from './api-client.ts';
import { type ConsoleEnv, type Notice, readForm, renderField, showView } from './frame.ts';

const place = '/console/limits';

export function addLimits(app: Hono<ConsoleEnv>): void {
  app.get(place, (c) => showLimits(c));
  app.post(`${place}/caps`, (c) => save(c, '/caps', ['spendCapDaily', 'spendCapMonthly']));
  app.post(`${place}/retention`, (c) => save(c, '/retention', ['retentionDays']));
}

/** An empty field sets nothing: what the environment says counts. */
async function save(c: Context<ConsoleEnv>, path: string, names: string[]) {
  const { tag = '', ...form } = await readForm(c);
  const given = names.flatMap((name) => (form[name] ? [[name, Number(form[name])]] : []));
  try {
    await c.get('api').send('PUT', path, { body: Object.fromEntries(given), tag });
    return c.redirect(`${place}?done=saved`, 303);
  } catch (error) {
    if (!(error instanceof RefusedError) || [401, 403].includes(error.status)) throw error;
    return showLimits(c, { kind: 'bad', text: error.message });
  }
}

async function showLimits(c: Context<ConsoleEnv>, notice?: Notice) {
  const api = c.get('api');
  const caps = await api.readTagged('/caps', capsViewSchema);
  const retention = await api.readTagged('/retention', retentionViewSchema);
  const body = html`<p class="soft">For everything this bot does. Whoever runs it may have set limits too; the stricter one counts. A place’s own caps are in its settings.</p>
${renderCaps(caps.value, caps.tag)}${renderRetention(retention.value, retention.tag)}`;
  return showView(c, { title: 'Limits', place, body, notice }, notice ? 422 : 200);
}

function renderCaps({ set, environment }: z.infer<typeof capsViewSchema>, tag: string) {
  const field = (name: 'spendCapDaily' | 'spendCapMonthly', label: string) =>
    renderField(name, label, {
      ...{ type: 'number', value: set[name] },
      hint: hintOf(environment[name], (dollars) => `At most $${dollars}, whatever is set here.`),
    });
  return html`<section aria-labelledby="caps"><h2 id="caps">Spending</h2>
<form method="post" action="${place}/caps"><input type="hidden" name="tag" value="${tag}"><div class="fields">
${field('spendCapDaily', 'Cap a day, US dollars')}${field('spendCapMonthly', 'Cap a month, US dollars')}
</div><div class="row"><button>Save caps</button></div></form></section>`;
}

function renderRetention({ set, environment }: z.infer<typeof retentionViewSchema>, tag: string) {
  const hint = hintOf(
    environment.retentionDays,
    (days) => `At most ${days}, whatever is set here.`,
  );
  return html`<section aria-labelledby="retention"><h2 id="retention">Keeping</h2>
<p>Conversations that nobody touched for longer are deleted within the hour, for good, with their drafts. Filed issues stay.</p>
<form method="post" action="${place}/retention"><input type="hidden" name="tag" value="${tag}"><div class="fields">
${renderField('retentionDays', 'Days', { type: 'number', value: set.retentionDays, hint })}
</div><div class="row"><button>Save days</button></div></form></section>`;
}

const hintOf = (limit: number | undefined, say: (limit: number) => string) =>
  limit === undefined ? 'Empty: no limit.' : say(limit);
