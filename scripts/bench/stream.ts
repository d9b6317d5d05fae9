/**
 * `bench stream`: 2,000 tokens relayed to a chat that takes every edit at once, so that what is measured
 * is the product and no platform: when the first text is visible, how often it is edited, what it costs.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createBot } from '../../src/core/bot.ts';
import type { Provider, ProviderRequest } from '../../src/core/provider.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine } from '../../test/engine.ts';
import { createIdleTracker } from '../../test/fakes/idle-tracker.ts';
import { createRecordingPlatform } from '../../test/fakes/recording-platform.ts';
import type { Measure } from './index.ts';
import { measuredHere, measureSideBySide, quantile } from './measure.ts';
import type { Report } from './report.ts';

const TOKENS = 2_000;
/** Tokens between two pauses of the model, and how long each is in milliseconds. */
const BURST = 20;
const PAUSE_MS = 10;
/** As Discord's: the fastest of the platforms. */
const CADENCE_MS = 250;
const USAGE = { inputTokens: 1, cachedInputTokens: 0, outputTokens: TOKENS };
const place = { workspaceId: 'w', channelId: 'c', visibility: 'dm' } as const;
const author = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;

interface Moments {
  /** Of each turn, in milliseconds: from the first token to the first text shown. */
  firstText: number[];
  /** Edits over what the cadence allows for the turn's duration; at most 0 is meant. */
  excess: number[];
}

export const measureStream: Measure = async ({ quick }) => {
  const engine = await startEngine();
  let firstToken = 0;
  const provider: Provider = {
    name: 'script',
    async *stream(_: ProviderRequest) {
      firstToken = performance.now();
      for (let token = 0; token < TOKENS; token += 1) {
        yield { type: 'text', text: 'word ' };
        if (token % BURST === BURST - 1) await wait(PAUSE_MS);
      }
      yield { type: 'end', stopReason: 'end', usage: USAGE };
    },
    listModels: async () => [],
    testConnection: async () => ({ ok: true, message: '' }),
  };
  const platform = { ...createRecordingPlatform(), editIntervalMs: () => CADENCE_MS };
  const shows: number[] = [];
  const openReply = platform.openReply;
  platform.openReply = (target) => {
    const reply = openReply(target);
    return {
      show(view) {
        shows.push(performance.now());
        return reply.show(view);
      },
    };
  };
  const bot = createBot({
    repositories: createRepositories(await engine.table()),
    platforms: [platform],
    chooseProvider: async () => [{ provider, model: 'm' }],
    chooseTracker: async () => createIdleTracker({ listLabels: async () => [] }),
    environment: { project: 'local:issues' },
    markerKeys: [new Uint8Array(32)],
    log: { info() {}, warn() {}, error: () => 'bench' },
  });
  const moments: Moments = { firstText: [], excess: [] };
  let said = 0;

  async function relay(): Promise<void> {
    said += 1;
    shows.length = 0;
    const thread = {
      platform: 'terminal',
      workspaceId: 'w',
      channelId: 'c',
      threadId: `t${said}`,
    } as const;
    const sentAt = new Date().toISOString();
    const message = { id: `m${said}`, sentAt, thread, place, author, text: 'Tell me.' };
    await bot.handleMessage({ ...message, addressed: true, topLevel: true });
    await bot.idle();
    const [first = Number.NaN] = shows;
    const duration = (shows.at(-1) ?? first) - firstToken;
    moments.firstText.push(first - firstToken);
    // The first text and the last are forced.
    moments.excess.push(shows.length - 2 - duration / CADENCE_MS);
  }

  async function readAlone(): Promise<void> {
    const request = { model: 'm', system: '', messages: [], tools: [], maxOutputTokens: TOKENS };
    for await (const _ of provider.stream(request, new AbortController().signal));
  }

  try {
    const repeat = (work: () => Promise<void>) =>
      measuredHere(async (operations) => {
        for (let n = 0; n < operations; n += 1) await work();
      });
    const candidates = [
      { name: 'product', round: repeat(relay) },
      { name: 'provider alone', round: repeat(readAlone) },
    ];
    const rounds = { rounds: quick ? 8 : 24, operations: 1 };
    return toReport(await measureSideBySide(candidates, rounds), moments);
  } finally {
    await bot.close(0);
    await engine.stop();
  }
};

function toReport(
  measured: Awaited<ReturnType<typeof measureSideBySide>>,
  { firstText, excess }: Moments,
): Report {
  return {
    bench: 'stream',
    about: `${TOKENS} tokens of a scripted model through a whole turn, table included, to a chat that answers at once. The model costs nothing itself, so its CPU is shown and held to no limit.`,
    columns: ['by', 'CPU ms', 'clock ms', 'spread'],
    rows: measured.map(({ name, cpuMicros, wallMicros, spread }) => [
      ...[name, cpuMicros / 1_000, wallMicros / 1_000, spread],
    ]),
    limits: [
      {
        what: 'ms from the first token to the first text shown, median',
        reached: quantile(firstText, 0.5),
        limit: 3,
      },
      {
        what: 'edits beyond the first, the last and one per cadence, the most',
        reached: Math.max(...excess),
        limit: 0,
      },
    ],
    versions: [],
    bars: measured.map(({ name, cpuMicros }) => ({
      label: name,
      value: cpuMicros / 1_000,
      unit: 'ms CPU',
    })),
  };
}
