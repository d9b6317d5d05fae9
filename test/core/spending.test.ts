/** Usage and caps through the bot's front door, on a real engine. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bot, createBot } from '../../src/core/bot.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { type Provider, ProviderError, type ProviderEvent } from '../../src/core/provider.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Settings } from '../../src/core/settings.ts';
import { createSpending } from '../../src/core/spending.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { dayOf, monthOf, type Prices, type UsageQuery } from '../../src/core/usage.ts';
import { createRepositories } from '../../src/db/index.ts';
import { countRequests } from '../count-requests.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';

const USAGE = { inputTokens: 4_000, cachedInputTokens: 1_000, outputTokens: 1_000 };
/** A dollar for a million tokens: a token is a micro-dollar. A turn costs 4,100, its estimate is some 5,000. */
const PRICES: Prices = { m: { input: 1, cachedInput: 0.1, output: 1 } };
const TURN_COST = 4_100;
const ESTIMATE_AT_MOST = 5_100;

const place = { workspaceId: 'w', channelId: 'c', visibility: 'public' } as const;
const ann = { identity: 'terminal::ann', name: 'Ann', standing: 'member' } as const;
const inThread = (threadId: string, channelId = 'c') =>
  ({ platform: 'terminal', workspaceId: 'w', channelId, threadId }) as const;

type Script = (signal: AbortSignal) => AsyncIterable<ProviderEvent>;

async function* answer(): AsyncIterable<ProviderEvent> {
  yield { type: 'text', text: 'Well.' };
  yield { type: 'end', stopReason: 'end', usage: USAGE };
}

let messageCount = 0;

