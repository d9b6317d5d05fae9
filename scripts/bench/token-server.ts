/** A model over HTTP as compatible servers stream it: many small tokens, in bursts, and nothing to think about. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface TokenServer {
  /** For `OPENAI_BASE_URL`. */
  baseUrl: string;
  /** When the latest answer's first token left, and when its last, on the clock of `performance`. */
  moments(): { first: number; last: number };
  /** How many answers were sent whole. */
  answered(): number;
  stop(): Promise<void>;
}

export interface TokenServerOptions {
  /** Between the answer's head and its first token, in milliseconds. Default 0. */
  thinkMs?: number;
  tokens: number;
  /** Tokens between two pauses, and how long each is in milliseconds. */
  burst: number;
  pauseMs: number;
}

export const TOKEN = 'word ';

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const moments = { first: Number.NaN, last: Number.NaN };
  let answered = 0;
  const server = createServer(async (request, response) => {
    request.resume();
    await once(request, 'end');
    if (request.method === 'POST') {
      await stream(response, options, moments);
      answered += 1;
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    moments: () => ({ ...moments }),
    answered: () => answered,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function stream(
  response: ServerResponse,
  { thinkMs = 0, tokens, burst, pauseMs }: TokenServerOptions,
  moments: { first: number; last: number },
): Promise<void> {
  moments.last = Number.NaN;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  if (thinkMs > 0) await wait(thinkMs);
  moments.first = performance.now();
  for (let token = 0; token < tokens; token += 1) {
    response.write(toChunk({ content: TOKEN }));
    if (token % burst === burst - 1) await wait(pauseMs);
  }
  const usage = { prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 };
  response.end(
    `${toChunk({}, 'stop')}${toChunk({}, null, { choices: [], usage })}data: [DONE]\n\n`,
  );
  moments.last = performance.now();
}

function toChunk(delta: object, finish_reason: string | null = null, rest: object = {}): string {
  const shared = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };
  const choices = [{ index: 0, delta, finish_reason }];
  return `data: ${JSON.stringify({ ...shared, choices, ...rest })}\n\n`;
}
