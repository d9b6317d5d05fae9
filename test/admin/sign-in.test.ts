/** The way from the chat into the browser: a link that works once, a cookie, and who guesses. */
import type { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../../src/admin/index.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { eve } from '../core/bots.ts';
import { useAdmin } from './server.ts';

describe('signing in from the chat', () => {
  const { setUp, command, say, talk } = useAdmin();
  const origin = 'https://bot.example.com';

  async function linkFrom({ bot }: Awaited<ReturnType<typeof setUp>>) {
    const { message, secret } = await command(bot, { kind: 'sign-in' });
    expect(secret).toBe(true);
    return new URL(/https:\S+/.exec(message)?.[0] ?? '').pathname;
  }

  it('works once, and not by merely looking at the link', async () => {
    const admin = await setUp();
    const path = await linkFrom(admin);
    for (let look = 0; look < 3; look += 1)
      expect((await admin.app.request(path)).status).toBe(200);
    const redeem = () => admin.app.request(path, { method: 'POST', headers: { origin } });
    const signedIn = await redeem();
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/Secure/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect((await redeem()).status).toBe(403);
    const me = await admin.app.request('/v1/users/me', {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect(await me.json()).toMatchObject({ name: 'Ann' });
  });

  it('is not given to guests, who could decide there what they may not in the chat', async () => {
    const { bot } = await setUp();
    const refused = await command(bot, { kind: 'sign-in' }, eve);
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('members') });
    expect(JSON.stringify(refused)).not.toContain('/sign-in/');
  });

  it('takes changes by cookie from its own pages only', async () => {
    const admin = await setUp();
    await talk(admin.bot, say('hello'));
    const path = await linkFrom(admin);
    const foreign = { origin: 'https://evil.example.com' };
    expect((await admin.app.request(path, { method: 'POST', headers: foreign })).status).toBe(403);
    const signedIn = await admin.app.request(path, { method: 'POST', headers: { origin } });
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const change = (headers: Record<string, string>) =>
      admin.app.request('/v1/users/me/settings', {
        method: 'PUT',
        headers: { cookie, 'content-type': 'application/json', ...headers },
        body: '{"mode":"assistant"}',
      });
    expect((await change({})).status).toBe(401);
    expect((await change(foreign)).status).toBe(401);
    expect((await change({ origin })).status).toBe(200);
    const out = await admin.app.request('/sign-out', {
      method: 'POST',
      headers: { cookie, origin },
    });
    expect(out.status).toBe(200);
    expect((await change({ origin })).status).toBe(401);
  });

  const guess = (app: Hono, address: string) =>
    app.request('/sign-in/guess', {
      method: 'POST',
      headers: { origin, 'x-test-address': address },
    });

  it('makes whoever guesses links wait', async () => {
    const { app } = await setUp();
    const statuses: number[] = [];
    for (let n = 0; n < 25; n += 1) statuses.push((await guess(app, 'one')).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect((await guess(app, 'other')).status).toBe(403);
  });

  it('counts the guesses of all processes together, and forgets them when their time is over', async () => {
    const { options, table } = await setUp();
    const apps = [createAdmin(options), createAdmin(options), createAdmin(options)];
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => (await guess(apps[n % 3] as Hono, 'one')).status),
    );
    expect(statuses.filter((status) => status === 403)).toHaveLength(20);
    const fresh = createAdmin(options);
    const refused = await guess(fresh, 'one');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    const stored = (await scanAll(table)).filter(({ PK }) => String(PK).startsWith('ATTEMPTS#'));
    expect(stored).toEqual([expect.objectContaining({ count: 20, expiresAt: expect.any(Number) })]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 });
    try {
      for (const app of [...apps, fresh]) expect((await guess(app, 'one')).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });
});
