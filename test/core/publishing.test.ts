/** From the draft to the issue through the bot's own front door. */
import { describe, expect, it, vi } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { BotOptions } from '../../src/core/bot.ts';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { type NewIssue, TrackerError } from '../../src/core/tracker.ts';
import { createIdleTracker, toCreatedIssue } from '../fakes/idle-tracker.ts';
import { ann, openBut, place, thread } from './bots.ts';
import { approve, edit, useTrackerBots } from './tracker-bots.ts';

describe('publishing', () => {
  const {
    setUp,
    say,
    command,
    talk,
    readTickets,
    hub,
    lab,
    onTracker,
    onGitHub,
    shop,
    web,
    servers,
  } = useTrackerBots();

  it.each([
    ['GitHub', 'github:acme/shop', hub, () => shop().issues],
    ['GitLab', 'gitlab:acme/web/shop', lab, () => web().issues],
  ])('files one issue at %s when ten people approve at once, at two processes', async (...at) => {
    const [, project, connect, issues] = at;
    const shared = `ten-${project.replace(/\W/g, '-')}`;
    const one = await onTracker(project, connect(), {}, shared);
    const other = await onTracker(project, connect(), {}, shared);
    await talk(one.bot, say('draft Checkout hangs'));
    const people = Array.from({ length: 10 }, (_, n) => ({
      ...ann,
      identity: `terminal::person-${n}`,
    }));
    const outcomes = await Promise.all(
      people.map((person, n) => command(n % 2 === 0 ? one.bot : other.bot, approve(), person)),
    );
    expect(issues()).toHaveLength(1);
    const filed = outcomes.filter(({ message }) => /^Filed/.test(message));
    const told = outcomes.filter(({ message }) => /is being filed|is filed already/.test(message));
    expect([filed.length, told.length]).toEqual([1, 9]);
  });

  it('says how many go first to the same tracker, and counts none that go elsewhere', async () => {
    const onItsWay = Promise.withResolvers<void>();
    let begun = 0;
    const { bot, platform } = await setUp({
      more: {
        chooseTracker: async () => ({
          ...createIdleTracker(),
          async createIssue(issue: NewIssue) {
            begun += 1;
            await onItsWay.promise;
            return toCreatedIssue(issue, '1');
          },
        }),
      },
    });
    await talk(bot, say('draft One'), say('draft Two'), say('draft Three'));
    await command(bot, edit({ project: 'gitlab:acme/shop' }, 2));
    const places = () =>
      [...platform.cards.values()].flatMap(({ ticket, waiting }) =>
        ticket.status === 'publishing' ? [waiting ?? ''] : [],
      );
    const approvals = [1, 2, 3].map((ordinal) => command(bot, approve(ordinal)));
    await vi.waitUntil(() => begun === 3 && places().length > 0);
    expect(places()).toEqual(['1 approved before it go to local first.']);
    onItsWay.resolve();
    await Promise.all(approvals);
  });

  it('adds to an issue instead, once, and closes the draft', async () => {
    const { bot, repositories } = await onGitHub();
    await hub().createIssue(
      {
        ...{ project: 'acme/shop', title: 'Checkout hangs on Safari', body: 'x', rest: [] },
        ...{ labels: [], assignees: [], marker: 'm' },
      },
      new AbortController().signal,
    );
    await talk(bot, say('draft Checkout hangs'));
    servers().github.will(/^POST .*\/comments$/, { do: 'reset', after: true });
    const add: Command = { kind: 'add-to', target: { ordinal: 1 }, issue: '#1' };
    expect(await command(bot, add)).toMatchObject({ kind: 'done' });
    const [waiting] = await readTickets(repositories);
    if (waiting?.status === 'publishing') {
      const { claim } = waiting;
      const over = { ...claim, expiresAt: Date.now() };
      await repositories.tickets.renewPublishing(waiting, claim.token, over);
      await bot.resumePending();
    }
    expect(shop().issues).toHaveLength(1);
    expect(shop().issues[0]?.comments).toHaveLength(1);
    expect(shop().issues[0]?.comments[0]?.body).toContain('**Checkout hangs**');
    const [ticket] = await readTickets(repositories);
    expect(ticket).toMatchObject({ status: 'discarded', addedTo: { number: '1' } });
    expect(await command(bot, add)).toMatchObject({ kind: 'refused' });
  });

  it('says on the card which issues are alike, once the card is shown', async () => {
    const { bot, platform } = await onTracker('github:acme/shop', {
      ...hub(),
      searchIssues: async () => [
        {
          project: 'acme/shop',
          number: '7',
          title: 'Checkout hangs on Safari',
          url: 'u',
          state: 'open',
        },
        {
          project: 'acme/shop',
          number: '8',
          title: 'Colours of the footer',
          url: 'u',
          state: 'open',
        },
      ],
    });
    await talk(bot, say('draft Checkout hangs'));
    await vi.waitFor(() => {
      const [card] = [...platform.cards.values()];
      expect(card?.duplicates).toEqual([
        expect.objectContaining({ why: 'shares “checkout”, “hangs”' }),
      ]);
    });
  });

  it('says which labels and people the project does not have', async () => {
    const { bot, platform } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    await command(bot, edit({ labels: ['bug', 'nonsense'], assignees: ['zoe'], milestone: '9' }));
    await vi.waitFor(() => {
      const [card] = [...platform.cards.values()];
      expect(card?.unknown).toEqual([
        { field: 'labels', name: 'nonsense' },
        { field: 'assignees', name: 'zoe' },
        { field: 'milestone', name: '9' },
      ]);
    });
  });

  it('asks again before words from a private channel go to a public project', async () => {
    const { bot } = await onGitHub();
    const privately = { ...place, visibility: 'private' } as const;
    await talk(bot, say('draft Checkout hangs', { place: privately }));
    const first = await command(bot, approve());
    expect(first).toMatchObject({ kind: 'refused', confirm: { confirmed: 'github:acme/shop' } });
    expect(first.message).toContain('`approve 1 in github:acme/shop`');
    expect(shop().issues).toEqual([]);
    if (!first.confirm) throw new Error('nothing to confirm');
    expect(await command(bot, first.confirm)).toMatchObject({ kind: 'done' });
    expect(shop().issues).toHaveLength(1);
  });

  it('asks once for all drafts of a private channel, in words that file them where it warned of', async () => {
    const { bot, platform } = await onGitHub();
    const privately = { place: { ...place, visibility: 'private' } } as const;
    for (const title of ['Checkout hangs', 'Invoice is wrong', 'Logo is blurred']) {
      await talk(bot, say(`draft ${title}`, privately));
    }
    await talk(bot, say('approve all', privately));
    const words = platform.notices.at(-1) ?? '';
    expect(words).toMatch(/file drafts 1, 2 and 3 there .*`approve all in github:acme\/shop`\.$/);
    expect(words.match(/is public/g)).toHaveLength(1);
    await talk(bot, say('approve all in github:acme/other', privately));
    expect(shop().issues).toEqual([]);
    await talk(bot, say('approve all in github:acme/shop', privately));
    expect(shop().issues).toHaveLength(3);
  });

  it('asks for each public project by itself, and of one draft by its number', async () => {
    const { bot, issues } = await setUp({
      tracker: openBut('inside'),
      environment: {
        project: 'local:open',
        routes: ['web', 'inside'].map((name) => ({ keyword: name, project: `local:${name}` })),
      },
    });
    const privately = { place: { ...place, visibility: 'private' } } as const;
    for (const title of ['Checkout hangs', 'Logo is blurred', 'Old web font', 'New inside door']) {
      await talk(bot, say(`draft ${title}`, privately));
    }
    const asked = await command(bot, { kind: 'approve-all' });
    expect(asked.kind).toBe('refused');
    expect(asked.message).toContain('`approve all in local:open`');
    expect(asked.message).toContain('`approve 3 in local:web`');
    expect(asked.confirm).toBeUndefined();
    expect(issues.map(({ project }) => project)).toEqual(['inside']);
    const again = await command(bot, { kind: 'approve-all', confirmed: 'local:open' });
    expect(again.confirm).toMatchObject({ kind: 'approve', confirmed: 'local:web' });
    expect(issues.map(({ project }) => project)).toEqual(['inside', 'open', 'open']);
  });

  it('files where a route leads, by keyword or label, unless somebody said otherwise', async () => {
    const { bot, issues } = await setUp({
      environment: {
        project: 'local:issues',
        routes: [
          { keyword: 'checkout', project: 'local:pay' },
          { label: 'ux', project: 'local:web' },
        ],
      },
    });
    await talk(bot, say('draft Checkout hangs'), say('draft Ugly button'), say('draft Other'));
    await command(bot, edit({ labels: ['ux'] }, 2));
    await command(bot, { kind: 'approve-all' });
    expect(issues.map(({ project }) => project)).toEqual(['pay', 'web', 'issues']);
    await command(bot, { kind: 'project', project: 'local:chosen' });
    await talk(bot, say('draft Checkout hangs again'));
    await command(bot, approve(4));
    expect(issues.at(-1)?.project).toBe('chosen');
  });

  it('waits as long as the tracker asks, says so on the card, and loses none of a burst', async () => {
    const limited = new TrackerError('local', 'rate-limited', 'Too many at once.', {
      retryAfterMs: 60_000,
    });
    const timing = { leaseMs: 20_000, renewMs: 5_000, settleMs: 10 };
    const { bot, repositories, platform, issues, faults } = await setUp({ more: { timing } });
    for (let n = 1; n <= 20; n += 1) await talk(bot, say(`draft Number ${n}`));
    faults.push(...Array.from({ length: 15 }, () => limited));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => command(bot, approve(n + 1))),
    );
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
    expect(issues).toHaveLength(5);
    const waiting = [...platform.cards.values()].filter((card) => card.waiting);
    expect(waiting.map(({ waiting: why }) => why)).toContain('Too many at once.');
    for (const ticket of await readTickets(repositories)) {
      if (ticket.status !== 'publishing') continue;
      const { claim } = ticket;
      expect(claim.expiresAt).toBeGreaterThan(Date.now() + 45_000);
      const over = { ...claim, expiresAt: Date.now() };
      await repositories.tickets.renewPublishing(ticket, claim.token, over);
    }
    await bot.resumePending();
    expect(issues).toHaveLength(20);
    const tickets = await readTickets(repositories);
    expect(tickets.every(({ status }) => status === 'published')).toBe(true);
  });

  it('says that it is filed when the table took it and answered too late', async () => {
    const shared = 'late-answer';
    const { repositories } = await setUp({ shared });
    const { tickets } = repositories;
    const renewedInVain = Promise.withResolvers<void>();
    const late: Partial<typeof tickets> = {
      async recordPublished(...given) {
        await tickets.recordPublished(...given);
        // Until a renewal meets the filed ticket.
        await renewedInVain.promise;
        throw new StoreUnavailableError('update', new Error('no answer'));
      },
      async renewPublishing(...given) {
        const isOurs = await tickets.renewPublishing(...given);
        if (!isOurs) setImmediate(renewedInVain.resolve);
        return isOurs;
      },
    };
    const lateTickets = new Proxy(tickets, {
      get(target, name) {
        const member = Reflect.get(late, name) ?? Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const timing = { leaseMs: 20_000, renewMs: 20, settleMs: 10 };
    const { bot, issues } = await setUp({
      shared,
      more: { repositories: { ...repositories, tickets: lateTickets }, timing },
    });
    await talk(bot, say('draft Checkout hangs'));
    expect(await command(bot, approve())).toMatchObject({
      kind: 'done',
      message: expect.stringMatching(/^Filed /),
    });
    expect(issues).toHaveLength(1);
  });

  it('does not give up, nor file again, while it cannot ask whether it was filed', async () => {
    const { bot, repositories, issues, faults } = await setUp({
      tracker: {
        findIssueByMarker: async () => {
          throw new TrackerError('local', 'unauthorised', 'The token was revoked.');
        },
      },
    });
    faults.push(new TrackerError('local', 'ambiguous', 'no answer'));
    await talk(bot, say('draft Checkout hangs'));
    const outcome = await command(bot, approve());
    expect(outcome.message).toContain('The token was revoked. I go on by myself');
    expect(issues).toHaveLength(1);
    expect((await readTickets(repositories))[0]).toMatchObject({ status: 'publishing' });
  });

  it('files with the token of whoever approves, and looks with the same one after a crash', async () => {
    const annsToken = `github_pat_${'c3D4'.repeat(8)}`;
    const [bots] = servers().github.world.tokens;
    if (!bots) throw new Error('the stand-in has no token');
    servers().github.world.tokens.push({ ...bots, value: annsToken, user: { login: 'ann' } });
    const used: (string | undefined)[] = [];
    const more: Partial<BotOptions> = {
      chooseTracker: async (_, config) => {
        used.push(config?.name);
        return config ? hub({ token: annsToken }) : hub();
      },
    };
    const mine = await onGitHub(more);
    await talk(mine.bot, say('draft Checkout hangs'));
    const { id } = await mine.repositories.users.ensureUser(ann);
    await mine.repositories.trackerConfigs.saveTrackerConfig(
      { userId: id },
      { name: 'github', kind: 'github' },
    );
    mine.bot.forgetConfiguration();
    await command(mine.bot, approve());
    const { items } = await mine.repositories.tickets.listTickets(conversationIdOf(thread));
    expect(items[0]).toMatchObject({ approval: { access: { owner: { userId: id } } } });
    expect(used.at(-1)).toBe('github');
    expect(shop().issues[0]?.user.login).toBe('ann');
    expect(shop().issues[0]?.body).not.toContain('on behalf of');
  });
});
