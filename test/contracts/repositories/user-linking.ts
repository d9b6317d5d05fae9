import { beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../repositories.ts';
import { dieAfter, mentionsOf } from './broken.ts';
import { finishPending, listPending } from './deletion.ts';
import { newPerson, newSharedThread } from './user-deletion.ts';

/** Requests after which a process dies in the sweep: past the last one the linking needs. */
const SWEEP = 30;

export function describeUserLinking(open: () => Promise<Store>): void {
  describe('linking two users who are one person', () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    it('makes conversations, drafts, participations and accounts of both theirs', async () => {
      const [ana, alias] = [await newPerson(store, 'Ana'), await newPerson(store, 'ana#2')];
      const ben = await newPerson(store, 'Ben');
      const own = await newSharedThread(store, [alias, ben]);
      const visited = await newSharedThread(store, [ben, alias]);
      const outcome = await store.users.linkUsers(alias.user.id, ana.user.id);
      expect(outcome).toMatchObject({ kind: 'linked', user: { id: ana.user.id } });

      const linked = await store.users.getUserById(ana.user.id);
      expect(linked?.identities).toEqual([ana.author.identity, alias.author.identity]);
      expect(await store.users.ensureUser(alias.author)).toEqual(linked);
      expect(
        (await store.conversations.getUserConversations(ana.user.id)).map(({ id }) => id),
      ).toEqual([own.conversationId]);
      expect((await store.threads.get(own.conversationId))?.owner.userId).toBe(ana.user.id);
      expect((await store.tickets.listOpenDrafts(ana.user.id)).items).toHaveLength(1);
      const [first] = await store.messages.getConversationMessages(own.conversationId);
      expect(first).toMatchObject({ author: alias.author });
      const beneath = (await mentionsOf(store.table, ana.user.id)).join('\n');
      expect(beneath).toContain(`PART#${visited.conversationId}`);
      expect(await mentionsOf(store.table, alias.user.id)).toEqual([]);
    });

    it('keeps settings of the surviving user, and takes over those it has none of', async () => {
      const [ana, alias] = [await newPerson(store, 'Ana'), await newPerson(store, 'ana#2')];
      await store.users.saveSettings(alias.user.id, { language: 'German' });
      await store.users.linkUsers(alias.user.id, ana.user.id);
      expect(await store.users.getSettings(ana.user.id)).toEqual({ language: 'German' });
      const third = await newPerson(store, 'ana#3');
      await store.users.saveSettings(third.user.id, { language: 'French' });
      await store.users.linkUsers(third.user.id, ana.user.id);
      expect(await store.users.getSettings(ana.user.id)).toEqual({ language: 'German' });
    });

    it('says so when one of them is gone', async () => {
      const ana = await newPerson(store, 'Ana');
      expect(await store.users.linkUsers('nobody', ana.user.id)).toEqual({ kind: 'missing' });
      expect(await store.users.linkUsers(ana.user.id, 'nobody')).toEqual({ kind: 'missing' });
      expect(await store.users.getUserById(ana.user.id)).toEqual(ana.user);
    });

    it.each(Array.from({ length: SWEEP }, (_, n) => n))(
      'is finished by another process when the first dies after %i requests',
      async (requests) => {
        const fresh = await open();
        const [ana, alias] = [await newPerson(fresh, 'Ana'), await newPerson(fresh, 'ana#2')];
        const ben = await newPerson(fresh, 'Ben');
        const own = await newSharedThread(fresh, [alias, ben]);
        const visited = await newSharedThread(fresh, [ben, alias]);
        const doomed = await fresh.engine.table(fresh.table.name);
        dieAfter(doomed, requests);
        const { users } = openStore(fresh.engine, doomed);
        const outcome = await users.linkUsers(alias.user.id, ana.user.id).catch(() => undefined);
        if (requests === SWEEP - 1) expect(outcome?.kind).toBe('linked');
        const begun = (await fresh.users.ensureUser(alias.author)).id === ana.user.id;
        expect(begun).toBe(requests >= 2);
        if (!begun) return;

        await finishPending(fresh);
        expect(await mentionsOf(fresh.table, alias.user.id)).toEqual([]);
        const mine = await fresh.conversations.getUserConversations(ana.user.id);
        expect(mine.map(({ id }) => id)).toEqual([own.conversationId]);
        const beneath = (await mentionsOf(fresh.table, ana.user.id)).join('\n');
        expect(beneath).toContain(`PART#${visited.conversationId}`);
        expect(await listPending(fresh)).not.toContainEqual(
          expect.objectContaining({ kind: 'user' }),
        );
      },
    );
  });
}
