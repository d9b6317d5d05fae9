import { beforeAll, describe, expect, it } from 'vitest';
import type { Conversation } from '../../../src/core/conversation.ts';
import { type Message, messageKeyOf } from '../../../src/core/message.ts';
import { countRequests } from '../../count-requests.ts';
import { newClaim, newMessage, newTicket } from '../../db/samples.ts';
import type { Store } from '../repositories.ts';
import { mentionsOf } from './broken.ts';
import { expectPages, newConversation, newUser } from './conversations.ts';

export function describeMessages(open: () => Promise<Store>): void {
  describe('messages', () => {
    let store: Store;
    let conversation: Conversation;
    beforeAll(async () => {
      store = await open();
      const { id } = await newUser(store);
      conversation = await newConversation(store, id);
    });
    const fresh = async () => (await newConversation(store, conversation.userId)).id;

    it('reads a message as it was created, and creates it once', async () => {
      const { messages } = store;
      const message = newMessage(conversation.id, {
        permalink: 'https://slack.example/p1',
        attachments: [
          { id: 'F1', name: 'a.png', mimeType: 'image/png', bytes: 12, url: 'https://x' },
        ],
      });
      expect(await messages.createMessage(message)).toEqual({ kind: 'created' });
      const again = await messages.createMessage({ ...message, text: 'changed' });
      expect(again).toEqual({ kind: 'exists' });
      expect(await messages.getMessage(conversation.id, messageKeyOf(message))).toEqual(message);
    });

    it('stores nothing in a conversation that does not exist', async () => {
      const message = newMessage('0'.repeat(32));
      expect(await store.messages.createMessage(message)).toEqual({ kind: 'no-conversation' });
      await store.messages.putMessages([message]);
      expect(await store.messages.getConversationMessages('0'.repeat(32))).toEqual([]);
    });

    it('keeps what is there when it is stored again among others', async () => {
      const id = await fresh();
      const stored = Array.from({ length: 5 }, () => newMessage(id));
      await store.messages.putMessages(stored.slice(1, 3));
      await store.messages.putMessages(stored.map((one) => ({ ...one, text: 'second' })));
      const texts = (await store.messages.getConversationMessages(id)).map(({ text }) => text);
      const kept = stored.slice(1, 3).map(({ text }) => text);
      expect(texts).toEqual(['second', ...kept, 'second', 'second']);
    });

    it.each([
      ['empty', ''],
      ['with emoji', '👩‍👩‍👧 done ✅'],
      ['just within one item', 'x'.repeat(16_384)],
      ['that ends its first item inside a character', `${'x'.repeat(16_383)}é`],
      ['near the limit of 400 KB', '🎫 ticket\n'.repeat(32_000)],
      ['of several bodies', '√'.repeat(300_000)],
    ])('keeps a text %s', async (_what, text) => {
      const id = await fresh();
      const message = newMessage(id, { text });
      await store.messages.createMessage(message);
      expect(await store.messages.getConversationMessages(id)).toEqual([message]);
      expect((await store.messages.listMessages(id)).items).toEqual([message]);
    });

    it('keeps the rest of a text with a lone surrogate', async () => {
      const id = await fresh();
      const author = { identity: 'slack:T1:U1', name: 'A\udc00', standing: 'member' } as const;
      await store.messages.createMessage(newMessage(id, { text: 'a\ud800b', author }));
      const [message] = await store.messages.getConversationMessages(id);
      expect(message).toMatchObject({ text: 'a\ufffdb', author: { name: 'A\ufffd' } });
    });

    it('reads the rest of long messages when asked', async () => {
      const id = await fresh();
      const long = [1, 2, 3].map((n) => newMessage(id, { text: `${n}`.repeat(40_000 * n) }));
      await store.messages.putMessages([...long, newMessage(id)]);
      const tail = await store.threads.readTail(id, 10);
      const cut = tail?.messages.filter((message) => message.cut) ?? [];
      expect(cut).toHaveLength(3);
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        expect(await store.messages.readWhole(cut)).toEqual(long);
      });
      counter.stop();
      expect(counts.names).toEqual(['BatchGetItem', 'BatchGetItem']);
    });

    it('reads one ticket by its key, however many messages there are', async () => {
      const id = await fresh();
      await store.messages.putMessages(Array.from({ length: 50 }, () => newMessage(id)));
      const claim = newClaim();
      await store.threads.open({ message: newMessage(id), claim });
      const thread = await store.threads.get(id);
      if (!thread) throw new Error('the thread is missing');
      const ticket = newTicket(id);
      const reply = newMessage(id, { role: 'assistant' });
      await store.threads.close({
        ...{ thread, claim, reply, covers: thread.waiting, newTickets: [ticket] },
        ...{ changedTickets: [], newParticipants: [], endedAt: Date.now() },
      });
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        expect(await store.tickets.getTicket(id, ticket.id)).toEqual(ticket);
      });
      counter.stop();
      expect(counts).toMatchObject({ names: ['GetItem'], readUnits: 1 });
    });

    it('deletes a message with all of its text, and does not let it wait any more', async () => {
      const id = await fresh();
      const message = newMessage(id, { text: 'y'.repeat(60_000) });
      await store.threads.open({ message, claim: newClaim() });
      expect((await store.threads.get(id))?.waiting).toEqual([messageKeyOf(message)]);
      expect(await store.messages.deleteMessage(id, messageKeyOf(message))).toBe(true);
      expect((await store.threads.get(id))?.waiting).toEqual([]);
      expect(await mentionsOf(store.table, message.id)).toEqual([]);
      expect(await store.messages.deleteMessage(id, messageKeyOf(message))).toBe(false);
    });
  });

  describe('a conversation of 5,000 messages', () => {
    let store: Store;
    let stored: Message[];
    let id: string;
    beforeAll(async () => {
      store = await open();
      const user = await newUser(store);
      ({ id } = await newConversation(store, user.id));
      stored = Array.from({ length: 5_000 }, () =>
        newMessage(id, { text: 'It fails. '.repeat(30) }),
      );
      await store.messages.putMessages(stored);
    }, 120_000);

    it('reads all of them in order, in one request for each megabyte', async () => {
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        expect(await store.messages.getConversationMessages(id)).toEqual(stored);
      });
      counter.stop();
      expect(counts.names.length).toBeGreaterThan(1);
      expectPages(counts);
    });

    it('lists them page by page, one request each', async () => {
      const counter = countRequests(store.table);
      const listed: Message[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.messages.listMessages(id, {
          limit: 200,
          ...(cursor && { cursor }),
        });
        listed.push(...page.items);
        cursor = page.cursor;
      } while (cursor);
      counter.stop();
      expect(listed).toEqual(stored);
      expect(counter.counts().names).toHaveLength(25);
    });

    it('reads the newest 200 in one request', async () => {
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        const tail = await store.threads.readTail(id, 200);
        expect(tail?.messages).toEqual(stored.slice(-200));
        expect(tail?.complete).toBe(false);
      });
      counter.stop();
      expect(counts.names).toEqual(['Query']);
    });
  });
}
