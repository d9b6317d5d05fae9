import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConversationKey, TurnClaim } from '../../../src/core/conversation.ts';
import { PENDING_SHARDS, type PendingWork } from '../../../src/core/thread-repository.ts';
import { ticketDigestOf } from '../../../src/core/ticket-fields.ts';
import type { User } from '../../../src/core/user.ts';
import { markDeleting } from '../../../src/db/conversation-deletion.ts';
import { contextKey } from '../../../src/db/keys.ts';
import { write } from '../../../src/db/requests.ts';
import {
  closing,
  newClaim,
  newMessage,
  newPublishClaim,
  newThread,
  newTicket,
} from '../../db/samples.ts';
import { openStore, type Store } from '../repositories.ts';
import { beforeNext, dieAfter, mentionsOf } from './broken.ts';
import { keyOf, newConversation, newUser } from './conversations.ts';

const ISSUE = {
  tracker: 'local',
  project: 'shop',
  number: '7',
  externalId: 'local:shop#7',
  host: 'local',
  projectId: 'issues',
  externalUrl: 'file:///7.md',
  filedAt: '2026-03-02T09:00:00.000Z',
};
/** Requests after which a process dies in the sweep: past the last one the deletion needs. */
const SWEEP = 16;

export async function listPending({ threads }: Store): Promise<PendingWork[]> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => threads.listPending(shard));
  return (await Promise.all(shards)).flat();
}

/** What every process does at start. */
export async function finishPending(store: Store): Promise<void> {
  for (const work of await listPending(store)) {
    if (work.kind === 'user') await store.users.finishDeletion(work.userId);
    else if (work.kind !== 'start') await store.conversations.finishDeletion(work.conversationId);
  }
}

/** A turn has drafted two tickets; the second is being published. `file` says where it was filed. */
async function draftAndClaim(store: Store, key: ConversationKey, begin: TurnClaim, others: User[]) {
  const { conversationId } = key;
  const { threads, tickets } = store;
  const thread = await threads.get(conversationId);
  if (!thread) throw new Error('the thread is missing');
  const [draft, filed] = [newTicket(conversationId), newTicket(conversationId, { ordinal: 2 })];
  const newParticipants = others.map(({ id }) => id);
  await threads.close(closing(thread, begin, { newTickets: [draft, filed], newParticipants }));
  const approval = {
    by: filed.origin.requester,
    at: filed.createdAt,
    revision: 1,
    digest: ticketDigestOf(filed),
    project: 'local:shop',
  };
  const claim = newPublishClaim();
  const claimed = await tickets.claimPublishing(filed, approval, claim);
  if (claimed.kind !== 'saved') throw new Error(claimed.kind);
  return { file: () => tickets.recordPublished(claimed.ticket, claim, ISSUE, key) };
}

/** With a long message, tickets, a participant, a link and a summary; nothing filed yet. */
async function fullConversation(store: Store) {
  const author = { identity: `slack:T1:${randomUUID()}`, name: 'Ben', standing: 'member' } as const;
  const [owner, other] = [await newUser(store), await newUser(store, [author.identity])];
  const begin = newThread();
  const key = { ...begin.owner, userId: owner.id };
  const { conversationId } = key;
  await store.threads.bind({ ...begin, owner: key });
  await store.threads.join(newMessage(conversationId, { author, text: 'z'.repeat(30_000) }));
  const { file } = await draftAndClaim(store, key, begin.claim, [other]);
  await store.conversations.share(key, randomUUID());
  await write(store.table, { put: { ...contextKey(conversationId), v: 1, text: 'summary' } });
  return { key, file };
}

async function filedConversation(store: Store): Promise<ConversationKey> {
  const { key, file } = await fullConversation(store);
  expect((await file()).kind).toBe('saved');
  return key;
}

