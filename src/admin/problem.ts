/**
 * What went wrong, as RFC 9457 says it: a status, a code for programs, a sentence for people, and for
 * what is our fault the reference under which it is logged.
 */
import { z } from '@hono/zod-openapi';
import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ChatError, InvalidInputError, StoreUnavailableError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { describeReason } from '../core/ticket-fields.ts';
import { IssuerUnreachableError } from './tokens.ts';

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    reference: z.string().optional(),
    /** Send the same again with this as `confirmed`, if it is meant. */
    confirm: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

const PROBLEMS = {
  'invalid-input': { status: 400, title: 'What was sent does not fit.' },
  unauthenticated: { status: 401, title: 'Sign in first: the token is missing or not accepted.' },
  'not-verified': { status: 401, title: 'Who sent it could not be verified.' },
  forbidden: { status: 403, title: 'This needs other rights than yours.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  conflict: { status: 409, title: 'That collides with what is there.' },
  outdated: { status: 412, title: 'Somebody changed it in the meantime: read it again.' },
  'too-large': { status: 413, title: 'That is more than can be taken at once.' },
  'unsupported-media': { status: 415, title: 'Send JSON.' },
  refused: { status: 422, title: 'That cannot be done.' },
  'revision-missing': { status: 428, title: 'Say in If-Match which revision you saw.' },
  'too-many': { status: 429, title: 'Too many tries: wait a little.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
  unavailable: { status: 503, title: 'The table does not answer: try again.' },
  'issuer-unreachable': {
    status: 503,
    title: 'The issuer of tokens does not answer: try again.',
  },
  'timed-out': { status: 504, title: 'That took too long; it may still be done.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

interface ProblemOptions {
  detail?: string;
  reference?: string;
  confirm?: string;
  errors?: { field: string; message: string }[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** Thrown by a route; becomes a problem document. `detail` is for whoever asked. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

export function problemResponse(
  c: Context,
  code: ProblemCode,
  { detail, reference, confirm, errors, headers }: ProblemOptions = {},
): Response {
  const { status, title } = PROBLEMS[code];
  const body = { type: 'about:blank', title, status, code, detail, reference, confirm, errors };
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...headers,
  });
}

/** The fields a schema complains about, without their values. */
export function toInvalidInput(issues: z.core.$ZodIssue[]): ProblemOptions {
  const errors = issues.map((issue) => ({
    field: issue.path.join('.') || 'body',
    message: describeReason(issue),
  }));
  return { errors };
}

export const notFound: NotFoundHandler = (c) => problemResponse(c, 'not-found');

/** The one place where an error becomes an answer: what nobody wrote for people is logged, not shown. */
export function createErrorHandler(log: Log): ErrorHandler {
  return function answerError(error, c) {
    if (error instanceof ProblemError) return problemResponse(c, error.code, error.options);
    if (error instanceof ChatError) return problemResponse(c, 'refused', { detail: error.message });
    if (error instanceof InvalidInputError) {
      const errors = error.problems.map((message) => ({ field: 'input', message }));
      return problemResponse(c, 'invalid-input', { errors });
    }
    if (error instanceof StoreUnavailableError) {
      const reference = log.error('request-failed', { path: c.req.routePath }, error);
      return problemResponse(c, 'unavailable', { reference, headers: { 'retry-after': '5' } });
    }
    if (error instanceof IssuerUnreachableError) {
      const reference = log.error('issuer-unreachable', {}, error);
      return problemResponse(c, 'issuer-unreachable', {
        reference,
        headers: { 'retry-after': '5' },
      });
    }
    if (error instanceof HTTPException) return problemResponse(c, codeOf(error.status));
    const reference = log.error('request-failed', { path: c.req.routePath }, error);
    return problemResponse(c, 'internal', { reference });
  };
}

function codeOf(status: number): ProblemCode {
  const known = Object.entries(PROBLEMS).find(([, problem]) => problem.status === status);
  return (known?.[0] as ProblemCode | undefined) ?? 'invalid-input';
}
