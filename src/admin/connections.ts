/**
 * What people connect, AI vendors and trackers alike: listed, saved over the revision that was seen,
 * tested, removed; under a user and under a workspace. A secret goes in and never comes out.
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Bot } from '../core/bot.ts';
import type { Connections } from '../core/connections.ts';
import type { ConnectionCheck } from '../core/provider.ts';
import type { ConfigOwner } from '../core/stored-config.ts';
import { type Access, type ApiEnv, resolveUserId } from './access.ts';
import { describeUser } from './change.ts';
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
  neededIfMatchHeaders,
  seenRevision,
  userParams,
} from './route.ts';
import { workspaceParams } from './settings.ts';

export const checkSchema = z
  .object({ ok: z.boolean(), message: z.string() })
  .openapi('ConnectionCheck');

/** What every connection shows; each sort has more. */
export const shownSchema = z.object({
  name: z.string(),
  kind: z.string(),
  baseUrl: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.int(),
});
type Shown = z.infer<typeof shownSchema>;
type Stored = Shown & { owner: ConfigOwner };

/** One sort of connection: its part of the paths, its schemas, and what the core knows of it. */
export interface ConnectionSort {
  part: 'providers' | 'trackers';
  schema: z.ZodType<Shown>;
  /** What fits together is checked by the core, which names every problem. */
  input: z.ZodObject;
  changes: z.ZodObject;
  connections: Connections<Stored>;
  /** What can be changed of it, as it is entered: what a patch starts from. */
  toInput(found: Stored): object;
  test(owner: ConfigOwner, name: string, project?: string): Promise<ConnectionCheck | undefined>;
  /** A test asks more with one: whether a project can be filed to. */
  testQuery: z.ZodObject;
  /** What the other side has to offer. */
  addOffer(under: Under): void;
  bot: Pick<Bot, 'forgetConfiguration'>;
}

