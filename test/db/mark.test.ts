import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MarkRepository } from '../../src/core/mark.ts';
import { createRepositories, type Table } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { repeatNextRequest } from './faults.ts';

describe('marks of adapters', () => {
  let engine: TestEngine;
  let table: Table;
  let marks: MarkRepository;
  beforeAll(async () => {
    engine = await startEngine();
    table = await engine.table();
    marks = createRepositories(table).marks;
  });
  afterAll(() => engine.stop());

  it('are each remembered under their own platform and name, the last word counts', async () => {
    expect(await marks.get('discord', 'a')).toBeUndefined();
    await marks.put('discord', 'a', '1');
    await marks.put('discord', 'a', '2');
    await marks.put('slack', 'a', '3');
    expect(await marks.get('discord', 'a')).toBe('2');
    expect(await marks.get('discord', 'b')).toBeUndefined();
  });

  it('are taken by one of those who take them at once, until they expire or are given back', async () => {
    const take = (until = Date.now() + 60_000) => marks.take('discord', 'c', until);
    expect((await Promise.all([take(), take(), take()])).sort()).toEqual([false, false, true]);
    await marks.giveBack('discord', 'c');
    expect(await take(Date.now() - 1)).toBe(true);
    expect([await take(), await take()]).toEqual([true, false]);
  });

  it('are taken though the first answer was lost', async () => {
    repeatNextRequest(table);
    expect(await marks.take('discord', 'd', Date.now() + 60_000)).toBe(true);
    expect(await marks.take('discord', 'd', Date.now() + 60_000)).toBe(false);
  });
});
