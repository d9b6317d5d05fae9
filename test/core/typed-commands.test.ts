/** Commands that people type as messages: each is carried out once, and none is lost. */
import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { loseNextAnswer } from '../db/faults.ts';
import { thread, useBots } from './bots.ts';

describe('a typed command', () => {
  const { setUp, say, talk, readThread } = useBots();

  it('is carried out once, however often it is delivered', async () => {
    const { bot, platform } = await setUp();
    await talk(bot, say('hello'));
    const message = say('mode assistant');
    const handled = await Promise.allSettled([1, 2, 3].map(() => bot.handleMessage(message)));
    expect(handled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    expect(platform.notices).toHaveLength(1);
    expect(await bot.handleMessage(message)).toMatchObject({ kind: 'duplicate' });
  });

  it('is carried out though the answer that it is new was lost', async () => {
    const { bot, table, repositories } = await setUp();
    await talk(bot, say('hello'));
    loseNextAnswer(table);
    const message = say('mode assistant');
    await expect(bot.handleMessage(message)).rejects.toThrow(StoreUnavailableError);
    await vi.waitFor(() => bot.handleMessage(message), { timeout: 10_000, interval: 200 });
    expect(await readThread(repositories)).toMatchObject({ settings: { mode: 'assistant' } });
  });

  it('is carried out by another process when the first one died over it', async () => {
    const shared = 'died-over-it';
    const other = await setUp({ shared });
    await talk(other.bot, say('hello'));
    const { repositories } = other;
    const reached = Promise.withResolvers<void>();
    const threads = {
      ...repositories.threads,
      get() {
        reached.resolve();
        return new Promise<never>(() => {});
      },
    };
    const dying = await setUp({ shared, more: { repositories: { ...repositories, threads } } });
    const message = say('mode assistant');
    void dying.bot.handleMessage(message);
    await reached.promise;
    // Not acknowledged, so that it is delivered once more.
    await expect(other.bot.handleMessage(message)).rejects.toThrow(StoreUnavailableError);
    await vi.waitFor(
      async () => expect(await other.bot.handleMessage(message)).toMatchObject({ kind: 'command' }),
      { timeout: 10_000, interval: 200 },
    );
    expect(await readThread(repositories)).toMatchObject({ settings: { mode: 'assistant' } });
  });

  it('is told apart from one of the same time in another channel', async () => {
    const { bot, repositories } = await setUp();
    const elsewhere = { ...thread, channelId: 'c2' };
    await talk(bot, say('hello'), say('hello', { thread: elsewhere }));
    const message = say('mode assistant');
    await talk(bot, message, { ...message, thread: elsewhere });
    for (const each of [thread, elsewhere]) {
      const state = await repositories.threads.get(conversationIdOf(each));
      expect(state).toMatchObject({ settings: { mode: 'assistant' } });
    }
  });
});
