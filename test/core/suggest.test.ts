/** Names offered while somebody types, through the bot's own front door. */
import { describe, expect, it } from 'vitest';
import { ChatError } from '../../src/core/errors.ts';
import type { Settings } from '../../src/core/settings.ts';
import type { SuggestAsk } from '../../src/core/suggest.ts';
import type { Tracker, TrackerProject } from '../../src/core/tracker.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';
import { ann, eve, place, thread, useBots } from './bots.ts';

const ask: SuggestAsk = { thread, place, actor: ann, field: 'labels', text: '', limit: 10 };

describe('suggesting names', () => {
  const { setUp } = useBots();

  it('offers what the project has, what begins with the text first', async () => {
    const { bot } = await setUp({
      tracker: {
        listLabels: async () => ['ui', 'a11y bug', 'bug', 'Bugfix'],
        listAssignees: async () => [{ username: 'dlee', name: 'Dana Lee' }],
        listMilestones: async () => ['v1', 'v2'],
      },
    });
    const values = async (more: Partial<SuggestAsk>) =>
      (await bot.suggest({ ...ask, ...more })).map(({ value }) => value);
    expect(await values({ text: 'bug' })).toEqual(['bug', 'Bugfix', 'a11y bug']);
    expect(await values({ text: 'bug', limit: 1 })).toEqual(['bug']);
    expect(await bot.suggest({ ...ask, field: 'assignees', text: 'dana' })).toEqual([
      { value: 'dlee', label: 'Dana Lee (dlee)' },
    ]);
    expect(await values({ field: 'milestone', text: '2' })).toEqual(['v2']);
  });

  it('offers who may answer here, by name', async () => {
    const { bot, repositories } = await setUp({ more: { providers: ['offline', 'openai'] } });
    const workspace = { platform: 'terminal', workspaceId: place.workspaceId } as const;
    const office = { name: 'office', kind: 'ollama' };
    await repositories.providerConfigs.saveProviderConfig(workspace, office);
    const found = await bot.suggest({ ...ask, field: 'provider', text: 'off' });
    expect(found.map(({ value }) => value)).toEqual(['office', 'offline']);
  });

  it('offers only projects that this place may file to', async () => {
    const projects = ['acme/shop', 'acme/web', 'evil/shop'];
    const { bot } = await setUp({
      environment: { project: 'github:acme/api', allowedProjects: ['github:acme/*'] },
      tracker: {
        listProjects: async () =>
          projects.map((project) => ({
            ...{ project, name: project, projectId: project },
            host: 'local',
            visibility: 'private',
          })),
      },
    });
    const found = await bot.suggest({ ...ask, field: 'project' });
    expect(found.map(({ value }) => value)).toEqual([
      'github:acme/api',
      'github:acme/shop',
      'github:acme/web',
    ]);
  });

  const trackerOf = (name: string, projects: string[], more: Partial<Tracker> = {}) =>
    createIdleTracker({
      name,
      listProjects: async () =>
        projects.map((project) => ({
          ...{ project, name: `The ${project}`, projectId: project, host: name },
          visibility: 'private',
        })),
      ...more,
    });

  async function findProjects(trackers: Tracker[], environment: Settings) {
    const chooseTracker = async (ref: string) => {
      const found = trackers.find(({ name }) => ref.startsWith(`${name}:`));
      if (!found) throw new ChatError('It is not connected here.');
      return found;
    };
    const { bot } = await setUp({ environment, more: { chooseTracker } });
    return async (text: string) => {
      const found = await bot.suggest({ ...ask, field: 'project', text });
      return found.map(({ value }) => value);
    };
  }
  const hub = trackerOf('github', ['acme/shop', 'acme/web']);
  const lab = trackerOf('gitlab', ['group/web']);

  it('offers projects of every tracker that is connected, those of the one in use first', async () => {
    const both = await findProjects([hub, lab], { project: 'gitlab:group/api' });
    expect(await both('')).toEqual([
      ...['gitlab:group/api', 'gitlab:group/web', 'github:acme/shop', 'github:acme/web'],
    ]);
    expect(await both('group/web')).toEqual(['gitlab:group/web']);
    const files = trackerOf('local', ['issues']);
    const one = await findProjects([hub, files], { project: 'local:issues' });
    expect(await one('acme')).toEqual(['github:acme/shop', 'github:acme/web']);
  });

  it('offers what the others have while one tracker is silent', async () => {
    const silence = Promise.withResolvers<TrackerProject[]>();
    const silent = trackerOf('gitlab', [], { listProjects: () => silence.promise });
    const found = await findProjects([hub, silent], { project: 'gitlab:group/api' });
    const began = performance.now();
    expect(await found('')).toEqual(['gitlab:group/api', 'github:acme/shop', 'github:acme/web']);
    expect(performance.now() - began).toBeLessThan(2_000);
    silence.resolve([]);
  });

  it('offers a project that nobody lists as it is typed, where it may be filed to', async () => {
    const found = await findProjects([hub], {
      project: 'github:acme/shop',
      allowedProjects: ['github:acme/*', 'gitlab:group/*'],
    });
    expect(await found(' gitlab:group/new ')).toEqual(['gitlab:group/new']);
    expect(await found('github:acme/shop')).toEqual(['github:acme/shop']);
    expect(await found('github:evil/shop')).toEqual([]);
    expect(await found('a sentence: with words')).toEqual([]);
  });

  it('reads nothing of a project that is not allowed, and tells guests nothing', async () => {
    const { bot } = await setUp({
      environment: { allowedProjects: ['local:issues'] },
      tracker: { listLabels: async () => ['secret'] },
    });
    expect(await bot.suggest({ ...ask, project: 'github:acme/other' })).toEqual([]);
    expect(await bot.suggest({ ...ask, actor: eve })).toEqual([]);
    expect(await bot.suggest(ask)).toHaveLength(1);
  });

  it('asks the tracker once a minute, and offers nothing while it does not answer', async () => {
    let asked = 0;
    const { bot } = await setUp({
      tracker: {
        async listLabels() {
          asked += 1;
          if (asked === 1) throw new Error('down');
          return ['bug'];
        },
      },
    });
    expect(await bot.suggest(ask)).toEqual([]);
    expect(await bot.suggest(ask)).toHaveLength(1);
    expect(await bot.suggest({ ...ask, text: 'b' })).toHaveLength(1);
    expect(asked).toBe(2);
  });
});
