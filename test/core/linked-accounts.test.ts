/** One person on two platforms: what is theirs on one is theirs on the other. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { Bot } from '../../src/core/bot.ts';
import { createRecordingPlatform } from '../fakes/recording-platform.ts';
import { ann, place, thread, useBots } from './bots.ts';

const discordAnn = { identity: 'discord::ann', name: 'ann.d', standing: 'member' } as const;
const there = {
  thread: { platform: 'discord', workspaceId: '', channelId: '', threadId: '9' },
  place: { workspaceId: 'g', channelId: 'd', visibility: 'public' },
  author: discordAnn,
} as const;

describe('a person with linked accounts', () => {
  const { setUp, say, talk } = useBots();

  /** A conversation with a draft on each platform, and the accounts linked afterwards. */
  async function start(environment = {}) {
    const terminal = createRecordingPlatform();
    const discord = { ...createRecordingPlatform(), name: 'discord' as const };
    const made = await setUp({
      environment,
      tracker: {
        getIssue: async (project, number) => ({
          ...{ project, number, title: 'x', state: 'open' as const },
          url: `https://tracker.example.com/${number}`,
        }),
      },
      more: { platforms: [terminal, discord] },
    });
    await talk(made.bot, say('draft Begun here'), say('draft Begun there', there));
    const code = /link ([A-Z0-9]{8})/.exec((await here(made.bot, { kind: 'link' })).message)?.[1];
    const accepted = await elsewhere(made.bot, { kind: 'link', ...(code && { code }) });
    expect(accepted.message).toBe('You are Ann here too from now on.');
    await made.bot.resumePending();
    return { ...made, terminal, discord };
  }

  const here = (bot: Bot, command: Command) =>
    bot.handleAction({ thread, place, actor: ann, command });
  const elsewhere = (bot: Bot, command: Command) =>
    bot.handleAction({ thread: there.thread, place: there.place, actor: discordAnn, command });

  it('lists the conversations and drafts of both, from either', async () => {
    const { bot } = await start();
    for (const [act, actor] of [
      [here, ann],
      [elsewhere, discordAnn],
    ] as const) {
      const { conversations } = await act(bot, { kind: 'list' });
      const platforms = conversations?.items.map((one) => one.thread.platform).sort();
      expect(platforms).toEqual(['discord', 'terminal']);
      const home = await bot.readHome(actor);
      expect(home.conversations).toHaveLength(2);
      expect(home.drafts.map(({ title }) => title).sort()).toEqual(['Begun here', 'Begun there']);
    }
  });

  it('has one set of settings', async () => {
    const { bot } = await start();
    await elsewhere(bot, { kind: 'configure', scope: 'user', changes: { language: 'French' } });
    expect((await here(bot, { kind: 'settings' })).message).toContain('language: French');
  });

  it('owns the conversations of both', async () => {
    const { bot } = await start();
    const act = { thread, place, actor: discordAnn };
    expect((await bot.handleAction({ ...act, command: { kind: 'archive' } })).kind).toBe('done');
  });

  it('is the requester of both, and the card follows where the draft is', async () => {
    const { bot, terminal, discord } = await start({ approvers: 'requester' });
    const act = { thread, place, actor: { ...discordAnn, standing: 'guest' as const } };
    const edit = { kind: 'edit' as const, target: { ordinal: 1 }, changes: { title: 'Reworded' } };
    expect((await bot.handleAction({ ...act, command: edit })).kind).toBe('done');
    const approved = await bot.handleAction({ ...act, command: { kind: 'approve-all' } });
    expect(approved.kind).toBe('done');
    const [card] = terminal.cards.values();
    expect(card?.ticket).toMatchObject({ title: 'Reworded', status: 'published' });
    expect([...discord.cards.values()].map(({ ticket }) => ticket.status)).toEqual(['draft']);
  });

  it('hears of one issue in the threads of both', async () => {
    const { bot, terminal, discord } = await start();
    const approved = await here(bot, { kind: 'approve-all' });
    const [ticket] = approved.tickets;
    if (ticket?.status !== 'published') throw new Error('nothing was filed');
    const { tracker, host, projectId, project, number, externalUrl: url } = ticket.issue;
    const at = new Date().toISOString();
    const address = { tracker, host, projectId, number };
    const issue = { address, project, title: 'x', url, state: 'closed' as const, updatedAt: at };
    const follow = { kind: 'follow' as const, issue: 'local:issues#1' };
    expect((await elsewhere(bot, follow)).kind).toBe('done');
    await bot.handleIssueEvent({ kind: 'closed', issue, at });
    await bot.idle();
    for (const { notices } of [terminal, discord]) {
      expect(notices.filter((text) => text.includes('was closed'))).toHaveLength(1);
    }
  });
});
