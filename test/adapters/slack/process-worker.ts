/**
 * A process of the bot on the stand-in Slack, over HTTP, for tests that kill it: the real adapter, core
 * and table, a model that says how many messages it was shown. The options come as JSON in the first
 * argument; its address is the first message to its parent.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSlackAdapter } from '../../../adapters/slack/adapter.ts';
import { type BotTiming, createBot } from '../../../src/core/bot.ts';
import { readPrompt } from '../../../src/core/prompt.ts';
import type { Provider } from '../../../src/core/provider.ts';
import { createRepositories } from '../../../src/db/index.ts';
import { connectEngine } from '../../engine.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';

export interface ProcessWorkerOptions {
  endpoint: string;
  tableName: string;
  apiUrl: string;
  botToken: string;
  signingSecret: string;
  /** Absent: the product's own. */
  timing?: Partial<BotTiming> | undefined;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessWorkerOptions;
const { apiUrl, botToken, signingSecret } = options;
const table = await connectEngine(options.endpoint).table(options.tableName);
const repositories = createRepositories(table);
const log = { info() {}, warn() {}, error: () => '' };
const provider: Provider = {
  name: 'script',
  async *stream({ messages }) {
    const said = readPrompt(messages).messages.filter(({ role }) => role === 'user');
    const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
    yield { type: 'text', text: `heard ${said.length}` };
    yield { type: 'end', stopReason: 'end', usage };
  },
  listModels: async () => [],
  testConnection: async () => ({ ok: true, message: '' }),
};
const plain = async (text: string) => text;
const adapter = createSlackAdapter({
  keepsTiers: false,
  config: {
    connection: { kind: 'http', signingSecret },
    workspaces: { kind: 'one', botToken },
    apiUrl,
  },
  ...{ repositories, log, publicUrl: undefined, encrypt: plain, decrypt: plain },
});
const bot = createBot({
  ...{ repositories, log, platforms: [adapter.platform] },
  chooseProvider: async () => [{ provider, model: 'm' }],
  chooseTracker: async () => createIdleTracker(),
  environment: { project: 'local:issues' },
  markerKeys: [new Uint8Array(32)],
  ...(options.timing && { timing: options.timing }),
});
const app = new Hono();
for (const { method, path, handle } of adapter.routes ?? []) {
  app.on(method, path, (c) => handle(c.req.raw));
}
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
await once(server, 'listening');
await adapter.start(bot);
bot.startResuming();
process.on('disconnect', () => process.exit(0));
const { port } = server.address() as AddressInfo;
process.send?.(`http://127.0.0.1:${port}/slack/events`);
