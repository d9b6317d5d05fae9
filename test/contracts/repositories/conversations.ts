import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Conversation, ConversationKey } from '../../../src/core/conversation.ts';
import { InvalidInputError } from '../../../src/core/errors.ts';
import type { User } from '../../../src/core/user.ts';
import { toConversationItem } from '../../../src/db/conversation-item.ts';
import { conversationKey, shareIndexKey } from '../../../src/db/keys.ts';
import { batchWrite, write } from '../../../src/db/requests.ts';
import { countRequests, type RequestCounts } from '../../count-requests.ts';
import type { Store } from '../repositories.ts';

const PLACE = { workspaceId: 'T1', channelId: 'C1', visibility: 'public' } as const;
const MEGABYTE = 1_048_576;
/** A strongly consistent read unit covers so many bytes. */
const READ_UNIT = 4_096;

export const keyOf = ({ userId, createdAt, id }: Conversation): ConversationKey => ({
  userId,
  createdAt,
  conversationId: id,
});

export async function newUser({ users }: Store, identities: string[] = []): Promise<User> {
  const made = await users.createUser({ name: 'Ana', identities });
  if (made.kind !== 'created') throw new Error(made.kind);
  return made.user;
}

export async function newConversation(
  { conversations }: Store,
  userId: string,
  title = 'Login fails',
): Promise<Conversation> {
  const thread = { platform: 'slack', workspaceId: 'T1', channelId: 'C1' } as const;
  const input = { userId, title, thread: { ...thread, threadId: randomUUID() }, place: PLACE };
  const made = await conversations.createConversation(input);
  if (made.kind !== 'created') throw new Error(made.kind);
  return made.conversation;
}

/** One request for each megabyte read; whether a page ends within an item is the engine's affair. */
export function expectPages({ names, readUnits }: RequestCounts): void {
  const pages = Math.ceil((readUnits * READ_UNIT) / MEGABYTE);
  expect([pages, pages + 1]).toContain(names.length);
}

