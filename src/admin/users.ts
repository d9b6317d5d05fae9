/** People: made, found, changed and deleted by admins; everybody reads themselves. */
import { z } from '@hono/zod-openapi';
import type { Bot } from '../core/bot.ts';
import type { Repositories } from '../core/repositories.ts';
import { DELETED_AUTHOR, ROLES, type User } from '../core/user.ts';
import { resolveUserId } from './access.ts';
import { describeUser } from './change.ts';
import { ProblemError } from './problem.ts';
import {
  checkRevision,
  createRoutes,
  defineRoute,
  etagOf,
  jsonAnswer,
  jsonBody,
  NO_CONTENT,
  neededIfMatchHeaders,
  pageOf,
  pageQuery,
  userParams,
} from './route.ts';
import { spellIdentity } from './tokens.ts';

const name = z.string().trim().min(1).max(200);
const email = z.email().max(320);
const identity = z
  .string()
  .max(900)
  .overwrite(spellIdentity)
  .regex(
    /^(?:issuer::[^#\s]+|[a-z]+:[^:#\s]*:[^:#\s]+)$/,
    'must look like slack:T123:U123, discord::123 or issuer::SUBJECT',
  )
  .max(900)
  .openapi({
    description:
      '`slack:T123:U123`, `discord::123`, or `issuer::` and the subject (`sub`) of an external issuer’s tokens, as it is there or percent-encoded.',
  });

export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().optional(),
    role: z.enum(ROLES),
    status: z.enum(['active', 'deactivated']),
    identities: z.array(z.string()),
    createdAt: z.string(),
    updatedAt: z.string(),
    revision: z.int(),
  })
  .openapi('User');

const newUserSchema = z
  .strictObject({
    name,
    email: email.optional(),
    role: z.enum(ROLES).optional(),
    identities: z.array(identity).max(50).optional(),
  })
  .openapi('NewUser');

const userChangesSchema = z
  .strictObject({
    name: name.optional(),
    email: email.nullable().optional(),
    role: z.enum(ROLES).optional(),
    status: z.enum(['active', 'deactivated']).optional(),
  })
  .openapi('UserChanges');

const listRoute = defineRoute('admin', {
  method: 'get',
  path: '/users',
  summary: 'All users, by id',
  request: {
    query: pageQuery.extend({
      name: z.string().max(200).optional().openapi({
        description:
          'Part of a name, in any case. Of 2,000 users without enough of that name a page is short; the next one goes on.',
      }),
      identity: identity.optional(),
    }),
  },
  responses: { 200: jsonAnswer(pageOf(userSchema, 'User'), 'A page of users.') },
});

const createUserRoute = defineRoute('admin', {
  method: 'post',
  path: '/users',
  audit: ['created'],
  summary: 'A new user',
  request: { body: jsonBody(newUserSchema) },
  responses: { 201: jsonAnswer(userSchema, 'The user.') },
});

const readRoute = defineRoute('read', {
  method: 'get',
  path: '/users/{userId}',
  summary: 'One user',
  request: { params: userParams },
  responses: { 200: jsonAnswer(userSchema, 'The user; the ETag names the revision.') },
});

const updateRoute = defineRoute('admin', {
  method: 'patch',
  path: '/users/{userId}',
  audit: ['changed'],
  summary: 'Changes a user; a deactivated one cannot sign in',
  request: { params: userParams, headers: neededIfMatchHeaders, body: jsonBody(userChangesSchema) },
  responses: { 200: jsonAnswer(userSchema, 'The user as it is now.') },
});

const deleteRoute = defineRoute('admin', {
  method: 'delete',
  path: '/users/{userId}',
  audit: ['deleted'],
  summary: 'Deletes a user with everything beneath',
  request: { params: userParams },
  responses: NO_CONTENT,
});

const identityParams = userParams.extend({
  identity: identity.openapi({ param: { name: 'identity', in: 'path' } }),
});

const linkRoute = defineRoute('admin', {
  method: 'put',
  path: '/users/{userId}/identities/{identity}',
  audit: ['linked'],
  summary: 'Makes a chat account (or an external issuer’s subject) this user’s',
  request: { params: identityParams },
  responses: { 200: jsonAnswer(userSchema, 'The user as it is now.') },
});

const unlinkRoute = defineRoute('admin', {
  method: 'delete',
  path: '/users/{userId}/identities/{identity}',
  audit: ['unlinked'],
  summary: 'Takes a chat account from this user',
  request: { params: identityParams },
  responses: NO_CONTENT,
});

