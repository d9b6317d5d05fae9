/** What bounds the whole deployment: admins may be stricter than the environment, never more generous. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { thread } from '../core/bots.ts';
import { useAdmin } from './server.ts';

const DAY_MS = 86_400_000;

describe('caps and retention', () => {
  const { setUp, say, talk, readMessages } = useAdmin();

  it('are those of the environment until an admin sets stricter ones', async () => {
    const limits = { spendCapDaily: 10, retentionDays: 90 };
    const { ask, newUser } = await setUp({ limits });
    const boss = await newUser('admin');
    expect((await ask(boss, 'GET', '/caps')).body).toEqual({
      ...{ set: {}, environment: { spendCapDaily: 10 }, counts: { spendCapDaily: 10 } },
    });
    const body = { spendCapDaily: 20, spendCapMonthly: 100 };
    expect((await ask(boss, 'PUT', '/caps', { body })).body).toEqual({
      ...{ set: body, environment: { spendCapDaily: 10 } },
      counts: { spendCapDaily: 10, spendCapMonthly: 100 },
    });
    await ask(boss, 'PUT', '/retention', { body: { retentionDays: 30 } });
    // One does not take the other away.
    expect((await ask(boss, 'GET', '/caps')).body.set).toEqual(body);
    expect((await ask(boss, 'GET', '/retention')).body).toEqual({
      ...{ set: { retentionDays: 30 }, environment: { retentionDays: 90 } },
      counts: { retentionDays: 30 },
    });
    await ask(boss, 'PUT', '/retention', { body: {} });
    expect((await ask(boss, 'GET', '/retention')).body.counts).toEqual({ retentionDays: 90 });
  });

  it('are set over what was seen, by admins, and take nothing else', async () => {
    const { ask, newUser } = await setUp();
    const [boss, member] = [await newUser('admin'), await newUser('member')];
    for (const [path, body, wrong] of [
      ['/caps', { spendCapDaily: 5 }, { spendCapDaily: -1 }],
      ['/retention', { retentionDays: 30 }, { retentionDays: 0 }],
    ] as const) {
      const tag = (await ask(boss, 'GET', path)).headers.get('etag') ?? '';
      const seen = { body, headers: { 'if-match': tag } };
      expect((await ask(boss, 'PUT', path, seen)).status).toBe(200);
      expect((await ask(boss, 'PUT', path, seen)).status).toBe(412);
      expect((await ask(boss, 'PUT', path, { body: wrong })).status).toBe(400);
      expect((await ask(boss, 'PUT', path, { body: { other: 1 } })).status).toBe(400);
      expect((await ask(member, 'GET', path)).status).toBe(403);
      expect((await ask(member, 'PUT', path, { body: {} })).status).toBe(403);
      expect((await ask(boss, 'GET', path)).body.set).toEqual(body);
    }
  });

  it('stop turns that would begin above a cap that an admin set', async () => {
    const { ask, newUser, bot, repositories, requests } = await setUp();
    const boss = await newUser('admin');
    await talk(bot, say('hello'));
    expect(requests).toHaveLength(1);
    await ask(boss, 'PUT', '/caps', { body: { spendCapDaily: 0 } });
    await talk(bot, say('hello again'));
    expect(requests).toHaveLength(1);
    const last = (await readMessages(repositories)).at(-1);
    expect(last?.text).toMatch(/^The bot's daily spending cap of \$0\.00/);
    await ask(boss, 'PUT', '/caps', { body: {} });
    await talk(bot, say('and now'));
    expect(requests).toHaveLength(2);
  });

  describe('while time passes', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
    afterEach(() => void vi.useRealTimers());

    it('delete what is older than an admin lets it be kept, and keep the audit as long', async () => {
      const { ask, newUser, bot, repositories, table } = await setUp();
      const boss = await newUser('admin');
      await talk(bot, say('hello'));
      await ask(boss, 'PUT', '/retention', { body: { retentionDays: 30 } });
      await bot.close(0);
      const [entry] = (await scanAll(table)).filter(({ PK }) => String(PK).startsWith('AUDIT#'));
      const kept = Number(entry?.expiresAt) * 1000 - Date.now();
      expect(Math.round(kept / DAY_MS)).toBe(30);
      vi.setSystemTime(Date.now() + 32 * DAY_MS);
      expect(await repositories.threads.get(conversationIdOf(thread))).toBeDefined();
      bot.startResuming();
      await vi.waitFor(async () =>
        expect(await repositories.threads.get(conversationIdOf(thread))).toBeUndefined(),
      );
    });
  });
});
