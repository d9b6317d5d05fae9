import { describe, expect, it } from 'vitest';
import { capsOf, describeCap } from '../../src/core/spend-cap.ts';
import { costOf, NO_COUNTS, priceOf, type UsageAddition } from '../../src/core/usage.ts';
import { createUsageBuffer } from '../../src/core/usage-buffer.ts';

const PRICE = { input: 2.5, cachedInput: 0.25, output: 10 };

describe('what a model costs', () => {
  it('is in whole micro-dollars, with what the cache gave at its own price', () => {
    const usage = { inputTokens: 1_000, cachedInputTokens: 400, outputTokens: 50 };
    expect(costOf(usage, PRICE)).toBe(600 * 2.5 + 400 * 0.25 + 50 * 10);
    expect(costOf(usage, { input: 2.5, output: 10 })).toBe(1_000 * 2.5 + 50 * 10);
    expect(costOf({ ...usage, inputTokens: 1, cachedInputTokens: 0, outputTokens: 0 }, PRICE)).toBe(
      3,
    );
  });

  it('is never less than nothing where a vendor counts cached tokens apart', () => {
    const usage = { inputTokens: 100, cachedInputTokens: 900, outputTokens: 0 };
    expect(costOf(usage, PRICE)).toBe(25);
  });

  it('is looked up for the provider first, and unknown where nobody said it', () => {
    const prices = { m: PRICE, 'gateway:m': { input: 1, output: 1 } };
    expect(priceOf(prices, 'gateway', 'm')).toEqual({ input: 1, output: 1 });
    expect(priceOf(prices, 'openai', 'm')).toBe(PRICE);
    expect(priceOf(prices, 'openai', 'toString')).toBeUndefined();
  });
});

describe('spending caps', () => {
  it('of every level apply, so that none lifts another', () => {
    const caps = capsOf({
      channel: { spendCapDaily: 1 },
      workspace: { spendCapDaily: 5, spendCapMonthly: 50 },
      environment: { spendCapMonthly: 100 },
    });
    expect(caps).toEqual([
      { level: 'channel', period: 'daily', dollars: 1 },
      { level: 'workspace', period: 'daily', dollars: 5 },
      { level: 'workspace', period: 'monthly', dollars: 50 },
      { level: 'deployment', period: 'monthly', dollars: 100 },
    ]);
  });

  it.each([
    ['daily', '2026-02-28', '2026-03-01 00:00 UTC'],
    ['monthly', '2026-12-31', '2027-01-01 00:00 UTC'],
    ['monthly', '2026-01-31', '2026-02-01 00:00 UTC'],
  ] as const)('say when they reset: %s on %s at %s', (period, day, reset) => {
    const sentence = describeCap({ level: 'channel', period, dollars: 7.5 }, day);
    expect(sentence).toContain(`channel's ${period} spending cap of $7.50`);
    expect(sentence).toContain(reset);
    expect(sentence).toContain('an admin of this workspace');
  });

  it('of the environment name who runs the bot', () => {
    const cap = { level: 'deployment', period: 'daily', dollars: 20 } as const;
    expect(describeCap(cap, '2026-01-01')).toContain('SPEND_CAP_DAILY');
  });
});

describe('usage on its way to the table', () => {
  const counter = { scope: { kind: 'deployment' }, period: '2026-01-01' } as const;
  const turn = { ...counter, counts: { ...NO_COUNTS, turns: 1, cost: 3 }, committed: 3 };
  const later = 3_600_000;

  function record() {
    const added: UsageAddition[] = [];
    const warnings: string[] = [];
    let broken = false;
    const buffer = createUsageBuffer({
      repository: {
        async add(addition) {
          if (broken) throw new Error('the table is away');
          added.push(addition);
        },
      },
      log: { info() {}, warn: (event) => void warnings.push(event), error: () => '' },
      flushAfterMs: later,
    });
    const set = (value: boolean) => {
      broken = value;
    };
    return { buffer, added, warnings, setBroken: set };
  }

  it('is one update for each counter, however many turns it was', async () => {
    const { buffer, added } = record();
    for (let n = 0; n < 50; n += 1) buffer.add([turn, { ...turn, period: '2026-01' }]);
    await buffer.flush();
    const counts = { ...NO_COUNTS, turns: 50, cost: 150 };
    expect(added).toEqual([
      { ...turn, counts, committed: 150 },
      { ...turn, period: '2026-01', counts, committed: 150 },
    ]);
    await buffer.flush();
    expect(added).toHaveLength(2);
  });

  it('is kept while the table is away, and written once it is back', async () => {
    const { buffer, added, warnings, setBroken } = record();
    setBroken(true);
    buffer.add([turn]);
    await buffer.flush();
    expect(warnings).toEqual(['usage-not-written']);
    setBroken(false);
    buffer.add([turn]);
    await buffer.flush();
    expect(added).toMatchObject([{ counts: { turns: 2 } }]);
  });

  it('is written by itself after a while', async () => {
    const written = Promise.withResolvers<UsageAddition>();
    const buffer = createUsageBuffer({
      repository: { add: async (addition) => written.resolve(addition) },
      log: { info() {}, warn() {}, error: () => '' },
      flushAfterMs: 1,
    });
    buffer.add([turn]);
    expect(await written.promise).toEqual(turn);
  });
});
