/** AI vendors that people and workspaces connect. A key goes in and never comes out. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Bot } from '../core/bot.ts';
import { ProviderError } from '../core/provider.ts';
import type { ProviderConnection, ProviderConnections } from '../core/provider-connections.ts';
import type { ConfigOwner } from '../core/stored-config.ts';
import { type Access, type ApiEnv, resolveUserId } from './access.ts';
import { ProblemError } from './problem.ts';
import {
  createRoutes,
  defineRoute,
  etagOf,
  idParam,
  ifMatchHeaders,
  jsonAnswer,
  jsonBody,
  NO_CONTENT,
  seenRevision,
  userParams,
} from './route.ts';
import { workspaceParams } from './settings.ts';

export const providerSchema = z
  .object({
    name: z.string(),
    kind: z.string(),
    model: z.string().optional(),
    baseUrl: z.string().optional(),
    keyEnding: z.string().optional().openapi({ description: 'The last four characters.' }),
    createdAt: z.string(),
    updatedAt: z.string(),
    revision: z.int(),
  })
  .openapi('Provider');

/** What fits together is checked by the core, which names every problem. */
const inputSchema = z
  .strictObject({
    kind: z.string().openapi({ example: 'openai' }),
    model: z.string().optional(),
    baseUrl: z.string().optional(),
    apiKey: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: 'Absent: the stored one stays.' }),
  })
  .openapi('ProviderInput');
const changesSchema = inputSchema.partial().openapi('ProviderChanges');

export const checkSchema = z
  .object({ ok: z.boolean(), message: z.string() })
  .openapi('ConnectionCheck');

export const modelSchema = z
  .object({ id: z.string(), contextTokens: z.int().optional(), seesImages: z.boolean().optional() })
  .openapi('Model');

const one = { 200: jsonAnswer(providerSchema, 'The provider; the ETag names the revision.') };

