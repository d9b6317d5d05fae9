import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConversationKey } from '../../src/core/conversation.ts';
import { InvalidInputError } from '../../src/core/errors.ts';
import { PENDING_SHARDS } from '../../src/core/thread-repository.ts';
import type { Approval, FiledIssue, Ticket } from '../../src/core/ticket.ts';
import { fieldsOf, ticketDigestOf } from '../../src/core/ticket-fields.ts';
import type { Table } from '../../src/db/client.ts';
import { draftKey, issueKey } from '../../src/db/keys.ts';
import { getItem } from '../../src/db/requests.ts';
import { createThreadRepository } from '../../src/db/thread.ts';
import { TicketRepository } from '../../src/db/ticket.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { loseNextAnswer } from './faults.ts';
import { closing, type Draft, newPublishClaim, newThread, newTicket } from './samples.ts';

let engine: TestEngine;
let table: Table;
let tickets: TicketRepository;
let threads: ReturnType<typeof createThreadRepository>;

beforeAll(async () => {
  engine = await startEngine();
  table = await engine.table();
  tickets = new TicketRepository(table);
  threads = createThreadRepository({ table });
});
afterAll(() => engine.stop());

/** A thread whose first turn drafted this many tickets. */
async function drafted(count: number) {
  const input = newThread();
  await threads.bind(input);
  const { conversationId } = input.owner;
  const newTickets = Array.from({ length: count }, (_, n) =>
    newTicket(conversationId, { ordinal: n + 1 }),
  );
  const thread = await threads.get(conversationId);
  if (!thread) throw new Error('the thread is not bound');
  const closed = await threads.close(closing(thread, input.claim, { newTickets }));
  expect(closed).toEqual({ kind: 'closed' });
  return { owner: input.owner, conversationId, drafts: newTickets };
}

async function oneDraft() {
  const { owner, conversationId, drafts } = await drafted(1);
  return { owner, conversationId, ticket: drafts[0] as Draft };
}

const draftsOf = async ({ conversationId }: ConversationKey) =>
  (await threads.get(conversationId))?.drafts.map(({ title, revision }) => ({ title, revision }));

function approvalOf(ticket: Ticket): Approval {
  return {
    by: ticket.origin.requester,
    at: '2026-03-02T10:00:00.000Z',
    revision: ticket.revision,
    digest: ticketDigestOf(ticket),
    project: 'local:demo',
  };
}

function issueOf(): FiledIssue {
  const number = randomUUID().slice(0, 8);
  return {
    tracker: 'local',
    project: 'demo',
    number,
    externalId: `local:demo#${number}`,
    host: 'local',
    projectId: 'issues',
    externalUrl: `file:///issues/${number}.md`,
    filedAt: '2026-03-02T10:00:01.000Z',
  };
}

async function publishing() {
  const { owner, conversationId, ticket } = await oneDraft();
  const claim = newPublishClaim();
  const outcome = await tickets.claimPublishing(ticket, approvalOf(ticket), claim);
  if (outcome.kind !== 'saved') throw new Error('the claim was not taken');
  return { owner, conversationId, claim, ticket: outcome.ticket };
}

async function isPending({ id }: Ticket): Promise<boolean> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => threads.listPending(shard));
  const work = (await Promise.all(shards)).flat();
  return work.some((one) => one.kind === 'ticket' && one.ticketId === id);
}

