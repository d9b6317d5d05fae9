/** What every chat platform must do for the core, whichever adapter stands behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatPlatform, ReplyTarget } from '../../src/core/platform.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { Ticket } from '../../src/core/ticket.ts';

export interface PlatformUnderTest {
  platform: ChatPlatform;
  thread: ThreadRef;
  /** Everything that people in the thread can see, or could see, in one text. */
  seen(): Promise<string>;
  stop(): Promise<void>;
}

const DRAFT: Ticket = {
  id: 'a1b2c3d4e5f60718',
  conversationId: 'c',
  ordinal: 1,
  revision: 1,
  status: 'draft',
  title: 'Checkout hangs after Pay',
  description: 'Nobody can pay.',
  type: 'bug',
  priority: 'critical',
  acceptanceCriteria: ['An order can be paid'],
  tasks: [],
  labels: [],
  assignees: [],
  origin: {
    requester: { identity: 'terminal:l:ann', name: 'Ann', standing: 'member' },
    turnId: 'turn',
  },
  editedFields: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

export function describePlatform(name: string, create: () => Promise<PlatformUnderTest>): void {
  describe(`platform: ${name}`, () => {
    let under: PlatformUnderTest;
    let turns = 0;

    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under.stop());

    function nextTarget(): ReplyTarget {
      turns += 1;
      return { thread: under.thread, turnId: `turn-${turns}`, after: 'm1', resumed: false };
    }

    it('shows a reply as it grows, under one id', async () => {
      const reply = under.platform.openReply(nextTarget());
      const first = await reply.show({ text: 'I am', state: 'streaming' });
      const last = await reply.show({ text: 'I am looking.', state: 'answered' });
      expect(first).not.toBe('');
      expect(last).toBe(first);
      expect(await under.seen()).toContain('I am looking.');
    });

    it('goes on with a reply that an earlier attempt began, recorded or not', async () => {
      const target = nextTarget();
      const begun = under.platform.openReply(target);
      const replyId = await begun.show({ text: 'Half an', state: 'streaming' });
      const found = under.platform.openReply({ ...target, resumed: true });
      expect(await found.show({ text: 'Half an answer', state: 'streaming' })).toBe(replyId);
      const recorded = under.platform.openReply({ ...target, replyId, resumed: true });
      expect(await recorded.show({ text: 'A whole answer.', state: 'answered' })).toBe(replyId);
      expect(await under.seen()).toContain('A whole answer.');
    });

    it('gives different turns different replies', async () => {
      const show = (text: string) =>
        under.platform.openReply(nextTarget()).show({ text, state: 'answered' });
      expect(await show('one thing')).not.toBe(await show('another thing'));
    });

    it('keeps one card in step with its ticket', async () => {
      const card = { thread: under.thread, project: 'local:issues', resumed: false };
      const cardId = await under.platform.showCard({ ...card, ticket: DRAFT });
      expect(await under.seen()).toContain('Checkout hangs after Pay');
      const forgotten = { ...DRAFT, revision: 2, title: 'Checkout hangs on Safari' };
      const again = await under.platform.showCard({ ...card, ticket: forgotten, resumed: true });
      expect(again).toBe(cardId);
      const known = { ...forgotten, cardId, revision: 3, title: 'Checkout hangs for all' };
      expect(await under.platform.showCard({ ...card, ticket: known })).toBe(cardId);
      expect(await under.seen()).toContain('Checkout hangs for all');
    });

    it('says a sentence in the thread', async () => {
      await under.platform.postNotice({ thread: under.thread, text: 'Filed issues#1.' });
      expect(await under.seen()).toContain('Filed issues#1.');
    });

    it('reads what was said before as messages, oldest first', async () => {
      const { messages } = await under.platform.readThread(under.thread, 'm9', 200);
      const times = messages.map(({ sentAt }) => sentAt);
      expect(times).toEqual([...times].sort());
    });
  });
}
