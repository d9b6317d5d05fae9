import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThreadState, TurnClaim } from '../../src/core/conversation.ts';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { PENDING_SHARDS, type PendingWork } from '../../src/core/thread-repository.ts';
import type { Table } from '../../src/db/client.ts';
import { conversationKey, messageKey, threadKey } from '../../src/db/keys.ts';
import { getItem, write } from '../../src/db/requests.ts';
import { createThreadRepository } from '../../src/db/thread.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { conflictNext, loseNextAnswer } from './faults.ts';
import { closing, keyOf, lapsedClaim, newClaim, newMessage, newThread } from './samples.ts';

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

/** A thread whose turn runs under the returned claim. */
async function boundThread(claim: TurnClaim = newClaim()) {
  const input = newThread({ claim });
  expect(await threads.bind(input)).toEqual({ kind: 'opened' });
  const { conversationId } = input.owner;
  return { conversationId, claim, owner: input.owner, first: input.message };
}

/** A thread whose first turn has ended, at a time that is long past for a tail sent now. */
async function quietThread() {
  const bound = await boundThread();
  const state = await stateOf(bound.conversationId);
  const ended = closing(state, bound.claim, { endedAt: Date.now() - 60_000 });
  expect(await threads.close(ended)).toEqual({ kind: 'closed' });
  return bound;
}

async function markDeleting(conversationId: string): Promise<void> {
  const change = 'SET deleting = :yes';
  await write(table, { update: threadKey(conversationId), change, values: { ':yes': true } });
}

async function pendingThreads(): Promise<PendingWork[]> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => threads.listPending(shard));
  return (await Promise.all(shards)).flat();
}

const kinds = (outcomes: { kind: string }[]) => outcomes.map(({ kind }) => kind).sort();

describe('bind', () => {
  it('stores thread, conversation and first message together', async () => {
    const input = newThread({ historyPending: true });
    await threads.bind(input);
    const { conversationId } = input.owner;
    const tail = await threads.readTail(conversationId, 10);
    expect(tail).toEqual({
      thread: {
        conversationId,
        owner: input.owner,
        thread: input.thread,
        place: input.place,
        settings: {},
        drafts: [],
        ticketCount: 0,
        claim: input.claim,
        waiting: [keyOf(input.message)],
        historyPending: true,
        deleting: false,
        listed: true,
      },
      messages: [input.message],
      complete: true,
    });
    expect(await getItem(table, conversationKey(input.owner))).toMatchObject({
      title: 'Login fails',
    });
  });

  it('lets one of two first messages bind and sends the other to join', async () => {
    const one = newThread();
    const other = { ...one, message: newMessage(one.owner.conversationId), claim: newClaim() };
    const outcomes = await Promise.all([threads.bind(one), threads.bind(other)]);
    expect(kinds(outcomes)).toEqual(['held', 'opened']);
  });

  it('counts as done when its answer was lost', async () => {
    const input = newThread();
    loseNextAnswer(table);
    await expect(threads.bind(input)).rejects.toThrow(StoreUnavailableError);
    expect(await threads.bind(input)).toEqual({ kind: 'opened' });
  });
});