export interface ProvidersOptions {
  providerConnections: ProviderConnections;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

/** The same routes twice: under a user and under a workspace. */
export function createProviders(options: ProvidersOptions) {
  const app = createRoutes();
  app.route(
    '/',
    createOwned(options, {
      prefix: '/users/{userId}',
      params: userParams,
      write: 'write',
      ownerOf: (c, { userId = '' }) => ({ userId: resolveUserId(c, userId) }),
    }),
  );
  app.route(
    '/',
    createOwned(options, {
      prefix: '/workspaces/{platform}/{workspaceId}',
      params: workspaceParams,
      write: 'admin',
      ownerOf: (_, params) => {
        const { platform, workspaceId } = workspaceParams.parse(params);
        return { platform, workspaceId };
      },
    }),
  );
  return app;
}

export interface Owned {
  prefix: string;
  params: z.ZodObject;
  /** Who may change; reading takes the same rights for workspaces, and any for a user's own. */
  write: Access;
  ownerOf(c: Context<ApiEnv>, params: Record<string, string>): ConfigOwner;
}

function createOwned(options: ProvidersOptions, owned: Owned) {
  const { prefix, params: ownerParams, write } = owned;
  const under: Under = {
    ...options,
    ...owned,
    app: createRoutes(),
    read: write === 'write' ? 'read' : write,
    path: `${prefix}/providers/{name}`,
    ownerParams,
    params: ownerParams.extend({ name: idParam('name') }),
    tags: [prefix.startsWith('/users') ? "A user's providers" : "A workspace's providers"],
    named(c) {
      const given = c.req.param() as Record<string, string>;
      return { owner: owned.ownerOf(c, given), name: given.name ?? '' };
    },
  };
  addReading(under);
  addSaving(under);
  addRemoving(under);
  addAsking(under);
  return under.app;
}

/** What the routes under one kind of owner share. */
interface Under extends ProvidersOptions, Owned {
  app: ReturnType<typeof createRoutes>;
  read: Access;
  path: string;
  ownerParams: z.ZodObject;
  tags: string[];
  named(c: Context<ApiEnv>): { owner: ConfigOwner; name: string };
}

function addReading(under: Under): void {
  const { app, read, prefix, path, params, ownerParams, tags, named } = under;
  const { providerConnections: connections } = under;

  app.openapi(
    defineRoute(read, {
      ...{ method: 'get' as const, path: `${prefix}/providers`, tags },
      summary: 'All of them, by name',
      request: { params: ownerParams },
      responses: { 200: jsonAnswer(z.object({ items: z.array(providerSchema) }), 'All.') },
    }),
    async (c) => {
      const { owner } = named(c);
      return c.json({ items: (await connections.list(owner)).map(toProviderView) }, 200);
    },
  );

  app.openapi(
    defineRoute(read, {
      ...{ method: 'get' as const, path, tags, summary: 'One of them', request: { params } },
      responses: one,
    }),
    async (c) => {
      const { owner, name } = named(c);
      return show(c, await connections.get(owner, name));
    },
  );
}

function addSaving(under: Under): void {
  const { app, write, path, params, tags, named, bot } = under;
  const { providerConnections: connections } = under;

  async function save(c: Context<ApiEnv>, input: unknown, seen: number | undefined) {
    const { owner, name } = named(c);
    const outcome = await connections.save(owner, name, input, seen);
    if (outcome.kind === 'missing') throw new ProblemError('not-found');
    if (outcome.kind === 'outdated') throw new ProblemError('outdated');
    bot.forgetConfiguration();
    return show(c, outcome.config);
  }

  app.openapi(
    defineRoute(write, {
      ...{ method: 'put' as const, path, tags },
      summary: 'Connects one, or with If-Match replaces it',
      request: { params, headers: ifMatchHeaders, body: jsonBody(inputSchema) },
      responses: one,
    }),
    (c) => save(c, c.req.valid('json'), seenRevision(c)),
  );

  app.openapi(
    defineRoute(write, {
      ...{ method: 'patch' as const, path, tags, summary: 'Changes what is named' },
      request: { params, headers: ifMatchHeaders, body: jsonBody(changesSchema) },
      responses: one,
    }),
    async (c) => {
      const { owner, name } = named(c);
      const found = await connections.get(owner, name);
      if (!found) throw new ProblemError('not-found');
      const { kind, model, baseUrl } = found;
      const current = { kind, ...(model && { model }), ...(baseUrl && { baseUrl }) };
      return save(c, { ...current, ...c.req.valid('json') }, seenRevision(c, true));
    },
  );
}

function addRemoving(under: Under): void {
  const { app, write, path, params, tags, named, bot } = under;
  const { providerConnections: connections } = under;

  app.openapi(
    defineRoute(write, {
      ...{ method: 'delete' as const, path, tags, summary: 'Disconnects it' },
      request: { params, headers: ifMatchHeaders },
      responses: NO_CONTENT,
    }),
    async (c) => {
      const { owner, name } = named(c);
      const found = await connections.get(owner, name);
      const seen = seenRevision(c) ?? found?.revision;
      if (found && seen !== undefined) {
        const outcome = await connections.remove(owner, name, seen);
        if (outcome.kind === 'outdated') throw new ProblemError('outdated');
        bot.forgetConfiguration();
      }
      return c.body(null, 204);
    },
  );
}

function addAsking(under: Under): void {
  const { app, write, path, params, tags, named } = under;
  const { providerConnections: connections } = under;

  app.openapi(
    defineRoute(write, {
      ...{ method: 'post' as const, path: `${path}/test`, tags },
      summary: 'Asks the vendor whether the key works',
      request: { params },
      responses: { 200: jsonAnswer(checkSchema, 'One sentence either way.') },
    }),
    async (c) => {
      const { owner, name } = named(c);
      const check = await connections.test(owner, name);
      if (!check) throw new ProblemError('not-found');
      return c.json(check, 200);
    },
  );

  app.openapi(
    defineRoute(write, {
      ...{ method: 'get' as const, path: `${path}/models`, tags },
      summary: "The vendor's models",
      request: { params },
      responses: { 200: jsonAnswer(z.object({ items: z.array(modelSchema) }), 'All of them.') },
    }),
    async (c) => {
      const { owner, name } = named(c);
      const models = await connections.listModels(owner, name).catch(toProblem);
      if (!models) throw new ProblemError('not-found');
      return c.json({ items: models }, 200);
    },
  );
}

function toProblem(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  throw new ProblemError('refused', { detail: `${error.message}.`, cause: error });
}

function show(c: Context, found: ProviderConnection | undefined) {
  if (!found) throw new ProblemError('not-found');
  return c.json(toProviderView(found), 200, { etag: etagOf(found.revision) });
}

function toProviderView({ owner: _, ...connection }: ProviderConnection) {
  return connection;
}