/** The same routes twice: under a user and under a workspace. */
export function createConnectionRoutes(sort: ConnectionSort) {
  const app = createRoutes();
  app.route(
    '/',
    createOwned(sort, {
      prefix: '/users/{userId}',
      params: userParams,
      write: 'write',
      ownerOf: (c, { userId = '' }) => ({ userId: resolveUserId(c, userId) }),
    }),
  );
  app.route(
    '/',
    createOwned(sort, {
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

interface Owned {
  prefix: string;
  params: z.ZodObject;
  /** Who may change; reading takes the same rights for workspaces, and any for a user's own. */
  write: Access;
  ownerOf(c: Context<ApiEnv>, params: Record<string, string>): ConfigOwner;
}

function createOwned(sort: ConnectionSort, owned: Owned) {
  const { prefix, params: ownerParams, write } = owned;
  const under: Under = {
    ...sort,
    ...owned,
    app: createRoutes(),
    read: write === 'write' ? 'read' : write,
    path: `${prefix}/${sort.part}/{name}`,
    ownerParams,
    params: ownerParams.extend({ name: idParam('name') }),
    tags: [`${prefix.startsWith('/users') ? "A user's" : "A workspace's"} ${sort.part}`],
    named(c) {
      const given = c.req.param() as Record<string, string>;
      return { owner: owned.ownerOf(c, given), name: given.name ?? '' };
    },
  };
  addReading(under);
  addSaving(under);
  addRemoving(under);
  addTest(under);
  sort.addOffer(under);
  return under.app;
}

/** What the routes under one kind of owner share. */
export interface Under extends ConnectionSort, Owned {
  app: ReturnType<typeof createRoutes>;
  read: Access;
  path: string;
  ownerParams: z.ZodObject;
  tags: string[];
  named(c: Context<ApiEnv>): { owner: ConfigOwner; name: string };
}

function addReading(under: Under): void {
  const { app, read, prefix, path, params, ownerParams, tags, named, part, schema, connections } =
    under;

  app.openapi(
    defineRoute(read, {
      ...{ method: 'get' as const, path: `${prefix}/${part}`, tags },
      summary: 'All of them, by name',
      request: { params: ownerParams },
      responses: { 200: jsonAnswer(z.object({ items: z.array(schema) }), 'All.') },
    }),
    async (c) => {
      const { owner } = named(c);
      return c.json({ items: (await connections.list(owner)).map(toView) }, 200);
    },
  );

  app.openapi(
    defineRoute(read, {
      ...{ method: 'get' as const, path, tags, summary: 'One of them', request: { params } },
      responses: oneOf(schema),
    }),
    async (c) => {
      const { owner, name } = named(c);
      return show(c, await connections.get(owner, name));
    },
  );
}

function addSaving(under: Under): void {
  const { app, write, path, params, tags, named, bot, schema, connections } = under;

  /** `given`: what was sent, of which the names are kept. */
  async function save(c: Context<ApiEnv>, given: object, input: object, seen?: number) {
    const { owner, name } = named(c);
    const outcome = await connections.save(owner, name, input, seen);
    if (outcome.kind === 'missing') throw new ProblemError('not-found');
    if (outcome.kind === 'outdated') throw new ProblemError('outdated');
    bot.forgetConfiguration();
    if (seen === undefined) record(under, c, 'connected');
    else record(under, c, 'configured', Object.keys(given));
    return show(c, outcome.config);
  }

  app.openapi(
    defineRoute(write, {
      ...{ method: 'put' as const, path, tags },
      audit: ['connected', 'configured'],
      summary: 'Connects one, or with If-Match replaces it',
      request: { params, headers: ifMatchHeaders, body: jsonBody(under.input) },
      responses: oneOf(schema),
    }),
    (c) => save(c, c.req.valid('json'), c.req.valid('json'), seenRevision(c)),
  );

  app.openapi(
    defineRoute(write, {
      ...{ method: 'patch' as const, path, tags, summary: 'Changes what is named' },
      audit: ['configured'],
      request: { params, headers: neededIfMatchHeaders, body: jsonBody(under.changes) },
      responses: oneOf(schema),
    }),
    async (c) => {
      const { owner, name } = named(c);
      const found = await connections.get(owner, name);
      if (!found) throw new ProblemError('not-found');
      const given = c.req.valid('json');
      return save(c, given, { ...under.toInput(found), ...given }, seenRevision(c, true));
    },
  );
}

function addRemoving(under: Under): void {
  const { app, write, path, params, tags, named, bot, connections } = under;

  app.openapi(
    defineRoute(write, {
      ...{ method: 'delete' as const, path, tags, summary: 'Disconnects it' },
      audit: ['disconnected'],
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
        if (outcome.kind === 'deleted') record(under, c, 'disconnected');
      }
      return c.body(null, 204);
    },
  );
}

function addTest({ app, write, path, params, tags, named, test, testQuery }: Under): void {
  app.openapi(
    defineRoute(write, {
      ...{ method: 'post' as const, path: `${path}/test`, tags },
      audit: { none: 'It asks the other side and changes nothing.' },
      summary: 'Asks the other side whether it works',
      request: { params, query: testQuery },
      responses: { 200: jsonAnswer(checkSchema, 'One sentence either way.') },
    }),
    async (c) => {
      const { owner, name } = named(c);
      const { project } = c.req.valid('query') as { project?: string };
      const check = await test(owner, name, project);
      if (!check) throw new ProblemError('not-found');
      return c.json(check, 200);
    },
  );
}

type Kept = 'connected' | 'configured' | 'disconnected';

/** Names only, of the connection and of what was changed of it. */
function record({ named, part }: Under, c: Context<ApiEnv>, action: Kept, fields: string[] = []) {
  const { owner, name } = named(c);
  const connection = `${part === 'providers' ? 'provider' : 'tracker'} ${name}`;
  const whose = 'userId' in owner ? [describeUser(c, owner.userId)] : [];
  const changed = fields.length > 0 ? [fields.join(', ')] : [];
  const subject = [...whose, connection, ...changed].join(': ');
  const about = 'userId' in owner ? { about: owner.userId } : owner;
  c.get('record')({ action, subject, ...about });
}

function oneOf(schema: z.ZodType<Shown>) {
  return { 200: jsonAnswer(schema, 'It; the ETag names the revision.') };
}

function show(c: Context, found: Stored | undefined) {
  if (!found) throw new ProblemError('not-found');
  return c.json(toView(found), 200, { etag: etagOf(found.revision) });
}

function toView({ owner: _, ...shown }: Stored) {
  return shown;
}
