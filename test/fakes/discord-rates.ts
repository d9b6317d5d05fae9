/** Discord's limits on requests: buckets by route and place, all requests together, and refused ones. */
import type { DiscordWorld } from './discord-world.ts';

const GLOBAL_PER_SECOND = 50;
const INVALID_WINDOW_MS = 600_000;
/** Requests and milliseconds of a bucket; Discord does not publish them, these are near what bots see. */
export type Buckets = Record<string, [limit: number, perMs: number]>;
const BUCKETS: Buckets = {
  'POST /channels/{channel_id}/messages': [5, 5_000],
  'PATCH /channels/{channel_id}/messages/{message_id}': [5, 5_000],
  'POST /channels/{channel_id}/typing': [5, 5_000],
  'PATCH /channels/{channel_id}': [5, 15_000],
  'PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me': [1, 250],
};
const OTHERS: [number, number] = [20, 5_000];

export interface RateLimited {
  /** Seconds. */
  retryAfter: number;
  scope: 'user' | 'global';
}

export interface DiscordRates {
  /** `buckets`: others than usual. */
  turn(on: boolean, buckets?: Buckets): void;
  /** Counts a request; what to wait for if it is one too many. */
  count(route: string, params: Record<string, string>): RateLimited | undefined;
  /** The `X-RateLimit-*` headers of its bucket; none while the limits are off. */
  headers(route: string, params: Record<string, string>): Record<string, string>;
  /** Counts a refused request. */
  countInvalid(): void;
  /** Whether too many were refused: then nothing is let through. */
  banned(): boolean;
  invalid(): number;
}

export function createRates(world: DiscordWorld): DiscordRates {
  let on = false;
  let buckets = BUCKETS;
  const times = new Map<string, number[]>();
  let invalid: number[] = [];

  const bucketOf = (
    route: string,
    { channel_id, guild_id, webhook_token }: Record<string, string>,
  ) => `${route} ${channel_id ?? guild_id ?? webhook_token ?? ''}`;

  function recent(key: string, perMs: number): number[] {
    const kept = (times.get(key) ?? []).filter((at) => at > Date.now() - perMs);
    times.set(key, kept);
    return kept;
  }

  function count(route: string, params: Record<string, string>): RateLimited | undefined {
    if (!on) return undefined;
    const isInteraction = /^\w+ \/(interactions|webhooks)\//.test(route);
    const everything = recent('global', 1_000);
    if (!isInteraction && everything.length >= GLOBAL_PER_SECOND) {
      return { retryAfter: waitFor(everything, 1_000), scope: 'global' };
    }
    const [limit, perMs] = buckets[route] ?? OTHERS;
    const bucket = recent(bucketOf(route, params), perMs);
    if (bucket.length >= limit) return { retryAfter: waitFor(bucket, perMs), scope: 'user' };
    bucket.push(Date.now());
    if (!isInteraction) everything.push(Date.now());
    return undefined;
  }

  function headers(route: string, params: Record<string, string>): Record<string, string> {
    if (!on) return {};
    const [limit, perMs] = buckets[route] ?? OTHERS;
    const bucket = recent(bucketOf(route, params), perMs);
    const resetAfter = waitFor(bucket, perMs);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - bucket.length)),
      'x-ratelimit-reset': String(Date.now() / 1_000 + resetAfter),
      'x-ratelimit-reset-after': String(resetAfter),
      'x-ratelimit-bucket': Buffer.from(route).toString('hex').slice(0, 32),
    };
  }

  const recentInvalid = () => {
    invalid = invalid.filter((at) => at > Date.now() - INVALID_WINDOW_MS);
    return invalid.length;
  };
  return {
    turn(to, others = {}) {
      on = to;
      buckets = { ...BUCKETS, ...others };
    },
    count,
    headers,
    countInvalid: () => void invalid.push(Date.now()),
    banned: () => recentInvalid() >= world.invalidRequestLimit,
    invalid: recentInvalid,
  };
}

/** Seconds until the oldest of these is out of the window. */
function waitFor([oldest = Date.now()]: number[], perMs: number): number {
  return Math.max(0, (oldest + perMs - Date.now()) / 1_000);
}
