/** The product as `src/main.ts` starts it, for a Slack that does not count calls: else its tiers were measured. */
import { once } from 'node:events';
import { createSlackAdapter } from '../../adapters/slack/adapter.ts';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { AdapterTools } from '../../src/core/adapter.ts';
import { createLog } from '../../src/log.ts';
import { listen } from '../../src/server.ts';

const config = parseConfig(process.env);
const log = createLog({ level: config.logLevel });
const connect = async (tools: AdapterTools) =>
  config.slack ? [createSlackAdapter({ ...tools, config: config.slack, keepsTiers: false })] : [];
const app = await createApp({ config, log, platforms: [], connect });
for (const adapter of app.adapters) await adapter.start(app.bot);
app.bot.startResuming();
await listen(config.http, app.admin);
await once(process, 'SIGTERM');
await app.close(0);
process.exit(0);
