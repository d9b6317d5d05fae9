/** What every route of the API has in common: who may, how lists page, how revisions are named. */
import { createRoute, OpenAPIHono, type RouteConfig as OpenApiRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Access, type ApiEnv, requires } from './access.ts';
import type { Audited } from './change.ts';
import { ProblemError, problemResponse, problemSchema, toInvalidInput } from './problem.ts';

/** An empty app whose routes check what they are sent. */
export function createRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      return problemResponse(c, 'invalid-input', toInvalidInput(result.error.issues));
    },
  });
}

const problemContent = { 'application/problem+json': { schema: problemSchema } };

/** Whatever changes something says which entries it leaves in the audit, or why none. */
type Accounted =
  | { method: 'get'; audit?: Audited }
  | { method: 'post' | 'put' | 'patch' | 'delete'; audit: Audited };

/**
 * A route, and who may use it: `x-access` in the document says what the middleware enforces, `x-audit`
 * what is kept of it.
 */
export function defineRoute<
  Path extends string,
  Config extends Omit<OpenApiRoute, 'path' | 'method'> & { path: Path } & Accounted,
>(access: Access, { audit, ...config }: Config) {
  return createRoute({
    tags: [tagOf(config.path)],
    ...config,
    ...(audit && { 'x-audit': 'none' in audit ? audit.none : audit }),
    security: [{ token: [] }],
    middleware: [requires(access)] as const,
    'x-access': access,
    responses: {
      ...config.responses,
      default: { description: 'What went wrong.', content: problemContent },
    },
  } as unknown as Config);
}

/** The last collection in a path: what the document lists a route under. */
function tagOf(path: string): string {
  const collections = path.split('/').filter((part) => TAGS.has(part));
  return TAGS.get(collections.at(-1) ?? '') ?? 'Other';
}

const TAGS = new Map([
  ['users', 'Users'],
  ['workspaces', 'Workspaces'],
  ['channels', 'Workspaces'],
  ['settings', 'Settings'],
  ['conversations', 'Conversations'],
  ['tickets', 'Tickets'],
  ['drafts', 'Tickets'],
  ['usage', 'Usage'],
  ['audit', 'Audit'],
  ['caps', 'Limits'],
  ['retention', 'Limits'],
]);

/** A JSON body that must be sent. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** A JSON answer. */
export function jsonAnswer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** Done, and nothing to say. */
export const NO_CONTENT = {
  204: { description: 'Done; doing it again changes nothing.' },
} as const;

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  /** From the page before. */
  cursor: z.string().max(4_096).optional(),
});

export function pageOf<Schema extends z.ZodType>(item: Schema, name: string) {
  return z.object({ items: z.array(item), cursor: z.string().optional() }).openapi(`${name}Page`);
}

export const idParam = (name: string) =>
  z
    .string()
    .min(1)
    .max(320)
    .regex(/^[^#\s]+$/, 'must have no spaces and no #')
    .openapi({ param: { name, in: 'path' } });

export const userParams = z.object({
  userId: idParam('userId').openapi({ description: 'An id, or `me`.' }),
});

/** `"7"`, as ETag and If-Match write it. */
export const etagOf = (revision: number): string => `"${revision}"`;

export const ifMatchHeaders = z.object({ 'if-match': z.string().optional() });

/** Without it the answer is 428, not 400: so the schema lets it be absent, and the document does not. */
export const neededIfMatchHeaders = z.object({
  'if-match': z
    .string()
    .optional()
    .openapi({ param: { required: true } }),
});

/** What the request says it saw. A proxy that compresses marks our tags as weak (`W/"7"`): they are the same. */
export function seenTag(c: Context): string | undefined {
  return c.req.header('if-match')?.replace(/^W\//, '');
}

/** Rejects unless the request says it has seen this revision. */
export function checkRevision(c: Context, revision: number): void {
  const seen = seenTag(c);
  if (seen === undefined) throw new ProblemError('revision-missing');
  if (seen !== etagOf(revision)) throw new ProblemError('outdated');
}

/** The revision in If-Match; `undefined` without one, unless it is `needed`. */
export function seenRevision(c: Context, needed = false): number | undefined {
  const tag = seenTag(c);
  const seen = /^"(\d{1,15})"$/.exec(tag ?? '')?.[1];
  if (seen !== undefined) return Number(seen);
  if (tag !== undefined) throw new ProblemError('outdated');
  if (needed) throw new ProblemError('revision-missing');
  return undefined;
}
