import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThreadState, TurnClaim } from '../../src/core/conversation.ts';
import { MAX_MESSAGE_BYTES, type Message } from '../../src/core/message.ts';
import { PENDING_SHARDS } from '../../src/core/thread-repository.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import type { Table } from '../../src/db/client.ts';
import {
  bodyRange,
  conversationKey,
  conversationPartition,
  draftKey,
  participantKey,
  threadKey,
  ticketKey,
} from '../../src/db/keys.ts';
import { fromBodyItem } from '../../src/db/message-item.ts';
import { getItem, queryAll, write } from '../../src/db/requests.ts';
import { createThreadRepository } from '../../src/db/thread.ts';
import { fromTicketItem } from '../../src/db/ticket-item.ts';
import { countRequests } from '../count-requests.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { loseNextAnswer } from './faults.ts';
import {
  closing,
  type Draft,
  keyOf,
  newClaim,
  newMessage,
  newThread,
  newTicket,
} from './samples.ts';

let engine: TestEngine;
let table: Table;
let threads: ReturnType<typeof createThreadRepository>;

beforeAll(async () => {
  engine = await startEngine();
  table = await engine.table();
  threads = createThreadRepository({ table });
});
afterAll(() => engine.stop());

async function stateOf(conversationId: string): Promise<ThreadState> {
  const state = await threads.get(conversationId);
  if (!state) throw new Error('the thread is not bound');
  return state;
}

async function boundThread() {
  const input = newThread();
  await threads.bind(input);
  const { owner, claim, message } = input;
  return { owner, claim, first: message, conversationId: owner.conversationId };
}

/** Opens a turn with a new message and reads after. */
async function nextTurn(conversationId: string, changes: Partial<Message> = {}) {
  const claim = newClaim();
  const message = newMessage(conversationId, changes);
  expect(await threads.open({ message, claim })).toEqual({ kind: 'opened' });
  return { claim, message, state: await stateOf(conversationId) };
}

async function draft(conversationId: string, claim: TurnClaim, newTickets: Draft[]) {
  const state = await stateOf(conversationId);
  expect(await threads.close(closing(state, claim, { newTickets }))).toEqual({ kind: 'closed' });
}

async function storedTicket({ conversationId, id }: Ticket) {
  const item = await getItem(table, ticketKey(conversationId, id));
  return item && fromTicketItem(item);
}

