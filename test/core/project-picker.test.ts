/** A draft of which it is unclear where it goes: its card offers the projects that are allowed here. */
import { describe, expect, it, vi } from 'vitest';
import type { Settings } from '../../src/core/settings.ts';
import type { TrackerProject } from '../../src/core/tracker.ts';
import type { RecordingPlatform } from '../fakes/recording-platform.ts';
import { useBots } from './bots.ts';

const seen = (project: string): TrackerProject => ({
  ...{ project, name: project, host: 'github.com', projectId: project },
  visibility: 'private',
});

describe('the choice of a project', () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  async function draft(environment: Settings) {
    const made = await setUp({
      environment,
      tracker: {
        name: 'github',
        listProjects: async () => ['acme/shop', 'acme/site', 'other/secret'].map(seen),
      },
    });
    await talk(made.bot, say('draft Checkout hangs'));
    return made;
  }
  const offers = (platform: RecordingPlatform, projects: string[] | undefined) =>
    vi.waitFor(() => expect([...platform.cards.values()][0]?.projects).toEqual(projects));
  const pick = (project: string) =>
    ({ kind: 'edit', target: { ordinal: 1 }, changes: { project } }) as const;
  const approve = { kind: 'approve', target: { ordinal: 1 } } as const;

  it('is offered on the card, and the draft goes where somebody decided', async () => {
    const allowedProjects = ['github:acme/*', 'gitlab:acme/app'];
    const { bot, platform, issues } = await draft({ allowedProjects });
    await offers(platform, ['gitlab:acme/app', 'github:acme/shop', 'github:acme/site']);
    expect(await command(bot, approve)).toMatchObject({ kind: 'refused' });
    expect(issues).toEqual([]);
    expect(await command(bot, pick('github:acme/site'))).toMatchObject({ kind: 'done' });
    await offers(platform, undefined);
    expect([...platform.cards.values()][0]?.project).toBe('github:acme/site');
    expect(await command(bot, approve)).toMatchObject({ kind: 'done' });
    expect(issues.map(({ project }) => project)).toEqual(['acme/site']);
  });

  it('offers those that routes lead to, and takes none that is not allowed', async () => {
    const { bot, platform, repositories } = await draft({
      allowedProjects: ['github:acme/pay', 'github:acme/old'],
      routes: [{ keyword: 'invoice', project: 'github:acme/pay' }],
    });
    await offers(platform, ['github:acme/pay', 'github:acme/old']);
    expect(await command(bot, pick('github:other/secret'))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('is not one of the projects this place may use'),
    });
    expect((await readTickets(repositories))[0]?.project).toBeUndefined();
  });
});
