/**
 * A strict stand-in Slack on loopback: the Web API over HTTP, files that need the token, and the
 * WebSockets of Socket Mode. It refuses what Slack refuses and keeps what it is given.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { z } from 'zod';
import { refuseMessageBlocks } from './slack-blocks.ts';
import { CHAT_METHODS } from './slack-chat.ts';
import { type SlackMethod, SlackRefusal } from './slack-method.ts';
import { access, createOAuthWorld, type OAuthWorld, worldOf } from './slack-oauth.ts';
import { OTHER_METHODS } from './slack-reads.ts';
import { checkScopes } from './slack-scopes.ts';
import { VIEW_METHODS } from './slack-views.ts';
import { createWorld, type SlackWorld } from './slack-world.ts';

const METHODS: Record<string, SlackMethod> = { ...CHAT_METHODS, ...VIEW_METHODS, ...OTHER_METHODS };
const RATE_WINDOW_MS = 60_000;

/** One misbehaviour, met by the next call of that method. */
export type SlackFault = { method: string } & (
  | { do: 'refuse'; code: string }
  | { do: 'limit'; retryAfter: number }
  /** Does what was asked, and the answer is lost on its way. */
  | { do: 'lose-answer' }
  /** Nothing is done. */
  | { do: 'fail'; status: number }
);

export interface SlackCall {
  method: string;
  args: Record<string, unknown>;
  token?: string | undefined;
  /** `ok`, or the error's code. */
  outcome: string;
}

export interface SlackServer {
  world: SlackWorld;
  /** Who installed the app where, and the tokens given for it. */
  oauth: OAuthWorld;
  apiUrl: string;
  /** Every call of the Web API, in order. */
  calls: SlackCall[];
  faults: SlackFault[];
  sockets: Set<WebSocket>;
  /** Sockets opened so far. */
  socketsOpened(): number;
  /** Keep the rate tiers from now on. */
  limitRates(on: boolean): void;
  stop(): Promise<void>;
}

