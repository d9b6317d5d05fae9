/** What was used and what it cost, by day. */
import { z } from '@hono/zod-openapi';
import type { Repositories } from '../core/repositories.ts';
import { PLATFORMS } from '../core/thread.ts';
import type { DayUsage, UsageQuery } from '../core/usage.ts';
import { resolveUserId } from './access.ts';
import { ProblemError } from './problem.ts';
import { createRoutes, defineRoute, jsonAnswer, pageOf, pageQuery, userParams } from './route.ts';

const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must look like 2026-03');

export const daySchema = z
  .object({
    day: z.string(),
    scope: z.record(z.string(), z.string()),
    turns: z.int(),
    inputTokens: z.int(),
    cachedInputTokens: z.int(),
    outputTokens: z.int(),
    costDollars: z.number().openapi({ description: 'Of models with a known price.' }),
    unpricedTokens: z.int(),
  })
  .openapi('DayUsage');

const platform = z.enum(PLATFORMS);
const placeQuery = z.object({
  month: monthSchema,
  platform: platform.optional(),
  workspaceId: z.string().max(320).optional(),
});

const read = defineRoute('admin', {
  method: 'get',
  path: '/usage',
  summary: 'Days of a month: of everything, or of one workspace by channel, user or model',
  request: {
    query: pageQuery.extend({
      ...placeQuery.shape,
      by: z.enum(['deployment', 'workspace', 'channel', 'user', 'model']).default('deployment'),
      /** One channel or user of the workspace. */
      id: z.string().max(320).optional(),
    }),
  },
  responses: {
    200: jsonAnswer(pageOf(daySchema, 'DayUsage'), 'Sorted by whose they are, then by day.'),
  },
});

const readOwn = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}/usage',
  summary: "A user's days of a month in one workspace",
  request: { params: userParams, query: pageQuery.extend({ ...placeQuery.shape, platform }) },
  responses: { 200: jsonAnswer(pageOf(daySchema, 'DayUsage'), 'By day.') },
});

export function createUsage({ usage }: { usage: Repositories['usage'] }) {
  const app = createRoutes();

  app.openapi(read, async (c) => {
    const { limit, cursor, ...query } = c.req.valid('query');
    const page = await usage.listUsage(toQuery(query), { limit, ...(cursor && { cursor }) });
    return c.json({ ...page, items: page.items.map(toDayView) }, 200);
  });

  app.openapi(readOwn, async (c) => {
    const id = resolveUserId(c, c.req.valid('param').userId);
    const { limit, cursor, ...place } = c.req.valid('query');
    const query = toQuery({ ...place, by: 'user', id });
    const page = await usage.listUsage(query, { limit, ...(cursor && { cursor }) });
    return c.json({ ...page, items: page.items.map(toDayView) }, 200);
  });

  return app;
}

type UsageAsk = z.infer<typeof placeQuery> & { by: UsageQuery['by']; id?: string | undefined };

function toQuery({ month, by, platform, workspaceId = '', id }: UsageAsk): UsageQuery {
  if (by === 'deployment') return { month, by };
  if (!platform) {
    const errors = [{ field: 'platform', message: `must be given with by=${by}` }];
    throw new ProblemError('invalid-input', { errors });
  }
  if (by === 'workspace' || by === 'model') return { month, by, platform, workspaceId };
  return { month, by, platform, workspaceId, ...(id !== undefined && { id }) };
}

const MICRO = 1_000_000;

export function toDayView(day: DayUsage) {
  const { cost, scope, ...counts } = day;
  return { ...counts, scope: { ...scope }, costDollars: cost / MICRO };
}