export function describeConversations(open: () => Promise<Store>): void {
  describe('conversations', () => {
    let store: Store;
    let user: User;
    beforeAll(async () => {
      store = await open();
      user = await newUser(store);
    });

    it('finds a conversation by its key in one request, by its id alone in two', async () => {
      const made = await newConversation(store, user.id);
      const { conversations, table } = store;
      const counter = countRequests(table);
      const byKey = await counter.during(async () => {
        expect(await conversations.getConversation(keyOf(made))).toEqual(made);
      });
      const byId = await counter.during(async () => {
        expect(await conversations.findConversation(made.id)).toEqual(made);
      });
      counter.stop();
      expect(byKey.names).toEqual(['GetItem']);
      expect(byId.names).toEqual(['GetItem', 'GetItem']);
      expect(await conversations.findConversation('0'.repeat(32))).toBeUndefined();
    });

    it('has one conversation for a thread, and none for a user who does not exist', async () => {
      const { conversations } = store;
      const { thread } = await newConversation(store, user.id);
      const again = { userId: user.id, title: 'Again', thread, place: PLACE };
      expect(await conversations.createConversation(again)).toEqual({ kind: 'exists' });
      const elsewhere = { ...thread, threadId: randomUUID() };
      const orphan = { userId: 'nobody', title: 'Orphan', thread: elsewhere, place: PLACE };
      expect(await conversations.createConversation(orphan)).toEqual({ kind: 'no-user' });
      expect(await conversations.getUserConversations('nobody')).toEqual([]);
    });

    it('renames and archives', async () => {
      const made = await newConversation(store, user.id);
      const { conversations } = store;
      expect(await conversations.rename(keyOf(made), 'Logging in fails 🔑')).toBe(true);
      expect(await conversations.setStatus(keyOf(made), 'archived')).toBe(true);
      const stored = await conversations.getConversation(keyOf(made));
      expect(stored).toMatchObject({ title: 'Logging in fails 🔑', status: 'archived' });
      expect(stored?.createdAt).toBe(made.createdAt);
    });

    it('finds all conversations of a channel page by page, of no other channel, and none that is deleted', async () => {
      const { conversations } = store;
      const channel = { platform: 'slack', workspaceId: 'T1', channelId: 'C7' } as const;
      const made: Conversation[] = [];
      for (const [channelId, visibility] of [
        ...Array.from({ length: 5 }, () => ['C7', 'public'] as const),
        ['C8', 'public'],
        ['C7', 'dm'],
      ] as const) {
        const thread = { ...channel, channelId, threadId: randomUUID() };
        const place = { workspaceId: 'T1', channelId, visibility };
        const title = `${channelId} ${visibility}`;
        const one = await conversations.createConversation({
          ...{ userId: user.id, title, thread, place },
        });
        if (one.kind === 'created') made.push(one.conversation);
      }
      const listIds = async () => {
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await conversations.listInChannel(channel, {
            limit: 2,
            ...(cursor && { cursor }),
          });
          ids.push(...page.items);
          cursor = page.cursor;
        } while (cursor);
        return ids;
      };
      const own = made.filter(({ title }) => title === 'C7 public');
      expect(await listIds()).toEqual(own.map(({ id }) => id).sort());
      const [first, ...others] = own;
      if (first) await conversations.deleteConversation(keyOf(first));
      expect(await listIds()).toEqual(others.map(({ id }) => id).sort());
    });

    it('brings back what was put away with its channel, and not what somebody archived', async () => {
      const { conversations } = store;
      const statusOf = async (key: ConversationKey) =>
        (await conversations.getConversation(key))?.status;
      const key = keyOf(await newConversation(store, user.id));
      expect(await conversations.putAway(key)).toBe(true);
      expect(await statusOf(key)).toBe('archived');
      expect(await conversations.putAway(key)).toBe(false);
      expect(await conversations.bringBack(key)).toBe(true);
      expect(await statusOf(key)).toBe('active');
      await conversations.putAway(key);
      await conversations.setStatus(key, 'archived');
      expect(await conversations.putAway(key)).toBe(false);
      expect(await conversations.bringBack(key)).toBe(false);
      expect(await statusOf(key)).toBe('archived');
    });

    it('changes nothing where there is no conversation', async () => {
      const key = {
        userId: user.id,
        createdAt: '2026-01-01T00:00:00.000Z',
        conversationId: 'none',
      };
      const { conversations } = store;
      expect(await conversations.rename(key, 'Ghost')).toBe(false);
      expect(await conversations.share(key, 'link')).toBe(false);
      expect(await conversations.unshare(key)).toBe(false);
      expect(await conversations.setStatus(key, 'archived')).toBe(false);
      expect(await conversations.deleteConversation(key)).toBe(false);
      expect(await conversations.getConversation(key)).toBeUndefined();
    });

    it('shows a shared conversation to whoever has the link, and to nobody once it is unshared', async () => {
      const made = await newConversation(store, user.id);
      const { conversations } = store;
      const shareId = randomUUID();
      expect(await conversations.getSharedConversation(shareId)).toBeUndefined();
      await conversations.share(keyOf(made), shareId);
      expect(await conversations.getSharedConversation(shareId)).toEqual({ ...made, shareId });
      await conversations.unshare(keyOf(made));
      expect(await conversations.getSharedConversation(shareId)).toBeUndefined();
      expect(await conversations.getConversation(keyOf(made))).toEqual(made);
    });

    it('believes the conversation, not the index that lags behind', async () => {
      const made = await newConversation(store, user.id);
      const shareId = randomUUID();
      // As the index still has it for a moment after `unshare`.
      await write(store.table, {
        put: { ...toConversationItem(made), ...shareIndexKey(shareId, made.id) },
      });
      expect(await store.conversations.getSharedConversation(shareId)).toBeUndefined();
    });

    it('replaces a link by a new one', async () => {
      const made = await newConversation(store, user.id);
      const { conversations } = store;
      const [first, second] = [randomUUID(), randomUUID()];
      await conversations.share(keyOf(made), first);
      await conversations.share(keyOf(made), second);
      expect(await conversations.getSharedConversation(first)).toBeUndefined();
      expect((await conversations.getSharedConversation(second))?.id).toBe(made.id);
    });

    it('keeps a title near the limit of 400 KB, emoji and broken characters', async () => {
      const made = await newConversation(store, user.id);
      const { conversations } = store;
      const title = '🎫'.repeat(97_000);
      await conversations.rename(keyOf(made), title);
      expect((await conversations.getConversation(keyOf(made)))?.title).toBe(title);
      await conversations.rename(keyOf(made), 'half \ud83c of it');
      expect((await conversations.findConversation(made.id))?.title).toBe('half \ufffd of it');
      await conversations.rename(keyOf(made), '');
      expect((await conversations.getConversation(keyOf(made)))?.title).toBe('');
    });

    it.each([{ limit: 0 }, { limit: 201 }, { cursor: 'UFJPRklMRQ' }, { cursor: '%%%' }])(
      'refuses the page %j',
      async (page) => {
        const listing = store.conversations.listConversations(user.id, page);
        await expect(listing).rejects.toThrow(InvalidInputError);
      },
    );
  });

  describe('a user with 10,000 conversations', () => {
    const COUNT = 10_000;
    let store: Store;
    let rows: Conversation[];
    beforeAll(async () => {
      store = await open();
      const { id: userId } = await newUser(store);
      const other = await newUser(store);
      await newConversation(store, other.id);
      rows = Array.from({ length: COUNT }, (_, n) => toRow(userId, n));
      await batchWrite(
        store.table,
        rows.map((row) => ({ put: toConversationItem(row) })),
      );
    }, 120_000);
    const newestFirst = () => rows.toReversed().map(({ id }) => id);
    const ownerId = () => rows[0]?.userId ?? '';

    it('lists all of them, newest first, in one request for each megabyte', async () => {
      const counter = countRequests(store.table);
      let listed: Conversation[] = [];
      const counts = await counter.during(async () => {
        listed = await store.conversations.getUserConversations(ownerId());
      });
      counter.stop();
      expect(listed.map(({ id }) => id)).toEqual(newestFirst());
      expect(counts.readUnits * READ_UNIT).toBeGreaterThan(MEGABYTE);
      expectPages(counts);
    });

    it('finds one beyond the first megabyte as fast as any other', async () => {
      const last = rows.at(-1);
      if (!last) throw new Error('there are none');
      const counter = countRequests(store.table);
      const counts = await counter.during(async () => {
        expect(await store.conversations.getConversation(keyOf(last))).toEqual(last);
      });
      counter.stop();
      expect(counts).toMatchObject({ names: ['GetItem'], readUnits: 1 });
    });

    it('shows the newest ones in one request, and all of them page by page', async () => {
      const counter = countRequests(store.table);
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const request = { limit: 200, ...(cursor && { cursor }) };
        const page = await store.conversations.listConversations(ownerId(), request);
        listed.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor);
      counter.stop();
      expect(listed).toEqual(newestFirst());
      expect(counter.counts().names).toHaveLength(COUNT / 200);
    });

    it('reaches nobody else with a cursor', async () => {
      const { cursor } = await store.conversations.listConversations(ownerId(), { limit: 1 });
      if (!cursor) throw new Error('there is one page only');
      expect(Buffer.from(cursor, 'base64url').toString()).toBe(
        conversationKey(keyOf(rows.at(-1) as Conversation)).SK,
      );
    });
  });
}

function toRow(userId: string, n: number): Conversation {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  const threadId = `17724420${String(n).padStart(5, '0')}.000100`;
  const thread = {
    platform: 'slack',
    workspaceId: 'T0AB12CD3',
    channelId: 'C0AB12CD3',
    threadId,
  } as const;
  return {
    id: n.toString(16).padStart(32, '0'),
    userId,
    title: `The export of the report number ${n} fails with an error that nobody understands`,
    status: 'active',
    thread,
    place: PLACE,
    createdAt,
    updatedAt: createdAt,
  };
}
