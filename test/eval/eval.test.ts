/** The offline drafter on the threads of the eval, held to what it reaches; and the scoring itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../src/core/repositories.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { createRepositories } from '../../src/db/index.ts';
import { createOfflineProvider } from '../../src/providers/offline.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { GOOD_DRAFTS } from './good-drafts.ts';
import { type Outcome, runThread } from './run.ts';
import { meanOf, meansOf, type Property, type Score, scoreThread } from './score.ts';
import type { EvalThread } from './thread.ts';
import { THREADS } from './threads/index.ts';

/** What rules reach, a little below what was measured. */
const FLOORS: Record<Property, number> = {
  count: 0.97,
  type: 0.95,
  priority: 0.97,
  facts: 0.95,
  absent: 0.9,
  parts: 0.95,
  form: 0.96,
};
const TOTAL_FLOOR = 0.94;

describe('the eval of the offline drafter', () => {
  let engine: TestEngine;
  let repositories: Repositories;
  const provider = createOfflineProvider();
  const chooseProvider = async () => [{ provider, model: 'rules' }] as [never];
  const scores: Score[] = [];

  beforeAll(async () => {
    engine = await startEngine();
    repositories = createRepositories(await engine.table());
    for (const thread of THREADS) {
      const outcome = await runThread({ repositories, chooseProvider }, thread);
      scores.push(scoreThread(thread, outcome));
    }
  }, 60_000);
  afterAll(() => engine.stop());

  it.each(Object.entries(FLOORS))('reaches the floor of %s', (property, floor) => {
    expect(meansOf(scores)[property as Property]).toBeGreaterThanOrEqual(floor);
  });

  it('reaches the floor of the whole', () => {
    expect(meanOf(scores.map(({ total }) => total))).toBeGreaterThanOrEqual(TOTAL_FLOOR);
  });

  it.each([
    'a secret in a message',
    'an injection in a pasted log',
    'a question that needs no ticket',
    'a revision after changes by hand',
  ])('never gets this wrong: %s', (name) => {
    const score = scores[THREADS.findIndex((thread) => thread.name === name)];
    expect(score?.reasons).toEqual([]);
  });
});

const THREAD: EvalThread = {
  name: 'a thread',
  said: [['Ann', 'The export of orders fails since 2.1, see the log']],
  expected: {
    tickets: 1,
    types: ['bug'],
    priorities: ['high'],
    facts: [/2\.1/],
    absent: [/lunch/],
    parts: ['criteria'],
  },
};

const TICKET: Ticket = {
  id: 't',
  conversationId: 'c',
  ordinal: 1,
  revision: 1,
  status: 'draft',
  origin: { requester: { identity: 'x', name: 'Ann', standing: 'member' }, turnId: 'turn' },
  editedFields: [],
  createdAt: '',
  updatedAt: '',
  title: 'Export of orders fails',
  description: 'All customers are hit since 2.1.',
  type: 'bug',
  priority: 'high',
  acceptanceCriteria: ['An export ends with a file', 'The file holds every order'],
  tasks: [],
  labels: [],
  assignees: [],
};

const made = (changes: Partial<Ticket> = {}): Outcome => ({
  tickets: [{ ...TICKET, ...changes } as Ticket],
  reply: 'Have a look.',
});

describe('scoreThread', () => {
  it('gives the full score to a draft that has everything', () => {
    const score = scoreThread(THREAD, made());
    expect(score).toMatchObject({ total: 1, reasons: [] });
  });

  it.each(Object.entries(GOOD_DRAFTS))('gives it to a careful draft of %s', (name, drafts) => {
    const thread = THREADS.find((one) => one.name === name);
    const tickets = drafts.map((fields) => ({ ...TICKET, ...fields }) as Ticket);
    const score = thread && scoreThread(thread, { tickets, reply: 'Have a look.' });
    expect(score?.reasons).toEqual([]);
  });

  it.each<[Property, Outcome]>([
    ['count', { tickets: [TICKET, TICKET], reply: '' }],
    ['type', made({ type: 'feature', title: 'Export orders' })],
    ['priority', made({ priority: 'low' })],
    ['facts', made({ description: 'All customers are hit.' })],
    ['absent', made({ description: 'All customers are hit since 2.1, at lunch.' })],
    ['parts', made({ acceptanceCriteria: [] })],
    ['form', made({ description: 'All customers are hit since 2.1. It began with 2.2.9.' })],
  ])('takes off for %s, with the reason', (property, outcome) => {
    const { properties, reasons } = scoreThread(THREAD, outcome);
    expect(properties[property]).toBeLessThan(1);
    expect(reasons).toEqual([expect.stringMatching(new RegExp(`^${property}: `))]);
  });

  it('gives nothing to silence where a draft was due', () => {
    expect(scoreThread(THREAD, { tickets: [], reply: 'Nice.' }).total).toBe(0);
  });

  it.each<[string, EvalThread['expected'], Outcome, number]>([
    ['a question where one was due', { asks: true }, { tickets: [], reply: 'What broke?' }, 1],
    ['words where a question was due', { asks: true }, { tickets: [], reply: 'Nice.' }, 0],
    ['a draft where a question was due', { asks: true }, made(), 0],
    ['a draft where none was due', { silent: true }, made(), 0],
    ['a duplicate that was named', { told: [/#214/] }, { tickets: [], reply: 'Is #214?' }, 1],
  ])('scores %s', (_, expected, outcome, total) => {
    expect(scoreThread({ ...THREAD, expected }, outcome).total).toBe(total);
  });
});
