/** Names offered while somebody types, through the bot's own front door. */
import { describe, expect, it } from 'vitest';
import type { SuggestAsk } from '../../src/core/suggest.ts';
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