export function describeDeletion(open: () => Promise<Store>): void {
  describe('deleting a conversation', () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    it('leaves nothing that names it', async () => {
      const key = await filedConversation(store);
      const before = (await mentionsOf(store.table, key.conversationId)).join('\n');
      for (const entity of ['THREAD', 'BODY', 'CONTEXT', 'TICKET', 'DRAFT', 'PART', 'ISSUE']) {
        expect(before).toContain(entity);
      }
      expect(await store.conversations.deleteConversation(key)).toBe(true);
      expect(await mentionsOf(store.table, key.conversationId)).toEqual([]);
      expect(await store.conversations.deleteConversation(key)).toBe(false);
    });

    it('leaves no way back from an issue that is filed in the middle of it', async () => {
      const { key, file } = await fullConversation(store);
      const deleting = await store.engine.table(store.table.name);
      // The thread is marked, the tickets are read, and go next.
      beforeNext(deleting, 'DeleteItemCommand', file);
      await openStore(store.engine, deleting).conversations.deleteConversation(key);
      expect(await mentionsOf(store.table, key.conversationId)).toEqual([]);
    });

    it.each([1, 2])(
      'takes nothing from a conversation that began anew before the slower of two processes ended (%i)',
      async (steps) => {
        const owner = await newUser(store);
        const begin = newThread();
        const key = { ...begin.owner, userId: owner.id };
        const { conversationId } = key;
        const bind = () => store.threads.bind({ ...begin, owner: key });
        await bind();
        await markDeleting(store.table, key);
        const slow = await store.engine.table(store.table.name);
        const overtake = async () => {
          await store.conversations.finishDeletion(conversationId);
          expect((await bind()).kind).toBe('opened');
        };
        const arm = (left: number): void =>
          beforeNext(slow, 'TransactWriteItemsCommand', async () =>
            left === 1 ? overtake() : arm(left - 1),
          );
        arm(steps);
        await openStore(store.engine, slow).conversations.finishDeletion(conversationId);
        const names = (await mentionsOf(store.table, conversationId)).map(
          (name) => name.replace(conversationId, '').split('#')[0],
        );
        expect(names.sort()).toEqual(['CONV', 'CONV', 'RETAINED', 'THREADS', 'USER']);
        expect((await store.threads.get(conversationId))?.deleting).toBe(false);
        await store.conversations.deleteConversation(key);
      },
    );

    it('works for one that nobody has written in', async () => {
      const user = await newUser(store);
      const made = await newConversation(store, user.id);
      expect(await store.conversations.deleteConversation(keyOf(made))).toBe(true);
      expect(await mentionsOf(store.table, made.id)).toEqual([]);
    });

    it('deletes 1,000 messages, and nothing of other conversations', async () => {
      const user = await newUser(store);
      const [kept, gone] = [
        await newConversation(store, user.id),
        await newConversation(store, user.id),
      ];
      await store.messages.putMessages([newMessage(kept.id)]);
      await store.messages.putMessages(
        Array.from({ length: 1_000 }, () => newMessage(gone.id, { text: 'x'.repeat(2_000) })),
      );
      await store.conversations.deleteConversation(keyOf(gone));
      expect(await mentionsOf(store.table, gone.id)).toEqual([]);
      expect(await store.messages.getConversationMessages(kept.id)).toHaveLength(1);
      expect(await store.conversations.getUserConversations(user.id)).toEqual([kept]);
    });

    it('leaves a conversation alone that nobody deletes, whoever asks to finish', async () => {
      const user = await newUser(store);
      const made = await newConversation(store, user.id);
      await store.conversations.finishDeletion(made.id);
      expect(await store.conversations.findConversation(made.id)).toEqual(made);
    });

    it('is for its owner only', async () => {
      const [owner, other] = [await newUser(store), await newUser(store)];
      const made = await newConversation(store, owner.id);
      const wrong = { ...keyOf(made), userId: other.id };
      expect(await store.conversations.deleteConversation(wrong)).toBe(false);
      expect(await store.conversations.findConversation(made.id)).toEqual(made);
    });

    it.each(Array.from({ length: SWEEP }, (_, n) => n))(
      'is finished by another process when the first dies after %i requests',
      async (requests) => {
        const key = await filedConversation(store);
        const doomed = await store.engine.table(store.table.name);
        dieAfter(doomed, requests);
        const conversations = openStore(store.engine, doomed).conversations;
        const deleted = await conversations.deleteConversation(key).catch(() => undefined);
        const begun = (await store.conversations.getConversation(key)) === undefined;
        expect(begun).toBe(requests > 0);
        if (requests === SWEEP - 1) expect(deleted).toBe(true);
        if (!begun) return;
        if (!deleted) {
          const message = newMessage(key.conversationId);
          const opened = await store.threads.open({ message, claim: newClaim() });
          expect(opened.kind).toBe('deleting');
          await store.messages.putMessages([message]);
        }
        await finishPending(store);
        expect(await mentionsOf(store.table, key.conversationId)).toEqual([]);
        expect((await listPending(store)).filter(({ kind }) => kind === 'thread')).toEqual([]);
      },
    );
  });
}
