/**
 * Who asks, and whether they may. Every request under `/v1` carries a token, or the console's session;
 * the user's role and whether they are active are read from the table each time.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Repositories } from '../core/repositories.ts';
import type { User } from '../core/user.ts';
import type { Change } from './change.ts';
import { ProblemError } from './problem.ts';
import { issuerIdentity, type Tokens } from './tokens.ts';

/** `read`: anybody signed in, about what is theirs. `write`: not viewers. `admin`: admins, about anything. */
export type Access = 'read' | 'write' | 'admin';

/** What a route finds about who asks, and where it tells what it changed. */
export interface ApiEnv {
  Variables: { user: User; record(change: Change): void };
}

/** The console's cookie; `__Host-` binds it to this host and to HTTPS where there is HTTPS. */
export const SESSION_COOKIE = 'pti_session';

export interface AccessOptions {
  /** Absent: only the console's sessions sign in. */
  tokens: Tokens | undefined;
  repositories: Pick<Repositories, 'users' | 'sessions'>;
  /** Where browsers reach us: what a session changes must come from there. */
  origins: string[];
}

/** Refuses alike whatever is wrong with a token. */
export function authenticate(options: AccessOptions): MiddlewareHandler<ApiEnv> {
  return async function authenticated(c, next) {
    const user = await findUser(options, c);
    if (user?.status !== 'active') {
      throw new ProblemError('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
    }
    c.set('user', user);
    await next();
  };
}

/** Before a route's own work; the only way a route gets into the API is with one of these. */
export function requires(access: Access): MiddlewareHandler<ApiEnv> {
  return async function allowed(c, next) {
    const { role } = c.get('user');
    const may = role === 'admin' || access === 'read' || (access === 'write' && role === 'member');
    if (!may) throw new ProblemError('forbidden');
    await next();
  };
}

async function findUser(options: AccessOptions, c: Context): Promise<User | undefined> {
  const bearer = /^Bearer ([^\s]+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (bearer !== undefined) return findByToken(options, bearer);
  return findBySession(options, c);
}

async function findByToken({ tokens, repositories }: AccessOptions, token: string) {
  if (!tokens) return undefined;
  const subject = await tokens.verify(token);
  if (subject === undefined) return undefined;
  if (tokens.external) return repositories.users.getUserByIdentity(issuerIdentity(subject));
  return repositories.users.getUserById(subject);
}

/** A browser sends its cookie along with whatever page asks it to: a change must name our own origin. */
async function findBySession({ repositories, origins }: AccessOptions, c: Context) {
  const secret = getCookie(c, SESSION_COOKIE);
  if (!secret) return undefined;
  const changes = !['GET', 'HEAD'].includes(c.req.method);
  if (changes && !origins.includes(c.req.header('origin') ?? '')) return undefined;
  const userId = await repositories.sessions.find(secret);
  return userId === undefined ? undefined : repositories.users.getUserById(userId);
}

/** `me`, or an id; of others only an admin's. What is not theirs does not exist for them. */
export function resolveUserId(c: Context<ApiEnv>, given: string): string {
  const { id, role } = c.get('user');
  const userId = given === 'me' ? id : given;
  if (userId !== id && role !== 'admin') throw new ProblemError('not-found');
  return userId;
}
