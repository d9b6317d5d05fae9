/** One endpoint of the stand-in Discord's REST API, named as in its OpenAPI document. */
import type { DiscordGateway } from './discord-gateway.ts';
import { REFUSALS, refuse } from './discord-refusal.ts';
import type { DiscordChannel, DiscordFile, DiscordMessage, DiscordWorld } from './discord-world.ts';

/** What every endpoint works on. */
export interface DiscordCall {
  world: DiscordWorld;
  gateway: DiscordGateway;
  /** By the names in braces of the path. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** As sent, held against the document. */
  body: Record<string, unknown>;
  /** Uploaded with the request. */
  files: DiscordFile[];
  /** Of the stand-in's own addresses. */
  origin: string;
}

/** The answer's body; `undefined` for 204. */
export type DiscordRoute = (call: DiscordCall) => unknown;

/** By method and path, for instance `GET /channels/{channel_id}`. */
export type DiscordRoutes = Record<string, DiscordRoute>;

export function messageOf(channel: DiscordChannel, id = ''): DiscordMessage {
  return channel.messages.find((one) => one.id === id) ?? refuse(REFUSALS.unknownMessage);
}

/** The route that serves this, and what its path's braces hold. */
export function matchRoute(routes: DiscordRoutes, method: string, path: string) {
  for (const name of Object.keys(routes)) {
    const [wanted, template = ''] = name.split(' ');
    const params = wanted === method ? matchPath(template, path) : undefined;
    if (params) return { name, params };
  }
  return undefined;
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = decodeURIComponent(given[index] ?? '');
    if (name) params[name] = value;
    else if (part !== value) return undefined;
  }
  return params;
}
