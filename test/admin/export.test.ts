/** What a person can take away is what goes when they are deleted. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../src/core/thread.ts';
import { scanAll } from '../contracts/repositories/broken.ts';
import { thread } from '../core/bots.ts';
import { useAdmin } from './server.ts';

const ann = { identity: 'terminal:w:ann', name: 'planted-name', standing: 'member' } as const;
const ben = { identity: 'terminal:w:ben', name: 'Ben', standing: 'member' } as const;
const other = { ...thread, threadId: 'other' };
const long = `planted-beginning ${'x'.repeat(20_000)} planted-end`;

/** By the first part of its sort key: the lines of the export that have what an item held. */
const LINES: Record<string, string[]> = {
  PROFILE: ['user'],
  // Of an account: that it is this user's. Of what is counted: a day of theirs.
  USER: ['user', 'usage'],
  SETTINGS: ['settings'],
  PROVIDER: ['provider'],
  TRACKER: ['tracker'],
  CONV: ['conversation'],
  THREAD: ['conversation'],
  MSG: ['message'],
  BODY: ['message'],
  TICKET: ['ticket'],
  DRAFT: ['ticket'],
  CONTEXT: ['summary'],
  PART: ['participation'],
  // What leads to counters and to entries.
  USAGE: ['usage'],
  AT: ['audit'],
  AUDIT: ['audit'],
};

describe('the export of a user', () => {
  const { setUp, say, talk } = useAdmin();

  async function prepare() {
    const admin = await setUp();
    const { bot, repositories, ask } = admin;
    await talk(bot, say('draft planted-draft', { author: ann }), say(long, { author: ann }));
    await talk(bot, say('draft of Ben', { author: ben, thread: other }));
    await talk(bot, say('planted-visit', { author: ann, thread: other }));
    const user = await repositories.users.getUserByIdentity(ann.identity);
    if (!user) throw new Error('nobody said anything');
    for (const [path, body] of [
      ['/settings', { language: 'planted-language' }],
      ['/providers/planted-provider', { kind: 'openai', apiKey: 'sk-0123456789-secret' }],
      ['/trackers/planted-tracker', { kind: 'github', token: 'ghp_0123456789-secret' }],
    ] as const) {
      expect((await ask(user, 'PUT', `/users/me${path}`, { body })).status).toBe(200);
    }
    const summary = { summary: 'planted-summary', revision: 1 };
    await repositories.contexts.saveContext(conversationIdOf(thread), summary, Date.now());
    return { ...admin, user };
  }

  it('has everything that is deleted with them, and nothing of others', async () => {
    const { ask, user, repositories, table } = await prepare();
    const { status, headers, text } = await ask(user, 'GET', '/users/me/export');
    expect([status, headers.get('content-type')]).toEqual([
      ...[200, 'application/x-ndjson; charset=utf-8'],
    ]);
    const lines = text.trim().split('\n');
    const kinds = new Set(lines.map((line) => JSON.parse(line).kind));
    expect(text).not.toMatch(/of Ben|-secret|encrypted|eyJ/);

    const before = await scanAll(table);
    await repositories.users.deleteUser(user.id);
    const left = new Map((await scanAll(table)).map((item) => [`${item.PK} ${item.SK}`, item]));
    const gone = before.filter(
      (item) =>
        !isDeepStrictEqual(left.get(`${item.PK} ${item.SK}`), item) &&
        !/^RETAINED#/.test(String(item.PK)),
    );
    const sorts = new Set(gone.map(({ SK }) => String(SK).split('#')[0] ?? ''));
    // All there is of a person took part, so that what is new here is not forgotten there.
    expect([...sorts].sort()).toEqual(Object.keys(LINES).sort());
    for (const sort of sorts) for (const kind of LINES[sort] ?? []) expect(kinds).toContain(kind);
    const planted = JSON.stringify(gone).match(/planted-[a-z]+/g) ?? [];
    expect(new Set(planted).size).toBeGreaterThan(8);
    for (const word of planted) expect(text).toContain(word);
  });

  it('says what others did about them, and not who', async () => {
    const { ask, user, newUser } = await prepare();
    const admin = await newUser('admin');
    const seen = {
      headers: { 'if-match': (await ask(user, 'GET', '/users/me')).headers.get('etag') ?? '' },
    };
    expect(
      (await ask(admin, 'PATCH', `/users/${user.id}`, { body: { role: 'viewer' }, ...seen }))
        .status,
    ).toBe(200);
    const { text } = await ask(user, 'GET', '/users/me/export');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const changes = lines.filter(({ kind, action }) => kind === 'audit' && action === 'changed');
    expect(changes).toMatchObject([{ subject: `user ${user.id}: role viewer` }]);
    expect(text).not.toContain(admin.id);
    const own = lines.filter(({ kind, action }) => kind === 'audit' && action === 'connected');
    expect(own).toHaveLength(2);
    for (const entry of own) expect(entry.actor).toContain(user.id);
    const usage = lines.filter(({ kind }) => kind === 'usage');
    expect(usage).toMatchObject([{ turns: 3, scope: { kind: 'user', userId: user.id } }]);
  });

  it("is one's own, or an admin's to give", async () => {
    const { ask, user, newUser } = await prepare();
    const path = `/users/${user.id}/export`;
    expect((await ask(await newUser('member'), 'GET', path)).status).toBe(404);
    const given = await ask(await newUser('admin'), 'GET', path);
    expect([given.status, given.text]).toEqual([200, expect.stringContaining('planted-draft')]);
  });
});
