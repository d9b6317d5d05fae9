/**
 * A process of the bot on the stand-in Discord, for tests that kill it: the real adapter, core and
 * table, a model that says how many messages it was shown. The options come as JSON in the first argument.
 */
import { createDiscordAdapter } from '../../../adapters/discord/adapter.ts';
import { createBot } from '../../../src/core/bot.ts';
import { readPrompt } from '../../../src/core/prompt.ts';
import type { Provider } from '../../../src/core/provider.ts';
import { createRepositories } from '../../../src/db/index.ts';
import { connectEngine } from '../../engine.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';

export interface ProcessWorkerOptions {
  endpoint: string;
  tableName: string;
  token: string;
  apiUrl: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessWorkerOptions;
const { token, apiUrl } = options;
const repositories = createRepositories(
  await connectEngine(options.endpoint).table(options.tableName),
);
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
const adapter = createDiscordAdapter({
  config: { token, apiUrl, shards: 'auto' },
  ...{ repositories, log, markEveryMs: 100 },
});
const bot = createBot({
  ...{ repositories, log, platforms: [adapter.platform] },
  chooseProvider: async () => [{ provider, model: 'm' }],
  chooseTracker: async () => createIdleTracker(),
  environment: { project: 'local:issues' },
  markerKeys: [new Uint8Array(32)],
  timing: { leaseMs: 2_000, renewMs: 500, settleMs: 10, resumeEveryMs: 250 },
});
await adapter.start(bot);
bot.startResuming();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
