import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConversationKey } from '../../../src/core/conversation.ts';
import type { Author } from '../../../src/core/message.ts';
import { NO_COUNTS } from '../../../src/core/usage.ts';
import { DELETED_AUTHOR, type User } from '../../../src/core/user.ts';
import { createRepositories } from '../../../src/db/index.ts';
import {
  closing,
  newClaim,
  newMessage,
  newPublishClaim,
  newThread,
  newTicket,
} from '../../db/samples.ts';
import { openStore, type Store } from '../repositories.ts';
import { dieAfter, mentionsOf } from './broken.ts';
import { finishPending, listPending } from './deletion.ts';

/** Requests after which a process dies in the sweep: past the last one the deletion needs. */
const SWEEP = 96;

export interface Person {
  user: User;
  author: Author;
}

export async function newPerson({ users }: Store, name: string): Promise<Person> {
  const author: Author = { identity: `slack:T1:${randomUUID()}`, name, standing: 'member' };
  return { user: await users.ensureUser(author), author };
}

/** A thread that `people` wrote in; the first owns it, the others took part. Its turn drafted a ticket. */
export async function newSharedThread(
  store: Store,
  [owner, ...others]: [Person, ...Person[]],
  visibility: 'public' | 'dm' = 'public',
): Promise<ConversationKey> {
  const begin = newThread();
  const { conversationId } = begin.owner;
  const key = { ...begin.owner, userId: owner.user.id };
  const place = { ...begin.place, visibility };
  await store.threads.bind({
    ...begin,
    owner: key,
    place,
    message: { ...begin.message, author: owner.author },
  });
  for (const { author } of others) {
    await store.threads.join(newMessage(conversationId, { author, text: 'q'.repeat(20_000) }));
  }
  const thread = await store.threads.get(conversationId);
  if (!thread) throw new Error('the thread is missing');
  const newParticipants = others.map(({ user }) => user.id);
  const origin = { requester: owner.author, turnId: begin.claim.turnId };
  const newTickets = [newTicket(conversationId, { origin })];
  await store.threads.close(closing(thread, begin.claim, { newParticipants, newTickets }));
  return key;
}

/** With the own token, in somebody else's thread; the audit alone leads to it. */
async function approve(store: Store, { user, author }: Person, conversationId: string) {
  const [draft] = (await store.tickets.listTickets(conversationId)).items;
  if (!draft) throw new Error('the draft is missing');
  const access = { owner: { userId: user.id }, name: 'code' };
  const approval = {
    ...{ by: author, at: new Date().toISOString(), revision: draft.revision },
    ...{ project: 'github:octo/web', digest: 'd', access },
  };
  await store.tickets.claimPublishing(draft, approval, newPublishClaim());
  const entry = { id: randomUUID(), at: new Date().toISOString(), actor: author.identity };
  const place = { platform: 'slack' as const, workspaceId: 'T1', conversationId };
  await createRepositories(store.table).audit.addEntries(
    [{ ...entry, ...place, action: 'approved', outcome: 'done' }],
    undefined,
  );
}

/** In somebody else's thread, without ever having spoken to the bot: words past it, an approval with the own token, a comment on its way. */
async function passBy(store: Store, { user, author }: Person, conversationId: string) {
  const said = newMessage(conversationId, { author, text: 'So do I.' });
  await store.messages.putMessages([said], new Map([[author.identity, user.id]]));
  await approve(store, { user, author }, conversationId);
  const task = {
    ...{ kind: 'comment' as const, project: 'github:octo/web', number: '1', author },
    ...{ text: 'So do I.', attachments: [] },
  };
  const { errands } = createRepositories(store.table);
  const now = Date.now();
  const claim = { token: 't', attempt: 1, claimedAt: now, expiresAt: now + 60_000 };
  await errands.putErrand({ conversationId, id: 'e1', task }, claim);
}

