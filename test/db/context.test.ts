import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageKeyOf } from '../../src/core/message.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Table } from '../../src/db/client.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { loseNextAnswer } from './faults.ts';
import { newMessage, newThread } from './samples.ts';

describe('the summary of a conversation', () => {
  let engine: TestEngine;
  let table: Table;
  let repositories: Repositories;

  beforeAll(async () => {
    engine = await startEngine();
    table = await engine.table();
    repositories = createRepositories(table);
  });
  afterAll(() => engine.stop());

  async function bind() {
    const thread = newThread();
    await repositories.threads.bind(thread);
    return thread;
  }

  it('is kept, and read back', async () => {
    const { owner } = await bind();
    const { conversationId } = owner;
    expect(await repositories.contexts.readContext(conversationId)).toBeUndefined();
    const context = { summary: 'They pay in May.', foldedUntil: '2026#m1', revision: 1 };
    expect(await repositories.contexts.saveContext(conversationId, context, Date.now())).toBe(true);
    expect(await repositories.contexts.readContext(conversationId)).toEqual(context);
  });

  it('is made by one of two processes that fold at once', async () => {
    const { conversationId } = (await bind()).owner;
    const save = (summary: string) =>
      repositories.contexts.saveContext(conversationId, { summary, revision: 1 }, Date.now());
    const saved = await Promise.all([save('one'), save('other')]);
    expect(saved.filter(Boolean)).toHaveLength(1);
    const late = { summary: 'late', revision: 1 };
    expect(await repositories.contexts.saveContext(conversationId, late, Date.now())).toBe(false);
  });

  it('counts as saved when only the answer was lost', async () => {
    const { conversationId } = (await bind()).owner;
    loseNextAnswer(table);
    const context = { summary: 'kept', revision: 1 };
    const first = await repositories.contexts
      .saveContext(conversationId, context, Date.now())
      .catch(() => false);
    expect(
      first || (await repositories.contexts.saveContext(conversationId, context, Date.now())),
    ).toBe(true);
  });

  it('is not written for a conversation that is gone', async () => {
    const { owner } = await bind();
    await repositories.conversations.deleteConversation(owner);
    const context = { summary: 'orphan', revision: 1 };
    expect(await repositories.contexts.saveContext(owner.conversationId, context, Date.now())).toBe(
      false,
    );
    expect(await repositories.contexts.readContext(owner.conversationId)).toBeUndefined();
  });

  it('goes with each message that went into it, and stays with what did not', async () => {
    const { owner, message } = await bind();
    const { conversationId } = owner;
    const later = newMessage(conversationId);
    await repositories.messages.putMessages([later]);
    const context = { summary: 'in short', foldedUntil: messageKeyOf(message), revision: 1 };
    await repositories.contexts.saveContext(conversationId, context, Date.now());
    await repositories.messages.deleteMessage(conversationId, messageKeyOf(later));
    expect(await repositories.contexts.readContext(conversationId)).toEqual(context);
    await repositories.messages.deleteMessage(conversationId, messageKeyOf(message));
    expect(await repositories.contexts.readContext(conversationId)).toBeUndefined();
    // Whoever read before anything was deleted cannot bring it back.
    const again = repositories.contexts.saveContext(conversationId, context, Date.now());
    expect(await again).toBe(false);
    const read = Date.now() + 60_000;
    expect(await repositories.contexts.saveContext(conversationId, context, read)).toBe(true);
  });

  it('goes with its conversation', async () => {
    const { owner } = await bind();
    await repositories.contexts.saveContext(
      owner.conversationId,
      { summary: 'x', revision: 1 },
      Date.now(),
    );
    await repositories.conversations.deleteConversation(owner);
    expect(await repositories.contexts.readContext(owner.conversationId)).toBeUndefined();
  });

  it('is made of messages between two places, the oldest first, and no others', async () => {
    const { owner, message } = await bind();
    const { conversationId } = owner;
    const later = Array.from({ length: 5 }, () => newMessage(conversationId));
    await repositories.messages.putMessages(later);
    const [one, two, three, four, last] = later.map((each) => each.id);
    const keyOf = (id: string | undefined) =>
      messageKeyOf(later.find((each) => each.id === id) ?? message);
    const read = async (after: string | undefined, limit: number) =>
      (await repositories.messages.readBetween(conversationId, after, keyOf(last), limit)).map(
        ({ id }) => id,
      );
    expect(await read(undefined, 10)).toEqual([message.id, one, two, three, four]);
    expect(await read(keyOf(two), 10)).toEqual([three, four]);
    expect(await read(keyOf(two), 1)).toEqual([three]);
  });
});