describe('usage', () => {
  let engine: TestEngine;
  let tableName: string;
  const bots: Bot[] = [];

  beforeAll(async () => {
    engine = await startEngine();
  });
  beforeEach(() => {
    messageCount += 1;
    tableName = `spending-${messageCount}`;
  });
  afterEach(async () => {
    await Promise.all(bots.splice(0).map((bot) => bot.close(0)));
  });
  afterAll(() => engine.stop());

  async function setUp({
    script = answer as Script,
    environment = {} as Settings,
    prices = PRICES as Prices,
    model = 'm',
    name = 'script',
  } = {}) {
    const table = await engine.table(tableName);
    const repositories = createRepositories(table);
    const platform = createRecordingPlatform();
    const warnings: string[] = [];
    let asked = 0;
    const provider: Provider = {
      name,
      stream(_request, signal) {
        asked += 1;
        return script(signal);
      },
      listModels: async () => [],
      testConnection: async () => ({ ok: true, message: '' }),
    };
    const bot = createBot({
      repositories,
      platforms: [platform],
      chooseProvider: async () => [{ provider, model }],
      chooseTracker: async () =>
        ({ name: 'local', listLabels: async () => [] }) as unknown as Tracker,
      environment: { project: 'local:issues', ...environment },
      prices,
      markerKeys: [new Uint8Array(32)],
      log: { info() {}, warn: (event) => void warnings.push(event), error: () => 'ref-1' },
      timing: { usageFlushMs: 3_600_000, storeDeadlineMs: 60_000 },
    });
    bots.push(bot);
    return { bot, provider, table, repositories, platform, warnings, asked: () => asked };
  }

  function say(threadId: string, more: Partial<IncomingMessage> = {}): IncomingMessage {
    messageCount += 1;
    return {
      id: `m${String(messageCount).padStart(5, '0')}`,
      sentAt: new Date().toISOString(),
      thread: inThread(threadId, more.place?.channelId),
      place,
      author: ann,
      text: 'hello',
      addressed: true,
      topLevel: false,
      ...more,
    };
  }

  async function talk(bot: Bot, ...messages: IncomingMessage[]) {
    for (const message of messages) {
      await bot.handleMessage(message);
      await bot.idle();
    }
  }

  const month = monthOf(dayOf(Date.now()));
  const here = { platform: 'terminal', workspaceId: 'w', month } as const;
  const read = async (repositories: Repositories, query: UsageQuery) =>
    (await repositories.usage.listUsage(query)).items;

  it('of every turn is written when the bot closes, for each who may ask', async () => {
    const { bot, repositories } = await setUp();
    const other = { ...place, channelId: 'c2' };
    await talk(bot, say('t'), say('t'), say('t2', { place: other }));
    expect(await read(repositories, { by: 'deployment', month })).toEqual([]);
    await bot.close(0);
    const three = {
      turns: 3,
      inputTokens: 12_000,
      cachedInputTokens: 3_000,
      outputTokens: 3_000,
      cost: 3 * TURN_COST,
      unpricedTokens: 0,
    };
    expect(await read(repositories, { by: 'deployment', month })).toMatchObject([three]);
    expect(await read(repositories, { ...here, by: 'workspace' })).toMatchObject([three]);
    expect(await read(repositories, { ...here, by: 'channel' })).toMatchObject([
      { scope: { channelId: 'c' }, turns: 2, cost: 2 * TURN_COST },
      { scope: { channelId: 'c2' }, turns: 1 },
    ]);
    const { id } = await repositories.users.ensureUser(ann);
    expect(await read(repositories, { ...here, by: 'user', id })).toMatchObject([three]);
    expect(await read(repositories, { ...here, by: 'model' })).toMatchObject([
      { scope: { provider: 'script', model: 'm' }, inputTokens: 12_000, cost: 3 * TURN_COST },
    ]);
  });

  it('of many turns is written in as few updates as that of one', async () => {
    const { bot, table } = await setUp();
    await talk(bot, ...Array.from({ length: 10 }, () => say('t')));
    const counter = countRequests(table);
    const cost = await counter.during(() => bot.close(0));
    const updates = Array.from({ length: 8 }, () => 'UpdateItem');
    // What leads to the person's counters when they are deleted is written once a month and process.
    expect(cost.names.sort()).toEqual(['PutItem', ...updates]);
  });

  it('of a failed turn is what its steps used until then', async () => {
    let step = 0;
    const { bot, repositories, platform } = await setUp({
      async *script() {
        step += 1;
        if (step > 1) throw new ProviderError('script', 'refused', 'no');
        yield { type: 'toolCall', call: { id: '1', name: 'search_issues', input: {} } };
        yield { type: 'end', stopReason: 'tools', usage: USAGE };
      },
    });
    await talk(bot, say('t'));
    expect(platform.replies[0]?.views.at(-1)).toMatchObject({ state: 'failed', retry: true });
    await bot.close(0);
    const [day] = await read(repositories, { by: 'deployment', month });
    expect(day).toMatchObject({ turns: 1, inputTokens: 4_000, cost: TURN_COST });
  });

  it('of what is done for a turn after it has closed is counted too', async () => {
    const { provider, repositories } = await setUp();
    const log = { info() {}, warn() {}, error: () => 'ref-1' };
    const { usage } = repositories;
    const spending = createSpending({ usage, prices: PRICES, log, flushAfterMs: 3_600_000 });
    const meter = spending.meter({ platform: 'terminal', place, userId: 'u', caps: [] });
    const [choice] = await meter.admit([{ provider, model: 'm' }], 0);
    await meter[Symbol.asyncDispose]();
    const request = { model: 'm', system: '', messages: [], tools: [], maxOutputTokens: 1 };
    await Array.fromAsync(choice.provider.stream(request, AbortSignal.abort()));
    await spending.flush();
    const [day] = await read(repositories, { by: 'deployment', month });
    expect(day).toMatchObject({ turns: 1, cost: TURN_COST });
  });

  it('of a stopped turn counts as a turn', async () => {
    const begun = Promise.withResolvers<void>();
    const { bot, repositories } = await setUp({
      async *script(signal) {
        yield { type: 'text', text: 'I was' };
        begun.resolve();
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    await bot.handleMessage(say('t'));
    await begun.promise;
    const thread = inThread('t');
    await bot.handleAction({ thread, place, actor: ann, command: { kind: 'stop' } });
    await bot.idle();
    await bot.close(0);
    expect(await read(repositories, { by: 'deployment', month })).toMatchObject([{ turns: 1 }]);
  });

  it('of a model without a price is counted in tokens, and said once when there is a cap', async () => {
    const { bot, repositories, warnings } = await setUp({
      model: 'unheard-of',
      environment: { spendCapDaily: 1 },
    });
    await talk(bot, say('t'), say('t'));
    await bot.close(0);
    const [day] = await read(repositories, { by: 'deployment', month });
    expect(day).toMatchObject({ turns: 2, cost: 0, unpricedTokens: 10_000 });
    expect(warnings).toEqual(['price-missing']);
  });

  it('of a model without a price is held against a cap as that of the dearest, and reported as unknown', async () => {
    const { bot, repositories, asked } = await setUp({
      model: 'unheard-of',
      environment: { spendCapDaily: 0.004 },
    });
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(1);
    await bot.close(0);
    const [day] = await read(repositories, { by: 'deployment', month });
    expect(day).toMatchObject({ turns: 1, cost: 0, unpricedTokens: 5_000 });
  });

  it('of the offline drafter costs nothing, and is held against no cap', async () => {
    const { bot, asked } = await setUp({
      ...{ name: 'offline', model: 'offline' },
      environment: { spendCapDaily: 0.004 },
    });
    await talk(bot, say('t'), say('t'), say('t'));
    expect(asked()).toBe(3);
  });

  it('above a cap stops the next turn before the model is asked, in a sentence', async () => {
    const { bot, repositories, platform, asked } = await setUp({
      environment: { spendCapDaily: 0.004 },
    });
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(1);
    const last = platform.replies[1]?.views.at(-1);
    expect(last?.state).toBe('failed');
    expect(last).not.toHaveProperty('retry');
    expect(last?.text).toMatch(
      /^The bot's daily spending cap of \$0\.004 .* 00:00 UTC; whoever runs the bot \(SPEND_CAP_DAILY, or Limits in the console\) can change it/,
    );
    const conversationId = conversationIdOf(inThread('t'));
    const { items } = await repositories.messages.listMessages(conversationId);
    expect(items.map(({ role, answer: given }) => given?.outcome ?? role)).toEqual([
      'user',
      'answered',
      'user',
      'failed',
    ]);
    expect((await repositories.threads.get(conversationId))?.waiting).toEqual([]);
    await bot.close(0);
    expect(await read(repositories, { by: 'deployment', month })).toMatchObject([{ turns: 1 }]);
  });

  it('above a cap of one channel stops that channel only', async () => {
    const { bot, repositories, asked } = await setUp();
    const settings = { spendCapMonthly: 0.004 };
    await repositories.workspaces.saveChannelSettings('terminal', 'w', 'c', settings);
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(1);
    await talk(bot, say('t2', { place: { ...place, channelId: 'c2' } }));
    expect(asked()).toBe(2);
  });

  it('keeps nothing of one cap when another one refuses', async () => {
    const { bot, repositories, asked } = await setUp({ environment: { spendCapDaily: 0.008 } });
    const settings = { spendCapDaily: 0.004 };
    await repositories.workspaces.saveChannelSettings('terminal', 'w', 'c', settings);
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(1);
    await talk(bot, say('t2', { place: { ...place, channelId: 'c2' } }));
    expect(asked()).toBe(2);
  });

  it('of an answer that broke off counts at its estimate against a cap', async () => {
    const { bot, asked } = await setUp({
      environment: { spendCapDaily: 0.004 },
      async *script() {
        yield { type: 'text', text: 'I was' };
        throw new ProviderError('script', 'refused', 'no');
      },
    });
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(1);
  });

  it('of a request that was refused at once does not count against a cap', async () => {
    const { bot, asked } = await setUp({
      environment: { spendCapDaily: 0.004 },
      // biome-ignore lint/correctness/useYield: it fails before it says anything
      async *script() {
        throw new ProviderError('script', 'unauthorised', 'no');
      },
    });
    await talk(bot, say('t'), say('t'));
    expect(asked()).toBe(2);
  });

  it('above a cap is seen by another bot as soon as the turn has ended', async () => {
    const environment = { spendCapDaily: 0.004 };
    const [one, other] = [await setUp({ environment }), await setUp({ environment })];
    await talk(one.bot, say('t'));
    await talk(other.bot, say('t2'));
    expect([one.asked(), other.asked()]).toEqual([1, 0]);
  });

  it('takes two updates more of a turn that a cap applies to, one before the model is asked', async () => {
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let turns = 0;
    const { bot, table } = await setUp({
      environment: { spendCapDaily: 1 },
      async *script() {
        turns += 1;
        if (turns === 2) {
          asked.resolve();
          await gate.promise;
        }
        yield* answer();
      },
    });
    await talk(bot, say('t'));
    const counter = countRequests(table);
    const turn = talk(bot, say('t'));
    await asked.promise;
    const updates = () => counter.counts().names.filter((name) => name === 'UpdateItem').length;
    const before = updates();
    gate.resolve();
    await turn;
    // The third records the reply, cap or none.
    expect([before, updates()]).toEqual([1, 3]);
    counter.stop();
  });

  it('of 50 turns at once on two bots passes a cap by no more than one estimate', async () => {
    const gate = Promise.withResolvers<void>();
    const script = async function* (): AsyncIterable<ProviderEvent> {
      await gate.promise;
      yield* answer();
    };
    const environment = { spendCapDaily: 0.05 };
    const first = await setUp({ script, environment });
    const second = await setUp({ script, environment });
    const both = [first, second];
    const turns = Array.from({ length: 50 }, (_, n) =>
      both[n % 2]?.bot.handleMessage(say(`burst-${n}`)),
    );
    await Promise.all(turns);
    const refusals = () =>
      both
        .flatMap(({ platform }) => platform.replies)
        .filter(({ views }) => /cap/.test(views.at(-1)?.text ?? ''));
    await expect
      .poll(() => refusals().length + first.asked() + second.asked(), { timeout: 20_000 })
      .toBe(50);
    const admitted = first.asked() + second.asked();
    expect(admitted).toBeGreaterThanOrEqual(Math.floor(50_000 / ESTIMATE_AT_MOST));
    expect(admitted).toBeLessThanOrEqual(Math.ceil(50_000 / 5_000));
    gate.resolve();
    await Promise.all(both.map(({ bot }) => bot.idle()));
    const [day] = await read(first.repositories, { by: 'deployment', month });
    expect(day).toMatchObject({ turns: admitted, cost: admitted * TURN_COST });
    // Estimates were too high: there is room again, for exactly what is left.
    await talk(first.bot, say('after'));
    expect(first.asked() + second.asked()).toBe(admitted + 1);
  });
});
