/** What bounds the whole deployment: what it may cost, and how long it keeps what people said. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { describeSettings } from '../core/audit.ts';
import type { Bot } from '../core/bot.ts';
import { limitsSchema as coreSchema, type Limits, stricter } from '../core/limits.ts';
import type { Repositories } from '../core/repositories.ts';
import type { ApiEnv } from './access.ts';
import { checkContent, contentTag, differences } from './content-tag.ts';
import { createRoutes, defineRoute, ifMatchHeaders, jsonAnswer, jsonBody } from './route.ts';

const { spendCapDaily, spendCapMonthly, retentionDays } = coreSchema.shape;
// Made anew here: what was made before the document's library was loaded knows nothing of it.
const capsSchema = z.strictObject({ spendCapDaily, spendCapMonthly }).openapi('Caps');
const retentionSchema = z.strictObject({ retentionDays }).openapi('Retention');

/** What admins set, what the environment sets, and what counts: the stricter of both. */
const viewOf = <Schema extends z.ZodType>(schema: Schema, name: string) =>
  z.object({ set: schema, environment: schema, counts: schema }).openapi(name);
export const capsViewSchema = viewOf(capsSchema, 'CapsView');
export const retentionViewSchema = viewOf(retentionSchema, 'RetentionView');

export interface LimitsOptions {
  repositories: Pick<Repositories, 'limits'>;
  bot: Pick<Bot, 'forgetConfiguration'>;
  /** What the environment sets. */
  environment: Limits;
}

export function createLimitsRoutes(options: LimitsOptions) {
  const app = createRoutes();
  app.route('/', createCaps(options));
  app.route('/', createRetention(options));
  return app;
}

const TELLS = 'What admins set, what the environment sets, and what counts: the stricter of both.';

function createCaps(options: LimitsOptions) {
  const { read, replace } = onSome(options, ['spendCapDaily', 'spendCapMonthly']);
  const app = createRoutes();
  const shared = { path: '/caps', responses: { 200: jsonAnswer(capsViewSchema, TELLS) } } as const;
  app.openapi(
    defineRoute('admin', {
      ...{ ...shared, method: 'get' as const },
      summary: 'What the whole deployment may cost; a place has its own in its settings',
    }),
    async (c) => show(c, await read()),
  );
  app.openapi(
    defineRoute('admin', {
      ...{ ...shared, method: 'put' as const, audit: ['configured'] as const },
      summary: 'Sets what the whole deployment may cost, in US dollars a day and a month',
      request: { headers: ifMatchHeaders, body: jsonBody(capsSchema) },
    }),
    async (c) => show(c, await replace(c, c.req.valid('json'))),
  );
  return app;
}

function createRetention(options: LimitsOptions) {
  const { read, replace } = onSome(options, ['retentionDays']);
  const app = createRoutes();
  const responses = { 200: jsonAnswer(retentionViewSchema, TELLS) };
  const shared = { path: '/retention', responses } as const;
  app.openapi(
    defineRoute('admin', {
      ...{ ...shared, method: 'get' as const },
      summary: 'How many days conversations are kept after they were last touched',
    }),
    async (c) => show(c, await read()),
  );
  app.openapi(
    defineRoute('admin', {
      ...{ ...shared, method: 'put' as const, audit: ['configured'] as const },
      summary: 'Sets how long conversations are kept; older ones are deleted within the hour',
      request: { headers: ifMatchHeaders, body: jsonBody(retentionSchema) },
    }),
    async (c) => show(c, await replace(c, c.req.valid('json'))),
  );
  return app;
}

/** Reads and replaces some of the limits, and leaves the others as they are. */
function onSome({ repositories, bot, environment }: LimitsOptions, names: (keyof Limits)[]) {
  const pick = (limits: Limits): Limits =>
    Object.fromEntries(
      names.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]])),
    );
  const toView = (stored: Limits) => ({
    set: pick(stored),
    environment: pick(environment),
    counts: pick(stricter(environment, stored)),
  });

  async function replace(c: Context<ApiEnv>, given: Limits) {
    let before: Limits = {};
    const stored = await repositories.limits.change((current) => {
      before = pick(current);
      checkContent(c, before);
      const others = Object.entries(current).filter(([name]) => !(name in before));
      return { ...Object.fromEntries(others), ...given };
    });
    bot.forgetConfiguration();
    const changed = differences(before, given);
    const subject = describeSettings('deployment', changed);
    if (changed.length > 0) c.get('record')({ action: 'configured', subject });
    return toView(stored);
  }

  return { read: async () => toView(await repositories.limits.get()), replace };
}

/** The ETag stands for what was set. */
function show<View extends { set: Limits }>(c: Context, view: View) {
  return c.json(view, 200, { etag: contentTag(view.set) });
}