export interface UsersOptions {
  repositories: Pick<Repositories, 'users'>;
  bot: Pick<Bot, 'flushRecords'>;
}

export function createUsers({ repositories: { users }, bot }: UsersOptions) {
  const app = createRoutes();

  async function find(userId: string): Promise<User> {
    const user = await users.getUserById(userId);
    if (!user) throw new ProblemError('not-found');
    return user;
  }

  app.openapi(listRoute, async (c) => {
    const { identity: account, ...page } = c.req.valid('query');
    if (account !== undefined) {
      const user = await users.getUserByIdentity(account);
      return c.json({ items: user ? [user] : [] }, 200);
    }
    return c.json(await users.listUsers(page), 200);
  });

  app.openapi(createUserRoute, async (c) => {
    const outcome = await users.createUser(c.req.valid('json'));
    if (outcome.kind === 'created') {
      const { id } = outcome.user;
      c.get('record')({ action: 'created', subject: `user ${id}`, about: id });
      c.header('location', `/v1/users/${outcome.user.id}`);
      return c.json(outcome.user, 201);
    }
    const detail =
      outcome.kind === 'identity-taken'
        ? `${outcome.identity} belongs to another user.`
        : 'There is such a user already.';
    throw new ProblemError('conflict', { detail });
  });

  app.openapi(readRoute, async (c) => {
    const user = await find(resolveUserId(c, c.req.valid('param').userId));
    return c.json(user, 200, { etag: etagOf(user.revision) });
  });

  app.openapi(updateRoute, async (c) => {
    const seen = await find(resolveUserId(c, c.req.valid('param').userId));
    checkRevision(c, seen.revision);
    const outcome = await users.updateUser(seen, c.req.valid('json'));
    if (outcome.kind === 'missing') throw new ProblemError('not-found');
    if (outcome.kind === 'outdated') throw new ProblemError('outdated');
    const changed = describeUserChange(seen, outcome.user);
    const subject = `${describeUser(c, seen.id)}: ${changed}`;
    if (changed) c.get('record')({ action: 'changed', subject, about: seen.id });
    return c.json(outcome.user, 200, { etag: etagOf(outcome.user.revision) });
  });

  app.openapi(deleteRoute, async (c) => {
    const userId = resolveUserId(c, c.req.valid('param').userId);
    // What waits to be written is among what goes.
    await bot.flushRecords();
    const deleted = await users.deleteUser(userId);
    const isOneself = userId === c.get('user').id;
    // Of whom it was nothing is kept.
    const actor = isOneself ? { actor: DELETED_AUTHOR.identity } : {};
    if (deleted) c.get('record')({ action: 'deleted', subject: DELETED_AUTHOR.name, ...actor });
    return c.body(null, 204);
  });

  app.openapi(linkRoute, async (c) => {
    const { userId, identity: account } = c.req.valid('param');
    const seen = await find(resolveUserId(c, userId));
    const outcome = await users.addIdentity(seen.id, account);
    if (outcome.kind === 'missing') throw new ProblemError('not-found');
    if (outcome.kind === 'saved') {
      const subject = `${describeUser(c, seen.id)}: ${account}`;
      if (!seen.identities.includes(account))
        c.get('record')({ action: 'linked', subject, about: seen.id });
      return c.json(outcome.user, 200);
    }
    const detail =
      outcome.kind === 'taken'
        ? 'It belongs to another user: its owner can link it from the chat.'
        : 'One user has 50 accounts at most.';
    throw new ProblemError('conflict', { detail });
  });

  app.openapi(unlinkRoute, async (c) => {
    const { userId, identity: account } = c.req.valid('param');
    const seen = await users.getUserById(resolveUserId(c, userId));
    const linked = seen?.identities.find((one) => spellIdentity(one) === account);
    if (seen && linked !== undefined) {
      await users.removeIdentity(seen.id, linked);
      const subject = `${describeUser(c, seen.id)}: ${account}`;
      c.get('record')({ action: 'unlinked', subject, about: seen.id });
    }
    return c.body(null, 204);
  });

  return app;
}

/** Which fields are others now; of those that decide what somebody may, to what. */
function describeUserChange(before: User, after: User): string {
  const names = (['name', 'email'] as const).filter((field) => before[field] !== after[field]);
  const rights = (['role', 'status'] as const).filter((field) => before[field] !== after[field]);
  return [...names, ...rights.map((field) => `${field} ${after[field]}`)].join(', ');
}
