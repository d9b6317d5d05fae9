/** An epic and its children, at the trackers that link them. */
import { describe, expect, it } from 'vitest';
import { approve, edit, useTrackerBots } from './tracker-bots.ts';

describe('an epic and its children', () => {
  const { say, command, talk, onGitHub, onGitLab, shop, web } = useTrackerBots();

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
});
