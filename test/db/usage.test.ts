import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  NO_COUNTS,
  type UsageCounts,
  type UsageRepository,
  type UsageScope,
} from '../../src/core/usage.ts';
import type { Table } from '../../src/db/client.ts';
import { createRepositories } from '../../src/db/index.ts';
import { countRequests } from '../count-requests.ts';
import { startEngine, type TestEngine } from '../engine.ts';

const place = { platform: 'slack', workspaceId: 'T1' } as const;
const ONE: UsageCounts = {
  turns: 1,
  inputTokens: 100,
  cachedInputTokens: 40,
  outputTokens: 10,
  cost: 7,
  unpricedTokens: 0,
};
const channel = (channelId: string): UsageScope => ({ kind: 'channel', ...place, channelId });
const user = (userId: string): UsageScope => ({ kind: 'user', ...place, userId });

describe('usage counters', () => {
  let engine: TestEngine;
  let table: Table;
  let usage: UsageRepository;

  beforeAll(async () => {
    engine = await startEngine();
    table = await engine.table();
    usage = createRepositories(table).usage;
  });
  afterAll(() => engine.stop());

  const count = (scope: UsageScope, period: string, counts = ONE) =>
    usage.add({ scope, period, counts, committed: counts.cost });

  it('add up, also when written at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, () => count(channel('C-sum'), '2026-01-05')));
    const query = { ...place, by: 'channel', id: 'C-sum', month: '2026-01' } as const;
    const { items } = await usage.listUsage(query);
    expect(items).toEqual([
      {
        scope: channel('C-sum'),
        day: '2026-01-05',
        turns: 20,
        inputTokens: 2_000,
        cachedInputTokens: 800,
        outputTokens: 200,
        cost: 140,
        unpricedTokens: 0,
      },
    ]);
  });

  it('are listed by workspace, channel, user, model and day with one query each', async () => {
    const model: UsageScope = { kind: 'model', ...place, provider: 'mine', model: 'org/m#1:8b' };
    const days = ['2026-02-01', '2026-02-28'];
    for (const day of days) {
      await count({ kind: 'deployment' }, day);
      await count({ kind: 'workspace', ...place }, day);
      for (const scope of [channel('C1'), channel('C10'), user('u1'), user('u2'), model])
        await count(scope, day);
    }
    await count({ kind: 'workspace', ...place }, '2026-02');
    await count(channel('C1'), '2026-02');
    await count(channel('C1'), '2026-03-01');
    await count({ ...channel('C9'), workspaceId: 'T2' } as UsageScope, '2026-02-01');
    const counter = countRequests(table);
    const list = async (query: Parameters<UsageRepository['listUsage']>[0]) => {
      counter.reset();
      const { items } = await usage.listUsage(query);
      expect(counter.counts().names).toEqual(['Query']);
      return items.map(({ scope, day }) => ({ scope, day }));
    };
    const each = (...scopes: UsageScope[]) =>
      scopes.flatMap((scope) => days.map((day) => ({ scope, day })));
    const month = '2026-02';
    expect(await list({ by: 'deployment', month })).toEqual(each({ kind: 'deployment' }));
    const workspace: UsageScope = { kind: 'workspace', ...place };
    expect(await list({ ...place, by: 'workspace', month })).toEqual(each(workspace));
    const channels = each(channel('C1'), channel('C10'));
    expect(await list({ ...place, by: 'channel', month })).toEqual(
      expect.arrayContaining(channels),
    );
    expect(await list({ ...place, by: 'channel', month })).toHaveLength(channels.length);
    expect(await list({ ...place, by: 'channel', id: 'C1', month })).toEqual(each(channel('C1')));
    expect(await list({ ...place, by: 'user', month })).toEqual(each(user('u1'), user('u2')));
    expect(await list({ ...place, by: 'user', id: 'u2', month })).toEqual(each(user('u2')));
    expect(await list({ ...place, by: 'model', month })).toEqual(each(model));
    counter.stop();
  });

  it('page, and say where the next page begins', async () => {
    const days = Array.from({ length: 5 }, (_, n) => `2026-04-0${n + 1}`);
    for (const day of days) await count(user('u-pages'), day);
    const query = { ...place, by: 'user', month: '2026-04' } as const;
    const first = await usage.listUsage(query, { limit: 3 });
    const { cursor = '' } = first;
    const rest = await usage.listUsage(query, { limit: 3, cursor });
    expect([...first.items, ...rest.items].map(({ day }) => day)).toEqual(days);
    expect(rest.cursor).toBeUndefined();
  });

  it('are kept where a platform has no workspace', async () => {
    const nowhere = { platform: 'discord', workspaceId: '' } as const;
    await count({ kind: 'user', ...nowhere, userId: 'u' }, '2026-02-01');
    const { items } = await usage.listUsage({ ...nowhere, by: 'user', month: '2026-02' });
    expect(items).toMatchObject([{ scope: { ...nowhere, userId: 'u' }, turns: 1 }]);
  });
});

describe('a cap', () => {
  let engine: TestEngine;
  let usage: UsageRepository;
  const scope = { kind: 'workspace', ...place } as const;

  beforeAll(async () => {
    engine = await startEngine();
    usage = createRepositories(await engine.table()).usage;
  });
  afterAll(() => engine.stop());

  it('lets in as many at once as begin below it', async () => {
    const counter = { scope, period: '2026-05-01' };
    const held = await Promise.all(Array.from({ length: 30 }, () => usage.hold(counter, 10, 100)));
    expect(held.filter(Boolean)).toHaveLength(10);
  });

  it('counts what was spent before it was set, and gives back what was held and not used', async () => {
    const counter = { scope, period: '2026-05' };
    await usage.add({ ...counter, counts: { ...NO_COUNTS, cost: 60 }, committed: 60 });
    expect(await usage.hold(counter, 50, 100)).toBe(true);
    expect(await usage.hold(counter, 50, 100)).toBe(false);
    await usage.add({ ...counter, counts: NO_COUNTS, committed: -20 });
    expect(await usage.hold(counter, 50, 100)).toBe(true);
  });

  it('of nothing lets nobody in', async () => {
    expect(await usage.hold({ scope, period: '2026-06-01' }, 1, 0)).toBe(false);
  });
});
