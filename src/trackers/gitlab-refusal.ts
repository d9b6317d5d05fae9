/** What GitLab's refusals mean, and what to do about each: the sentences people read in chat. */
import { TrackerError, type TrackerErrorKind } from '../core/tracker.ts';

/** An answer that was no success. */
export interface GitLabRefusal {
  status: number;
  headers: Headers;
  body: string;
  /** Where it came from, for messages. */
  host: string;
}

/** Characters of GitLab's own reason that are shown. */
const MAX_REASON_LENGTH = 300;

/** Only for 3xx and 4xx, after which nothing was done: a 408 or 5xx tells nothing about that. */
export function toRefusal(refusal: GitLabRefusal): TrackerError {
  const { status, headers, host } = refusal;
  const reason = reasonOf(refusal);
  const said = `GitLab at ${host} said: ${reason}.`;
  const refuse = (kind: TrackerErrorKind, advice: string) =>
    new TrackerError('gitlab', kind, `${said} ${advice}`.trim());
  switch (status) {
    case 401:
      return refuse('unauthorised', 'The token is wrong, expired or revoked; set a new one.');
    case 403:
      return refuseForbidden(refusal, refuse);
    case 404:
      return refuse(
        'not-found',
        'It is not there, or the account of the token may not see it; private projects show only to their members.',
      );
    case 405:
      return refuse('refused', 'A moved project takes issues under its new path only.');
    case 413:
      return refuse('refused', 'It is larger than the server takes.');
    case 429:
      return toLimit(host, readRetryAfter(headers));
    default:
      return refuse('refused', status < 400 ? 'Use the address it leads to.' : '');
  }
}

/** @param retryAfterMs where GitLab names a time */
export function toLimit(host: string, retryAfterMs: number | undefined): TrackerError {
  const message = `GitLab at ${host} takes no more requests for a while.`;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new TrackerError('gitlab', 'rate-limited', message, wait);
}

function refuseForbidden(
  { body }: GitLabRefusal,
  refuse: (kind: TrackerErrorKind, advice: string) => TrackerError,
): TrackerError {
  if (body.includes('insufficient_scope')) {
    return refuse('unauthorised', 'The token needs the scope api.');
  }
  return refuse(
    'refused',
    'The account of the token may not do this there: give it the Planner role or more, and see that the project has issues switched on.',
  );
}

/**
 * GitLab answers `{"message": …}` (a text, or a list of problems by field) or `{"error": …}`;
 * what stands before it, plain text or a page of its own.
 */
function reasonOf({ status, headers, body }: GitLabRefusal): string {
  const isJson = headers.get('content-type')?.includes('json') ?? false;
  const reason = (isJson && reasonInJson(body)) || (isPlain(headers) && body) || `status ${status}`;
  return toLine(reason).replace(/[.\s]+$/, '');
}

function reasonInJson(body: string): string {
  const { message, error, error_description: more } = parseObject(body);
  const texts = [message ?? error, more].filter(Boolean).map(renderReason);
  return texts.join(', ');
}

function renderReason(reason: unknown): string {
  if (typeof reason === 'string') return reason;
  if (Array.isArray(reason)) return reason.map(renderReason).join(', ');
  if (typeof reason !== 'object' || reason === null) return '';
  const fields = Object.entries(reason).map(
    ([field, problem]) => `${field === 'base' ? '' : `${field} `}${renderReason(problem)}`,
  );
  return fields.join('; ');
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

const isPlain = (headers: Headers) => headers.get('content-type')?.startsWith('text/plain');

function toLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_REASON_LENGTH).toWellFormed();
}

/** `Retry-After` in seconds or as a date, in milliseconds from now. */
export function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
