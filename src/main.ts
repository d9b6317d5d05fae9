/** The process: reads the environment, starts what is configured, and stops cleanly. */
import { once } from 'node:events';
import { type HttpBindings, type ServerType, serve } from '@hono/node-server';
import type { Context } from 'hono';
import { createTerminalPlatform } from '../adapters/terminal/platform.ts';
import { createAdmin } from './admin/index.ts';
import { type App, createApp } from './app.ts';
import { type Config, parseConfig } from './config.ts';
import type { Adapter, AdapterTools } from './core/adapter.ts';
import { InvalidInputError } from './core/errors.ts';
import { createLog } from './log.ts';

/** Running turns may end by themselves for this long before they are handed over, in milliseconds. */
const GRACE_MS = 8_000;

const config = parseConfig(process.env);
const log = createLog({ level: config.logLevel });
// Nobody watches a terminal here; what a closed one left unanswered is still finished and stored.
const platforms = [createTerminalPlatform()];
const app = await createApp({ config, log, platforms, connect: connectAdapters });
const server = await listen(config, app);
app.bot.startResuming();
await startAdapters(app);
for (const line of app.describe()) process.stderr.write(`${line}\n`);
process.stderr.write(`listening http://${config.http.host}:${config.http.port}\n`);

const [signal] = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
log.info('stopping', { signal: String(signal) });
await Promise.all(app.adapters.map((adapter) => adapter.stop()));
server.close();
await app.close(GRACE_MS);
process.exit(0);

/** Each platform's SDK is loaded only where it is configured. */
async function connectAdapters(_tools: AdapterTools): Promise<Adapter[]> {
  return [];
}

async function startAdapters({ adapters, bot, close }: App): Promise<void> {
  try {
    await Promise.all(adapters.map((adapter) => adapter.start(bot)));
  } catch (error) {
    await Promise.allSettled(adapters.map((adapter) => adapter.stop()));
    await close(0);
    throw error;
  }
}

/** The nearest one: what a proxy says of others is not asked for. */
function addressOf(c: Context): string {
  const { incoming } = c.env as Partial<HttpBindings>;
  return incoming?.socket.remoteAddress ?? 'unknown';
}

async function listen({ http }: Config, { admin: options, close }: App): Promise<ServerType> {
  const admin = createAdmin({ ...options, addressOf });
  const started = serve({ fetch: admin.fetch, hostname: http.host, port: http.port });
  try {
    await once(started, 'listening');
    return started;
  } catch (error) {
    await close(0);
    const reason = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new InvalidInputError('PORT', [
      `cannot listen on ${http.host}:${http.port} (${reason}); set it to a free one`,
    ]);
  }
}
