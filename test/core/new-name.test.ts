/** Labels and milestones that a draft names and its project lacks: offered, and made only for a person who asks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { Settings } from '../../src/core/settings.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN } from '../fakes/github-world.ts';
import type { RecordingPlatform } from '../fakes/recording-platform.ts';
import { ann, eve, place, useBots } from './bots.ts';

const TIMING = { readMs: 5_000, writeMs: 5_000, retryMs: 1, writeGapMs: 0 };
const PROJECT = 'github:acme/shop';

describe('a name the project does not have', () => {
  const { setUp, say, command, talk, readTickets } = useBots();
  let github: GitHubServer;

  beforeEach(async () => {
    github = await startGitHubServer();
  });
  afterEach(async () => {
    expect(github.problems).toEqual([]);
    await github.stop();
  });

  const shop = () => {
    const [project] = github.world.projects;
    if (!project) throw new Error('the stand-in has no repository');
    return project;
  };
  const isWrite = (line: string) => line.startsWith('POST');
  const written = () => github.requests.filter(isWrite);

  async function start(environment: Settings = {}) {
    const auth = { kind: 'token', token: TOKEN } as const;
    const tracker = createGitHubTracker({ auth, baseUrl: github.url, timing: TIMING });
    const made = await setUp({
      environment: { project: PROJECT, ...environment },
      more: { chooseTracker: async () => tracker },
    });
    return made;
  }

  async function draft(environment: Settings = {}) {
    const made = await start(environment);
    await talk(made.bot, say('draft Checkout hangs'));
    await command(made.bot, name);
    return made;
  }

  const name: Command = {
    kind: 'edit',
    target: { ordinal: 1 },
    changes: { labels: ['bug', 'payments'], milestone: 'Spring' },
  };
  const create = (more: Partial<Extract<Command, { kind: 'create-name' }>> = {}): Command => ({
    ...{ kind: 'create-name', target: { ordinal: 1 }, field: 'labels', name: 'payments' },
    ...more,
  });
  const LABEL = { field: 'labels', name: 'payments' };
  const MILESTONE = { field: 'milestone', name: 'Spring' };
  const cardsOf = ({ cards }: RecordingPlatform) => [...cards.values()];
  const shows = (platform: RecordingPlatform, unknown: object[] | undefined, ordinal = 1) =>
    vi.waitFor(() => {
      const card = cardsOf(platform).find(({ ticket }) => ticket.ordinal === ordinal);
      expect(card?.unknown).toEqual(unknown);
    });

  it('is created once by whoever presses, is no unknown name on the card then, and is filed', async () => {
    const { bot, platform } = await draft();
    await shows(platform, [LABEL, MILESTONE]);
    expect(await command(bot, create())).toMatchObject({
      kind: 'done',
      message: 'Created the label "payments" in github:acme/shop.',
    });
    expect(cardsOf(platform)[0]?.unknown).toEqual([MILESTONE]);
    // And what the project has is read again, not remembered.
    await vi.waitFor(() => {
      const since = github.requests.slice(github.requests.findLastIndex(isWrite) + 1);
      expect(since.filter((line) => line.startsWith('GET /repos/acme/shop/labels'))).not.toEqual(
        [],
      );
    });
    expect(cardsOf(platform)[0]?.unknown).toEqual([MILESTONE]);
    await command(bot, create(MILESTONE as Partial<Extract<Command, { kind: 'create-name' }>>));
    expect(cardsOf(platform)[0]?.unknown).toBeUndefined();
    expect(written()).toEqual(['POST /repos/acme/shop/labels', 'POST /repos/acme/shop/milestones']);
    const filed = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(filed.message).not.toContain('left out');
    expect(shop().issues[0]).toMatchObject({
      labels: ['bug', 'payments'],
      milestone: { title: 'Spring' },
    });
  });

  it('is never created by an approval alone', async () => {
    const { bot, platform } = await draft();
    await shows(platform, [LABEL, MILESTONE]);
    const { message } = await command(bot, { kind: 'approve', target: { ordinal: 1 } });
    expect(message).toContain('The label "payments" does not exist in acme/shop and was left out.');
    expect(written()).toEqual(['POST /repos/acme/shop/issues']);
    expect(shop().labels).toEqual(['bug', 'Backend']);
    expect(shop().milestones).toHaveLength(2);
  });

  it('is created once however many press at the same moment', async () => {
    const { bot } = await draft();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => command(bot, create())));
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
    expect(outcomes.filter(({ message }) => message.startsWith('Created'))).toHaveLength(1);
    expect(shop().labels).toEqual(['bug', 'Backend', 'payments']);
  });

  it('is not created for a person who may not approve, nor in a project this place may not file to', async () => {
    const { bot } = await draft();
    expect(await command(bot, create(), eve)).toMatchObject({
      kind: 'refused',
      message: 'You may not create labels or milestones here. Ask somebody who may.',
    });
    const { bot: other } = await draft({ allowedProjects: ['github:acme/other'] });
    expect(await command(other, create())).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(
        'github:acme/shop is not one of the projects this place may use. Allowed: ',
      ),
    });
    expect(written()).toEqual([]);
  });

  it('is not created when no draft names it any more, or the draft changed, or is decided', async () => {
    const { bot, repositories } = await draft();
    const [ticket] = await readTickets(repositories);
    if (!ticket) throw new Error('there is no draft');
    const refusal = async (command_: Command) => {
      const { kind, message } = await command(bot, command_);
      expect(kind).toBe('refused');
      return message;
    };
    expect(await refusal(create({ name: 'anything' }))).toContain(
      'Draft 1 names no label "anything".',
    );
    const seen = { ticketId: ticket.id, revision: ticket.revision - 1 };
    expect(await refusal(create({ target: seen }))).toContain('It was changed in the meantime.');
    await command(bot, { kind: 'discard', target: { ordinal: 1 } });
    expect(await refusal(create())).toBe('Ticket 1 was discarded.');
    expect(written()).toEqual([]);
  });

  it('is confirmed first where a private channel names it and the project is public', async () => {
    const { bot } = await start();
    await talk(bot, say('draft Checkout hangs', { place: { ...place, visibility: 'private' } }));
    await command(bot, name);
    const asked = await command(bot, create());
    expect(asked).toMatchObject({ kind: 'refused', confirm: { kind: 'create-name' } });
    expect(asked.message).toContain('`create 1 label in github:acme/shop: payments`');
    expect(written()).toEqual([]);
    if (!asked.confirm) throw new Error('nothing to confirm');
    expect(await command(bot, asked.confirm)).toMatchObject({ kind: 'done' });
    expect(shop().labels).toContain('payments');
  });

  it('is known to the other drafts that go there as soon as their cards are shown', async () => {
    const { bot, platform } = await draft();
    await talk(bot, say('draft Invoice is wrong'));
    const two = { ordinal: 2 };
    await command(bot, { kind: 'edit', target: two, changes: { labels: ['payments', 'vat'] } });
    await shows(platform, [LABEL, { field: 'labels', name: 'vat' }], 2);
    await command(bot, create());
    await command(bot, create({ target: two, name: 'vat' }));
    await shows(platform, undefined, 2);
  });

  it('is created by what people type, and kept in the audit log', async () => {
    const { bot, platform, repositories } = await draft();
    await talk(bot, say('create 1 label: PAYMENTS'));
    expect(platform.notices).toContain('Created the label "payments" in github:acme/shop.');
    await command(bot, create(), eve);
    await bot.close(0);
    const today = new Date().toISOString().slice(0, 10);
    const where = { platform: 'terminal', workspaceId: 'w', from: today, to: today } as const;
    const { items } = await repositories.audit.listEntries(where);
    const rows = items.filter(({ action }) => action === 'created');
    expect(rows.map(({ actor, outcome, subject }) => [actor, outcome, subject]).toSorted()).toEqual(
      [
        [ann.identity, 'done', 'label: PAYMENTS'],
        [eve.identity, 'refused', 'label'],
      ],
    );
  });

  it('does not come back by an answer that was asked for before it was created', async () => {
    const held = Promise.withResolvers<void>();
    const searches: Promise<void>[] = [];
    const labels = ['bug'];
    let asked = 0;
    const { bot, platform } = await setUp({
      environment: { project: PROJECT },
      tracker: {
        name: 'github',
        listLabels: async () => [...labels],
        async listMilestones() {
          asked += 1;
          return [];
        },
        async searchIssues() {
          await searches.shift();
          return [];
        },
        async createLabel(_, label) {
          labels.push(label);
          return 'created';
        },
        createMilestone: async () => 'created',
      },
    });
    await talk(bot, say('draft Checkout hangs'));
    searches.push(held.promise);
    await command(bot, name);
    await vi.waitFor(() => expect(asked).toBe(1));
    await command(bot, create());
    await vi.waitFor(() => expect(asked).toBe(2));
    held.resolve();
    await new Promise(setImmediate);
    await command(bot, create({ field: 'milestone', name: 'Spring' }));
    expect(cardsOf(platform)[0]?.unknown).toBeUndefined();
  });
});