describe('open', () => {
  it('does not bind a thread by itself', async () => {
    const message = newMessage('0'.repeat(32));
    expect(await threads.open({ message, claim: newClaim() })).toEqual({ kind: 'unbound' });
    expect(await threads.get(message.conversationId)).toBeUndefined();
    expect(
      await getItem(table, messageKey(message.conversationId, keyOf(message))),
    ).toBeUndefined();
  });

  it('starts one turn and stores one message when the same event arrives five times at once', async () => {
    const { conversationId } = await quietThread();
    const message = newMessage(conversationId);
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () =>
        threads.open({ message, claim: newClaim(), tailSentAt: Date.now() }),
      ),
    );
    expect(kinds(outcomes)).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate', 'opened']);
    const tail = await threads.readTail(conversationId, 10);
    expect(tail?.messages.filter(({ id }) => id === message.id)).toHaveLength(1);
    expect(tail?.thread.waiting).toEqual([keyOf(message)]);
  });

  it('gives the turn to one of two messages and tells the other that it is held', async () => {
    const { conversationId } = await quietThread();
    const open = () =>
      threads.open({
        message: newMessage(conversationId),
        claim: newClaim(),
        tailSentAt: Date.now(),
      });
    expect(kinds(await Promise.all([open(), open()]))).toEqual(['held', 'opened']);
  });

  it('counts as done when its answer was lost', async () => {
    const { conversationId } = await quietThread();
    const input = { message: newMessage(conversationId), claim: newClaim() };
    loseNextAnswer(table);
    await expect(threads.open(input)).rejects.toThrow(StoreUnavailableError);
    expect(await threads.open(input)).toEqual({ kind: 'opened' });
  });

  it('goes through conflicts with other writers, whatever stands beside them', async () => {
    const { conversationId } = await quietThread();
    conflictNext(table, 3);
    const input = { message: newMessage(conversationId), claim: newClaim() };
    expect(await threads.open(input)).toEqual({ kind: 'opened' });
  });

  it('asks for a new reading when a turn ended after the tail was sent', async () => {
    const { conversationId, claim } = await boundThread();
    const tailSentAt = Date.now();
    await threads.close(closing(await stateOf(conversationId), claim));
    const message = newMessage(conversationId);
    const outcome = await threads.open({ message, claim: newClaim(), tailSentAt });
    expect(outcome).toEqual({ kind: 'read-after' });
    expect(await threads.open({ message, claim: newClaim() })).toEqual({ kind: 'opened' });
  });

  it('names a dead owner, and lets only one of two successors in', async () => {
    const dead = lapsedClaim();
    const { conversationId, first } = await boundThread(dead);
    const message = newMessage(conversationId);
    const seen = await threads.open({ message, claim: newClaim(), tailSentAt: Date.now() });
    expect(seen).toEqual({ kind: 'lapsed', claim: dead });
    const takeOver = () =>
      threads.open({ message: newMessage(conversationId), claim: newClaim(), replaces: dead });
    expect(kinds(await Promise.all([takeOver(), takeOver()]))).toEqual(['held', 'opened']);
    expect((await stateOf(conversationId)).waiting).toContain(keyOf(first));
  });

  it('does not take over a claim that was renewed since it was read', async () => {
    const dead = lapsedClaim();
    const { conversationId } = await boundThread(dead);
    await threads.renewClaim(conversationId, { ...dead, expiresAt: Date.now() + 60_000 });
    const message = newMessage(conversationId);
    const outcome = await threads.open({ message, claim: newClaim(), replaces: dead });
    expect(outcome).toEqual({ kind: 'held' });
  });

  it('opens nothing while the conversation is being deleted', async () => {
    const { conversationId } = await quietThread();
    await markDeleting(conversationId);
    const message = newMessage(conversationId);
    expect(await threads.open({ message, claim: newClaim() })).toEqual({ kind: 'deleting' });
    expect((await threads.readTail(conversationId, 9))?.messages).not.toContainEqual(message);
  });
});

describe('join', () => {
  it('leaves the message waiting under the running claim', async () => {
    const { conversationId, first } = await boundThread();
    const message = newMessage(conversationId);
    expect(await threads.join(message)).toEqual({ kind: 'joined' });
    expect(await threads.join(message)).toEqual({ kind: 'duplicate' });
    expect((await stateOf(conversationId)).waiting).toEqual([keyOf(first), keyOf(message)]);
  });

  it('stores nothing when the claim has ended or lapsed', async () => {
    const quiet = await quietThread();
    const dead = await boundThread(lapsedClaim());
    for (const { conversationId } of [quiet, dead]) {
      const message = newMessage(conversationId);
      expect(await threads.join(message)).toEqual({ kind: 'open-again' });
      const tail = await threads.readTail(conversationId, 9);
      expect(tail?.messages).not.toContainEqual(message);
    }
  });

  it('never loses a message that arrives while the turn ends', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { conversationId, claim } = await boundThread();
      const message = newMessage(conversationId);
      const state = await stateOf(conversationId);
      const [closed, joined] = await Promise.all([
        threads.close(closing(state, claim)),
        threads.join(message),
      ]);
      const { waiting, claim: after } = await stateOf(conversationId);
      if (joined.kind === 'joined') {
        expect(closed).toEqual({ kind: 'more-waiting' });
        expect([after?.token, waiting.at(-1)]).toEqual([claim.token, keyOf(message)]);
      } else {
        expect([closed, joined]).toEqual([{ kind: 'closed' }, { kind: 'open-again' }]);
        expect([after, waiting]).toEqual([undefined, []]);
      }
    }
  });
});

