/** The API under `/v1`: every route behind the same door, and the document that is made of them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { timeout } from 'hono/timeout';
import type { Bot } from '../core/bot.ts';
import type { Log } from '../core/log.ts';
import type { Repositories } from '../core/repositories.ts';
import type { Sharing } from '../core/sharing.ts';
import { type AccessOptions, type ApiEnv, authenticate } from './access.ts';
import { createAuditRoutes } from './audit.ts';
import { recordChanges } from './change.ts';
import { createConversations } from './conversations.ts';
import { createExport } from './export.ts';
import { createLimitsRoutes, type LimitsOptions } from './limits.ts';
import { createErrorHandler, notFound, ProblemError } from './problem.ts';
import { createProviders, type ProvidersOptions } from './providers.ts';
import { createRoutes } from './route.ts';
import { createSettings } from './settings.ts';
import { createTickets } from './tickets.ts';
import { createTrackers, type TrackersOptions } from './trackers.ts';
import { createUsage } from './usage.ts';
import { createUsers } from './users.ts';
import { createWorkspaces } from './workspaces.ts';

/** Bytes: a ticket's fields at their longest, and room to spare. */
const MAX_BODY_BYTES = 1_048_576;
/** Milliseconds; a tracker that stays silent while it files takes its time, nothing else does. */
const TIMEOUT_MS = 60_000;

export interface ApiOptions
  extends AccessOptions,
    ProvidersOptions,
    TrackersOptions,
    Pick<LimitsOptions, 'environment'> {
  repositories: Repositories;
  sharing: Sharing;
  bot: Pick<Bot, 'handleAction' | 'forgetConfiguration' | 'recordChange' | 'flushRecords'>;
  log: Log;
  /** Milliseconds until an answer is given up; default 60,000. What was begun goes on. */
  timeoutMs?: number;
}

export function createApi(options: ApiOptions): OpenAPIHono<ApiEnv> {
  const { repositories, timeoutMs = TIMEOUT_MS } = options;
  const app = createRoutes();
  app.onError(createErrorHandler(options.log));
  app.notFound(notFound);
  app.use(
    '*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new ProblemError('too-large');
      },
    }),
  );
  app.use('*', timeout(timeoutMs));
  app.use('*', authenticate(options));
  app.use('*', recordChanges(options.bot));
  app.use('*', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  for (const routes of [
    createUsers(options),
    createWorkspaces(repositories),
    createSettings(options),
    createProviders(options),
    createTrackers(options),
    createConversations(options),
    createTickets(options),
    createUsage(repositories),
    createLimitsRoutes(options),
    createAuditRoutes(repositories),
    createExport(options),
  ]) {
    app.route('/', routes);
  }
  return app;
}

/** OpenAPI 3.1, of the schemas that check the requests. */
export function describeApi(api: OpenAPIHono<ApiEnv>, publicUrl: string | undefined) {
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'prompt-to-issue',
      version: '1',
      description:
        'Users, settings, connections, conversations and tickets of a prompt-to-issue bot.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: `${publicUrl?.replace(/\/+$/, '') ?? ''}/v1` }],
  });
}
