import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/core/errors.ts';
import type { Author } from '../../../src/core/message.ts';
import type { User } from '../../../src/core/user.ts';
import { userKey } from '../../../src/db/keys.ts';
import { batchWrite, getItem } from '../../../src/db/requests.ts';
import { toUserItem } from '../../../src/db/user-item.ts';
import { countRequests } from '../../count-requests.ts';
import type { Store } from '../repositories.ts';
import { loseOneAnswer } from './broken.ts';

const newAuthor = (): Author => ({
  identity: `slack:T1:${randomUUID()}`,
  name: 'Ana',
  standing: 'member',
});

export function describeUsers(open: () => Promise<Store>): void {
  describe('users', () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    async function newUser(name = 'Ana'): Promise<User> {
      const made = await store.users.createUser({ name });
      if (made.kind !== 'created') throw new Error(made.kind);
      return made.user;
    }

    it('reads a user as it was created', async () => {
      const user = await newUser();
      expect(await store.users.getUserById(user.id)).toEqual(user);
      expect(user).toMatchObject({ role: 'member', status: 'active', revision: 1 });
    });

    it('has no user of an unknown id', async () => {
      expect(await store.users.getUserById('nobody')).toBeUndefined();
      expect(await store.users.getConfiguration('nobody')).toBeUndefined();
      expect(await store.users.saveSettings('nobody', {})).toBe(false);
      expect(await store.users.deleteUser('nobody')).toBe(false);
    });

    it('creates an id once, and changes nothing the second time', async () => {
      const user = await newUser();
      const again = await store.users.createUser({ id: user.id, name: 'Somebody else' });
      expect(again).toEqual({ kind: 'exists' });
      expect(await store.users.getUserById(user.id)).toEqual(user);
    });

    it('gives an account to one user only', async () => {
      const { identity } = newAuthor();
      await store.users.createUser({ name: 'Ana', identities: [identity] });
      const second = { id: randomUUID(), name: 'Ben', identities: [identity] };
      expect(await store.users.createUser(second)).toEqual({ kind: 'identity-taken', identity });
      expect(await store.users.getUserById(second.id)).toBeUndefined();
      expect((await store.users.getUserByIdentity(identity))?.name).toBe('Ana');
    });

    it('makes one user of an account that is seen by many at once', async () => {
      const author = newAuthor();
      const users = await Promise.all(
        Array.from({ length: 8 }, () => store.users.ensureUser(author)),
      );
      expect(new Set(users.map(({ id }) => id)).size).toBe(1);
      expect(await store.users.getUserByIdentity(author.identity)).toEqual(users[0]);
    });

    it('finds the user of an account in two requests', async () => {
      const author = newAuthor();
      const counter = countRequests(store.table);
      const first = await counter.during(() => store.users.ensureUser(author));
      const later = await counter.during(() => store.users.ensureUser(author));
      counter.stop();
      expect(first.names).toEqual(['GetItem', 'TransactWriteItems']);
      expect(later.names).toEqual(['GetItem', 'GetItem']);
    });

    it('lets the first of two writers win and shows the second how it stands', async () => {
      const user = await newUser();
      const saved = await store.users.updateUser(user, { email: 'ana@example.com', role: 'admin' });
      expect(saved.kind).toBe('saved');
      const late = await store.users.updateUser(user, { name: 'Late' });
      expect(late).toMatchObject({
        kind: 'outdated',
        user: { name: 'Ana', email: 'ana@example.com', role: 'admin', revision: 2 },
      });
    });

    it('clears an e-mail address', async () => {
      const user = await newUser();
      const withEmail = await store.users.updateUser(user, { email: 'ana@example.com' });
      if (withEmail.kind !== 'saved') throw new Error(withEmail.kind);
      await store.users.updateUser(withEmail.user, { email: null });
      expect(await store.users.getUserById(user.id)).not.toHaveProperty('email');
    });

    it('does not take its own lost answer for another writer', async () => {
      const user = await newUser();
      loseOneAnswer(store.table);
      const outcome = await store.users.updateUser(user, { name: 'Anna' });
      expect(outcome).toMatchObject({ kind: 'saved', user: { name: 'Anna', revision: 2 } });
    });

    it('does not bring back a user who is gone', async () => {
      const user = await newUser();
      await store.users.deleteUser(user.id);
      expect(await store.users.updateUser(user, { name: 'Ghost' })).toEqual({ kind: 'missing' });
      expect(await store.users.saveSettings(user.id, { mode: 'ticket' })).toBe(false);
      expect(await getItem(store.table, userKey(user.id))).toBeUndefined();
    });

    it('lists every user once, page by page', async () => {
      const fresh = await open();
      const made = await Promise.all(
        Array.from({ length: 7 }, (_, n) => fresh.users.createUser({ id: `user-${n}`, name: 'x' })),
      );
      expect(made.every(({ kind }) => kind === 'created')).toBe(true);
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await fresh.users.listUsers({ limit: 3, ...(cursor && { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        listed.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor);
      expect(listed).toEqual(Array.from({ length: 7 }, (_, n) => `user-${n}`));
    });

    it('finds names among thousands, page by full page, and looks at so many at a time', async () => {
      const fresh = await open();
      const ids = Array.from({ length: 2_300 }, (_, n) => `user-${String(n).padStart(4, '0')}`);
      const named = new Set([10, 500, 501, 1_999, 2_250].map((n) => ids[n] ?? ''));
      const at = new Date().toISOString();
      const times = { createdAt: at, updatedAt: at };
      const rest = { identities: [], revision: 1 };
      const users = ids.map((id) => {
        const name = named.has(id) ? `Ann ${id}` : 'Ben';
        const user: User = { id, name, role: 'member', status: 'active', ...rest, ...times };
        return user;
      });
      await batchWrite(
        fresh.table,
        users.map((user) => ({ put: toUserItem(user) })),
      );
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const asked = { name: 'aNN', limit: 2, ...(cursor && { cursor }) };
        const page = await fresh.users.listUsers(asked);
        pages.push(page.items.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor);
      expect(pages).toEqual([
        ['user-0010', 'user-0500'],
        ['user-0501', 'user-1999'],
        ['user-2250'],
      ]);
      const short = await fresh.users.listUsers({ name: 'user-2250', limit: 1 });
      expect(short.items).toEqual([]);
      const next = { name: 'user-2250', limit: 1, cursor: short.cursor ?? '' };
      expect((await fresh.users.listUsers(next)).items.map(({ id }) => id)).toEqual(['user-2250']);
    });

    it.each([{ limit: 0 }, { limit: 201 }, { limit: 1.5 }, { cursor: 'not base64url!' }])(
      'refuses the page %j',
      async (page) => {
        await expect(store.users.listUsers(page)).rejects.toThrow(InvalidInputError);
      },
    );

    it('refuses an id that would reach into other keys', async () => {
      await expect(store.users.getUserById('a#b')).rejects.toThrow(InvalidInputError);
      await expect(store.users.getUserById('')).rejects.toThrow(InvalidInputError);
    });

    it('reads settings, providers and profile in one request', async () => {
      const user = await newUser();
      await store.users.saveSettings(user.id, { mode: 'assistant', language: 'de' });
      await store.providerConfigs.saveProviderConfig(
        { userId: user.id },
        { name: 'openai', kind: 'openai' },
      );
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        expect(await store.users.getConfiguration(user.id)).toMatchObject({
          user,
          settings: { mode: 'assistant', language: 'de' },
          providers: [{ name: 'openai' }],
          trackers: [],
        });
      });
      counter.stop();
      expect(counts.names).toEqual(['Query']);
      expect(await store.users.getSettings(user.id)).toEqual({ mode: 'assistant', language: 'de' });
    });
  });

  describe('workspaces', () => {
    it('reads its settings and those of its channels in one request', async () => {
      const { workspaces, table } = await open();
      await workspaces.saveSettings('slack', 'T1', { project: 'github:acme/shop' });
      await workspaces.saveChannelSettings('slack', 'T1', 'C1', { answer: 'mentions' });
      await workspaces.saveSettings('slack', 'T2', { project: 'github:other/other' });
      const counter = countRequests(table);
      const counts = await counter.during(async () => {
        expect(await workspaces.getConfiguration('slack', 'T1')).toEqual({
          settings: { project: 'github:acme/shop' },
          channels: new Map([['C1', { answer: 'mentions' }]]),
          providers: [],
          trackers: [],
        });
      });
      expect(counts.names).toEqual(['Query']);
    });

    it('has nothing configured where there is no workspace', async () => {
      const { workspaces } = await open();
      const configuration = await workspaces.getConfiguration('terminal', '');
      expect(configuration).toMatchObject({ settings: {}, providers: [], trackers: [] });
    });
  });
}
