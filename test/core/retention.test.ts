/** Conversations that nobody touched for the retention period go, with everything beneath; all others stay. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimits } from '../../src/core/limits.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { createRetentionSweep } from '../../src/core/retention.ts';
import { RETENTION_SHARDS } from '../../src/core/retention-repository.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { queryAll } from '../../src/db/requests.ts';
import { ann, echo, hang, place, silent, thread, useBots } from './bots.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;

describe('retention', () => {
  const { setUp, say, talk, command } = useBots();

  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const pass = (days: number) => vi.setSystemTime(Date.now() + days * DAY_MS);
  const sweepOf = (repositories: Repositories) =>
    createRetentionSweep({
      repositories,
      limits: createLimits({ repositories, environment: { retentionDays: DAYS } }),
      log: silent,
    });
  const other = { ...thread, threadId: 'other' };

  it('deletes what was untouched for longer, archived or not, and nothing else', async () => {
    const { bot, repositories, table, issues } = await setUp();
    await talk(bot, say('draft Checkout hangs'), say('hello', { thread: other }));
    await command(bot, { kind: 'approve-all' });
    await command(bot, { kind: 'archive' });
    const sweep = sweepOf(repositories);
    pass(20);
    await talk(bot, say('still here', { thread: other }));
    expect(await sweep()).toBe(0);
    pass(20);
    expect(await sweep()).toBe(1);
    const gone = conversationIdOf(thread);
    expect(await repositories.threads.get(gone)).toBeUndefined();
    const beneath = { partition: `CONV#${gone}`, range: { from: 'A', to: 'ZZ' } };
    expect(await queryAll(table, beneath)).toEqual([]);
    expect(await repositories.threads.get(conversationIdOf(other))).toBeDefined();
    // What was filed stays filed.
    expect(issues).toHaveLength(1);
    pass(20);
    expect(await sweep()).toBe(1);
    const { id } = await repositories.users.ensureUser(ann);
    expect((await repositories.conversations.listConversations(id)).items).toEqual([]);
  });

  it('leaves alone what somebody begins to write in after it was looked at', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('hello'));
    pass(31);
    const { conversations } = repositories;
    const { getConversation } = conversations;
    let late: Promise<unknown> | undefined;
    conversations.getConversation = async (key) => {
      const seen = await getConversation.call(conversations, key);
      late ??= talk(bot, say('are you there?'));
      await late;
      return seen;
    };
    expect(await sweepOf(repositories)()).toBe(0);
    const found = await repositories.threads.get(conversationIdOf(thread));
    expect(found).toMatchObject({ deleting: false, waiting: [] });
  });

  it('leaves alone what is being answered at the moment of its deletion', async () => {
    const begun = Promise.withResolvers<void>();
    let silentModel = false;
    const { bot, repositories } = await setUp({
      script: (request, signal) => (silentModel ? hang(signal, begun.resolve) : echo(request)),
    });
    await talk(bot, say('hello'));
    pass(31);
    const { conversations } = repositories;
    const { getConversation } = conversations;
    conversations.getConversation = async (key) => {
      const seen = await getConversation.call(conversations, key);
      silentModel = true;
      await bot.handleMessage(say('are you there?'));
      await begun.promise;
      return seen;
    };
    expect(await sweepOf(repositories)()).toBe(0);
    const found = await repositories.threads.get(conversationIdOf(thread));
    expect(found).toMatchObject({ deleting: false, waiting: [expect.any(String)] });
  });

  it('looks again only at what is old, and forgets what people deleted by themselves', async () => {
    const { bot, repositories } = await setUp();
    await talk(bot, say('hello'));
    const [listed] = await allRetained(repositories);
    expect(listed?.conversationId).toBe(conversationIdOf(thread));
    pass(31);
    await talk(bot, say('hello again'));
    await sweepOf(repositories)();
    const today = new Date().toISOString().slice(0, 10);
    expect(await allRetained(repositories)).toMatchObject([{ day: today }]);
    await bot.handleAction({ thread, place, actor: ann, command: { kind: 'delete' } });
    pass(31);
    expect(await sweepOf(repositories)()).toBe(0);
    expect(await allRetained(repositories)).toEqual([]);
  });

  async function allRetained({ retention }: Repositories) {
    const shards = Array.from({ length: RETENTION_SHARDS }, (_, shard) =>
      retention.listRetained(shard, '9', 10),
    );
    return (await Promise.all(shards)).flat();
  }
});
