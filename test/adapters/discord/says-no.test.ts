/** What becomes of things when Discord says no to what the bot would write. */
import { ChannelType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import type { Place } from '../../../src/core/thread.ts';
import { readPending } from '../../promises/pending.ts';
import { draftOne } from '../slack/drafts.ts';
import { eventually, type Setting, storedIn, useDiscord, writtenIn } from './bots.ts';

const BLOCKED = expect.stringContaining("This server's AutoMod blocked what I wanted to write.");

const directTo = ({ discord, ann }: Setting) =>
  [...discord.world.channels.values()]
    .filter(({ type, recipients }) => type === ChannelType.DM && recipients?.includes(ann.id))
    .flatMap(({ messages }) => messages.map(({ content }) => content));

describe('when the AutoMod of a server says no', () => {
  const { setUp, run } = useDiscord();

  it('to an answer, whoever asked is told once, and nothing is tried for ever', async () => {
    const setting = await setUp();
    const { discord, people, ann, general, me, repositories } = setting;
    discord.world.blockedWords.push('heard: forbidden');
    const { bot } = await run(setting, { plain: false });
    const root = people.say(ann.id, general.id, `${me} forbidden`);
    await eventually(() => expect(directTo(setting)).toEqual([BLOCKED]));
    await bot.idle();
    expect(await readPending(repositories)).toBe(0);
    expect(await storedIn(setting, root.id)).toEqual(['forbidden', 'heard: forbidden']);
    people.say(ann.id, root.id, 'and so on');
    discord.world.blockedWords.length = 0;
    await eventually(() =>
      expect(writtenIn(setting, root.id)).toEqual(['heard: forbidden | and so on']),
    );
    expect(directTo(setting)).toEqual([BLOCKED]);
  });

  it('to a card, whoever asked for the draft is told once, and its card comes once it may', async () => {
    const setting = await setUp();
    const { discord, people, ann, general, me, repositories } = setting;
    discord.world.blockedWords.push('Export drops');
    const { bot } = await run(setting, { plain: false, script: draftOne });
    const root = people.say(ann.id, general.id, `${me} the export`);
    await eventually(() => expect(writtenIn(setting, root.id)).toContain('A draft.'));
    const told = expect.stringMatching(/^I could not show the card of draft 1 .* AutoMod blocked/);
    await eventually(() => expect(directTo(setting)).toEqual([told]));
    await bot.idle();
    await bot.resumePending();
    expect(directTo(setting)).toEqual([told]);
    discord.world.blockedWords.length = 0;
    const thread = threadRefOf(root.id);
    const place: Place = {
      workspaceId: setting.guild.id,
      channelId: general.id,
      visibility: 'public',
    };
    const actor = { identity: `discord::${ann.id}`, name: 'Ann', standing: 'member' } as const;
    const edit = { kind: 'edit', target: { ordinal: 1 }, changes: { priority: 'high' } } as const;
    await bot.handleAction({ thread, place, actor, command: edit });
    await eventually(() => {
      const messages = discord.world.channels.get(root.id)?.messages ?? [];
      expect(messages.filter(({ embeds }) => embeds.length > 0)).toHaveLength(1);
    });
    await bot.idle();
    expect(await readPending(repositories)).toBe(0);
  });
});
