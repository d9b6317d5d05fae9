/** A draft's card in Discord: approved, completed and followed by people who press its buttons. */
import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { silent } from '../../core/bots.ts';
import { eventually, type Setting, useDiscord } from './bots.ts';
import { draftIn, draftOne, idOf, told } from './drafts.ts';

describe("a draft's card in Discord", () => {
  const { setUp, run } = useDiscord();

  /** A draft for a public project in a channel that not everybody sees, where `/ticket` can be said. */
  async function draftPrivately(setting: Setting) {
    const { ann, guild, general, discord } = setting;
    const { ViewChannel } = PermissionFlagsBits;
    general.overwrites.set(guild.id, { kind: 'role', allow: 0n, deny: ViewChannel });
    for (const id of [ann.id, discord.world.applicationId]) {
      general.overwrites.set(id, { kind: 'member', allow: ViewChannel, deny: 0n });
    }
    const { world, apiUrl } = discord;
    const rest = createRest({ config: { token: world.token, apiUrl }, log: silent });
    await (await planRegistration({ rest, applicationId: world.applicationId })).apply();
    return draftIn(setting, run, draftOne(), [], 'public');
  }

  it('is approved once by two people, and its card shows the issue', async () => {
    const setting = await setUp();
    const { card, issues, press } = await draftIn(setting, run);
    expect(JSON.stringify(card.embeds)).toContain('Export drops the last row');
    await Promise.all([press(setting.ann, 'Approve'), press(setting.owner, 'Approve')]);
    await eventually(() => expect(JSON.stringify(card.embeds)).toContain('✅ Filed'));
    expect(issues).toHaveLength(1);
    expect(card.components).toEqual([]);
  });

  it('has a label that the project lacks created once, however long, by whoever may', async () => {
    const setting = await setUp();
    const { card, labels, press, root } = await draftIn(setting, run);
    const name = `Needs design | ${'設計 '.repeat(20)}`.trim();
    const { people, ann, owner, me } = setting;
    people.say(ann.id, root.id, `${me} edit 1 labels: bug, ${name}`);
    const shown = () => JSON.stringify([card.embeds, card.components]);
    await eventually(() => expect(shown()).toContain('Not in the project'));
    const label = /Create label “[^"]+/.exec(shown())?.[0] ?? expect.unreachable(shown());
    await Promise.all([press(ann, label), press(owner, label)]);
    await eventually(() => expect(shown()).not.toContain('Not in the project'));
    expect(shown()).not.toContain('Create label');
    expect(new Set(labels)).toEqual(new Set(['bug', name]));
    await eventually(() => expect(told(setting)).toContain('Created the label'));
  });

  it('approved by a command where its words would become public is filed once a button confirms it', async () => {
    const setting = await setUp();
    const { people, ann } = setting;
    const { issues, root } = await draftPrivately(setting);
    const given = await people.slash(ann.id, root.id, 'ticket', { subcommand: 'approve' });
    await eventually(() => expect(told(setting)).toContain('is public'));
    expect(issues).toEqual([]);
    const asked = given.original ?? expect.unreachable();
    await people.click(ann.id, asked, idOf(asked, 'Yes, go on'));
    await eventually(() => expect(issues).toHaveLength(1));
  });

  it('warns again by that button where one of several was changed, and then files them all', async () => {
    const setting = await setUp();
    const { people, ann, me, discord } = setting;
    const { issues, root, messages, running } = await draftPrivately(setting);
    const cards = () =>
      messages().flatMap(({ embeds }) => embeds.map((one) => JSON.stringify(one)));
    people.say(ann.id, root.id, `${me} and another one`);
    await eventually(() => expect(cards()).toHaveLength(2));
    await running.settle();
    const given = await people.slash(ann.id, root.id, 'ticket', { subcommand: 'approve-all' });
    await eventually(() => expect(told(setting)).toContain('file drafts 1 and 2'));
    people.say(ann.id, root.id, `${me} edit 2 title: Said behind closed doors`);
    await eventually(() => expect(cards().join()).toContain('Said behind closed doors'));
    const asked = given.original ?? expect.unreachable();
    await people.click(ann.id, asked, idOf(asked, 'Yes, go on'));
    await eventually(() => expect(told(setting)).toContain('The drafts were changed'));
    expect(issues).toEqual([]);
    const again = discord.world.ephemerals.at(-1)?.message ?? expect.unreachable();
    await people.click(ann.id, again, idOf(again, 'Yes, go on'));
    await eventually(() => expect(told(setting).match(/^Filed/gm)).toHaveLength(2));
    expect(issues).toHaveLength(2);
  });

  it('names its thread after the draft', async () => {
    const setting = await setUp();
    const { root } = await draftIn(setting, run);
    await eventually(() =>
      expect(setting.discord.world.channels.get(root.id)?.name).toBe('Export drops the last row'),
    );
  });
});
