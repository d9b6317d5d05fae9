/** The process: reads the environment, starts what is configured, and stops cleanly. */
import { once } from 'node:events';
import { createUnwatchedTerminal } from '../adapters/terminal/unwatched.ts';
import { type App, createApp } from './app.ts';
import { parseConfig } from './config.ts';
import type { Adapter, AdapterTools } from './core/adapter.ts';
import { InvalidInputError } from './core/errors.ts';
import { createLog } from './log.ts';
import { listen, type Server } from './server.ts';

/** Running turns may end by themselves for this long before they are handed over, in milliseconds. */
const GRACE_MS = 8_000;

const config = parseConfig(process.env);
const log = createLog({ level: config.logLevel });
// Nobody watches a terminal here; what a closed one left unanswered is still finished and stored.
const platforms = [createUnwatchedTerminal()];
const app = await createApp({ config, log, platforms, connect: connectAdapters });
const server = await listenOrClose(app);
app.bot.startResuming();
await startAdapters(app);
for (const line of [...app.describe(), describeChat(app)]) process.stderr.write(`${line}\n`);
process.stderr.write(
  `listening http://${config.http.host}:${config.http.port}, the console at /console, the API at /docs\n`,
);

const [signal] = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
log.info('stopping', { signal: String(signal) });
// Whoever presses twice means it.
for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1));
const drained = server.drain();
await Promise.all(app.adapters.map((adapter) => adapter.stop()));
await app.bot.close(GRACE_MS);
await drained;
await app.close(0);
process.exit(0);

function describeChat({ adapters }: App): string {
  const names = adapters.map(({ platform }) => platform.name);
  if (names.length > 0) return `chat      ${names.join(' and ')}`;
  return 'chat      none yet: docs/slack.md and docs/discord.md connect a team; npm run chat talks in a terminal';
}

/** Each platform's SDK is loaded only where it is configured. */
async function connectAdapters(tools: AdapterTools): Promise<Adapter[]> {
  const adapters: Adapter[] = [];
  if (config.slack) {
    const { createSlackAdapter } = await import('../adapters/slack/adapter.ts');
    adapters.push(createSlackAdapter({ ...tools, config: config.slack }));
  }
  if (config.discord) {
    const { createDiscordAdapter } = await import('../adapters/discord/adapter.ts');
    adapters.push(createDiscordAdapter({ ...tools, config: config.discord }));
  }
  return adapters;
}

async function startAdapters({ adapters, bot, close }: App): Promise<void> {
  try {
    await Promise.all(adapters.map((adapter) => startAdapter(adapter, bot)));
  } catch (error) {
    await Promise.allSettled(adapters.map((adapter) => adapter.stop()));
    await close(0);
    throw error;
  }
}

/** What an SDK says of a platform that does not answer helps only together with what to do. */
async function startAdapter({ platform, start }: Adapter, bot: App['bot']): Promise<void> {
  try {
    await start(bot);
  } catch (cause) {
    if (cause instanceof InvalidInputError || !(cause instanceof Error)) throw cause;
    const problem = `could not be started (${cause.message}); \`npm run doctor\` says what is wrong`;
    throw new InvalidInputError(platform.name, [problem], { cause });
  }
}

async function listenOrClose({ admin, close }: App): Promise<Server> {
  try {
    return await listen(config.http, admin);
  } catch (error) {
    await close(0);
    throw error;
  }
}
