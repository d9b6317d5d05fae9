/** One prompt, two drafts: to a project each or to one for all, at the trackers that really keep them. */
import { describe, expect, it } from 'vitest';
import type { ProviderEvent, ProviderRequest } from '../../src/core/provider.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';
import { ann, thread, USAGE } from './bots.ts';
import { approve, edit, GITHUB_PROJECT, GITLAB_PROJECT, useTrackerBots } from './tracker-bots.ts';

const TITLES = ['Invoice shows no tax', 'Page loads in nine seconds'];
const ben = { identity: 'terminal::ben', name: 'Ben', standing: 'member' } as const;

/** Drafts both in one turn. */
async function* draftBoth({ messages }: ProviderRequest): AsyncIterable<ProviderEvent> {
  const isDone = messages.at(-1)?.role === 'tool';
  const tickets = TITLES.map((title) => ({ ...DRAFT, title }));
  if (!isDone) {
    yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
  }
  yield { type: 'end', stopReason: isDone ? 'end' : 'tools', usage: USAGE };
}

describe('two drafts of one prompt', () => {
  const { setUp, say, command, talk, hub, lab, shop, web, servers } = useTrackerBots();
  const filed = () => ({
    github: shop().issues.map(({ title }) => title),
    gitlab: web().issues.map(({ title }) => title),
  });

  function start(environment: object) {
    const chooseTracker = async (ref: string) => (ref.startsWith('github:') ? hub() : lab());
    const timing = { leaseMs: 20_000, renewMs: 1_000, settleMs: 10 };
    return setUp({ script: draftBoth, environment, more: { chooseTracker, timing } });
  }
  const routes = [
    { keyword: 'invoice', project: GITHUB_PROJECT },
    { keyword: 'page', project: GITLAB_PROJECT },
  ];

  it('go where the routes lead each of them', async () => {
    const { bot } = await start({ routes });
    await talk(bot, say('draft both'));
    expect(await command(bot, { kind: 'approve-all' })).toMatchObject({ kind: 'done' });
    expect(filed()).toEqual({ github: [TITLES[0]], gitlab: [TITLES[1]] });
  });

  it('go where somebody picked for each of them', async () => {
    const { bot } = await start({
      project: undefined,
      allowedProjects: [GITHUB_PROJECT, GITLAB_PROJECT],
    });
    await talk(bot, say('draft both'));
    expect(await command(bot, approve(1))).toMatchObject({ kind: 'refused' });
    expect(filed()).toEqual({ github: [], gitlab: [] });
    await command(bot, edit({ project: GITLAB_PROJECT }, 1));
    await command(bot, edit({ project: GITHUB_PROJECT }, 2));
    expect(await command(bot, { kind: 'approve-all' })).toMatchObject({ kind: 'done' });
    expect(filed()).toEqual({ github: [TITLES[1]], gitlab: [TITLES[0]] });
  });

  it('go both to the one project that was chosen for the conversation', async () => {
    const { bot } = await start({ routes });
    await talk(bot, say('draft both'));
    expect(await command(bot, { kind: 'project', project: GITLAB_PROJECT })).toMatchObject({
      kind: 'done',
    });
    expect(await command(bot, { kind: 'approve-all' })).toMatchObject({ kind: 'done' });
    expect(filed().github).toEqual([]);
    expect(filed().gitlab.sort()).toEqual([...TITLES].sort());
  });

  it('are each the issue of whoever approved it, with a token of their own at GitLab', async () => {
    const tokens = { ann: `glpat-${'a1B2'.repeat(5)}`, ben: `glpat-${'c3D4'.repeat(5)}` };
    for (const name of ['ann', 'ben'] as const) {
      const user = servers().gitlab.world.users.find(({ username }) => username === name);
      if (!user) throw new Error(`the stand-in does not know ${name}`);
      servers().gitlab.world.tokens.push({
        ...{ value: tokens[name], kind: 'access', user, scopes: ['api'], active: true },
      });
    }
    const chooseTracker = async (_: string, config?: { name: string }) =>
      lab(config && tokens[config.name as 'ann' | 'ben']);
    const timing = { leaseMs: 20_000, renewMs: 1_000, settleMs: 10 };
    const { bot, repositories } = await setUp({
      script: draftBoth,
      environment: { project: GITLAB_PROJECT },
      more: { chooseTracker, timing },
    });
    await talk(bot, say('draft both'));
    for (const [person, name] of [
      [ann, 'ann'],
      [ben, 'ben'],
    ] as const) {
      const { id } = await repositories.users.ensureUser(person);
      await repositories.trackerConfigs.saveTrackerConfig({ userId: id }, { name, kind: 'gitlab' });
    }
    bot.forgetConfiguration();
    const outcomes = await Promise.all([
      command(bot, approve(1), ann),
      command(bot, approve(2), ben),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done']);
    const issues = web().issues;
    const authors = Object.fromEntries(issues.map((one) => [one.title, one.author.username]));
    expect(authors).toEqual({ [TITLES[0] ?? '']: 'ann', [TITLES[1] ?? '']: 'ben' });
    const ofAnn = issues.find(({ author }) => author.username === 'ann');
    expect(ofAnn?.description).not.toContain('on behalf of');
    // It was Ann who asked for it.
    const ofBen = issues.find(({ author }) => author.username === 'ben');
    expect(ofBen?.description).toContain('on behalf of Ann');
    const { items } = await repositories.tickets.listTickets(conversationIdOf(thread));
    expect(items.map(({ status }) => status)).toEqual(['published', 'published']);
  });
});
