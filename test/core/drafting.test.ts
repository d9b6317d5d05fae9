/** Drafts that a model hands in: what is sent back once, and what is taken as it is. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../src/core/answer.ts';
import { budgetOf } from '../../src/core/budget.ts';
import type { DraftBoard } from '../../src/core/drafting.ts';
import type { ProviderEvent, ProviderRequest } from '../../src/core/provider.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import type { TicketFields } from '../../src/core/ticket-fields.ts';
import { type BoundProject, createToolbox } from '../../src/core/toolbox.ts';
import type { DraftInput, ToolName } from '../../src/core/tools.ts';
import type { Tracker } from '../../src/core/tracker.ts';

const ABSENT = { estimate: null, milestone: null, project: null, parent: null, reasoning: null };
const GOOD: DraftInput = {
  title: 'Export drops the last row',
  description: 'All customers are hit since 2.1.',
  type: 'bug',
  priority: 'high',
  acceptanceCriteria: ['A file of ten rows holds ten rows', 'Empty files stay empty'],
  tasks: [],
  labels: ['bug'],
  assignees: [],
  ...ABSENT,
};
const BAD = { ...GOOD, title: '[Bug] Export drops the last row', acceptanceCriteria: ['Fine'] };
const KEEP = Object.fromEntries(Object.keys(GOOD).map((field) => [field, null]));

const requester = { identity: 'terminal:l:ann', name: 'Ann', standing: 'member' } as const;

function openDraft(fields: Partial<TicketFields> = {}): Ticket {
  const { estimate, milestone, project, reasoning, ...given } = GOOD;
  return {
    ...(given as TicketFields),
    ...fields,
    id: 'ticket-1',
    conversationId: 'c',
    ordinal: 1,
    revision: 3,
    status: 'draft',
    origin: { requester, turnId: 'before' },
    editedFields: ['title'],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}

interface SetUp {
  open?: Ticket;
  bound?: BoundProject;
  labels?: string[] | undefined;
}

function setUp({ open, bound, ...more }: SetUp = {}) {
  const labels = 'labels' in more ? more.labels : ['bug', 'Backend'];
  const board: DraftBoard = {
    conversationId: 'c',
    turnId: 'turn',
    ticketCount: open ? 1 : 0,
    sources: { messages: ['the export drops a row since 2.1'], found: [], labels },
    sentBack: false,
    allowedProjects: undefined,
    requester,
    permalink: undefined,
    open: new Map(open ? [[open.ordinal, open]] : []),
    created: [],
    changed: new Map(),
  };
  const toolbox = createToolbox({ board, bound, signal: new AbortController().signal });
  const call = (name: ToolName, input: unknown) => toolbox.run({ id: 'call', name, input });
  return { call, toolbox, effects: toolbox.effects };
}

describe('drafting', () => {
  it('takes a good draft the first time', async () => {
    const { call, effects } = setUp();
    expect(await call('draft_tickets', { tickets: [GOOD] })).toMatchObject({ isError: false });
    expect(effects().newTickets).toMatchObject([{ title: GOOD.title, ordinal: 1 }]);
  });

  it('sends a draft back with everything that is to be repaired, and keeps none of it', async () => {
    const { call, effects } = setUp();
    const result = await call('draft_tickets', { tickets: [GOOD, BAD] });
    expect(result.isError).toBe(true);
    expect(result.content).toContain('- tickets.1: title: leave out the kind of ticket');
    expect(result.content).toContain('- tickets.1: acceptanceCriteria: there is one');
    expect(result.content).not.toContain('tickets.0');
    expect(effects().newTickets).toEqual([]);
  });

  it('takes what a stubborn model hands in again', async () => {
    const { call, effects } = setUp();
    await call('draft_tickets', { tickets: [BAD] });
    expect(await call('draft_tickets', { tickets: [BAD] })).toMatchObject({ isError: false });
    expect(effects().newTickets).toMatchObject([{ title: BAD.title }]);
  });

  it('holds the second attempt to the schema all the same', async () => {
    const { call, effects } = setUp();
    await call('draft_tickets', { tickets: [BAD] });
    const tooLong = { ...GOOD, title: 'x'.repeat(101) };
    expect(await call('draft_tickets', { tickets: [tooLong] })).toMatchObject({ isError: true });
    expect(effects().newTickets).toEqual([]);
  });

  it('sends a revision back that makes a draft worse', async () => {
    const { call, effects } = setUp({ open: openDraft() });
    const changes = { ...KEEP, description: 'All customers are hit since 2.1, and 3.7.' };
    const result = await call('revise_ticket', { ticket: 1, changes, clear: [] });
    expect(result).toMatchObject({ isError: true });
    expect(result.content).toContain('"3.7" was said by nobody');
    expect(effects().changedTickets).toEqual([]);
  });

  it('says nothing about what a person wrote before', async () => {
    const open = openDraft({ title: '[Bug] Export broken in 9.9', acceptanceCriteria: ['Fine'] });
    const { call, effects } = setUp({ open });
    const changes = { ...KEEP, priority: 'critical' };
    const result = await call('revise_ticket', { ticket: 1, changes, clear: [] });
    expect(result).toMatchObject({ isError: false });
    expect(effects().changedTickets).toMatchObject([{ title: open.title, priority: 'critical' }]);
  });

  it('unticks what a model ticks, and keeps what was ticked before', async () => {
    const before = 'All customers are hit.\n\n## Checks\n\n- [x] I searched\n- [ ] I agree';
    const open = { ...openDraft({ description: before }), editedFields: ['description' as const] };
    const { call, effects } = setUp({ open });
    const asked = `${before.replace('[ ]', '[X]')}\n  > 1. [x] So\n\n## Rules\n\n* [x] I searched\n- x [x] y`;
    const changes = { ...KEEP, description: asked };
    const revised = await call('revise_ticket', { ticket: 1, changes, clear: [] });
    expect(revised).toMatchObject({ isError: false });
    const description = `${before}\n  > 1. [ ] So\n\n## Rules\n\n* [ ] I searched\n- x [x] y`;
    expect(effects().changedTickets).toMatchObject([{ description }]);
  });

  it('ticks no box of a new draft, which a person may edit later', async () => {
    const { call, effects } = setUp();
    const description = `${GOOD.description}\n\n## Checks\n\n- [x] I agree`;
    await call('draft_tickets', { tickets: [{ ...GOOD, description }] });
    expect(effects().newTickets[0]?.description).toContain('- [ ] I agree');
  });

  const relabel = async (labels: string[], given: SetUp) => {
    const { call, effects } = setUp(given);
    const changes = { ...KEEP, labels };
    const { content } = await call('revise_ticket', { ticket: 1, changes, clear: [] });
    return { ...JSON.parse(content), labels: effects().changedTickets[0]?.labels };
  };
  const NONE = 'label "ux": the project has none by that name';
  const UNKNOWN = 'label "ux": the labels of the project could not be looked up';

  it.each([
    ['one of its own that the project does not have', ['Ops', 'BUG'], ['Ops', 'bug'], undefined],
    [
      'what is there, and leaves out what the project does not have',
      ['ops', 'ux'],
      ['Ops'],
      [NONE],
    ],
    ['all where nothing of what was asked for exists', ['ux'], ['Ops', 'bug'], [NONE]],
    ['none that was asked to go', [], [], undefined],
  ])('keeps of labels %s', async (_, asked, labels, dropped) => {
    const open = openDraft({ labels: ['Ops', 'bug'] });
    expect(await relabel(asked, { open })).toEqual({
      revised: 1,
      labels,
      ...(dropped && { dropped }),
    });
  });

  it('touches no label while those of the project are not known, but for one that is to go', async () => {
    const given = { open: openDraft({ labels: ['Ops', 'bug'] }), labels: undefined };
    const added = await relabel(['ux'], given);
    expect(added).toEqual({ revised: 1, labels: ['Ops', 'bug'], dropped: [UNKNOWN] });
    expect(await relabel(['ops'], given)).toEqual({ revised: 1, labels: ['Ops'] });
  });

  it('says which labels a new draft was not given, and why', async () => {
    const tickets = [{ ...GOOD, labels: ['backend', 'ux'] }];
    const draft = async (given: SetUp) => {
      const { call, effects } = setUp(given);
      const { content } = await call('draft_tickets', { tickets });
      return [JSON.parse(content).drafted[0].dropped, effects().newTickets[0]?.labels];
    };
    expect(await draft({})).toEqual([[NONE], ['Backend']]);
    const [dropped, labels] = await draft({ labels: undefined });
    expect([dropped.at(-1), labels]).toEqual([UNKNOWN, []]);
  });

  it('lets a draft name what research found', async () => {
    const tracker = {
      readFile: async () => 'Broken since 4.5.6, see https://example.com/changes',
    } as Partial<Tracker> as Tracker;
    const { call } = setUp({ bound: { tracker, project: 'shop' } });
    const description = 'Broken since 4.5.6, as https://example.com/changes says.';
    await call('read_file', { path: 'CHANGELOG.md' });
    const result = await call('draft_tickets', { tickets: [{ ...GOOD, description }] });
    expect(result).toMatchObject({ isError: false });
  });

  it("shows a model the bound project's pull requests, without the secrets in them", async () => {
    const asked: unknown[] = [];
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const pull = {
      ...{ number: '7', title: 'Export in batches', url: 'https://example.com/pull/7' },
      state: 'merged' as const,
    };
    const tracker: Partial<Tracker> = {
      async searchPullRequests(project, text) {
        asked.push([project, text]);
        return [pull];
      },
      async getPullRequest(project, number) {
        asked.push([project, number]);
        if (number !== '7') return undefined;
        return { ...pull, description: `Try ${secret}`, files: ['src/x.ts'], moreFiles: false };
      },
    };
    const { call } = setUp({ bound: { tracker: tracker as Tracker, project: 'shop' } });
    const found = await call('search_pull_requests', { query: 'export' });
    expect(JSON.parse(found.content)).toEqual([pull]);
    const read = await call('read_pull_request', { number: 7 });
    expect(JSON.parse(read.content)).toMatchObject({ state: 'merged', files: ['src/x.ts'] });
    expect(read.content).not.toContain(secret);
    const none = await call('read_pull_request', { number: 8 });
    expect(none).toMatchObject({ isError: false, content: expect.stringContaining('no such') });
    expect(asked).toEqual([
      ['shop', 'export'],
      ['shop', '7'],
      ['shop', '8'],
    ]);
  });

  it('shows a model what is wrong, and takes its repair', async () => {
    const { toolbox } = setUp();
    const seen: string[] = [];
    async function* stream({
      messages,
    }: Omit<ProviderRequest, 'model'>): AsyncIterable<ProviderEvent> {
      const last = messages.at(-1);
      const results = last?.role === 'tool' ? last.results : [];
      seen.push(...results.map(({ content }) => content));
      const isDone = results.some(({ isError }) => !isError);
      const tickets = [results.length > 0 ? GOOD : BAD];
      const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
      if (isDone) yield { type: 'text', text: 'Have a look.' };
      else yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
      yield { type: 'end', stopReason: isDone ? 'end' : 'tools', usage };
    }
    const { text, effects } = await answer({
      stream,
      system: '',
      messages: [],
      tools: [],
      toolbox,
      budget: budgetOf(),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(seen[0]).toContain('leave out the kind of ticket');
    expect(effects.newTickets).toMatchObject([{ title: GOOD.title }]);
    expect(text).toBe('Have a look.');
  });
});
