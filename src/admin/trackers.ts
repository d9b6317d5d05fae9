/** Accesses to trackers that people and workspaces connect. A token goes in and never comes out. */
import { z } from '@hono/zod-openapi';
import type { Bot } from '../core/bot.ts';
import { TrackerError } from '../core/tracker.ts';
import type { TrackerConnection, TrackerConnections } from '../core/tracker-connections.ts';
import { createConnectionRoutes, shownSchema, type Under } from './connections.ts';
import { ProblemError } from './problem.ts';
import { defineRoute, jsonAnswer } from './route.ts';

export const trackerSchema = shownSchema
  .extend({
    appId: z.string().optional().openapi({ description: 'Of a GitHub App.' }),
    attachments: z.boolean().optional(),
    tokenEnding: z.string().optional().openapi({ description: 'The last four characters.' }),
  })
  .openapi('Tracker');

const STAYS = 'Absent: the stored one stays.';
const inputSchema = z
  .strictObject({
    kind: z.string().openapi({ example: 'github' }),
    baseUrl: z.string().optional(),
    token: z.string().optional().openapi({ description: STAYS }),
    appId: z.string().optional().openapi({ description: 'A GitHub App, for workspaces.' }),
    privateKey: z
      .string()
      .optional()
      .openapi({ description: `The App's, in PEM. ${STAYS}` }),
    attachments: z
      .boolean()
      .optional()
      .openapi({ description: 'GitHub: files may be put on a branch of the repository.' }),
  })
  .openapi('TrackerInput');
const changesSchema = inputSchema.partial().openapi('TrackerChanges');

export const projectSchema = z
  .object({
    project: z.string().openapi({ example: 'github:octo/web' }),
    name: z.string(),
    host: z.string(),
    projectId: z.string().openapi({ description: "The server's own id of it." }),
    visibility: z.enum(['public', 'private']),
  })
  .openapi('TrackerProject');

const testQuery = z.object({
  project: z
    .string()
    .max(500)
    .optional()
    .openapi({ description: 'Whether issues may be filed in it is asked too.' }),
});

export interface TrackersOptions {
  trackerConnections: TrackerConnections;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

export function createTrackers({ trackerConnections: connections, bot }: TrackersOptions) {
  return createConnectionRoutes({
    part: 'trackers',
    schema: trackerSchema,
    input: inputSchema,
    changes: changesSchema,
    connections,
    toInput({ kind, baseUrl, appId, attachments }: TrackerConnection) {
      return { kind, baseUrl, appId, attachments };
    },
    test: (owner, name, project) => connections.test(owner, name, project),
    testQuery,
    addOffer: (under) => addProjects(under, connections),
    bot,
  });
}

function addProjects(under: Under, connections: TrackerConnections): void {
  const { app, write, path, params, tags, named } = under;

  app.openapi(
    defineRoute(write, {
      ...{ method: 'get' as const, path: `${path}/projects`, tags },
      summary: 'The projects it sees',
      request: { params },
      responses: { 200: jsonAnswer(z.object({ items: z.array(projectSchema) }), 'All of them.') },
    }),
    async (c) => {
      const { owner, name } = named(c);
      const projects = await connections.listProjects(owner, name).catch(toProblem);
      if (!projects) throw new ProblemError('not-found');
      return c.json({ items: projects }, 200);
    },
  );
}

function toProblem(error: unknown): never {
  if (!(error instanceof TrackerError)) throw error;
  throw new ProblemError('refused', { detail: `${error.message}.`, cause: error });
}
