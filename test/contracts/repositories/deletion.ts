import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConversationKey } from '../../../src/core/conversation.ts';
import { PENDING_SHARDS, type PendingWork } from '../../../src/core/repositories.ts';
import { ticketDigestOf } from '../../../src/core/ticket.ts';
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
import { dieAfter, mentionsOf } from './broken.ts';
import { keyOf, newConversation, newUser } from './conversations.ts';

/** Requests after which a process dies in the sweep: past the last one the deletion needs. */
const SWEEP = 12;

export async function listPending({ threads }: Store): Promise<PendingWork[]> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => threads.listPending(shard));
  return (await Promise.all(shards)).flat();
}

/** What every process does at start. */
export async function finishPending(store: Store): Promise<void> {
  for (const work of await listPending(store)) {
    if (work.kind === 'user') await store.users.finishDeletion(work.userId);
    else await store.conversations.finishDeletion(work.conversationId);
  }
}

/** With everything a conversation can have: bodies, tickets, an issue, participants, a link, a summary. */
async function fullConversation(store: Store): Promise<ConversationKey> {
  const identity = `slack:T1:${randomUUID()}`;
  const [owner, other] = [await newUser(store), await newUser(store, [identity])];
  const begin = newThread();
  const key = { ...begin.owner, userId: owner.id };
  const { conversationId } = key;
  const { threads, tickets, conversations } = store;
  await threads.bind({ ...begin, owner: key });
  const author = { identity, name: 'Ben', standing: 'member' } as const;
  await threads.join(newMessage(conversationId, { author, text: 'z'.repeat(30_000) }));
  const thread = await threads.get(conversationId);
  if (!thread) throw new Error('the thread is missing');
  const [draft, filed] = [newTicket(conversationId), newTicket(conversationId, { ordinal: 2 })];
  await threads.close(
    closing(thread, begin.claim, { newTickets: [draft, filed], newParticipants: [other.id] }),
  );
  const approval = {
    by: author,
    at: draft.createdAt,
    revision: 1,
    digest: ticketDigestOf(filed),
    project: 'local:shop',
  };
  const claim = newPublishClaim();
  const claimed = await tickets.claimPublishing(filed, approval, claim);
  if (claimed.kind !== 'saved') throw new Error(claimed.kind);
  const issue = {
    tracker: 'local',
    project: 'shop',
    number: '7',
    externalId: 'local:shop#7',
    externalUrl: 'file:///7.md',
    filedAt: draft.createdAt,
  };
  await tickets.recordPublished(claimed.ticket, claim, issue, key);
  await conversations.share(key, randomUUID());
  await write(store.table, { put: { ...contextKey(conversationId), v: 1, text: 'summary' } });
  return key;
}

export function describeDeletion(open: () => Promise<Store>): void {
  describe('deleting a conversation', () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    it('leaves nothing that names it', async () => {
      const key = await fullConversation(store);
      const before = (await mentionsOf(store.table, key.conversationId)).join('\n');
      for (const entity of ['THREAD', 'BODY', 'CONTEXT', 'TICKET', 'DRAFT', 'PART', 'ISSUE']) {
        expect(before).toContain(entity);
      }
      expect(await store.conversations.deleteConversation(key)).toBe(true);
      expect(await mentionsOf(store.table, key.conversationId)).toEqual([]);
      expect(await store.conversations.deleteConversation(key)).toBe(false);
    });

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
        const key = await fullConversation(store);
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
