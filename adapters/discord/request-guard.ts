/**
 * Keeps the bot from being banned for asking again and again for what it may not: Discord bans an
 * address for hours after 10,000 refused requests within ten minutes (topics/rate-limits). After a
 * 401, discord.js itself sends nothing more; a 403 is remembered here.
 */
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];

/** How long a refusal is believed, in milliseconds: a permission that was granted helps after it. */
const BELIEVED_MS = 30_000;
const MOST = 5_000;
const FORBIDDEN = 403;

export function createRequestGuard(makeRequest: MakeRequest): MakeRequest {
  const refusals = new Map<string, { body: string; until: number }>();

  return async function guarded(url, init) {
    const key = `${init.method} ${new URL(url).pathname}`;
    const known = refusals.get(key);
    if (known && known.until > performance.now()) return toResponse(known.body);
    refusals.delete(key);
    const response = await makeRequest(url, init);
    // An interaction's token is refused for itself, and never used again.
    if (response.status !== FORBIDDEN || /\/(webhooks|interactions)\//.test(key)) return response;
    const body = await response.text();
    refusals.set(key, { body, until: performance.now() + BELIEVED_MS });
    const [oldest] = refusals.keys();
    if (refusals.size > MOST && oldest !== undefined) refusals.delete(oldest);
    return toResponse(body);
  };
}

function toResponse(body: string): Response {
  return new Response(body, {
    status: FORBIDDEN,
    headers: { 'content-type': 'application/json' },
  });
}
