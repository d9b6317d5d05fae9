/**
 * The line to a GitLab server, below Gitbeaker's resources. Gitbeaker's own requester repeats a POST
 * after a 502 and ignores Retry-After; this one sends what changes something exactly once, repeats
 * reads within a short deadline and asks by their ETag, and turns whatever goes wrong into `TrackerError`.
 */
import {
  type BaseResourceOptions,
  createRequesterFn,
  type FormattedResponse,
} from '@gitbeaker/requester-utils';
import { ForbiddenAddressError } from '../core/errors.ts';
import { pause } from '../core/lease.ts';
import { TrackerError } from '../core/tracker.ts';
import { type AnswerCache, createAnswerCache } from './answer-cache.ts';
import { causesOf, codeOf, neverLeft } from './connection-failure.ts';
import { toLimit, toRefusal } from './gitlab-refusal.ts';
import { createWriteQueue, type InTurn } from './write-queue.ts';

export type Fetch = typeof globalThis.fetch;

export interface GitLabConnectionOptions {
  /** The server as a browser shows it, `https://gitlab.com` or `https://example.com/gitlab`. */
  url: string;
  /** Personal, project and group access tokens; `oauth` for tokens that an OAuth login gave. */
  token: string;
  tokenKind?: 'access' | 'oauth';
  /** For addresses that people enter: one that keeps out of private networks. */
  fetch?: Fetch;
  /**
   * The server may name itself otherwise than it is reached, as it does to its webhooks. Only for one that
   * the operator chose: whose address people enter could pass for another, and hear of its issues.
   */
  trusted?: boolean;
  timing?: Partial<GitLabTiming>;
}

/** Milliseconds. */
export interface GitLabTiming {
  /** For a read with its repetitions. Default 15,000. */
  readMs: number;
  /** For something that changes GitLab, from when it is its turn. Default 30,000. */
  writeMs: number;
  /** The pause before a read is repeated, doubled each time, where GitLab asks for none. Default 300. */
  retryMs: number;
}

/** One of Gitbeaker's resources, such as `Issues`. */
type ResourceClass<Resource> = new (options: BaseResourceOptions<false>) => Resource;

export interface GitLabConnection {
  /** For people, as it is reached: `gitlab.com`, `example.com/gitlab`. */
  readonly host: string;
  /** For keys: the server, as this address of its own names it where it is trusted. */
  serverOf(address: string): string;
  /** Its calls reject with `TrackerError`, or with the signal's reason when aborted. */
  use<Resource>(resource: ResourceClass<Resource>, signal?: AbortSignal): Resource;
}

const DEFAULT_TIMING: GitLabTiming = { readMs: 15_000, writeMs: 30_000, retryMs: 300 };
const MAX_TRIES = 3;
const MAX_REDIRECTS = 2;
/** Bytes of an answer; a hundred issues with very long descriptions are below. */
const MAX_ANSWER_BYTES = 32 * 1_024 * 1_024;

interface Line {
  host: string;
  fetch: Fetch;
  timing: GitLabTiming;
  writes: Writes;
  cache: AnswerCache<Record<string, string>>;
  signal: AbortSignal;
}

/** What the writes of one account share: one goes after the other, and none while GitLab takes none. */
interface Writes {
  inTurn: InTurn;
  /** By `performance.now()`. Reads have limits of their own. */
  closedUntil: number;
}

interface Message {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string | FormData;
}

export function connectGitLab(options: GitLabConnectionOptions): GitLabConnection {
  const { token, tokenKind = 'access', fetch = globalThis.fetch, trusted = false } = options;
  const url = options.url.replace(/\/+$/, '');
  const host = url.replace(/^https?:\/\//, '');
  const { pathname } = new URL(url);
  const path = pathname.replace(/\/$/, '');
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const access = tokenKind === 'oauth' ? { oauthToken: token } : { token };
  const writes: Writes = { inTurn: createWriteQueue(0), closedUntil: 0 };
  const cache = createAnswerCache<Record<string, string>>();

  return {
    host,
    serverOf: (address) => `${new URL(trusted ? address : url).host}${path}`,
    use(resource, signal = new AbortController().signal) {
      const line = { host, fetch, timing, writes, cache, signal };
      const requesterFn = createRequesterFn(
        async (_, request) => request,
        (endpoint, request = {}) => send(line, toMessage(endpoint, request)),
      );
      // The deadline and the limits of requests are this file's.
      return new resource({
        host: url,
        ...access,
        requesterFn,
        queryTimeout: null,
        rateLimits: {},
      });
    },
  };
}

function toMessage(endpoint: string, request: Record<string, unknown>): Message {
  const { prefixUrl = '', searchParams = '', method, headers, body } = request;
  const url = new URL(endpoint, `${String(prefixUrl).replace(/\/+$/, '')}/`);
  url.search = String(searchParams);
  return {
    url,
    method: String(method),
    headers: { ...(headers as Record<string, string>), accept: 'application/json' },
    ...((typeof body === 'string' || body instanceof FormData) && { body }),
  };
}

function send(line: Line, message: Message): Promise<FormattedResponse> {
  if (message.method === 'GET') return read(line, message);
  return line.writes.inTurn(line.signal, () => write(line, message));
}

async function write(line: Line, message: Message): Promise<FormattedResponse> {
  const { host, timing, writes, signal } = line;
  const waitMs = writes.closedUntil - performance.now();
  if (waitMs > 0) throw toLimit(host, Math.ceil(waitMs));
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timing.writeMs)]);
  try {
    return await exchange({ ...line, signal: limited }, message);
  } catch (error) {
    signal.throwIfAborted();
    const failure = toFailure(line, error, false);
    const { retryAfterMs = 0 } = failure;
    writes.closedUntil = Math.max(writes.closedUntil, performance.now() + retryAfterMs);
    throw failure;
  }
}