describe('reading tickets', () => {
  it('finds one by its key, several by theirs, and all by ordinal', async () => {
    const { conversationId, drafts } = await drafted(3);
    const ids = drafts.map(({ id }) => id);
    expect(await tickets.getTicket(conversationId, ids[1] ?? '')).toEqual(drafts[1]);
    expect(await tickets.getTickets(conversationId, [...ids, 'missing'].reverse())).toEqual(drafts);
    expect(await tickets.getConversationTickets(conversationId)).toEqual(drafts);
  });

  it('lists by status in full pages, each ticket once', async () => {
    const { conversationId, drafts, owner } = await drafted(12);
    const gone = drafts.filter(({ ordinal }) => ordinal % 3 === 0);
    for (const ticket of gone) await tickets.discardTicket(ticket, owner);
    const found: Ticket[] = [];
    let cursor: string | undefined;
    const sizes: number[] = [];
    do {
      const page = await tickets.listTickets(conversationId, {
        status: 'draft',
        limit: 3,
        ...(cursor && { cursor }),
      });
      sizes.push(page.items.length);
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor);
    expect(sizes).toEqual([3, 3, 2]);
    expect(found.map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual([
      1, 2, 4, 5, 7, 8, 10, 11,
    ]);
    const discarded = await tickets.listTickets(conversationId, { status: 'discarded' });
    expect(discarded.items).toHaveLength(4);
    expect((await tickets.listTickets(conversationId)).items).toHaveLength(12);
  });

  it("refuses a cursor that is not this list's, and a limit out of bounds", async () => {
    const cursor = Buffer.from('MSG#').toString('base64url');
    await expect(tickets.listTickets('c', { cursor })).rejects.toThrow(InvalidInputError);
    await expect(tickets.listTickets('c', { limit: 0 })).rejects.toThrow(InvalidInputError);
    await expect(tickets.getTicket('c', 'a#b')).rejects.toThrow(InvalidInputError);
  });

  it('creates a ticket once', async () => {
    const ticket = newTicket(randomUUID());
    expect(await tickets.createTicket(ticket)).toBe(true);
    expect(await tickets.createTicket({ ...ticket, title: 'Other' })).toBe(false);
    expect(await tickets.getTicket(ticket.conversationId, ticket.id)).toEqual(ticket);
  });
});

describe('editing', () => {
  it("writes the next revision, the hand-edited fields and the thread's line", async () => {
    const { owner, ticket } = await oneDraft();
    const fields = { ...fieldsOf(ticket), title: 'Renamed', estimate: '1 day' };
    const saved = await tickets.editTicket(ticket, fields, ['title', 'estimate'], owner);
    expect(saved).toMatchObject({
      kind: 'saved',
      ticket: { title: 'Renamed', revision: 2, editedFields: ['title', 'estimate'] },
    });
    expect(await draftsOf(owner)).toEqual([{ title: 'Renamed', revision: 2 }]);
    if (saved.kind !== 'saved') return;
    await tickets.editTicket(saved.ticket, fieldsOf(ticket), ['estimate'], owner);
    const stored = await tickets.getTicket(ticket.conversationId, ticket.id);
    expect(stored).toMatchObject({ revision: 3, title: ticket.title });
    expect(stored?.estimate).toBeUndefined();
  });

  it('lets one of two people win and shows the other how it stands', async () => {
    const { owner, ticket } = await oneDraft();
    const edit = (title: string) =>
      tickets.editTicket(ticket, { ...fieldsOf(ticket), title }, ['title'], owner);
    const outcomes = await Promise.all([edit('One'), edit('Two')]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['outdated', 'saved']);
    const titles = outcomes.map((one) => (one.kind === 'missing' ? '' : one.ticket.title));
    expect(new Set(titles).size).toBe(1);
  });

  it('counts as saved when its answer was lost', async () => {
    const { owner, ticket } = await oneDraft();
    const fields = { ...fieldsOf(ticket), title: 'Renamed' };
    loseNextAnswer(table);
    await expect(tickets.editTicket(ticket, fields, ['title'], owner)).rejects.toThrow();
    const again = await tickets.editTicket(ticket, fields, ['title'], owner);
    expect(again).toMatchObject({ kind: 'saved', ticket: { revision: 2 } });
  });

  it('works for a draft that the thread no longer carries in short', async () => {
    const { owner, conversationId, drafts } = await drafted(1);
    const older = newTicket(conversationId, { ordinal: 99 });
    await tickets.createTicket(older);
    const saved = await tickets.editTicket(older, fieldsOf(older), ['title'], owner);
    expect(saved.kind).toBe('saved');
    const title = `${drafts[0]?.title.slice(0, 37)}...`;
    expect(await draftsOf(owner)).toEqual([{ title, revision: 1 }]);
  });

  it('is refused once the ticket is discarded or gone', async () => {
    const { owner, ticket } = await oneDraft();
    await tickets.discardTicket(ticket, owner);
    const edited = await tickets.editTicket(ticket, fieldsOf(ticket), ['title'], owner);
    expect(edited).toMatchObject({ kind: 'outdated', ticket: { status: 'discarded' } });
    const never = newTicket(ticket.conversationId);
    const missing = await tickets.editTicket(never, fieldsOf(never), ['title'], owner);
    expect(missing).toEqual({ kind: 'missing' });
  });
});

describe('discarding', () => {
  it("takes the draft out of the thread, the owner's list and the pending work", async () => {
    const { owner, ticket } = await oneDraft();
    expect(await getItem(table, draftKey(owner.userId, ticket.id))).toBeDefined();
    const outcome = await tickets.discardTicket(ticket, owner);
    expect(outcome).toMatchObject({ kind: 'saved', ticket: { status: 'discarded' } });
    expect(await draftsOf(owner)).toEqual([]);
    expect(await getItem(table, draftKey(owner.userId, ticket.id))).toBeUndefined();
    expect(await isPending(ticket)).toBe(false);
  });
});

describe('publishing', () => {
  it('is won by one of five approvals', async () => {
    const { ticket } = await oneDraft();
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () =>
        tickets.claimPublishing(ticket, approvalOf(ticket), newPublishClaim()),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    expect(await isPending(ticket)).toBe(true);
  });

  it('is refused for a revision that was edited meanwhile', async () => {
    const { owner, ticket } = await oneDraft();
    await tickets.editTicket(ticket, { ...fieldsOf(ticket), title: 'New' }, ['title'], owner);
    const outcome = await tickets.claimPublishing(ticket, approvalOf(ticket), newPublishClaim());
    expect(outcome).toMatchObject({ kind: 'outdated', ticket: { title: 'New', revision: 2 } });
  });

  it('counts as claimed when the answer was lost', async () => {
    const { ticket } = await oneDraft();
    const claim = newPublishClaim();
    const take = () => tickets.claimPublishing(ticket, approvalOf(ticket), claim);
    loseNextAnswer(table);
    await expect(take()).rejects.toThrow();
    expect(await take()).toMatchObject({ kind: 'saved', ticket: { claim } });
  });

  it('is taken over from a dead process by one successor, and not from a living one', async () => {
    const { ticket, claim } = await publishing();
    const successor = () => newPublishClaim({ attempt: 2, since: claim.since });
    const renewed = { ...claim, expiresAt: claim.expiresAt + 5_000 };
    expect(await tickets.renewPublishing(ticket, claim.token, renewed)).toBe(true);
    expect(await tickets.renewPublishing(ticket, claim.token, successor())).toBe(false);
    const seen = await tickets.getTicket(ticket.conversationId, ticket.id);
    if (!seen) throw new Error('the ticket is gone');
    const take = () => tickets.renewPublishing(seen, claim.token, successor());
    expect((await Promise.all([take(), take()])).sort()).toEqual([false, true]);
    expect(await tickets.renewPublishing(ticket, claim.token, renewed)).toBe(false);
  });

  it('counts as taken over when the answer was lost', async () => {
    const { ticket, claim } = await publishing();
    const successor = newPublishClaim({ attempt: 2, since: claim.since });
    const take = () => tickets.renewPublishing(ticket, claim.token, successor);
    loseNextAnswer(table);
    await expect(take()).rejects.toThrow();
    expect(await take()).toBe(true);
  });

  it('records the issue, the way back from it, and that nothing is left to do', async () => {
    const { ticket, claim, owner, conversationId } = await publishing();
    const issue = issueOf();
    const saved = await tickets.recordPublished(ticket, claim, issue, owner);
    expect(saved).toMatchObject({ kind: 'saved', ticket: { status: 'published', issue } });
    const stored = await tickets.getTicket(conversationId, ticket.id);
    expect(stored).toEqual(saved.kind === 'saved' && saved.ticket);
    expect(await getItem(table, issueKey(issue, conversationId, ticket.id))).toBeDefined();
    expect(await getItem(table, draftKey(owner.userId, ticket.id))).toBeUndefined();
    expect(await draftsOf(owner)).toEqual([]);
    expect(await isPending(ticket)).toBe(false);
    expect(await tickets.recordPublished(ticket, claim, issue, owner)).toEqual({
      kind: 'saved',
      ticket: stored,
    });
  });

  it('records nothing for whoever lost the claim', async () => {
    const { ticket, claim, owner } = await publishing();
    const stranger = newPublishClaim();
    const filed = await tickets.recordPublished(ticket, stranger, issueOf(), owner);
    expect(filed).toMatchObject({ kind: 'outdated', ticket: { status: 'publishing', claim } });
    const refused = await tickets.recordRefused(ticket, stranger, 'no');
    expect(refused).toMatchObject({ kind: 'outdated', ticket: { claim } });
  });

  it('goes back to the approved draft with the reason, and can be tried again', async () => {
    const { ticket, claim } = await publishing();
    const refused = await tickets.recordRefused(ticket, claim, 'The project is archived.');
    if (refused.kind !== 'saved') throw new Error('not recorded');
    expect(refused.ticket).toMatchObject({
      status: 'draft',
      refusal: 'The project is archived.',
      revision: ticket.revision,
    });
    expect(refused.ticket).not.toHaveProperty('claim');
    const again = await tickets.claimPublishing(
      refused.ticket,
      approvalOf(refused.ticket),
      newPublishClaim(),
    );
    expect(again.kind).toBe('saved');
    expect(again).not.toHaveProperty('ticket.refusal');
  });
});

describe('tries that nobody saw end', () => {
  it('stay with the draft whatever is changed in it, also by whoever saw it before them', async () => {
    const { owner, conversationId, ticket: draft } = await oneDraft();
    const claim = newPublishClaim();
    const given = await tickets.claimPublishing(draft, approvalOf(draft), claim);
    if (given.kind !== 'saved') throw new Error('the claim was not taken');
    const unsettled = [{ project: 'local:demo', digest: 'd', since: claim.since }];
    const refused = await tickets.recordRefused(given.ticket, claim, 'no', unsettled);
    expect(refused).toMatchObject({ kind: 'saved', ticket: { unsettled } });
    const fields = { ...fieldsOf(draft), title: 'Another title' };
    expect(await tickets.editTicket(draft, fields, ['title'], owner)).toMatchObject({
      kind: 'saved',
    });
    const edited = await tickets.getTicket(conversationId, draft.id);
    expect(edited).toMatchObject({ title: 'Another title', unsettled });
    const stale = { ...draft, revision: edited?.revision ?? 0 };
    const again = newPublishClaim();
    const claimed = await tickets.claimPublishing(stale, approvalOf(stale), again);
    expect(claimed).toMatchObject({ kind: 'saved', ticket: { unsettled } });
    if (claimed.kind !== 'saved') throw new Error('the claim was not taken');
    await tickets.recordRefused(claimed.ticket, again, 'The project is archived.');
    expect(await tickets.getTicket(conversationId, draft.id)).toMatchObject({ unsettled: [] });
  });
});

describe('the card', () => {
  it('is recorded and no longer pending', async () => {
    const { ticket, conversationId } = await oneDraft();
    expect(await isPending(ticket)).toBe(true);
    await tickets.recordCard(ticket, 'card-1');
    expect(await isPending(ticket)).toBe(false);
    const stored = await tickets.getTicket(conversationId, ticket.id);
    expect(stored).toEqual({ ...ticket, cardId: 'card-1' });
  });

  it('leaves a publication pending', async () => {
    const { ticket, conversationId } = await publishing();
    await tickets.recordCard(ticket, 'card-1');
    expect(await isPending(ticket)).toBe(true);
    expect((await tickets.getTicket(conversationId, ticket.id))?.cardId).toBe('card-1');
  });

  it('does not bring a deleted ticket back', async () => {
    const never = newTicket(randomUUID());
    await tickets.recordCard(never, 'card-1');
    expect(await tickets.getTicket(never.conversationId, never.id)).toBeUndefined();
  });
});