describe('the claim', () => {
  it('is found by its marker while held, at the time it was taken, and not afterwards', async () => {
    const { conversationId, claim } = await boundThread();
    await threads.renewClaim(conversationId, { ...claim, expiresAt: claim.expiresAt + 5_000 });
    const work = { kind: 'thread', conversationId, claimedAt: claim.claimedAt };
    expect(await pendingThreads()).toContainEqual(work);
    await threads.close(closing(await stateOf(conversationId), claim));
    expect(await pendingThreads()).not.toContainEqual(work);
  });

  it('is renewed and records its reply only for its holder', async () => {
    const { conversationId, claim } = await boundThread();
    const stranger = newClaim();
    expect(await threads.renewClaim(conversationId, stranger)).toBe(false);
    expect(await threads.recordReply(conversationId, stranger, 'other')).toBe(false);
    expect(await threads.renewClaim(conversationId, { ...claim, expiresAt: 9e12 })).toBe(true);
    expect(await threads.recordReply(conversationId, claim, 'reply-1')).toBe(true);
    const held = (await stateOf(conversationId)).claim;
    expect(held).toEqual({ ...claim, expiresAt: 9e12, replyId: 'reply-1' });
  });

  it('does not pass a late reply id on to the next turn', async () => {
    const { conversationId, claim } = await boundThread();
    const continueAs = newClaim({ token: claim.token });
    await threads.close(closing(await stateOf(conversationId), claim, { continueAs }));
    expect(await threads.recordReply(conversationId, claim, 'late')).toBe(false);
    expect((await stateOf(conversationId)).claim).toEqual(continueAs);
  });

  it('is taken over by one of two resuming processes', async () => {
    const dead = lapsedClaim();
    const { conversationId } = await boundThread(dead);
    const take = () => threads.takeClaim(conversationId, newClaim(), dead);
    expect((await Promise.all([take(), take()])).sort()).toEqual([false, true]);
  });

  it('counts as taken when the answer was lost', async () => {
    const dead = lapsedClaim();
    const { conversationId } = await boundThread(dead);
    const claim = newClaim();
    loseNextAnswer(table);
    await expect(threads.takeClaim(conversationId, claim, dead)).rejects.toThrow();
    expect(await threads.takeClaim(conversationId, claim, dead)).toBe(true);
  });

  it('is not taken without a predecessor where nothing waits', async () => {
    const { conversationId } = await quietThread();
    expect(await threads.takeClaim(conversationId, newClaim())).toBe(false);
  });

  it('is released only when nothing waits', async () => {
    const { conversationId, claim } = await boundThread();
    expect(await threads.release(conversationId, claim, Date.now())).toBe(false);
    const continueAs = newClaim();
    await threads.close(closing(await stateOf(conversationId), claim, { continueAs }));
    const endedAt = Date.now();
    loseNextAnswer(table);
    await expect(threads.release(conversationId, continueAs, endedAt)).rejects.toThrow();
    expect(await threads.release(conversationId, continueAs, endedAt)).toBe(true);
    expect((await stateOf(conversationId)).claim).toBeUndefined();
  });

  it('is gone for its holder once the conversation is being deleted', async () => {
    const { conversationId, claim } = await boundThread();
    const state = await stateOf(conversationId);
    await markDeleting(conversationId);
    expect(await threads.renewClaim(conversationId, claim)).toBe(false);
    expect(await threads.close(closing(state, claim))).toEqual({ kind: 'lost' });
    expect(await threads.release(conversationId, claim, Date.now())).toBe(true);
  });
});

describe('settings', () => {
  it('are changed one by one, and removed where undefined', async () => {
    const { conversationId } = await quietThread();
    await threads.saveSettings(conversationId, { mode: 'assistant', project: 'local:demo' });
    await threads.saveSettings(conversationId, { mode: 'ticket', project: undefined });
    expect((await stateOf(conversationId)).settings).toEqual({ mode: 'ticket' });
  });

  it('do not bring a deleted thread back', async () => {
    const conversationId = 'f'.repeat(32);
    expect(await threads.saveSettings(conversationId, { mode: 'ticket' })).toBe(false);
    await threads.markHistoryRead(conversationId);
    expect(await threads.get(conversationId)).toBeUndefined();
  });
});
