/** What is left behind is taken up again, and no more often than that helps. */
import { describe, expect, it, vi } from 'vitest';
import type { PendingWork } from '../../src/core/thread-repository.ts';
import { useBots } from './bots.ts';

describe('looking for what was left behind', () => {
  const { setUp, say, talk } = useBots();

  it('asks a platform that shows no card later and later, and shows it when it does', async () => {
    const timing = { leaseMs: 400, renewMs: 100, settleMs: 10 };
    const { bot, platform } = await setUp({ more: { timing } });
    const { showCard } = platform;
    let asked = 0;
    platform.showCard = async () => {
      asked += 1;
      throw new Error('channel_not_found');
    };
    await talk(bot, say('draft Checkout hangs'));
    expect(asked).toBe(1);
    await vi.waitFor(
      async () => {
        await bot.resumePending();
        expect(asked).toBeGreaterThan(1);
      },
      { timeout: 5_000 },
    );
    const looks = Array.from({ length: 10 }, () => bot.resumePending());
    await Promise.all(looks);
    expect(asked).toBe(2);
    platform.showCard = showCard;
    await vi.waitFor(
      async () => {
        await bot.resumePending();
        expect(platform.cards.size).toBe(1);
      },
      { timeout: 5_000 },
    );
  });

  it('does once at a time what takes longer than from one look to the next', async () => {
    const { repositories } = await setUp();
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    const left: PendingWork[] = ['one', 'other'].map((userId) => ({
      kind: 'user',
      userId,
      claimedAt: 1,
    }));
    const threads = {
      ...repositories.threads,
      listPending: async (shard: number) => (shard === 0 ? left : []),
    };
    const users = new Proxy(repositories.users, {
      get: (target, name) =>
        name === 'finishDeletion'
          ? (userId: string) => {
              begun.push(userId);
              return gate.promise;
            }
          : Reflect.get(target, name),
    });
    const { bot } = await setUp({ more: { repositories: { ...repositories, threads, users } } });
    const looks = [1, 2, 3].map(() => bot.resumePending());
    await vi.waitFor(() => expect(begun).toContain('other'));
    gate.resolve();
    await Promise.all(looks);
    expect(begun.filter((userId) => userId === 'one')).toHaveLength(1);
    const before = begun.length;
    await bot.resumePending();
    expect(begun.length).toBe(before + 2);
  });

  it('costs four requests a look, and finds what earlier versions left at first and within a minute', async () => {
    const { repositories } = await setUp();
    const asked: number[] = [];
    const threads = {
      ...repositories.threads,
      listPending: async (shard: number): Promise<PendingWork[]> => {
        asked.push(shard);
        return shard === 15 ? [{ kind: 'user', userId: 'gone', claimedAt: 1 }] : [];
      },
    };
    const { bot } = await setUp({ more: { repositories: { ...repositories, threads } } });
    const looks = [];
    for (let look = 0; look < 13; look += 1) {
      asked.length = 0;
      const resumed = await bot.resumePending();
      looks.push({ requests: asked.length, resumed });
    }
    const short = { requests: 4, resumed: 0 };
    const long = { requests: 16, resumed: 1 };
    expect(looks).toEqual([long, ...Array.from({ length: 11 }, () => short), long]);
  });
});
