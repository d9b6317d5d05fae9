/** From the draft to the issue through the bot's own front door, with the real SDKs against strict stand-ins. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { BotOptions } from '../../src/core/bot.ts';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { TicketChanges } from '../../src/core/ticket-fields.ts';
import { type NewIssue, type Tracker, TrackerError } from '../../src/core/tracker.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';
import { createIdleTracker, toCreatedIssue } from '../fakes/idle-tracker.ts';
import { ann, place, thread, useBots } from './bots.ts';

const FAST = { readMs: 5_000, writeMs: 5_000, retryMs: 1, writeGapMs: 0 };
const FORM = `name: Bug report
description: Something is broken
labels: [bug]
body:
  - type: markdown
    attributes: { value: Thank you }
  - type: textarea
    attributes: { label: What happened? }
    validations: { required: true }
  - type: input
    attributes: { label: Version }
    validations: { required: true }
`;

describe('publishing', () => {
  const { setUp, say, command, talk, readTickets } = useBots();
  let github: GitHubServer;
  let gitlab: GitLabServer;

  beforeEach(async () => {
    [github, gitlab] = await Promise.all([startGitHubServer(), startGitLabServer()]);
  });
  afterEach(async () => {
    expect([...github.problems, ...gitlab.problems]).toEqual([]);
    await Promise.all([github.stop(), gitlab.stop()]);
  });

  const shop = () => {
    const [project] = github.world.projects;
    if (!project) throw new Error('the stand-in has no repository');
    return project;
  };
  const web = () => {
    const [project] = gitlab.world.projects;
    if (!project) throw new Error('the stand-in has no project');
    return project;
  };
  const hub = (attachments = false, token = GITHUB_TOKEN): Tracker =>
    createGitHubTracker({
      auth: { kind: 'token', token },
      baseUrl: github.url,
      timing: FAST,
      attachments,
    });
  const lab = (): Tracker =>
    createGitLabTracker({ url: gitlab.url, token: GITLAB_TOKEN, timing: FAST });

  function onTracker(
    project: string,
    tracker: Tracker,
    more: Partial<BotOptions> = {},
    shared = '',
  ) {
    return setUp({
      environment: { project },
      shared,
      more: {
        chooseTracker: async () => tracker,
        timing: { leaseMs: 5_000, renewMs: 1_000, settleMs: 10 },
        ...more,
      },
    });
  }
  const onGitHub = (more?: Partial<BotOptions>) => onTracker('github:acme/shop', hub(), more);
  const onGitLab = () => onTracker('gitlab:acme/web/shop', lab());

  const target = (ordinal = 1) => ({ ordinal });
  const approve = (ordinal = 1): Command => ({ kind: 'approve', target: target(ordinal) });
  const edit = (changes: TicketChanges, ordinal = 1): Command => ({
    kind: 'edit',
    target: target(ordinal),
    changes,
  });

  it('goes on in comments where the text is too long for one issue', async () => {
    const { bot } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    const description = '- **一つ** @org/team `x` 🚀 \n'.repeat(2_000).slice(0, 49_000);
    const acceptanceCriteria = Array.from({ length: 50 }, (_, n) => `${n} ${'x'.repeat(900)}`);
    await command(bot, edit({ description, acceptanceCriteria }));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const [issue] = shop().issues;
    expect(issue?.body.length).toBeLessThanOrEqual(65_536);
    expect(issue?.body).toContain('The rest follows in a comment.');
    const text = [issue?.body, ...(issue?.comments.map(({ body }) => body) ?? [])].join('\n');
    expect(text.match(/^- \[ \] \d+ x/gm)).toHaveLength(50);
    expect(text.match(/一つ/g)?.length).toBeGreaterThan(1_800);
  });

  it.each(['GitHub', 'GitLab'])('files what is hostile as text at %s', async (where) => {
    const { bot } = await (where === 'GitHub' ? onGitHub() : onGitLab());
    await talk(bot, say('draft Checkout hangs'));
    const description =
      '@everyone @org/team\n\n/close\n/assign @ann\n\nfixes #1 <!-- hidden --> \f/label ~bug';
    await command(bot, edit({ description, labels: ['made-up'], tasks: ['/close', '@ann looks'] }));
    const outcome = await command(bot, approve());
    expect(outcome.message).toContain('The label "made-up" does not exist');
    if (where === 'GitLab') {
      expect(gitlab.world.executed).toEqual([]);
      expect(gitlab.world.pinged).toEqual([]);
      expect(web().issues[0]?.description).toContain('everyone');
    } else {
      expect(shop().issues[0]?.body).not.toMatch(/@(?:everyone|org|ann)\b|<!-- hidden/);
      expect(shop().labels).toEqual(['bug', 'Backend']);
      const ours = expect.stringMatching(/^<!-- prompt-to-issue:\w+ -->$/);
      expect(github.world.effects).toEqual({ pinged: [], closing: [], html: [ours] });
    }
  });

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

  it('makes children sub-issues of their epic, in whichever order they are filed', async () => {
    const { bot } = await onGitHub();
    await talk(bot, say('draft The epic'), say('draft First child'), say('draft Second child'));
    for (const ordinal of [2, 3]) await command(bot, edit({ parent: 1 }, ordinal));
    await command(bot, edit({ type: 'epic' }));
    await command(bot, approve(2));
    await command(bot, { kind: 'approve-all' });
    const parents = shop().issues.map(({ title, parent }) => [title, parent?.title]);
    expect(parents).toEqual([
      ['First child', 'The epic'],
      ['The epic', undefined],
      ['Second child', 'The epic'],
    ]);
  });

  it('links them at GitLab', async () => {
    const { bot } = await onGitLab();
    await talk(bot, say('draft The epic'), say('draft A child'));
    await command(bot, edit({ parent: 1 }, 2));
    await command(bot, { kind: 'approve-all' });
    const [epic, child] = web().issues;
    expect([...(epic?.links ?? []), ...(child?.links ?? [])].length).toBeGreaterThan(0);
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
    github.will(/^POST .*\/comments$/, { do: 'reset', after: true });
    const add: Command = { kind: 'add-to', target: target(), issue: '#1' };
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

  it("pours the draft into the project's form, and asks for what it requires", async () => {
    shop().files = { '.github/ISSUE_TEMPLATE/bug.yml': FORM };
    const { bot, platform } = await onGitHub();
    await talk(bot, say('draft Checkout hangs'));
    await command(
      bot,
      edit({ type: 'bug', description: 'Nobody can pay.\n\n## Notes\n\nSince noon.' }),
    );
    await vi.waitFor(() => {
      const [card] = [...platform.cards.values()];
      expect(card).toMatchObject({ template: 'Bug report', missing: ['Version'] });
    });
    const refused = await command(bot, approve());
    expect(refused).toMatchObject({ kind: 'refused' });
    expect(refused.message).toContain('`fill 1 Version: …`');
    expect(shop().issues).toEqual([]);
    await command(bot, { kind: 'fill', target: target(), field: 'Version', text: '17.2' });
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const body = shop().issues[0]?.body ?? '';
    expect(body).toMatch(
      /^### What happened\?\n\nNobody can pay\.\n\n### Version\n\n17\.2\n\n### Notes/,
    );
    expect(body).not.toMatch(/description:|Thank you|validations/);
    expect(new Set(body.match(/^#+(?= )/gm))).toEqual(new Set(['###']));
  });

  it("pours the draft into the project's description template at GitLab", async () => {
    web().templates = { Bug: '## Summary\n\n<!-- What is wrong? -->\n\n## Acceptance criteria\n' };
    const { bot, platform } = await onGitLab();
    await talk(bot, say('draft Checkout hangs'));
    const changes = { description: 'Nobody can pay.', acceptanceCriteria: ['Cards work again'] };
    await command(bot, edit({ type: 'bug', ...changes }));
    await vi.waitFor(() => expect([...platform.cards.values()][0]?.template).toBe('Bug'));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    const filed = web().issues[0]?.description ?? '';
    expect(filed).toMatch(
      /^## Summary\n\nNobody can pay\.\n\n## Acceptance criteria\n\n- \[ \] Cards work again/,
    );
    expect(filed).not.toContain('What is wrong?');
    expect(filed.match(/Acceptance criteria/g)).toHaveLength(1);
  });

  it('says what drafted an issue, and what was added to one, unless the channel wants no notice', async () => {
    const { bot } = await onGitHub();
    const NOTICE = 'Drafted with prompt-to-issue.';
    await talk(bot, say('draft First'), say('draft Second'), say('draft Third'));
    await command(bot, approve());
    expect(shop().issues[0]?.body).toContain(NOTICE);
    const changes = { issueNotice: false };
    const quiet = await command(bot, { kind: 'configure', scope: 'channel', changes });
    expect(quiet).toMatchObject({ kind: 'done' });
    await command(bot, approve(2));
    await command(bot, { kind: 'add-to', target: target(3), issue: '1' });
    expect(shop().issues).toHaveLength(2);
    expect(shop().issues[1]?.body).toContain('Filed on behalf of Ann');
    const comments = shop().issues[0]?.comments.map(({ body }) => body) ?? [];
    expect(comments).toEqual([expect.stringContaining('Third')]);
    expect(`${shop().issues[1]?.body}${comments}`).not.toContain(NOTICE);
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

  const picture = { id: 'F1', name: 'screen.png', mimeType: 'image/png', bytes: 3, url: 'x' };
  const withPicture: Partial<IncomingMessage> = { attachments: [picture] };

  it.each([
    ['GitLab', () => onGitLab(), () => web().issues[0]?.description],
    [
      'a branch of GitHub',
      () => onTracker('github:acme/shop', hub(true)),
      () => shop().issues[0]?.body,
    ],
  ])('puts screenshots of the thread on %s and into the issue', async (_, on, bodyOf) => {
    const { bot, platform } = await on();
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('draft Checkout hangs', withPicture));
    expect(await command(bot, approve())).toMatchObject({ kind: 'done' });
    expect(bodyOf()).toMatch(/!\[screen.*\]\(.+\)/);
  });

  it('puts the screenshot of a long thread into the issue, however much was said before', async () => {
    const { bot, repositories, platform, issues } = await setUp({
      tracker: { uploadFile: async (_, { name }) => `![${name}](https://files.example.com/1)` },
    });
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('hello'));
    const conversationId = conversationIdOf(thread);
    await repositories.messages.putMessages(
      Array.from({ length: 450 }, (_, n) => {
        const { id, sentAt, author, text } = say(`said ${n}`);
        return { id, sentAt, author, text, conversationId, role: 'user' as const };
      }),
    );
    await talk(bot, say('draft Checkout hangs', withPicture));
    await command(bot, approve());
    expect(issues[0]?.body).toContain('![screen.png]');
  });

  it('says that a screenshot was left out where files are not allowed, or it is gone', async () => {
    const { bot, platform } = await onGitHub();
    platform.files.set('F1', new Uint8Array([1, 2, 3]));
    await talk(bot, say('draft Checkout hangs', withPicture));
    const outcome = await command(bot, approve());
    expect(outcome.message).toContain('The file screen.png was left out: this project keeps no');
    expect(shop().issues).toHaveLength(1);
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
    const [bots] = github.world.tokens;
    if (!bots) throw new Error('the stand-in has no token');
    github.world.tokens.push({ ...bots, value: annsToken, user: { login: 'ann' } });
    const used: (string | undefined)[] = [];
    const more: Partial<BotOptions> = {
      chooseTracker: async (_, config) => {
        used.push(config?.name);
        return config ? hub(false, annsToken) : hub();
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
