/**
 * A strict stand-in Discord on loopback: REST and gateway for the real discord.js. It holds requests
 * against Discord's OpenAPI document and the limits that the document does not say, refuses what
 * Discord refuses, and keeps what it is given.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { APPLICATION_ROUTES } from './discord-application-routes.ts';
import type { DiscordFacts } from './discord-facts.ts';
import { createGateway, type DiscordGateway } from './discord-gateway.ts';
import { INTERACTION_ROUTES } from './discord-interaction-routes.ts';
import { MESSAGE_ROUTES } from './discord-message-routes.ts';
import { createRates, type DiscordRates, type RateLimited } from './discord-rates.ts';
import { DiscordRefusal, REFUSALS, type RefusalName, refuse } from './discord-refusal.ts';
import { type DiscordRoutes, matchRoute } from './discord-route.ts';
import { refuseBody } from './discord-schema.ts';
import { THREAD_ROUTES } from './discord-thread-routes.ts';
import { createWorld, type DiscordFile, type DiscordWorld } from './discord-world.ts';
import { newFile } from './discord-writing.ts';

const ROUTES: DiscordRoutes = {
  ...APPLICATION_ROUTES,
  ...MESSAGE_ROUTES,
  ...THREAD_ROUTES,
  ...INTERACTION_ROUTES,
};

/** One misbehaviour, met by the next request of that route. */
export type DiscordFault = { route: string } & (
  | { do: 'refuse'; refusal: RefusalName }
  | { do: 'limit'; retryAfter: number; scope: 'user' | 'global' | 'shared' }
  /** Does what was asked, and the answer is lost on its way. */
  | { do: 'lose-answer' }
  /** Nothing is done. */
  | { do: 'fail'; status: number }
  /** Waits for this first. */
  | { do: 'hold'; until: Promise<unknown> }
);

export interface DiscordRequest {
  /** As in the document, for instance `POST /channels/{channel_id}/messages`. */
  route: string;
  path: string;
  body: Record<string, unknown>;
  /** `ok`, Discord's error code, or the status. */
  outcome: string;
}

export interface DiscordServer {
  world: DiscordWorld;
  gateway: DiscordGateway;
  /** For `DISCORD_API_URL`. */
  apiUrl: string;
  origin: string;
  /** Every request of the REST API, in order. */
  requests: DiscordRequest[];
  faults: DiscordFault[];
  /** Keep the limits on requests from now on. */
  limitRates: DiscordRates['turn'];
  /** Refused requests within the last ten minutes. */
  invalidRequests(): number;
  stop(): Promise<void>;
}

