/** Conversations that begin with a command, outside of any thread. */
import { describe, expect, it } from 'vitest';
import { ChatError } from '../../src/core/errors.ts';
import type { ThreadStart } from '../../src/core/start.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { ann, place, useBots } from './bots.ts';

describe('a conversation that begins with a command', () => {
  const { setUp } = useBots();
  const start: ThreadStart = {
    id: 'interaction-1',
    platform: 'terminal',
    place,
    author: ann,
    text: 'draft Export drops the last row',
    settings: { project: 'local:elsewhere' },
    givenAt: '2026-03-01T10:00:00.000Z',
  };
  const threadOf = ({ id }: ThreadStart) =>
    ({ platform: 'terminal', workspaceId: 'w', channelId: 'c', threadId: id }) as const;

  it('gets a thread of its own, with what was chosen, and is answered there', async () => {
    const { bot, repositories, platform } = await setUp();
    const outcome = await bot.handleStart(start);
    if (outcome.kind === 'stored') await outcome.opened;
    await bot.idle();
    const conversationId = conversationIdOf(threadOf(start));
    const thread = await repositories.threads.get(conversationId);
    expect(thread).toMatchObject({ settings: { project: 'local:elsewhere' }, waiting: [] });
    expect(platform.replies).toHaveLength(1);
    const { items } = await repositories.messages.listMessages(conversationId);
    expect(items.map(({ role, text }) => [role, text])).toEqual([
      ['user', start.text],
      ['assistant', expect.any(String)],
    ]);
  });

  it('begins once, however often the command is delivered', async () => {
    const { bot, platform } = await setUp();
    const outcomes = await Promise.all([1, 2, 3].map(() => bot.handleStart(start)));
    await Promise.all(outcomes.map((one) => one.kind === 'stored' && one.opened));
    await bot.idle();
    outcomes.push(await bot.handleStart(start));
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
    expect(platform.replies).toHaveLength(1);
  });

  it('is opened by another process when the first one died before it could', async () => {
    const { bot, platform, repositories } = await setUp();
    const lapsed = { token: 'dead', attempt: 1, claimedAt: 1, expiresAt: 2 };
    await repositories.starts.putStart(start, lapsed);
    const asked: boolean[] = [];
    const open = platform.openThread;
    platform.openThread = (given, resumed) => {
      asked.push(resumed);
      return open(given, resumed);
    };
    expect(await bot.resumePending()).toBe(1);
    await bot.idle();
    expect(asked).toEqual([true]);
    expect(platform.replies).toHaveLength(1);
    expect(await bot.resumePending()).toBe(0);
  });

  it('is given up when each of five processes died of it', async () => {
    const { bot, platform, repositories } = await setUp();
    const lapsed = { token: 'dead', attempt: 5, claimedAt: 1, expiresAt: 2 };
    await repositories.starts.putStart(start, lapsed);
    let opened = 0;
    platform.openThread = async () => {
      opened += 1;
      throw new Error('the process ends here');
    };
    await bot.resumePending();
    expect(opened).toBe(0);
    const where = { platform: start.platform, workspaceId: place.workspaceId, id: start.id };
    expect(await repositories.starts.getStart(where)).toBeUndefined();
    expect(await bot.resumePending()).toBe(0);
  });

  it('is left alone while somebody is at it', async () => {
    const { bot, platform, repositories } = await setUp();
    const live = { token: 'alive', attempt: 1, claimedAt: 1, expiresAt: Date.now() + 60_000 };
    await repositories.starts.putStart(start, live);
    expect(await bot.resumePending()).toBe(0);
    expect(platform.replies).toEqual([]);
  });

  it('says why a place does not allow it, and does not try again', async () => {
    const { bot, platform } = await setUp();
    platform.openThread = async () => {
      throw new ChatError('I may not write in #general. Invite me first.');
    };
    const outcome = await bot.handleStart(start);
    const opened = outcome.kind === 'stored' ? outcome.opened : undefined;
    await expect(opened).rejects.toThrow('Invite me first');
    expect(await bot.resumePending()).toBe(0);
  });

  it('keeps known shapes of secrets out of the table', async () => {
    const { bot, repositories } = await setUp();
    const key = `sk-proj-${'a1B2'.repeat(12)}`;
    const outcome = await bot.handleStart({ ...start, text: `my key is ${key}` });
    if (outcome.kind === 'stored') await outcome.opened;
    await bot.idle();
    const id = conversationIdOf(threadOf(start));
    const { items } = await repositories.messages.listMessages(id);
    expect(items[0]?.text).toMatch(/^my key is /);
    expect(JSON.stringify(items)).not.toContain(key);
  });
});
