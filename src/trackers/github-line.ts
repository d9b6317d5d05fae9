/**
 * The line to GitHub, below Octokit's methods: what changes something is sent exactly once and in its
 * turn, reads are repeated within a short deadline and asked for by their ETag, and whatever goes
 * wrong becomes `TrackerError`.
 */
import type { Octokit } from '@octokit/rest';
import { ForbiddenAddressError } from '../core/errors.ts';
import { pause } from '../core/lease.ts';
import { TrackerError } from '../core/tracker.ts';
import type { AnswerCache } from './answer-cache.ts';
import { causesOf, codeOf, neverLeft } from './connection-failure.ts';
import { toRefusal } from './github-refusal.ts';
import type { InTurn } from './write-queue.ts';

/** Milliseconds. */
export interface GitHubTiming {
  /** For a read with its repetitions. Default 15,000. */
  readMs: number;
  /** For something that changes GitHub, from when it is its turn. Default 30,000. */
  writeMs: number;
  /** The pause before a read is repeated, doubled each time, where GitHub asks for none. Default 300. */
  retryMs: number;
  /** Between what creates content, for one account. Default 1,000, as GitHub asks. */
  writeGapMs: number;
}

/** What all requests of one account share. */
export interface Line {
  host: string;
  timing: GitHubTiming;
  cache: AnswerCache<Answer['headers']>;
  inTurn: InTurn;
  /** GitHub takes no request before this moment of `performance.now()`. */
  closedUntil: number;
}

type RequestHook = Parameters<typeof Octokit.prototype.hook.wrap<'request'>>[1];
type Options = Parameters<RequestHook>[1];
type Send = (options: Options) => Promise<Answer>;
type Exchange = () => Promise<Answer>;
type Answer = Awaited<ReturnType<RequestHook>>;

const MAX_TRIES = 3;
/** A closed line is waited for this long, in milliseconds; beyond it the caller hears when to come again. */
const MAX_PATIENCE_MS = 3_000;
const NEVER = new AbortController().signal;

/**
 * Every request of this Octokit rejects with `TrackerError`, or with the signal's reason when aborted.
 * Its options are changed in place: the hooks nearer to the wire keep that very object, whatever is
 * passed on to them.
 */
export function putOnLine(octokit: Octokit, line: Line): void {
  octokit.hook.wrap('request', (request, options) => {
    const send = () => (request as Send)(options);
    const exchange = () => exchangeOnce(octokit, line, send, options);
    const signal = options.request.signal ?? NEVER;
    if (isRead(options)) return read(line, exchange, options, signal);
    return line.inTurn(signal, () => write(line, exchange, options, signal));
  });
}

/** A second token of an installation harms nothing. */
function isRead({ method, url }: Options): boolean {
  return method === 'GET' || url.endsWith('/access_tokens');
}

async function write(line: Line, exchange: Exchange, options: Options, signal: AbortSignal) {
  await waitForLine(line, signal);
  const limited = limit(options, signal, line.timing.writeMs);
  try {
    return await exchange();
  } catch (error) {
    signal.throwIfAborted();
    throw toFailure(line, error, { isRead: false, isLate: limited.aborted });
  }
}

async function read(line: Line, exchange: Exchange, options: Options, signal: AbortSignal) {
  const { readMs, retryMs } = line.timing;
  const endsAt = performance.now() + readMs;
  const limited = limit(options, signal, readMs);
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    await waitForLine(line, signal);
    try {
      return await exchange();
    } catch (error) {
      signal.throwIfAborted();
      const failure = toFailure(line, error, { isRead: true, isLate: limited.aborted });
      const waitMs = failure.retryAfterMs ?? retryMs * 2 ** (tries - 1);
      const isTimely = tries < MAX_TRIES && performance.now() + waitMs < endsAt;
      if (!isPassing(failure) || !isTimely) throw failure;
      await pause(waitMs, limited);
    }
  }
}

function limit(options: Options, signal: AbortSignal, ms: number): AbortSignal {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  // Redirects are followed here and not by fetch, which would make a GET of a redirected POST.
  options.request = { ...options.request, signal: limited, redirect: 'manual' };
  return limited;
}

function isPassing({ kind }: TrackerError): boolean {
  return kind === 'rate-limited' || kind === 'unreachable';
}

async function waitForLine(line: Line, signal: AbortSignal): Promise<void> {
  const waitMs = line.closedUntil - performance.now();
  if (waitMs <= 0) return;
  if (waitMs > MAX_PATIENCE_MS) {
    const message = `GitHub at ${line.host} takes no more requests for a while.`;
    throw new TrackerError('github', 'rate-limited', message, { retryAfterMs: Math.ceil(waitMs) });
  }
  await pause(waitMs, signal);
  signal.throwIfAborted();
}

// --- One exchange --------------------------------------------------------------------------------

