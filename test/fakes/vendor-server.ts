/**
 * The half of a stand-in AI vendor that all vendors share: a loopback server that refuses requests
 * the real one would refuse, and answers, streams or fails as the test told it to.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the model says. */
export interface Answer {
  /** What a model that thinks says to itself first, where the vendor shows it. */
  thought?: { thinking: string; signature: string };
  text?: string[];
  /** `json` are the arguments as sent, which need not be JSON. */
  calls?: { id: string; name: string; json: string }[];
  stop?: 'end' | 'length' | 'refused' | 'filtered';
  usage?: { inputTokens: number; cachedInputTokens: number; outputTokens: number };
}

/** Failures with a status and a body of the vendor's own shape. */
export const REFUSALS = [
  'rate-limited',
  'server-error',
  'overloaded',
  'wrong-key',
  'unknown-model',
  'quota',
  'context-too-long',
  'prompt-filtered',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type Script =
  | { do: 'answer'; answer: Answer }
  | { do: 'refuse'; refusal: Refusal }
  /** Any other answer over HTTP. */
  | { do: 'reply'; status: number; headers?: Record<string, string>; body: string }
  /** The connection breaks in the middle of this answer. */
  | { do: 'cut'; answer: Answer }
  /** The answer begins and nothing more comes. */
  | { do: 'stall'; answer: Answer }
  /** Not even a status comes. */
  | { do: 'silence' }
  /** Something unreadable in the middle of this answer, which then goes on. */
  | { do: 'garble'; answer: Answer }
  /** The answer just ends, without its closing events. */
  | { do: 'trail-off'; answer: Answer };

export interface VendorRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** What differs from vendor to vendor. */
export interface VendorProtocol {
  /** Ready-made answers to requests that no script is for, such as the list of models. */
  serve?(request: VendorRequest): Reply | undefined;
  /** Why the real vendor would not take this request. */
  check(request: VendorRequest): string[];
  /** A 400 in the vendor's shape. */
  badRequest(problem: string): Reply;
  refuse(refusal: Refusal): Reply;
  contentType: string;
  /** The wire's pieces of an answer, in order; the last ones say that it is complete. */
  pieces(answer: Answer, request: VendorRequest): { body: string[]; closing: string[] };
  garbled: string;
}

export interface VendorServer {
  /** The origin, without a path. */
  url: string;
  /** For the next request; several wait in line. Without any, answers are `{ text: ['Fine.'] }`. */
  will(script: Script): void;
  /** Every request that was answered by a script, oldest first. */
  requests: VendorRequest[];
  /** What was wrong with requests, over all of them. */
  problems: string[];
  /** Resolves when the answer that is being sent is given up by the client. */
  abandoned(): Promise<void>;
  stop(): Promise<void>;
}

export async function startVendorServer(protocol: VendorProtocol): Promise<VendorServer> {
  const scripts: Script[] = [];
  const requests: VendorRequest[] = [];
  const problems: string[] = [];
  const responses: ServerResponse[] = [];

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '', headers } = incoming;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const request = { method, path, headers, body };
    responses.push(response);
    const found = protocol.check(request);
    problems.push(...found);
    if (found[0]) return reply(response, protocol.badRequest(found[0]));
    const served = protocol.serve?.(request);
    if (served) return reply(response, served);
    requests.push(request);
    const script = scripts.shift() ?? { do: 'answer', answer: { text: ['Fine.'] } };
    await perform(protocol, script, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    will: (script) => scripts.push(script),
    requests,
    problems,
    async abandoned() {
      const response = responses.at(-1);
      if (response && !response.closed) await once(response, 'close');
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An address where nothing listens. */
export async function findClosedAddress(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

async function perform(
  protocol: VendorProtocol,
  script: Script,
  request: VendorRequest,
  response: ServerResponse,
): Promise<void> {
  switch (script.do) {
    case 'silence':
      return;
    case 'reply':
      return reply(response, script);
    case 'refuse':
      return reply(response, protocol.refuse(script.refusal));
  }
  const { body, closing } = protocol.pieces(script.answer, request);
  const half = body.slice(0, Math.ceil(body.length / 2));
  response.writeHead(200, { 'content-type': protocol.contentType });
  switch (script.do) {
    case 'answer':
      await send(response, [...body, ...closing]);
      return void response.end();
    case 'trail-off':
      await send(response, body);
      return void response.end();
    case 'garble':
      await send(response, [...half, protocol.garbled, ...body.slice(half.length), ...closing]);
      return void response.end();
    case 'stall':
      return send(response, half);
    case 'cut':
      await send(response, half);
      return void response.destroy();
  }
}

/** Each piece reaches the client on its own. */
async function send(response: ServerResponse, pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(piece, resolve));
    await new Promise(setImmediate);
  }
}

function reply(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}