/** A browser that is signed in, an entry of the audit, a counter, and a name in settings. */
async function leaveTraces({ table }: Store, { user, author }: Person): Promise<void> {
  const { sessions, audit, usage, workspaces } = createRepositories(table);
  await sessions.open(randomUUID(), user.id, Date.now() + 60_000);
  const entry = { id: randomUUID(), at: new Date().toISOString(), actor: author.identity };
  const place = { platform: 'slack' as const, workspaceId: 'T1' };
  await audit.addEntries(
    [{ ...entry, ...place, action: 'shared', outcome: 'done', subject: user.id, about: user.id }],
    undefined,
  );
  const scope = { kind: 'user' as const, ...place, userId: user.id };
  const counts = { ...NO_COUNTS, turns: 1 };
  await usage.add({ scope, period: '2026-03-01', counts, committed: 0 });
  await workspaces.saveSettings('slack', 'T1', { approvers: { people: [author.identity] } });
}

export function describeUserDeletion(open: () => Promise<Store>): void {
  describe('deleting a user', () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    it('takes own conversations, direct messages, settings, configs and accounts along', async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const { id } = ana.user;
      const alone = await newSharedThread(store, [ana]);
      const direct = await newSharedThread(store, [ana, ben], 'dm');
      await store.users.saveSettings(id, { mode: 'ticket' });
      await store.providerConfigs.saveProviderConfig(
        { userId: id },
        { name: 'openai', kind: 'openai' },
      );
      expect(await store.users.deleteUser(id)).toBe(true);
      for (const gone of [id, ana.author.identity, alone.conversationId, direct.conversationId]) {
        expect(await mentionsOf(store.table, gone)).toEqual([]);
      }
      expect(await store.users.getUserById(id)).toBeUndefined();
      expect(await store.users.deleteUser(id)).toBe(false);
    });

    it('passes a shared thread to a participant, with its drafts, and blanks what the leaver wrote', async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const key = await newSharedThread(store, [ana, ben]);
      const shareId = randomUUID();
      await store.conversations.share(key, shareId);
      await store.users.deleteUser(ana.user.id);

      const passed = await store.conversations.findConversation(key.conversationId);
      expect(passed).toMatchObject({ userId: ben.user.id, createdAt: key.createdAt, shareId });
      expect(await store.conversations.getUserConversations(ben.user.id)).toEqual([passed]);
      expect((await store.threads.get(key.conversationId))?.owner.userId).toBe(ben.user.id);
      const [first, second] = await store.messages.getConversationMessages(key.conversationId);
      expect(first).toMatchObject({ text: '', blanked: true });
      expect(first).not.toHaveProperty('author');
      expect(second).toMatchObject({ author: ben.author, text: 'q'.repeat(20_000) });
      const beneath = (await mentionsOf(store.table, ben.user.id)).join('\n');
      expect(beneath).toContain('DRAFT#');
      expect(beneath).not.toContain('PART#');
      expect(await mentionsOf(store.table, ana.user.id)).toEqual([]);
      expect(await mentionsOf(store.table, ana.author.identity)).toEqual([]);
    });

    it("blanks what the leaver wrote in other people's threads, long texts too", async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const key = await newSharedThread(store, [ana, ben]);
      await store.users.deleteUser(ben.user.id);
      const [first, second] = await store.messages.getConversationMessages(key.conversationId);
      expect(first?.author).toEqual(ana.author);
      expect(second).toMatchObject({ text: '', blanked: true });
      expect(await mentionsOf(store.table, `BODY#${second?.id}`)).toEqual([]);
      expect(await mentionsOf(store.table, ben.user.id)).toEqual([]);
      expect((await store.conversations.findConversation(key.conversationId))?.userId).toBe(
        ana.user.id,
      );
    });

    it('leaves no name in tickets, titles and summaries of threads that stay', async () => {
      const [ana, ben] = [await newPerson(store, 'Ana Ashby'), await newPerson(store, 'Ben')];
      const key = await newSharedThread(store, [ana, ben]);
      const { conversationId } = key;
      await store.conversations.rename(key, "Ana Ashby's export hangs");
      const summary = { summary: 'Ana Ashby says that the export hangs.', revision: 1 };
      await store.contexts.saveContext(conversationId, summary, Date.now());
      const [draft] = (await store.tickets.listTickets(conversationId)).items;
      if (!draft) throw new Error('the draft is missing');
      const approval = {
        ...{ by: ana.author, at: new Date().toISOString(), revision: draft.revision },
        ...{ project: 'local:issues', digest: 'd' },
        access: { owner: { userId: ana.user.id }, name: 'local' },
      };
      const claim = newPublishClaim();
      const given = await store.tickets.claimPublishing(draft, approval, claim);
      if (given.kind !== 'saved') throw new Error('the claim was not taken');
      const { project, access, digest } = approval;
      const unsettled = [{ project, access, digest, since: claim.since }];
      await store.tickets.recordRefused(given.ticket, claim, 'no', unsettled);
      await store.tickets.claimPublishing(draft, approval, newPublishClaim());
      await store.users.deleteUser(ana.user.id);

      expect(await mentionsOf(store.table, 'Ashby')).toEqual([]);
      expect(await mentionsOf(store.table, ana.user.id)).toEqual([]);
      expect(await mentionsOf(store.table, ana.author.identity)).toEqual([]);
      const [kept] = (await store.tickets.listTickets(conversationId)).items;
      expect(kept).toMatchObject({
        ...{ title: draft.title, status: 'publishing', revision: draft.revision },
        origin: { requester: DELETED_AUTHOR },
        approval: { by: DELETED_AUTHOR, digest: 'd' },
        unsettled: [{ project, digest, access: { name: 'local' } }],
      });
      expect((await store.conversations.findConversation(conversationId))?.title).toBe(
        'Conversation',
      );
    });

    it('passes a thread whose other people are no users to the workspace', async () => {
      const ana = await newPerson(store, 'Ana');
      const key = await newSharedThread(store, [ana]);
      const stranger = { identity: 'slack:T1:stranger', name: 'Eve', standing: 'guest' } as const;
      await store.messages.putMessages([newMessage(key.conversationId, { author: stranger })]);
      await store.users.deleteUser(ana.user.id);
      const passed = await store.conversations.findConversation(key.conversationId);
      expect(passed?.userId).not.toBe(ana.user.id);
      expect(await store.users.getUserById(passed?.userId ?? '')).toBeUndefined();
    });

    it('keeps a message that waits: its turn is taken over under the new owner', async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const key = await newSharedThread(store, [ana, ben]);
      const { conversationId } = key;
      const claim = newClaim();
      await store.threads.open({
        message: newMessage(conversationId, { author: ben.author }),
        claim,
      });
      const before = await store.threads.get(conversationId);
      if (!before) throw new Error('the thread is missing');
      await store.users.deleteUser(ana.user.id);

      expect((await store.threads.close(closing(before, claim))).kind).toBe('lost');
      const thread = await store.threads.get(conversationId);
      if (!thread?.claim) throw new Error('the claim is gone');
      expect(await listPending(store)).toContainEqual(
        expect.objectContaining({ kind: 'thread', conversationId }),
      );
      const next = newClaim({ turnId: claim.turnId, attempt: 2 });
      expect(await store.threads.takeClaim(conversationId, next, thread.claim)).toBe(true);
      expect((await store.threads.close(closing(thread, next))).kind).toBe('closed');
      await store.conversations.deleteConversation({ ...key, userId: ben.user.id });
    });

    it('makes a stranger of the person: who writes again is a new user', async () => {
      const ana = await newPerson(store, 'Ana');
      await store.users.deleteUser(ana.user.id);
      const again = await store.users.ensureUser(ana.author);
      expect(again.id).not.toBe(ana.user.id);
    });

    it('is finished by whoever deletes the user once more', async () => {
      const ana = await newPerson(store, 'Ana');
      const key = await newSharedThread(store, [ana]);
      const doomed = await store.engine.table(store.table.name);
      dieAfter(doomed, 4);
      const { users } = openStore(store.engine, doomed);
      await expect(users.deleteUser(ana.user.id)).rejects.toThrow();
      expect(await mentionsOf(store.table, ana.user.id)).not.toEqual([]);
      expect(await store.users.deleteUser(ana.user.id)).toBe(false);
      expect(await mentionsOf(store.table, ana.user.id)).toEqual([]);
      await store.conversations.finishDeletion(key.conversationId);
    });

    it('leaves no trace of those who spoke past the bot in a thread that is deleted', async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const key = await newSharedThread(store, [ben]);
      await passBy(store, ana, key.conversationId);
      await store.conversations.deleteConversation(key);
      // The audit alone remembers that there was such a thread.
      const left = await mentionsOf(store.table, key.conversationId);
      expect(left.filter((mention) => !mention.startsWith('AUDIT#'))).toEqual([]);
    });

    it("stops a comment that the leaver made, and no one else's", async () => {
      const [ana, ben] = [await newPerson(store, 'Ana'), await newPerson(store, 'Ben')];
      const { conversationId } = await newSharedThread(store, [ben]);
      await passBy(store, ana, conversationId);
      const { errands } = createRepositories(store.table);
      await store.users.deleteUser(ana.user.id);
      expect(await errands.getErrand({ conversationId, id: 'e1' })).toBeUndefined();
      expect(await listPending(store)).not.toContainEqual(
        expect.objectContaining({ kind: 'errand', conversationId }),
      );
    });

    it('leaves a user alone whom nobody deletes, whoever asks to finish', async () => {
      const ana = await newPerson(store, 'Ana');
      await store.users.finishDeletion(ana.user.id);
      expect(await store.users.getUserById(ana.user.id)).toEqual(ana.user);
    });

    it.each(Array.from({ length: SWEEP }, (_, n) => n))(
      'is finished by another process when the first dies after %i requests',
      async (requests) => {
        const fresh = await open();
        const [ana, ben] = [await newPerson(fresh, 'Ana'), await newPerson(fresh, 'Ben')];
        const own = await newSharedThread(fresh, [ana]);
        const shared = await newSharedThread(fresh, [ana, ben]);
        const visited = await newSharedThread(fresh, [ben, ana]);
        const passed = await newSharedThread(fresh, [ben]);
        await passBy(fresh, ana, passed.conversationId);
        const unspoken = await newSharedThread(fresh, [ben]);
        await approve(fresh, ana, unspoken.conversationId);
        await leaveTraces(fresh, ana);
        const doomed = await fresh.engine.table(fresh.table.name);
        dieAfter(doomed, requests);
        const { users } = openStore(fresh.engine, doomed);
        const deleted = await users.deleteUser(ana.user.id).catch(() => undefined);
        const begun = (await fresh.users.getUserById(ana.user.id)) === undefined;
        expect(begun).toBe(requests >= 3);
        if (requests === SWEEP - 1) expect(deleted).toBe(true);
        if (!begun) return;
        expect((await fresh.users.listUsers()).items).toEqual([ben.user]);

        await finishPending(fresh);
        for (const gone of [ana.user.id, ana.author.identity, own.conversationId, 'So do I.']) {
          expect(await mentionsOf(fresh.table, gone)).toEqual([]);
        }
        expect(
          (await fresh.conversations.getUserConversations(ben.user.id)).map(({ id }) => id).sort(),
        ).toEqual([shared, visited, passed, unspoken].map((key) => key.conversationId).sort());
        expect(await listPending(fresh)).not.toContainEqual(
          expect.objectContaining({ kind: 'user' }),
        );
      },
    );
  });
}
