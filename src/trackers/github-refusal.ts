/** What GitHub's refusals mean, and what to do about each: the sentences people read in chat. */
import { TrackerError, type TrackerErrorKind } from '../core/tracker.ts';

/** An answer that was no success. */
export interface GitHubRefusal {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string | number | undefined>;
  /** Parsed JSON, or the text of anything else. */
  body: unknown;
  /** Where it came from, for messages. */
  host: string;
}

/** Characters of GitHub's own reason that are shown. */
const MAX_REASON_LENGTH = 300;
/** What GitHub asks for where a limit of its own names no time, in milliseconds. */
const UNNAMED_WAIT_MS = 60_000;

/** Only for 3xx and 4xx, after which nothing was done: a 408 or 5xx tells nothing about that. */
export function toRefusal(refusal: GitHubRefusal, cause: unknown): TrackerError {
  const { host } = refusal;
  if (isLimit(refusal)) {
    const message = `GitHub at ${host} takes no more requests for a while.`;
    const retryAfterMs = readWait(refusal);
    return new TrackerError('github', 'rate-limited', message, { retryAfterMs, cause });
  }
  const [kind, advice] = adviseOn(refusal);
  const said = `GitHub at ${host} said: ${reasonOf(refusal)}.`;
  return new TrackerError('github', kind, `${said} ${advice}`.trim(), { cause });
}

function adviseOn(refusal: GitHubRefusal): [TrackerErrorKind, string] {
  switch (refusal.status) {
    case 401:
      return ['unauthorised', 'The token is wrong, expired or revoked; set a new one.'];
    case 403:
      return ['refused', adviseOnForbidden(refusal)];
    case 404:
      return [
        'not-found',
        'It is not there, or the token may not see it: private repositories show only to tokens with access to them.',
      ];
    case 410:
      return ['refused', 'If issues are switched off there, switch them on in its settings.'];
    case 451:
      return ['refused', 'The repository is blocked for legal reasons.'];
    default:
      return ['refused', refusal.status < 400 ? 'Use the name the repository has now.' : ''];
  }
}

/** GitHub names the permissions that would do, and where to sign a token on for an organisation. */
function adviseOnForbidden({ headers }: GitHubRefusal): string {
  const signOn = /url=(\S+)/.exec(textOf(headers['x-github-sso']))?.[1];
  if (signOn) return `Authorise the token for the organisation: ${signOn}`;
  const accepted = textOf(headers['x-accepted-github-permissions']);
  if (accepted) return `The token needs the permission ${accepted.replaceAll(/[;,]\s*/g, ' or ')}.`;
  const scopes = textOf(headers['x-accepted-oauth-scopes']);
  if (scopes) return `The token needs the scope ${scopes.replaceAll(/,\s*/g, ' or ')}.`;
  return 'The account of the token may not do this there: give the token the permission Issues: write.';
}

// --- Limits --------------------------------------------------------------------------------------

/** Both of GitHub's limits come as 403 or 429; only headers or words tell them from a refusal. */
function isLimit({ status, headers, body }: GitHubRefusal): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  const isNamed = headers['retry-after'] !== undefined;
  const isUsedUp = textOf(headers['x-ratelimit-remaining']) === '0';
  return isNamed || isUsedUp || /secondary rate limit|abuse detection/i.test(messageIn(body));
}

function readWait({ headers }: GitHubRefusal): number {
  const seconds = Number.parseFloat(textOf(headers['retry-after']));
  if (seconds >= 0) return seconds * 1_000;
  if (textOf(headers['x-ratelimit-remaining']) !== '0') return UNNAMED_WAIT_MS;
  const reset = Number(textOf(headers['x-ratelimit-reset'])) * 1_000;
  return reset > 0 ? Math.max(reset - Date.now(), 1_000) : UNNAMED_WAIT_MS;
}

// --- GitHub's own reason -------------------------------------------------------------------------

/** `{"message": …, "errors": [{"resource", "field", "code", "message"}]}`, or a page of something before it. */
function reasonOf({ status, body }: GitHubRefusal): string {
  const reason = [messageIn(body), ...problemsIn(body)].filter(Boolean).join('; ');
  const line = (reason || `status ${status}`).replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const short = line.length > MAX_REASON_LENGTH ? `${line.slice(0, MAX_REASON_LENGTH)}…` : line;
  return short.toWellFormed().replace(/[.\s]+$/, '');
}

function messageIn(body: unknown): string {
  return textOf(fieldOf(body, 'message'));
}

function problemsIn(body: unknown): string[] {
  const errors = fieldOf(body, 'errors');
  if (!Array.isArray(errors)) return textOf(errors) ? [textOf(errors)] : [];
  return errors.map((error) => {
    if (typeof error === 'string') return error;
    const [message, field, code] = ['message', 'field', 'code'].map((name) =>
      textOf(fieldOf(error, name)),
    );
    return message || [field, code].filter(Boolean).join(' is ');
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