/** By DynamoDB's rules: names and strings by their UTF-8, a map and its entries with a byte or three. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (value instanceof Set) return 3 + [...value].reduce((sum, one) => sum + sizeOf(one) + 1, 0);
  if (typeof value !== 'object' || value === null) return 1;
  const entries = Object.entries(value);
  return 3 + entries.reduce((sum, [name, one]) => sum + sizeOf(name) + sizeOf(one) + 1, 0);
}

describe('close', () => {
  it('stores reply, tickets and the next state together', async () => {
    const { conversationId, claim, owner, first } = await boundThread();
    const ticket = newTicket(conversationId);
    const state = await stateOf(conversationId);
    const input = closing(state, claim, {
      newTickets: [ticket],
      settings: { mode: 'assistant' },
      newParticipants: ['user-2'],
    });
    expect(await threads.close(input)).toEqual({ kind: 'closed' });
    const tail = await threads.readTail(conversationId, 9);
    expect(tail?.messages).toEqual([first, input.reply]);
    expect(tail?.thread).toMatchObject({ ticketCount: 1, waiting: [], endedAt: input.endedAt });
    expect(tail?.thread.settings).toEqual({ mode: 'assistant' });
    expect(tail?.thread.claim).toBeUndefined();
    expect(await storedTicket(ticket)).toEqual(ticket);
    expect(await getItem(table, draftKey(owner.userId, ticket.id))).toMatchObject({ ordinal: 1 });
    expect(await getItem(table, participantKey('user-2', conversationId))).toBeDefined();
    const updatedAt = new Date(input.endedAt).toISOString();
    expect(await getItem(table, conversationKey(owner))).toMatchObject({ updatedAt });
  });

  it('counts as done when its answer was lost', async () => {
    const { conversationId, claim } = await boundThread();
    const input = closing(await stateOf(conversationId), claim);
    loseNextAnswer(table);
    await expect(threads.close(input)).rejects.toThrow();
    expect(await threads.close(input)).toEqual({ kind: 'closed' });
  });

  it('counts as done when its answer was lost and another turn has begun since', async () => {
    const { conversationId, claim } = await boundThread();
    const input = closing(await stateOf(conversationId), claim);
    await threads.close(input);
    await nextTurn(conversationId);
    expect(await threads.close(input)).toEqual({ kind: 'closed' });
  });

  it('changes nothing once the claim was taken over', async () => {
    const { conversationId, claim } = await boundThread();
    const state = await stateOf(conversationId);
    const successor = newClaim({ turnId: claim.turnId, attempt: 2 });
    expect(await threads.takeClaim(conversationId, successor, claim)).toBe(true);
    const ticket = newTicket(conversationId);
    const outcome = await threads.close(closing(state, claim, { newTickets: [ticket] }));
    expect(outcome).toEqual({ kind: 'lost' });
    expect(await storedTicket(ticket)).toBeUndefined();
    expect(await threads.close(closing(state, successor))).toEqual({ kind: 'closed' });
    expect(await threads.close(closing(state, claim))).toEqual({ kind: 'lost' });
  });

  it('keeps the claim for what came meanwhile', async () => {
    const { conversationId, claim } = await boundThread();
    const state = await stateOf(conversationId);
    const late = newMessage(conversationId);
    await threads.join(late);
    expect(await threads.close(closing(state, claim))).toEqual({ kind: 'more-waiting' });
    const continueAs = newClaim({ token: claim.token });
    const input = closing(state, claim, { continueAs });
    expect(await threads.close(input)).toEqual({ kind: 'closed' });
    expect(await threads.close(input)).toEqual({ kind: 'closed' });
    const after = await stateOf(conversationId);
    expect([after.claim, after.waiting]).toEqual([continueAs, [keyOf(late)]]);
    expect(await threads.close(closing(after, continueAs))).toEqual({ kind: 'closed' });
  });

  it('drops nothing of a person who was faster: it names the outdated ticket', async () => {
    const { conversationId, claim, owner } = await boundThread();
    const [one, two] = [1, 2].map((ordinal) => newTicket(conversationId, { ordinal }));
    if (!one || !two) throw new Error('two tickets');
    await draft(conversationId, claim, [one, two]);
    const { claim: second, state } = await nextTurn(conversationId);
    const change = 'SET revision = :two';
    const update = ticketKey(conversationId, one.id);
    await write(table, { update, change, values: { ':two': 2 } });
    const changed = [one, two].map((ticket) => ({ ...ticket, revision: 2, title: 'Renamed' }));
    const input = closing(state, second, { changedTickets: changed });
    expect(await threads.close(input)).toEqual({ kind: 'outdated', ticketIds: [one.id] });
    const discarded: Ticket = { ...two, revision: 2, status: 'discarded' };
    const rest = closing(state, second, { changedTickets: [discarded] });
    expect(await threads.close(rest)).toEqual({ kind: 'closed' });
    expect((await stateOf(conversationId)).drafts.map(({ ticketId }) => ticketId)).toEqual([
      one.id,
    ]);
    expect(await getItem(table, draftKey(owner.userId, two.id))).toBeUndefined();
  });

  it('removes a field that a revision cleared, and keeps the card', async () => {
    const { conversationId, claim } = await boundThread();
    const ticket = newTicket(conversationId, { estimate: '2 days' });
    await draft(conversationId, claim, [ticket]);
    const update = ticketKey(conversationId, ticket.id);
    await write(table, { update, change: 'SET cardId = :c', values: { ':c': 'card-1' } });
    const { claim: second, state } = await nextTurn(conversationId);
    const { estimate: _, ...cleared } = { ...ticket, revision: 2 };
    await threads.close(closing(state, second, { changedTickets: [cleared] }));
    expect(await storedTicket(ticket)).toEqual({ ...cleared, cardId: 'card-1' });
  });

  it('keeps settings that a person changed during the turn', async () => {
    const { conversationId, claim } = await boundThread();
    const state = await stateOf(conversationId);
    await threads.saveSettings(conversationId, { project: 'local:demo' });
    await threads.close(closing(state, claim, { settings: { mode: 'assistant' } }));
    const { settings } = await stateOf(conversationId);
    expect(settings).toEqual({ mode: 'assistant', project: 'local:demo' });
  });

  it('leaves a new ticket findable until its card is shown', async () => {
    const { conversationId, claim } = await boundThread();
    const ticket = newTicket(conversationId);
    const endedAt = Date.now();
    const state = await stateOf(conversationId);
    await threads.close(closing(state, claim, { newTickets: [ticket], endedAt }));
    const shards = Array.from({ length: PENDING_SHARDS }, (_, n) => threads.listPending(n));
    const work = (await Promise.all(shards)).flat();
    const expected = { kind: 'ticket', conversationId, ticketId: ticket.id, claimedAt: endedAt };
    expect(work).toContainEqual(expected);
  });
});

describe('the thread with many drafts', () => {
  it('carries the newest twenty in at most 2 KB, with a message waiting under a claim', async () => {
    const { conversationId, claim } = await boundThread();
    const title = `Ünïcödé ${'🙂'.repeat(20)}`;
    const tickets = Array.from({ length: 15 }, (_, n) =>
      newTicket(conversationId, { ordinal: n + 1, title }),
    );
    await draft(conversationId, claim, tickets);
    const { claim: second } = await nextTurn(conversationId);
    const more = Array.from({ length: 10 }, (_, n) =>
      newTicket(conversationId, { ordinal: n + 16, title }),
    );
    await draft(conversationId, second, more);
    await nextTurn(conversationId);
    const { drafts, ticketCount } = await stateOf(conversationId);
    expect(ticketCount).toBe(25);
    expect(drafts.map(({ ordinal }) => ordinal)).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 6),
    );
    expect(drafts[0]).toMatchObject({
      status: 'draft',
      revision: 1,
      title: 'Ünïcödé 🙂🙂🙂🙂🙂🙂...',
    });
    const item = await getItem(table, threadKey(conversationId));
    expect(sizeOf(item)).toBeLessThanOrEqual(2_048);
  });
});

describe('the tail', () => {
  it('is the newest messages, oldest first, and says whether there are older ones', async () => {
    const { conversationId, claim, first } = await boundThread();
    await threads.close(closing(await stateOf(conversationId), claim));
    const { message } = await nextTurn(conversationId);
    const all = await threads.readTail(conversationId, 3);
    expect(all?.messages.map(({ id }) => id)).toEqual([first.id, `${first.id}~reply`, message.id]);
    expect(all?.complete).toBe(true);
    const two = await threads.readTail(conversationId, 2);
    expect(two?.messages.map(({ id }) => id)).toEqual([`${first.id}~reply`, message.id]);
    expect(two?.complete).toBe(false);
  });

  it('holds the beginning of a long message, whose rest is stored whole', async () => {
    const { conversationId, claim } = await boundThread();
    await threads.close(closing(await stateOf(conversationId), claim));
    const text = `x${'🙂'.repeat(MAX_MESSAGE_BYTES / 4 - 1)}`;
    const { message } = await nextTurn(conversationId, { text });
    const head = (await threads.readTail(conversationId, 1))?.messages[0];
    expect(head?.cut).toBe(true);
    expect(Buffer.byteLength(head?.text ?? '')).toBe(16_381);
    const partition = conversationPartition(conversationId);
    const bodies = await queryAll(table, { partition, range: bodyRange(message.id) });
    expect([head?.text, ...bodies.map(fromBodyItem)].join('')).toBe(text);
  });

  it('goes on past the first megabyte', async () => {
    const { conversationId, claim } = await boundThread();
    await threads.close(closing(await stateOf(conversationId), claim));
    let last = '';
    for (let n = 0; n < 80; n += 1) {
      const turn = await nextTurn(conversationId, { text: 'x'.repeat(16_000) });
      await threads.close(closing(turn.state, turn.claim));
      last = keyOf(turn.message);
    }
    const tail = await threads.readTail(conversationId, 200);
    expect([tail?.messages.length, tail?.complete]).toEqual([162, true]);
    expect(keyOf(tail?.messages.at(-2) as Message)).toBe(last);
  });
});

describe('the budget of a turn', () => {
  it('is at most 24 write units for 1 KB messages, with twenty open drafts', async () => {
    const { conversationId, claim } = await boundThread();
    const tickets = Array.from({ length: 20 }, (_, n) =>
      newTicket(conversationId, { ordinal: n + 1 }),
    );
    await draft(conversationId, claim, tickets);
    const counter = countRequests(table);
    const text = 'x'.repeat(1_024);
    const turn = newClaim();
    const message = newMessage(conversationId, { text });
    const before = await stateOf(conversationId);
    counter.reset();
    await threads.open({ message, claim: turn, tailSentAt: Date.now() + 60_000 });
    await threads.recordReply(conversationId, turn, '1772442000.000200');
    const reply = closing(before, turn, { covers: [keyOf(message)] });
    await threads.close({ ...reply, reply: { ...reply.reply, text } });
    counter.stop();
    const { names, writeUnits } = counter.counts();
    expect(names).toEqual(['TransactWriteItems', 'UpdateItem', 'TransactWriteItems']);
    expect(writeUnits).toBeLessThanOrEqual(24);
  });

  it('is one request of at most 8 read units for twenty messages of 1 KB', async () => {
    const { conversationId, claim } = await boundThread();
    await threads.close(closing(await stateOf(conversationId), claim));
    const text = 'x'.repeat(1_024);
    for (let n = 0; n < 9; n += 1) {
      const turn = await nextTurn(conversationId, { text });
      const input = closing(turn.state, turn.claim);
      await threads.close({ ...input, reply: { ...input.reply, text } });
    }
    const counter = countRequests(table);
    const { names, readUnits } = await counter.during(() => threads.readTail(conversationId, 200));
    counter.stop();
    expect(names).toEqual(['Query']);
    expect(readUnits).toBeGreaterThan(0);
    expect(readUnits).toBeLessThanOrEqual(8);
  });
});
