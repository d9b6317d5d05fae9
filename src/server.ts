/** The process's HTTP server: who asks, how long anything may take, and how it ends. */
import { once } from 'node:events';
import { type HttpBindings, type ServerType, serve } from '@hono/node-server';
import type { Context } from 'hono';
import { type AdminOptions, createAdmin } from './admin/index.ts';
import type { Config } from './config.ts';
import { InvalidInputError } from './core/errors.ts';

/** Milliseconds: of slow senders none holds a connection open for long. */
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than the 60 s after which a balancer of AWS drops an idle one, so that it is not the other way round.
  keepAliveTimeout: 65_000,
};
/** Requests under way may take this long after the end was announced, in milliseconds. */
const DRAIN_MS = 10_000;
const SWEEP_MS = 50;

export interface Server {
  /** Says that it is not ready, takes nothing new, and resolves when what is under way has ended. */
  drain(): Promise<void>;
}

export type ServedOptions = Omit<AdminOptions, 'addressOf' | 'stopping'>;

/** Resolves when it listens; rejects with `InvalidInputError` when it cannot. */
export async function listen(http: Config['http'], options: ServedOptions): Promise<Server> {
  let stopping = false;
  const admin = createAdmin({
    ...options,
    stopping: () => stopping,
    addressOf: (c) => addressOf(c, http.trustedProxies),
  });
  const { host: hostname, port } = http;
  const server = serve({ fetch: admin.fetch, hostname, port, serverOptions: SERVER_OPTIONS });
  await listening(server, http);
  return {
    async drain() {
      stopping = true;
      await close(server);
    },
  };
}

/** A kept-alive connection that falls idle from now on would hold the server open. */
async function close(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const late = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_MS).unref());
  const sweep = setInterval(() => {
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  }, SWEEP_MS);
  await Promise.race([closed, late]);
  clearInterval(sweep);
}

/** What the operator can do, by the system's reason. */
const NOT_LISTENING: Record<string, { variable: string; todo: string }> = {
  EADDRINUSE: { variable: 'PORT', todo: 'another program has it, set it to a free one' },
  EACCES: { variable: 'PORT', todo: 'this account may not, set it to one above 1023' },
  EADDRNOTAVAIL: {
    variable: 'HOST',
    todo: 'this machine has no such address, set one that it has',
  },
  ENOTFOUND: { variable: 'HOST', todo: 'nobody knows this name, set an address of this machine' },
};

async function listening(server: ServerType, { host, port }: Config['http']): Promise<void> {
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const { variable, todo } = NOT_LISTENING[reason] ?? {
      variable: 'HOST and PORT',
      todo: 'set others',
    };
    throw new InvalidInputError(variable, [
      `cannot listen on ${host}:${port} (${reason}); ${todo}`,
    ]);
  }
}

/** The nearest address that no trusted proxy is at: what others say of themselves is not believed. */
export function addressOf(c: Context, trustedProxies: number): string {
  const { incoming } = c.env as Partial<HttpBindings>;
  const nearest = incoming?.socket.remoteAddress ?? 'unknown';
  const said = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  return [...said.filter(Boolean), nearest].at(-1 - trustedProxies) ?? nearest;
}
