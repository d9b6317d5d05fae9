/** What other apps post in Discord: it begins nothing, and is read where somebody asks about it. */
import { MessageType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createRest } from '../../../adapters/discord/clients.ts';
import { planRegistration } from '../../../adapters/discord/command-registration.ts';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { addUser, newMessage, openDm } from '../../fakes/discord-world.ts';
import { eventually, expectWritten, type Setting, storedIn, useDiscord } from './bots.ts';

const ALERT = {
  type: 'rich',
  title: 'TypeError in checkout',
  url: 'https://sentry.example.com/1',
  description: 'x is **undefined**',
  fields: [{ name: 'Release', value: '4.2' }],
  footer: { text: 'Sentry' },
};
/** What Discord itself shows of a link. */
const PREVIEW = { type: 'link', title: 'A page', description: 'what it says of itself' };
const SHOWN = [
  '[TypeError in checkout](https://sentry.example.com/1)',
  'x is **undefined**',
  'Release: 4.2',
];
const QUOTED = SHOWN.map((line) => `> ${line}`).join('\n');

describe('what apps post in Discord', () => {
  const { setUp, run } = useDiscord();

  function addApp({ discord, guild }: Setting) {
    const app = addUser(discord.world, 'Sentry', { bot: true });
    guild.members.set(app.id, { roles: [], pending: false });
    return app;
  }

  async function register({ discord }: Setting): Promise<void> {
    const { token, applicationId } = discord.world;
    const log = { info() {}, warn() {}, error: () => '' };
    const rest = createRest({ config: { token, apiUrl: discord.apiUrl }, log });
    await (await planRegistration({ rest, applicationId })).apply();
  }

  it('is part of a thread the bot is called into, the bot’s own is not', async () => {
    const setting = await setUp();
    const { bot } = await run(setting);
    const { people, ann, general, me, discord, repositories } = setting;
    const app = addApp(setting);
    const thread = people.openThread(ann.id, general.id, 'alert');
    people.say(app.id, thread.id, '', { embeds: [ALERT, PREVIEW] });
    people.say(app.id, thread.id, 'taken by Ann', { type: MessageType.ChatInputCommand });
    people.say(ann.id, thread.id, 'see the page', { embeds: [PREVIEW] });
    const mine = { channelId: thread.id, authorId: discord.world.applicationId, content: 'mine' };
    thread.messages.push(newMessage(discord.world, { ...mine, embeds: [ALERT] }));
    await bot.idle();
    const id = conversationIdOf(threadRefOf(thread.id));
    expect(await repositories.threads.get(id)).toBeUndefined();
    people.say(ann.id, thread.id, `${me} file this`);
    const before = [SHOWN.join('\n'), 'taken by Ann', 'see the page'];
    await eventually(async () =>
      expect((await storedIn(setting, thread.id)).slice(0, 4)).toEqual([...before, 'file this']),
    );
    const { items } = await repositories.messages.listMessages(id);
    expect(items[0]?.author).toMatchObject({ name: 'sentry', standing: 'bot' });
  });

  it('begins a thread that somebody opened from it', async () => {
    const setting = await setUp();
    await run(setting, { plain: false });
    const { people, ann, general, me, discord } = setting;
    const alert = people.say(ann.id, general.id, '', { webhookId: '77', embeds: [ALERT] });
    const thread = people.openThread(ann.id, general.id, 'alert', alert.id);
    const starter = newMessage(discord.world, {
      ...{ channelId: thread.id, authorId: ann.id, type: MessageType.ThreadStarterMessage },
      reference: { type: 0, message_id: alert.id, channel_id: general.id },
    });
    thread.messages.push(starter);
    people.say(ann.id, thread.id, `${me} file this`);
    await eventually(async () =>
      expect((await storedIn(setting, thread.id)).slice(0, 2)).toEqual([
        SHOWN.join('\n'),
        'file this',
      ]),
    );
  });

  it('is what a mention in reply to it is about', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, general, me } = setting;
    const alert = people.say(addApp(setting).id, general.id, '', { embeds: [ALERT] });
    const root = people.say(ann.id, general.id, `${me} file this`, { replyTo: alert.id });
    const quoted = QUOTED.replace('> ', '> sentry: ');
    await eventually(async () =>
      expect((await storedIn(setting, root.id))[0]).toBe(`file this\n\nForwarded:\n${quoted}`),
    );
  });

  it('is drafted from by the menu of a message', async () => {
    const setting = await setUp();
    await register(setting);
    await run(setting);
    const { people, ann, general, discord } = setting;
    const alert = people.say(addApp(setting).id, general.id, '', { embeds: [ALERT] });
    await people.contextCommand(ann.id, alert, 'Draft a ticket');
    const asked = `Draft a ticket from this message by sentry:\n\n${QUOTED}`;
    await eventually(async () => expect(await storedIn(setting, alert.id)).toContain(asked));
    const mine = newMessage(discord.world, {
      ...{ channelId: general.id, authorId: discord.world.applicationId, embeds: [ALERT] },
    });
    general.messages.push(mine);
    await people.contextCommand(ann.id, mine, 'Draft a ticket');
    await eventually(() => {
      const told = discord.world.ephemerals.map(({ message }) => message.content);
      expect(told).toContain('There is nothing in that message to draft from.');
    });
  });

  it('is read where it was forwarded: to the bot, or under the menu of a message', async () => {
    const setting = await setUp();
    await register(setting);
    await run(setting);
    const { people, ann, general, discord } = setting;
    const alert = people.say(addApp(setting).id, general.id, 'On fire', { embeds: [ALERT] });
    const forwarded = `Forwarded:\n> On fire\n> \n${QUOTED}`;
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, dm.id, '', { forwards: alert });
    await expectWritten(setting, dm.id, [`heard: ${forwarded}`]);
    const shared = people.say(ann.id, general.id, '', { forwards: alert });
    await people.contextCommand(ann.id, shared, 'Draft a ticket');
    const quoted = forwarded
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n');
    const asked = `Draft a ticket from this message by Ann:\n\n${quoted}`;
    await eventually(async () => expect(await storedIn(setting, shared.id)).toContain(asked));
  });
});
