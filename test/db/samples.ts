/** Plain values for the table's tests: each call makes a new one, nothing is shared. */
import { randomUUID } from 'node:crypto';
import type { ThreadState, TurnClaim } from '../../src/core/conversation.ts';
import { type Message, messageKeyOf, replyPlaceOf } from '../../src/core/message.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { BindThread, CloseTurn } from '../../src/core/thread-repository.ts';
import type { PublishClaim, Ticket } from '../../src/core/ticket.ts';

export type Draft = Ticket & { status: 'draft' };

const MINUTE = 60_000;
const START = Date.parse('2026-03-02T09:00:00.000Z');
let sent = 0;

export function newClaim(changes: Partial<TurnClaim> = {}): TurnClaim {
  const claimedAt = Date.now();
  return {
    token: randomUUID(),
    turnId: randomUUID(),
    attempt: 1,
    claimedAt,
    expiresAt: claimedAt + MINUTE,
    ...changes,
  };
}

/** Of a process that died. */
export const lapsedClaim = () => newClaim({ expiresAt: Date.now() - 1 });

/** Later than all messages made before. */
export function newMessage(conversationId: string, changes: Partial<Message> = {}): Message {
  sent += 1;
  return {
    id: `17724420${String(sent).padStart(4, '0')}.000100`,
    conversationId,
    sentAt: new Date(START + sent * 1_000).toISOString(),
    role: 'user',
    text: `message ${sent}`,
    author: { identity: 'slack:T0AB12CD3:U0AB12CD3', name: 'Ana', standing: 'member' },
    ...changes,
  };
}

/** A thread nobody has spoken to yet, with its first message. */
export function newThread(changes: Partial<BindThread> = {}): BindThread {
  const channelId = 'C0AB12CD3';
  const workspaceId = 'T0AB12CD3';
  const threadId = `1772442000.${randomUUID().slice(0, 6)}`;
  const thread = { platform: 'slack', workspaceId, channelId, threadId } as const;
  const conversationId = conversationIdOf(thread);
  const message = newMessage(conversationId);
  return {
    owner: { userId: randomUUID(), createdAt: message.sentAt, conversationId },
    thread,
    place: { workspaceId, channelId, visibility: 'public' },
    title: 'Login fails',
    message,
    claim: newClaim(),
    historyPending: false,
    ...changes,
  };
}

/** Ends the turn of `claim` over everything that waits in `thread`. */
export function closing(
  thread: ThreadState,
  claim: TurnClaim,
  changes: Partial<CloseTurn> = {},
): CloseTurn {
  const covers = changes.covers ?? thread.waiting;
  const reply: Message = {
    ...replyPlaceOf(covers),
    conversationId: thread.conversationId,
    role: 'assistant',
    text: 'Drafted.',
    answer: { turnId: claim.turnId, covers, outcome: 'answered' },
  };
  return {
    thread,
    claim,
    reply,
    covers,
    newTickets: [],
    changedTickets: [],
    newParticipants: [],
    endedAt: Date.now(),
    ...changes,
  };
}

export function newTicket(conversationId: string, changes: Partial<Draft> = {}): Draft {
  return {
    id: randomUUID().replaceAll('-', '').slice(0, 16),
    conversationId,
    ordinal: 1,
    revision: 1,
    status: 'draft',
    title: 'Login fails with "invalid state" after the update',
    description: 'Since the update nobody can log in.',
    type: 'bug',
    priority: 'high',
    acceptanceCriteria: ['Logging in works again'],
    tasks: [],
    labels: [],
    assignees: [],
    origin: {
      requester: { identity: 'slack:T0AB12CD3:U0AB12CD3', name: 'Ana', standing: 'member' },
      turnId: randomUUID(),
    },
    editedFields: [],
    createdAt: '2026-03-02T09:00:00.000Z',
    updatedAt: '2026-03-02T09:00:00.000Z',
    ...changes,
  };
}

export function newPublishClaim(changes: Partial<PublishClaim> = {}): PublishClaim {
  const now = Date.now();
  return {
    token: randomUUID(),
    expiresAt: now + MINUTE,
    since: new Date(now).toISOString(),
    attempt: 1,
    ...changes,
  };
}

export const keyOf = messageKeyOf;
