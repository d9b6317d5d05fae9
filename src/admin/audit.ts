/**
 * Who did what in a workspace, newest first. Ids, never what was said; people's names are looked up as
 * they are now, so that of somebody deleted none is left.
 */
import { z } from '@hono/zod-openapi';
import { AUDIT_ACTIONS, AUDIT_PLATFORMS, type AuditEntry } from '../core/audit.ts';
import type { Repositories } from '../core/repositories.ts';
import { createRoutes, defineRoute, jsonAnswer, pageOf, pageQuery } from './route.ts';

const DAY_MS = 86_400_000;
/** What is asked for without days. */
const DEFAULT_DAYS = 30;

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.string(),
    platform: z.enum(AUDIT_PLATFORMS),
    workspaceId: z.string(),
    actor: z.string().openapi({
      description: 'An account, or `api::` and the id of a user who has none there.',
    }),
    actorName: z.string().optional().openapi({
      description: 'What they are called now; absent for whoever is not a user here any more.',
    }),
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
  summary: 'Who did what in a workspace, or over the API, newest first',
  request: {
    query: pageQuery.extend({
      platform: z.enum(AUDIT_PLATFORMS).openapi({
        description: '`api`: what belongs to no workspace, such as users and what is theirs.',
      }),
      workspaceId: z
        .string()
        .max(320)
        .regex(/^[^#\s]*$/)
        .default('')
        .openapi({ description: 'Empty where there is none: direct messages of Discord, `api`.' }),
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

export function createAuditRoutes({ audit, users }: Pick<Repositories, 'audit' | 'users'>) {
  const app = createRoutes();

  async function name(entries: AuditEntry[]) {
    const names = await users.findNames(entries.map(({ actor }) => actor));
    return entries.map((entry) => {
      const actorName = names.get(entry.actor);
      return { ...entry, ...(actorName !== undefined && { actorName }) };
    });
  }

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
    const found = await audit.listEntries({ platform, workspaceId, from, to }, page);
    return c.json({ ...found, items: await name(found.items) }, 200);
  });
  return app;
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
