/**
 * A vendor's "no", whichever vendor: its status and body become one of the port's kinds. The
 * vendor's own words only help to tell the kinds apart; they may quote the prompt or the key, so no
 * message carries them.
 */
import { ProviderError, type ProviderErrorKind } from '../core/provider.ts';

export interface VendorRefusal {
  /** Absent for an error inside a stream. */
  status?: number;
  headers?: Headers;
  /** As received: JSON text, or the value parsed from it. */
  body: unknown;
}

/** Kinds told apart by what was said, in the order they are looked for. */
const BY_WORDS: readonly [ProviderErrorKind, RegExp][] = [
  [
    'filtered',
    /content_filter|content_policy|content (?:management|filtering) policy|invalid_prompt/i,
  ],
  [
    'quota',
    /insufficient_quota|PerDay|billing_error|credit balance|spend_limit|insufficient credits/i,
  ],
  [
    'context-too-long',
    /context_length_exceeded|exceed_context_size|request_too_large|prompt is too long|(?:context|token)[ _](?:length|window|limit|size)|maximum context|too many (?:input )?tokens|token count.*exceeds/i,
  ],
  ['unknown-model', /model_not_found|is not a valid model|unknown model|model .{0,120}not found/i],
  ['unauthorised', /invalid_api_key|api key not valid|authentication_error|permission_error/i],
  ['rate-limited', /rate_limit|resource_exhausted/i],
  ['overloaded', /overloaded|server_error|api_error|timeout_error|unavailable/i],
];

/** What the operator reads; the thread gets the kind's sentence. */
const MEANINGS: Record<ProviderErrorKind, string> = {
  'rate-limited': 'limits requests at the moment',
  overloaded: 'failed or is overloaded',
  unauthorised: 'refused the key',
  quota: "the key's quota or credit is used up",
  'unknown-model': 'does not know the model, or the key may not use it',
  'bad-request': 'did not accept the request',
  'context-too-long': "the request is longer than the model's context",
  refused: 'the model declined to answer',
  filtered: 'the content filter stopped the answer',
  'cut-off': 'broke the answer off',
  unreachable: 'could not be reached',
  'wrong-address': 'redirects elsewhere, which is not followed: check the base URL',
};

export function toProviderError(provider: string, refusal: VendorRefusal): ProviderError {
  const { status, headers } = refusal;
  const said = readRefusal(refusal.body);
  const kind = kindOf(status, said.words);
  const details = [
    status === undefined ? undefined : `status ${status}`,
    ...said.codes.map((code) => `code ${code}`),
    requestIdOf(headers),
  ].filter(Boolean);
  const meaning = meaningOf(kind, status);
  const message = details.length > 0 ? `${meaning} (${details.join(', ')})` : meaning;
  return new ProviderError(provider, kind, message, { retryAfterMs: retryAfterOf(headers) });
}

/** Everything the vendor said, lower levels included: for telling causes apart, never for showing. */
export function wordsOf({ body }: VendorRefusal): string {
  return readRefusal(body).words;
}

function kindOf(status: number | undefined, words: string): ProviderErrorKind {
  if (status === 402) return 'quota';
  if (status === 413) return 'context-too-long';
  if (status === 404 && /\bmodels?\b/i.test(words)) return 'unknown-model';
  const limited = status === 429;
  const found = BY_WORDS.find(
    ([kind, pattern]) => !(limited && kind === 'context-too-long') && pattern.test(words),
  );
  const answered = kindOfStatus(status);
  const vague = found === undefined || found[0] === 'rate-limited' || found[0] === 'overloaded';
  return answered && vague ? answered : (found?.[0] ?? 'cut-off');
}

function kindOfStatus(status: number | undefined): ProviderErrorKind | undefined {
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 429) return 'rate-limited';
  if (status === 408 || status === 409 || status >= 500) return 'overloaded';
  return status < 400 ? 'wrong-address' : 'bad-request';
}

function meaningOf(kind: ProviderErrorKind, status: number | undefined): string {
  if (kind === 'bad-request' && (status === 404 || status === 405)) {
    return 'there is no such interface at this address: check the base URL';
  }
  return MEANINGS[kind];
}

/** Reads the shapes vendors and compatible servers use: `{error: {…}}`, `{error: "…"}`, `{detail}`, `[{error}]`. */
function readRefusal(body: unknown): { words: string; codes: string[] } {
  const parsed = typeof body === 'string' ? parseJson(body) : body;
  const outer = Array.isArray(parsed) ? parsed[0] : parsed;
  if (typeof outer !== 'object' || outer === null) return { words: String(outer ?? ''), codes: [] };
  const { error } = outer as { error?: unknown };
  const inner = typeof error === 'object' && error !== null ? error : outer;
  const { type, code, status, param } = inner as Record<string, unknown>;
  const codes = [type, code, status, param].filter(
    (value): value is string => typeof value === 'string' && /^[\w.[\]-]{1,80}$/.test(value),
  );
  return { words: JSON.stringify(outer), codes: [...new Set(codes)] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function requestIdOf(headers: Headers | undefined): string | undefined {
  const id = headers?.get('x-request-id') ?? headers?.get('request-id');
  return id && /^[\w-]{1,80}$/.test(id) ? `request ${id}` : undefined;
}

/** Milliseconds, from `retry-after-ms` or `retry-after` (seconds, or a date). */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get('retry-after-ms') || Number.NaN);
  if (exact >= 0) return exact;
  const after = headers?.get('retry-after');
  if (!after) return undefined;
  const seconds = Number(after);
  const waitMs = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1_000;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** The body of an error event that the SDKs of OpenAI and Anthropic throw from inside a stream. */
export function readStreamError(error: unknown): VendorRefusal | undefined {
  const body = error instanceof Error ? (error as { error?: unknown }).error : undefined;
  return body === undefined ? undefined : { body };
}