export async function startSlack(overrides: Partial<SlackWorld> = {}): Promise<SlackServer> {
  const world = createWorld(overrides);
  const oauth = createOAuthWorld();
  const calls: SlackCall[] = [];
  const faults: SlackFault[] = [];
  const rates = createRates();
  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const { server: webSockets, sockets, tickets, opened } = createSockets(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  world.filesUrl ||= `http://${origin}/files/`;
  world.responseUrl ||= `http://${origin}/response`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const file = /^\/files\/(\w+)/.exec(path)?.[1];
    if (file) return sendFile(world, file, request, response);
    if (path === '/response') return takeResponse(world, request, response);
    const name = /^\/api\/([\w.]+)$/.exec(path)?.[1];
    if (!name || request.method !== 'POST') return void response.writeHead(404).end();
    const args = Object.fromEntries(new URLSearchParams(await read(request)));
    const fault = takeFault(faults, name);
    const wait = fault?.do === 'limit' ? fault.retryAfter : rates.waitFor(name);
    if (wait > 0) {
      calls.push({ method: name, args, outcome: 'ratelimited' });
      const body = JSON.stringify({ ok: false, error: 'ratelimited' });
      return void response.writeHead(429, { 'retry-after': String(wait) }).end(body);
    }
    if (fault?.do === 'fail') {
      calls.push({ method: name, args, outcome: `status ${fault.status}` });
      return void response.writeHead(fault.status).end('upstream');
    }
    const refusal = fault?.do === 'refuse' ? fault.code : undefined;
    const result = refusal ? { ok: false, error: refusal } : perform(name, args, request);
    const token = tokenOf(request);
    calls.push({ method: name, args, token, outcome: result.ok ? 'ok' : String(result.error) });
    if (fault?.do === 'lose-answer') return void response.destroy();
    const headers = {
      'content-type': 'application/json',
      ...(result.ok && world.scopes && { 'x-oauth-scopes': [...world.scopes].join(',') }),
    };
    response.writeHead(200, headers).end(JSON.stringify(result));
  }

  function perform(name: string, form: Record<string, string>, request: IncomingMessage) {
    try {
      const token = tokenOf(request);
      if (name === 'apps.connections.open') {
        if (token !== world.appToken) throw new SlackRefusal('invalid_auth');
        return { ok: true as const, url: `ws://${origin}/link?ticket=${tickets.issue()}` };
      }
      if (name === 'oauth.v2.access') return { ok: true as const, ...access(oauth, form) };
      return run(worldOf(world, oauth, token), name, form, token);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      return { ok: false as const, error: error.code, detail: error.message };
    }
  }

  return {
    world,
    oauth,
    apiUrl: `http://${origin}/api/`,
    calls,
    faults,
    sockets,
    socketsOpened: opened,
    limitRates: rates.turn,
    async stop() {
      for (const socket of sockets) socket.terminate();
      webSockets.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

function run(
  world: SlackWorld,
  name: string,
  form: Record<string, string>,
  token: string | undefined,
) {
  const known = METHODS[name];
  if (!known) throw new SlackRefusal('unknown_method');
  if (!token) throw new SlackRefusal('not_authed');
  if (token !== world.botToken) throw new SlackRefusal('invalid_auth');
  const parsed = known.args.safeParse(form) as z.ZodSafeParseResult<never>;
  if (!parsed.success) {
    const detail = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SlackRefusal(`invalid_arguments: ${detail.join('; ')}`);
  }
  checkScopes(world, name, form.channel);
  return { ok: true as const, ...known.run(world, parsed.data) };
}

const tokenOf = ({ headers }: IncomingMessage) => headers.authorization?.replace(/^Bearer /, '');

function takeFault(faults: SlackFault[], name: string): SlackFault | undefined {
  const index = faults.findIndex(({ method }) => method === name);
  return index < 0 ? undefined : faults.splice(index, 1)[0];
}

/** Calls of each method within a minute; off until turned on. */
function createRates() {
  let on = false;
  const times = new Map<string, number[]>();

  /** Seconds to wait; 0 lets the call through and counts it. */
  function waitFor(name: string): number {
    const perMinute = METHODS[name]?.perMinute;
    if (!on || !perMinute) return 0;
    const now = Date.now();
    const recent = (times.get(name) ?? []).filter((at) => at > now - RATE_WINDOW_MS);
    times.set(name, recent);
    const [oldest = now] = recent;
    if (recent.length >= perMinute) return Math.ceil((oldest + RATE_WINDOW_MS - now) / 1_000) || 1;
    recent.push(now);
    return 0;
  }

  const turn = (to: boolean) => {
    on = to;
  };
  return { waitFor, turn };
}

function createSockets(http: ReturnType<typeof createServer>) {
  const server = new WebSocketServer({ noServer: true });
  const sockets = new Set<WebSocket>();
  const issued = new Set<string>();
  let openedSoFar = 0;
  http.on('upgrade', (request, connection, head) => {
    const ticket = new URL(request.url ?? '', 'http://x').searchParams.get('ticket') ?? '';
    // The address works once.
    if (!issued.delete(ticket)) return void connection.destroy();
    server.handleUpgrade(request, connection, head, (socket) => {
      openedSoFar += 1;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.send(JSON.stringify({ type: 'hello', num_connections: sockets.size }));
    });
  });
  let count = 0;
  const tickets = {
    issue() {
      count += 1;
      issued.add(String(count));
      return count;
    },
  };
  return { server, sockets, tickets, opened: () => openedSoFar };
}

/** Without the token Slack answers 200 with its page for signing in. */
function sendFile(
  world: SlackWorld,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const messages = [...world.channels.values()].flatMap((channel) => channel.messages);
  const file = messages.flatMap(({ files = [] }) => files).find((one) => one.id === id);
  if (!file) return void response.writeHead(404).end();
  if (request.headers.authorization !== `Bearer ${world.botToken}`) {
    return void response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<html>Sign in</html>');
  }
  if (file.redirectsTo) return void response.writeHead(302, { location: file.redirectsTo }).end();
  response.writeHead(200, { 'content-type': file.mimetype }).end(file.content);
}

/** At most five for each interaction; the stand-in has one address for all. */
async function takeResponse(world: SlackWorld, request: IncomingMessage, response: ServerResponse) {
  const answer = JSON.parse(await read(request)) as { blocks?: object[] };
  const refused = answer.blocks && refuseMessageBlocks(answer.blocks);
  if (refused) return void response.writeHead(400).end(refused);
  world.responses.push(answer);
  response.writeHead(200).end('ok');
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