async function exchangeOnce(
  octokit: Octokit,
  line: Line,
  send: Exchange,
  options: Options,
): Promise<Answer> {
  if (options.method !== 'GET') return checkAnswer(await follow(octokit, send, options));
  const { url } = octokit.request.endpoint(options);
  const key = `${options.headers.accept} ${url}`;
  const known = line.cache.get(key);
  options.headers = { ...options.headers, ...(known && { 'if-none-match': known.etag }) };
  try {
    const answer = checkAnswer(await follow(octokit, send, options));
    const { etag } = answer.headers;
    if (etag) {
      const { headers: kept } = answer;
      line.cache.set(key, { etag, headers: kept, data: JSON.stringify(answer.data) });
    }
    return answer;
  } catch (error) {
    if (!known || answerOf(error)?.status !== 304) throw error;
    return { url, status: 200, headers: known.headers, data: JSON.parse(known.data) };
  }
}

const MAX_REDIRECTS = 2;

/** A renamed repository leads to its number on the same server; the token goes nowhere else. */
async function follow(octokit: Octokit, send: Exchange, options: Options): Promise<Answer> {
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send();
    const status: number = answer.status;
    if (status < 300) return answer;
    const keepsMethod = options.method === 'GET' || status === 307 || status === 308;
    const mayFollow = keepsMethod && redirects < MAX_REDIRECTS;
    if (!mayFollow || !redirect(octokit, options, answer)) throw new RedirectError(answer);
  }
}

/** How a request is sent. What filled its old address and query would be parameters of the new one. */
const KEPT = ['method', 'baseUrl', 'headers', 'mediaType', 'request'];

function redirect(octokit: Octokit, options: Options, { headers }: Answer): boolean {
  const { url, body } = octokit.request.endpoint(options);
  const target = URL.parse(headers.location ?? '', url);
  if (target?.origin !== new URL(url).origin) return false;
  for (const name of Object.keys(options)) {
    if (!KEPT.includes(name)) Reflect.deleteProperty(options, name);
  }
  Object.assign(options, { url: target.href, ...(body !== undefined && { data: body }) });
  return true;
}

/** Octokit hands on a page, or half an answer, as text. */
function checkAnswer(answer: Answer): Answer {
  const { status, headers, data } = answer;
  const isEmpty = (status as number) === 204 || (status as number) === 205;
  const isParsed = typeof data === 'object' && data !== null && !(data instanceof ArrayBuffer);
  if (isEmpty || isParsed) return answer;
  throw new UncertainError(
    headers['content-type']?.includes('json')
      ? 'sent something that cannot be read'
      : 'answered with a page that is not GitHub’s API; check its address',
  );
}

// --- Failures ------------------------------------------------------------------------------------

/** GitHub was asked and gave no answer that tells what it did. */
class UncertainError extends Error {}

/** An answer that leads elsewhere; shaped as Octokit's own errors. */
class RedirectError extends Error {
  readonly response: Answer;

  constructor(response: Answer) {
    super('redirected');
    this.response = response;
  }
}

function answerOf(error: unknown): Answer | undefined {
  return error instanceof Error && 'response' in error ? (error.response as Answer) : undefined;
}

/** The SDK's requests fail as `HttpError`; before them only an App's key is used. */
function isOfKey(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UncertainError) return false;
  return !['HttpError', 'AbortError', 'TimeoutError'].includes(error.name) && !answerOf(error);
}

interface Circumstances {
  isRead: boolean;
  /** The deadline had passed. */
  isLate: boolean;
}

/** What the SDK says of a key that is none; nothing was sent. */
const BAD_KEY = 'The private key of the GitHub App cannot be used; set it again, in PEM.';

function toFailure(line: Line, error: unknown, circumstances: Circumstances): TrackerError {
  if (error instanceof TrackerError) return error;
  const { host } = line;
  const forbidden = causesOf(error).find((cause) => cause instanceof ForbiddenAddressError);
  if (forbidden) return new TrackerError('github', 'refused', forbidden.message, { cause: error });
  if (isOfKey(error)) return new TrackerError('github', 'unauthorised', BAD_KEY, { cause: error });
  const answer = answerOf(error);
  const status: number = answer?.status ?? 0;
  if (answer && status < 500 && status !== 408 && !circumstances.isLate) {
    const refusal = toRefusal({ status, headers: answer.headers, body: answer.data, host }, error);
    closeLine(line, refusal, answer);
    return refusal;
  }
  const message = `GitHub at ${host} ${describe(error, status, circumstances)}.`;
  const isCertain = circumstances.isRead || neverLeft(error);
  return new TrackerError('github', isCertain ? 'unreachable' : 'ambiguous', message, {
    cause: error,
  });
}

/** Search has limits of its own, which close nothing else. */
function closeLine(line: Line, { retryAfterMs }: TrackerError, { headers }: Answer): void {
  const resource = headers['x-ratelimit-resource'] ?? 'core';
  if (retryAfterMs === undefined || resource !== 'core') return;
  line.closedUntil = Math.max(line.closedUntil, performance.now() + retryAfterMs);
}

function describe(error: unknown, status: number, { isLate }: Circumstances): string {
  if (isLate) return 'did not answer in time';
  if (error instanceof UncertainError) return error.message;
  if (status > 0) return `failed (${status})`;
  const code = codeOf(error);
  return code ? `could not be reached (${code})` : 'could not be reached';
}
