/** Tries to file that nobody saw end: whoever tries again looks for what they left, wherever that was. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import { markerOf } from '../../src/core/issue-body.ts';
import type { Approval, PublishClaim } from '../../src/core/ticket.ts';
import { ticketDigestOf } from '../../src/core/ticket-fields.ts';
import { TrackerError } from '../../src/core/tracker.ts';
import { toCreatedIssue } from '../fakes/idle-tracker.ts';
import { ann, useBots } from './bots.ts';

const KEY = new Uint8Array(32);
const LAPSED: PublishClaim = {
  ...{ token: 'dead', since: '2026-03-02T10:00:00.000Z', expiresAt: 1 },
  ...{ attempt: 5, silent: 5 },
};
const APPROVE: Command = { kind: 'approve', target: { ordinal: 1 } };

describe('a ticket of which nobody knows whether it was filed', () => {
  const { setUp, say, command, talk, readTickets } = useBots();
  /** What the tracker has by project, with the marker it carries, and how it was asked. */
  let there: { project: string; marker: string }[] = [];
  let comments: { number: string; text: string }[] = [];
  let asked: string[] = [];
  let silent = false;
  /** A mistake in the code, not an answer of the tracker. */
  let mistake: TypeError | undefined;

  beforeEach(() => {
    [there, comments, asked, silent, mistake] = [[], [], [], false, undefined];
  });

  const tracker: NonNullable<Parameters<typeof setUp>[0]>['tracker'] = {
    async createIssue({ project, marker }) {
      asked.push(`create in ${project}`);
      return toCreatedIssue({ project }, String(there.push({ project, marker })));
    },
    async findIssueByMarker(project, marker) {
      asked.push(`find in ${project}`);
      if (mistake) throw mistake;
      if (silent) throw new TrackerError('local', 'unreachable', 'The tracker is away.');
      const index = there.findIndex((one) => one.project === project && one.marker === marker);
      return index < 0 ? undefined : toCreatedIssue({ project }, String(index + 1));
    },
    async getIssue(project, number) {
      const { url } = toCreatedIssue({ project }, number);
      return { project, number, title: 'Was there', url, state: 'open' };
    },
    hasComment: async (_, number, marker) =>
      comments.some((one) => one.number === number && one.text.includes(marker)),
  };

  /** Approved, and left by five processes of which none said how it went. */
  async function leave(claim: Partial<PublishClaim> = {}, approved: Partial<Approval> = {}) {
    const made = await setUp({ tracker });
    await talk(made.bot, say('draft Checkout hangs'));
    const [draft] = await readTickets(made.repositories);
    if (!draft) throw new Error('nothing was drafted');
    const { revision } = draft;
    const approval: Approval = {
      ...{ by: ann, at: LAPSED.since, revision, project: 'local:issues' },
      ...{ digest: ticketDigestOf(draft), ...approved },
    };
    const { tickets } = made.repositories;
    await tickets.claimPublishing(draft, approval, { ...LAPSED, ...claim });
    const marker = markerOf(KEY, draft.id);
    const read = async () => (await readTickets(made.repositories))[0];
    const run = (what: Command) => command(made.bot, what);
    return { ...made, read, run, marker };
  }

  it('is given up after five of them, in its card and in the thread, until a person tries again', async () => {
    const { bot, platform, read, run } = await leave();
    await bot.resumePending();
    expect(asked).toEqual(['find in issues']);
    expect(await read()).toMatchObject({ status: 'draft' });
    const [card] = [...platform.cards.values()];
    const why = 'Each of five tries ended with the process that made it, so I stop here.';
    expect(card?.ticket).toMatchObject({ refusal: expect.stringContaining(why) });
    expect(platform.notices).toEqual([expect.stringContaining(`Draft 1 was not filed: ${why}`)]);
    expect(await bot.resumePending()).toBe(0);
    expect(await run(APPROVE)).toMatchObject({ kind: 'done' });
    expect(asked.slice(1)).toEqual(['find in issues', 'create in issues']);
  });

  it('is given up without a look where even that ended the process', async () => {
    const { bot, read } = await leave({ attempt: 6, silent: 6 });
    await bot.resumePending();
    expect(asked).toEqual([]);
    expect(await read()).toMatchObject({ status: 'draft' });
  });

  it('is taken over as long as those before it ended, however many they were', async () => {
    const { silent: _, ...waiting } = LAPSED;
    const { bot, read } = await leave({ ...waiting, attempt: 12, silent: undefined });
    await bot.resumePending();
    expect(await read()).toMatchObject({ status: 'published' });
  });

  it('counts none that waited for the tracker', async () => {
    const { bot, read } = await leave({ silent: 4 });
    silent = true;
    await bot.resumePending();
    const parked = await read();
    expect(parked).toMatchObject({
      status: 'publishing',
      claim: { waits: 'The tracker is away.' },
    });
    expect(parked).not.toHaveProperty('claim.silent');
  });

  it('is tried again where the code fails, and given up after the last attempt without its error shown', async () => {
    mistake = new TypeError('body is not iterable');
    const early = await leave({ attempt: 5, silent: 0 });
    await early.bot.resumePending();
    expect(await early.read()).toMatchObject({ status: 'publishing', claim: { attempt: 6 } });
    const { bot, platform, read, run } = await leave({ attempt: 15, silent: 0 });
    await bot.resumePending();
    expect(await read()).toMatchObject({ status: 'draft' });
    expect(platform.notices).toEqual([
      expect.stringMatching(/fails each time I file it; .* I look for the issue first/),
    ]);
    mistake = undefined;
    asked = [];
    expect(await run(APPROVE)).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['find in issues', 'create in issues']);
  });

  it('is recorded where it is found', async () => {
    const { bot, read, marker } = await leave();
    there.push({ project: 'issues', marker });
    await bot.resumePending();
    expect(await read()).toMatchObject({ status: 'published', issue: { number: '1' } });
    expect(there).toHaveLength(1);
  });

  it('is found although it was edited, and is to go elsewhere, meanwhile', async () => {
    const { bot, read, run, marker } = await leave({ attempt: 6, silent: 6 });
    there.push({ project: 'issues', marker });
    await bot.resumePending();
    const changes = { project: 'local:other', title: 'Checkout hangs on Safari' };
    await run({ kind: 'edit', target: { ordinal: 1 }, changes });
    const outcome = await run(APPROVE);
    expect(outcome.message).toContain('An earlier try had filed it already, as it was approved');
    expect(await read()).toMatchObject({ status: 'published', issue: { project: 'issues' } });
    expect(asked).toEqual(['find in issues']);
  });

  it('is filed elsewhere once it is known not to be there', async () => {
    const { bot, run } = await leave({ attempt: 6, silent: 6 });
    await bot.resumePending();
    await run({ kind: 'edit', target: { ordinal: 1 }, changes: { project: 'local:other' } });
    expect(await run(APPROVE)).toMatchObject({ kind: 'done' });
    expect(asked).toEqual(['find in issues', 'create in other']);
  });

  it('is not filed while that cannot be asked, at no attempt, nor after the last of them', async () => {
    const { bot, repositories, read, run, marker } = await leave({ attempt: 15, silent: 1 });
    there.push({ project: 'issues', marker });
    silent = true;
    await bot.resumePending();
    expect(await read()).toMatchObject({ status: 'draft', refusal: expect.any(String) });
    expect((await run(APPROVE)).message).toContain('The tracker is away. I go on by myself');
    silent = false;
    const waiting = await read();
    if (waiting?.status !== 'publishing') throw new Error('it was given up');
    const over = { ...waiting.claim, expiresAt: Date.now() };
    await repositories.tickets.renewPublishing(waiting, over.token, over);
    await bot.resumePending();
    expect(await read()).toMatchObject({ status: 'published', issue: { number: '1' } });
    expect(there).toHaveLength(1);
  });

  it('is found as the comment that it became', async () => {
    const { bot, read, run, marker } = await leave({ attempt: 6, silent: 6 }, { addTo: '7' });
    comments.push({ number: '7', text: `Checkout hangs <!-- ${marker} part 2 -->` });
    await bot.resumePending();
    expect(await run(APPROVE)).toMatchObject({ kind: 'done' });
    expect(await read()).toMatchObject({ status: 'discarded', addedTo: { number: '7' } });
    expect(there).toEqual([]);
  });
});