export async function startDiscord(overrides: Partial<DiscordFacts> = {}): Promise<DiscordServer> {
  const world = createWorld(overrides);
  const requests: DiscordRequest[] = [];
  const faults: DiscordFault[] = [];
  const rates = createRates(world);
  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const gateway = createGateway(world, http, () => origin);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', origin);
    if (url.pathname.startsWith('/attachments/')) return sendFile(world, url, response);
    const method = request.method ?? '';
    const path = url.pathname.replace(/^\/api(\/v10)?/, '');
    const { name: route = `${method} ${path}`, params = {} } =
      matchRoute(ROUTES, method, path) ?? {};
    const { body, files } = await readBody(request, world);
    const log = { route, path, body: body as Record<string, unknown>, outcome: 'banned' };
    requests.push(log);
    // Cloudflare's page, not Discord's.
    if (rates.banned()) return void response.writeHead(429).end('<html>error code: 1015</html>');
    const fault = takeFault(faults, route);
    if (fault?.do === 'hold') await fault.until;
    const limited = fault?.do === 'limit' ? fault : rates.count(route, params);
    if (limited) return sendLimited(response, limited, log);
    if (fault?.do === 'fail') {
      log.outcome = `status ${fault.status}`;
      return void response.writeHead(fault.status).end('upstream');
    }
    const result = perform();
    log.outcome = result.outcome;
    if (fault?.do === 'lose-answer') return void response.destroy();
    if (result.status === 401 || result.status === 403) rates.countInvalid();
    send(response, result.status, result.body, rates.headers(route, params));

    function perform(): { status: number; body: unknown; outcome: string } {
      try {
        if (fault?.do === 'refuse') refuse(REFUSALS[fault.refusal]);
        checkClient(world, request, route);
        const run = ROUTES[route] ?? refuse(REFUSALS.notFound, route);
        const wrong = refuseBody(route, body);
        if (wrong) refuse(REFUSALS.invalidBody, wrong);
        const call = { world, gateway, params, query: url.searchParams, body: log.body };
        const value = run({ ...call, files, origin });
        return { status: value === undefined ? 204 : 200, body: value, outcome: 'ok' };
      } catch (error) {
        if (!(error instanceof DiscordRefusal)) throw error;
        const { status, code, message } = error;
        return { status, body: { code, message }, outcome: String(code || status) };
      }
    }
  }

  function sendLimited(
    response: ServerResponse,
    { retryAfter, scope }: RateLimited | Extract<DiscordFault, { do: 'limit' }>,
    log: DiscordRequest,
  ): void {
    log.outcome = 'rate limited';
    if (scope !== 'shared') rates.countInvalid();
    const body = {
      message: 'You are being rate limited.',
      retry_after: retryAfter,
      global: scope === 'global',
    };
    send(response, 429, body, {
      'retry-after': String(retryAfter),
      'x-ratelimit-scope': scope,
      ...(scope === 'global' && { 'x-ratelimit-global': 'true' }),
    });
  }

  return {
    ...{ world, gateway, apiUrl: `${origin}/api`, origin, requests, faults },
    limitRates: rates.turn,
    invalidRequests: rates.invalid,
    async stop() {
      gateway.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** Interactions carry their own token; everything else needs the bot's. */
function checkClient(world: DiscordWorld, { headers }: IncomingMessage, route: string): void {
  const isNamed = /^DiscordBot \(\S+, .+\)/.test(headers['user-agent'] ?? '');
  if (!isNamed && !world.anyUserAgent) refuse(REFUSALS.badUserAgent);
  if (/^\w+ \/(interactions|webhooks)\//.test(route)) return;
  if (headers.authorization !== `Bot ${world.token}`) refuse(REFUSALS.unauthorized);
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  // A body that is announced and does not come confuses clients.
  if (body === undefined) return void response.writeHead(status, headers).end();
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));
}

function takeFault(faults: DiscordFault[], route: string): DiscordFault | undefined {
  const index = faults.findIndex((fault) => fault.route === route);
  return index < 0 ? undefined : faults.splice(index, 1)[0];
}

/** JSON, or a form with `payload_json` and files. */
async function readBody(
  request: IncomingMessage,
  world: DiscordWorld,
): Promise<{ body: unknown; files: DiscordFile[] }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const raw = Buffer.concat(parts);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/')) {
    return { body: raw.length > 0 ? JSON.parse(raw.toString('utf8')) : {}, files: [] };
  }
  const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
  const files: DiscordFile[] = [];
  for (const [, value] of form) {
    if (typeof value === 'string') continue;
    const content = Buffer.from(await value.arrayBuffer());
    files.push(newFile(world, { name: value.name, contentType: value.type, content }));
  }
  return { body: JSON.parse(String(form.get('payload_json') ?? '{}')), files };
}

/** Addresses of attachments are signed and expire. */
function sendFile(world: DiscordWorld, url: URL, response: ServerResponse): void {
  const id = url.pathname.split('/')[2];
  const messages = [...world.channels.values()].flatMap((channel) => channel.messages);
  const hidden = world.ephemerals.map(({ message }) => message);
  const sent = [...messages, ...hidden].flatMap(({ files }) => files);
  const file = [...sent, ...world.uploads].find((one) => one.id === id);
  const expires = Number.parseInt(url.searchParams.get('ex') ?? '0', 16) * 1_000;
  if (!file || expires < Date.now()) return void response.writeHead(404).end('gone');
  response.writeHead(200, { 'content-type': file.contentType }).end(file.content);
}
