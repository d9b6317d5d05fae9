/** What a turn knows when it begins does not hang on which of two requests the table answered first. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBeside, TAIL_LIMIT } from '../../src/core/reading.ts';
import type { Repositories } from '../../src/core/repositories.ts';
import { createRepositories } from '../../src/db/index.ts';
import { newMessage, newThread } from '../db/samples.ts';
import { startEngine, type TestEngine } from '../engine.ts';

describe('the tail that is read beside the open', () => {
  let engine: TestEngine;
  let repositories: Repositories;

  beforeAll(async () => {
    engine = await startEngine();
    repositories = createRepositories(await engine.table());
  });
  afterAll(() => engine.stop());

  it.each([199, 200, 201])(
    'shows the same of %i messages, met the new one or not',
    async (count) => {
      const { threads, messages } = repositories;
      const binding = newThread();
      const { conversationId } = binding.owner;
      await threads.bind(binding);
      const earlier = Array.from({ length: count - 1 }, () => newMessage(conversationId));
      await messages.putMessages(earlier);
      const message = newMessage(conversationId);
      const before = await threads.readTail(conversationId, TAIL_LIMIT + 1);
      await messages.putMessages([message]);
      const after = await threads.readTail(conversationId, TAIL_LIMIT + 1);
      if (!before || !after) throw new Error('the thread is gone');
      const [missed, met] = [before, after].map((tail) => readBeside(tail, message));
      expect(met).toEqual(missed);
      expect(met).toMatchObject({ complete: count <= TAIL_LIMIT });
      expect(met?.messages).toHaveLength(Math.min(count, TAIL_LIMIT) + 1);
    },
  );
});