async function read(line: Line, message: Message): Promise<FormattedResponse> {
  const { timing, signal } = line;
  const endsAt = performance.now() + timing.readMs;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timing.readMs)]);
  for (let tries = 1; ; tries += 1) {
    try {
      signal.throwIfAborted();
      return await exchange({ ...line, signal: limited }, message);
    } catch (error) {
      signal.throwIfAborted();
      const failure = toFailure(line, error, true);
      const waitMs = failure.retryAfterMs ?? timing.retryMs * 2 ** (tries - 1);
      const isTimely = tries < MAX_TRIES && performance.now() + waitMs < endsAt;
      if (!isPassing(failure) || !isTimely) throw failure;
      await pause(waitMs, limited);
    }
  }
}

function isPassing({ kind }: TrackerError): boolean {
  return kind === 'rate-limited' || kind === 'unreachable';
}

async function exchange(line: Line, message: Message): Promise<FormattedResponse> {
  const isRead = message.method === 'GET';
  const known = isRead ? line.cache.get(message.url.href) : undefined;
  const response = await follow(line, known ? withTag(message, known.etag) : message);
  const { status, ok } = response;
  const body = await readText(response);
  const headers = Object.fromEntries(response.headers);
  if (status === 408 || status >= 500) throw new UncertainError(`failed (${status})`);
  if (known && status === 304) {
    // The tag is of the body alone: what an unchanged page leads on to may be new.
    const current = { ...known.headers, ...headers };
    return { status: 200, headers: current, body: JSON.parse(known.data) };
  }
  if (!ok) throw toRefusal({ status, headers: response.headers, body, host: line.host });
  const answer = { status, headers, body: parseAnswer(response.headers, body) };
  if (isRead && headers.etag) {
    line.cache.set(message.url.href, { etag: headers.etag, headers, data: body });
  }
  return answer;
}

function withTag(message: Message, etag: string): Message {
  return { ...message, headers: { ...message.headers, 'if-none-match': etag } };
}

/** A renamed project's reads lead to its number on the same server; the token goes nowhere else. */
async function follow({ fetch, signal }: Line, { url, ...message }: Message): Promise<Response> {
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target, { ...message, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    if (!isRedirect) return response;
    target = new URL(location, target);
    const mayFollow = message.method === 'GET' && target.origin === url.origin;
    if (!mayFollow || redirects === MAX_REDIRECTS) return response;
    await response.body?.cancel();
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new UncertainError('sent more than can be read');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Answer = Record<string, unknown> | Record<string, unknown>[] | null;

function parseAnswer(headers: Headers, body: string): Answer {
  if (body === '') return null;
  if (!headers.get('content-type')?.includes('json')) {
    throw new UncertainError('answered with a page that is not GitLab’s API; check its address');
  }
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UncertainError('sent something that cannot be read', { cause });
  }
}

// --- Failures ------------------------------------------------------------------------------------

/** GitLab was asked and gave no answer that tells what it did. */
class UncertainError extends Error {}

function toFailure({ host }: Line, error: unknown, isRead: boolean): TrackerError {
  if (error instanceof TrackerError) return error;
  const forbidden = causesOf(error).find((cause) => cause instanceof ForbiddenAddressError);
  if (forbidden) return new TrackerError('gitlab', 'refused', forbidden.message, { cause: error });
  const message = `GitLab at ${host} ${describe(error, codeOf(error))}.`;
  const isCertain = isRead || neverLeft(error);
  const kind = isCertain ? 'unreachable' : 'ambiguous';
  return new TrackerError('gitlab', kind, message, { cause: error });
}

function describe(error: unknown, code: string | undefined): string {
  if (error instanceof UncertainError) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return 'did not answer in time';
  return code ? `could not be reached (${code})` : 'could not be reached';
}
