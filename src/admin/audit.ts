/** Who did what in a workspace, newest first. Names and ids, never what was said. */
import { z } from '@hono/zod-openapi';
import { AUDIT_ACTIONS } from '../core/audit.ts';
import type { Repositories } from '../core/repositories.ts';
import { PLATFORMS } from '../core/thread.ts';
import { createRoutes, defineRoute, jsonAnswer, pageOf, pageQuery } from './route.ts';

const DAY_MS = 86_400_000;
/** What is asked for without days. */
const DEFAULT_DAYS = 30;

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.string(),
    platform: z.enum(PLATFORMS),
    workspaceId: z.string(),
    actor: z.string(),
    actorName: z.string(),
    action: z.enum(AUDIT_ACTIONS),
    outcome: z.enum(['done', 'refused']),
    channelId: z.string().optional(),
    conversationId: z.string().optional(),
    ticketId: z.string().optional(),
    subject: z.string().optional(),
  })
  .openapi('AuditEntry');

const list = defineRoute('admin', {
  method: 'get',
  path: '/audit',
  summary: 'Who did what in a workspace, newest first',
  request: {
    query: pageQuery.extend({
      platform: z.enum(PLATFORMS),
      workspaceId: z
        .string()
        .max(320)
        .regex(/^[^#\s]*$/)
        .default('')
        .openapi({ description: 'Empty where there is none: direct messages of Discord.' }),
      from: z.iso.date().optional().openapi({ description: 'A day, UTC: 30 days before `to`.' }),
      to: z.iso.date().optional().openapi({ description: 'A day, UTC: today.' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      pageOf(auditEntrySchema, 'AuditEntry'),
      'Quiet months make short pages: the last one has no cursor.',
    ),
  },
});

export function createAuditRoutes({ audit }: Pick<Repositories, 'audit'>) {
  const app = createRoutes();
  app.openapi(list, async (c) => {
    const {
      limit,
      cursor,
      platform,
      workspaceId,
      to = dayOf(Date.now()),
      ...query
    } = c.req.valid('query');
    const from = query.from ?? dayOf(Math.max(0, Date.parse(to) - DEFAULT_DAYS * DAY_MS));
    const page = { limit, ...(cursor && { cursor }) };
    return c.json(await audit.listEntries({ platform, workspaceId, from, to }, page), 200);
  });
  return app;
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
