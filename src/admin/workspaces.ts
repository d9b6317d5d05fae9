/** The workspaces that have something of their own here: settings, or a channel's. */
import { z } from '@hono/zod-openapi';
import type { Repositories } from '../core/repositories.ts';
import { PLATFORMS } from '../core/thread.ts';
import { createRoutes, defineRoute, jsonAnswer, pageOf, pageQuery } from './route.ts';

export const workspaceSchema = z
  .object({ platform: z.enum(PLATFORMS), workspaceId: z.string() })
  .openapi('Workspace');

const list = defineRoute('admin', {
  method: 'get',
  path: '/workspaces',
  summary: 'Workspaces with settings of their own',
  request: { query: pageQuery },
  responses: { 200: jsonAnswer(pageOf(workspaceSchema, 'Workspace'), 'By platform and id.') },
});

export function createWorkspaces({ workspaces }: Pick<Repositories, 'workspaces'>) {
  const app = createRoutes();
  app.openapi(list, async (c) =>
    c.json(await workspaces.listWorkspaces(c.req.valid('query')), 200),
  );
  return app;
}
