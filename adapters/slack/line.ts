/**
 * The line to Slack's Web API: it keeps each method's tier in each workspace, waits as long as Slack asks, and
 * repeats nothing by itself. Slack counts calls per method, workspace and app, so several processes share a tier:
 * what one of them does not know of comes back as a `Retry-After`, and is kept.
 */
import type { WebClient } from '@slack/web-api';
import { retryAfterOf } from './refusals.ts';

/** Calls a minute, a tenth below Slack's tiers 2, 3 and 4 (docs.slack.dev/apis/web-api/rate-limits). */
const PER_MINUTE = {
  'chat.startStream': 18,
  'chat.stopStream': 18,
  'chat.update': 45,
  'chat.delete': 45,
  'chat.appendStream': 90,
  'chat.postEphemeral': 90,
  'conversations.replies': 45,
  'conversations.history': 45,
  'conversations.open': 45,
  'agents.sessions.setStatus': 45,
  'files.info': 90,
  /** Limited in ways of their own: Slack says when. */
  'auth.test': Number.POSITIVE_INFINITY,
  'chat.postMessage': Number.POSITIVE_INFINITY,
  'chat.getPermalink': Number.POSITIVE_INFINITY,
  'assistant.threads.setStatus': Number.POSITIVE_INFINITY,
} as const;
export type LimitedMethod = keyof typeof PER_MINUTE;

const WINDOW_MS = 60_000;
/** Whoever waits and may not act any more notices within this, in milliseconds: a process that stops waits for it. */
const NOTICE_MS = 250;

/** There is no room for the call in the time it could wait. It was not made. */
export class BusyError extends Error {
  override name = 'BusyError';

  constructor(method: string, waitMs: number) {
    super(`Slack's limit for ${method} is reached; there is room again in ${waitMs} ms`);
  }
}

export interface Patience {
  /** How long there may be no room before the call is given up, in milliseconds. */
  patienceMs: number;
  /** Acting is still allowed; asked again while it waits. */
  held?: (() => boolean) | undefined;
}

export interface Line {
  /** Rejects with `BusyError` when there is no room in time, and with the SDK's errors. */
  call<Result>(
    workspaceId: string,
    method: LimitedMethod,
    patience: Patience,
    send: (client: WebClient) => Promise<Result>,
  ): Promise<Result>;
}

export interface LineOptions {
  /** The client of a workspace's installation, as `createClient` makes it. */
  clientOf(workspaceId: string): Promise<WebClient>;
  /** False where nobody counts calls, as in a stand-in: then only a `Retry-After` is kept. Default: true. */
  keepsTiers?: boolean | undefined;
}

interface Room {
  /** When the calls of the last minute were made. */
  times: number[];
  /** Slack said to wait until then. */
  closedUntil: number;
}

export function createLine({ clientOf, keepsTiers = true }: LineOptions): Line {
  const rooms = new Map<string, Room>();

  function roomOf(workspaceId: string, method: LimitedMethod): Room {
    const key = `${workspaceId}:${method}`;
    const known = rooms.get(key);
    if (known) return known;
    const room = { times: [], closedUntil: 0 };
    rooms.set(key, room);
    return room;
  }

  async function call<Result>(
    workspaceId: string,
    method: LimitedMethod,
    { patienceMs, held = () => true }: Patience,
    send: (client: WebClient) => Promise<Result>,
  ): Promise<Result> {
    const room = roomOf(workspaceId, method);
    const perMinute = keepsTiers ? PER_MINUTE[method] : Number.POSITIVE_INFINITY;
    const until = Date.now() + patienceMs;
    for (;;) {
      const waitMs = waitFor(room, perMinute);
      if (waitMs > 0) {
        if (Date.now() + waitMs > until || !held()) throw new BusyError(method, waitMs);
        await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, NOTICE_MS)));
        continue;
      }
      if (!held()) throw new BusyError(method, 0);
      if (perMinute !== Number.POSITIVE_INFINITY) room.times.push(Date.now());
      try {
        return await send(await clientOf(workspaceId));
      } catch (error) {
        const retryAfterMs = retryAfterOf(error);
        if (retryAfterMs === undefined) throw error;
        room.closedUntil = Date.now() + retryAfterMs;
      }
    }
  }

  return { call };
}

function waitFor(room: Room, perMinute: number): number {
  const now = Date.now();
  if (room.closedUntil > now) return room.closedUntil - now;
  room.times = room.times.filter((at) => at > now - WINDOW_MS);
  const [oldest = now] = room.times;
  return room.times.length < perMinute ? 0 : oldest + WINDOW_MS - now + 1;
}
