/** What people say in Discord, through the real discord.js, stored and answered once. */
import { ChannelType, MessageType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { threadRefOf } from '../../../adapters/discord/inbound.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { echo, hang } from '../../core/bots.ts';
import { addChannel, addUser, newMessage, openDm } from '../../fakes/discord-world.ts';
import { eventually, expectWritten, storedIn, useDiscord, writtenIn } from './bots.ts';

describe('messages in Discord', () => {
  const { setUp, run } = useDiscord();

  it('a mention in a channel begins a thread, in which it is answered', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, general, me, discord } = setting;
    const root = people.say(ann.id, general.id, `${me} the export is broken`);
    await expectWritten(setting, root.id, ['heard: the export is broken']);
    expect(discord.world.channels.get(root.id)?.name).toBe('the export is broken');
    expect(writtenIn(setting, general.id)).toEqual([]);
    people.say(ann.id, root.id, 'since monday');
    await expectWritten(setting, root.id, [
      'heard: the export is broken',
      'heard: the export is broken | since monday',
    ]);
  });

  it('what is not for the bot in a channel costs nothing', async () => {
    const setting = await setUp();
    const { bot } = await run(setting);
    const { people, ann, general, repositories } = setting;
    const other = people.say(ann.id, general.id, 'lunch?');
    people.say(ann.id, general.id, 'pinned', { type: MessageType.ChannelPinnedMessage });
    await expectIdle(setting, bot);
    expect(await repositories.threads.get(conversationIdOf(threadRefOf(other.id)))).toBeUndefined();
  });

  it('a mention in a thread brings along what was said there before', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, general, me } = setting;
    const thread = people.openThread(ann.id, general.id, 'talk');
    people.say(ann.id, thread.id, 'first');
    people.say(ann.id, thread.id, 'second');
    people.say(ann.id, thread.id, `${me} what now?`);
    await expectWritten(setting, thread.id, ['heard: first | second | what now?']);
    const stored = await storedIn(setting, thread.id);
    expect(stored).toEqual(expect.arrayContaining(['first', 'second', 'what now?']));
  });

  it('a bound thread is heard after a restart, also when it was archived', async () => {
    const setting = await setUp();
    const { people, ann, general, me } = setting;
    const first = await run(setting);
    const root = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    await first.adapter.stop();
    people.archive(root.id);
    await run(setting);
    people.say(ann.id, root.id, 'two');
    await expectWritten(setting, root.id, ['heard: one', 'heard: one | two']);
  });

  it('direct messages are one conversation, until `new` starts another', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, discord } = setting;
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, dm.id, 'one');
    await expectWritten(setting, dm.id, ['heard: one']);
    people.say(ann.id, dm.id, 'two');
    await expectWritten(setting, dm.id, ['heard: one', 'heard: one | two']);
    const begin = people.say(ann.id, dm.id, 'new: three');
    await eventually(() => expect(writtenIn(setting, dm.id).at(-1)).toBe('heard: three'));
    people.say(ann.id, dm.id, 'four');
    await eventually(() => expect(writtenIn(setting, dm.id).at(-1)).toBe('heard: three | four'));
    await eventually(async () => expect(await storedIn(setting, dm.id, begin.id)).toHaveLength(4));
    people.say(ann.id, dm.id, 'new');
    await eventually(() => expect(writtenIn(setting, dm.id).at(-1)).toContain('new conversation'));
  });

  it('a direct message that only begins with the word `new` keeps it, and its conversation', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, discord } = setting;
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, dm.id, 'the export fails');
    await expectWritten(setting, dm.id, ['heard: the export fails']);
    people.say(ann.id, dm.id, 'New users only');
    const heard = 'heard: the export fails | New users only';
    await eventually(() => expect(writtenIn(setting, dm.id).at(-1)).toBe(heard));
  });

  it('takes what begins a thread in an intake channel or forum, and leaves other channels alone', async () => {
    const setting = await setUp();
    const { people, ann, guild, general, discord, repositories } = setting;
    const forum = addChannel(discord.world, guild, 'bugs', ChannelType.GuildForum);
    const quiet = addChannel(discord.world, guild, 'random');
    for (const { id } of [general, forum]) {
      await repositories.workspaces.saveChannelSettings('discord', guild.id, id, { intake: true });
    }
    const { settle } = await run(setting);
    const root = people.say(ann.id, general.id, 'the export is broken');
    await expectWritten(setting, root.id, ['heard: the export is broken']);
    const post = people.post(ann.id, forum.id, 'Dark mode', 'please');
    await expectWritten(setting, post.id, ['heard: Dark mode\n\nplease']);
    const talk = people.say(ann.id, quiet.id, 'lunch?');
    await settle();
    expect(discord.world.channels.has(talk.id)).toBe(false);
  });

  it('a forum post that mentions the bot becomes a conversation', async () => {
    const setting = await setUp();
    const { people, ann, guild, discord, me } = setting;
    const forum = addChannel(discord.world, guild, 'ideas', ChannelType.GuildForum);
    await run(setting);
    const thread = people.post(ann.id, forum.id, 'Dark mode', `${me} please`);
    const first = 'heard: Dark mode\n\nplease';
    await expectWritten(setting, thread.id, [first]);
    people.say(ann.id, thread.id, 'soon');
    await expectWritten(setting, thread.id, [first, `${first} | soon`]);
  });

  it('a mention in reply to somebody is about what they said', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, owner, general, me } = setting;
    const earlier = people.say(owner.id, general.id, 'the login fails');
    const root = people.say(ann.id, general.id, `${me} file this`, { replyTo: earlier.id });
    await eventually(async () =>
      expect((await storedIn(setting, root.id))[0]).toMatch(/^file this\n\nForwarded:\n> /),
    );
    expect((await storedIn(setting, root.id))[0]).toContain('Owner: the login fails');
  });

  it('a mention in reply to a picture without words is about the picture', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, owner, general, me } = setting;
    const shot = { name: 'shot.png', contentType: 'image/png', content: Buffer.from('pixels') };
    const earlier = people.say(owner.id, general.id, '', { files: [shot] });
    const root = people.say(ann.id, general.id, `${me} file this`, { replyTo: earlier.id });
    await expectWritten(setting, root.id, ['heard: file this']);
    const { items } = await setting.repositories.messages.listMessages(
      conversationIdOf(threadRefOf(root.id)),
    );
    expect(items[0]?.attachments).toMatchObject([{ name: 'shot.png', mimeType: 'image/png' }]);
  });

  it('a long paste, which Discord sends as a file, is read to the model', async () => {
    const setting = await setUp();
    const shown: string[] = [];
    await run(setting, {
      plain: false,
      script(request) {
        shown.push(JSON.stringify(request.messages[0]));
        return echo(request);
      },
    });
    const { people, ann, general, me } = setting;
    const content = Buffer.from('TypeError: cart is undefined');
    const paste = { name: 'message.txt', contentType: 'text/plain; charset=utf-8', content };
    people.say(ann.id, general.id, `${me} checkout fails`, { files: [paste] });
    await eventually(() => expect(shown[0]).toContain('TypeError: cart is undefined'));
  });

  it('other bots and webhooks are not heard', async () => {
    const setting = await setUp();
    const { bot } = await run(setting);
    const { people, general, me, guild, discord } = setting;
    const robot = addUser(discord.world, 'Robot', { bot: true });
    guild.members.set(robot.id, { roles: [], pending: false });
    const said = people.say(robot.id, general.id, `${me} hello`);
    await expectIdle(setting, bot);
    expect(discord.world.channels.has(said.id)).toBe(false);
  });

  it('a message that waits is answered as it was edited to, and deleted ones are gone', async () => {
    const setting = await setUp();
    let asked = 0;
    await run(setting, {
      script(request, signal) {
        asked += 1;
        return asked === 1 ? hang(signal, () => undefined) : echo(request);
      },
    });
    const { people, ann, general, me } = setting;
    const root = people.say(ann.id, general.id, `${me} teh export`);
    await eventually(() => expect(asked).toBe(1));
    people.edit(root, `${me} the export`);
    await expectWritten(setting, root.id, ['heard: the export']);
    const more = people.say(ann.id, root.id, 'forget this');
    await eventually(() => expect(writtenIn(setting, root.id)).toHaveLength(2));
    people.remove(more);
    await eventually(async () =>
      expect(await storedIn(setting, root.id)).not.toContain('forget this'),
    );
  });

  it('what a thread began with is known as it was edited to, though it was not for the bot', async () => {
    const setting = await setUp();
    await run(setting, { plain: false });
    const { people, ann, owner, general, me, discord } = setting;
    const report = people.say(owner.id, general.id, 'it fails in 1.4');
    const thread = people.openThread(ann.id, general.id, 'talk', report.id);
    const starter = newMessage(discord.world, {
      ...{ channelId: thread.id, authorId: ann.id, type: MessageType.ThreadStarterMessage },
      reference: { type: 0, message_id: report.id, channel_id: general.id },
    });
    thread.messages.push(starter);
    people.say(ann.id, thread.id, `${me} hello`);
    await eventually(async () =>
      expect(await storedIn(setting, report.id)).toContain('it fails in 1.4'),
    );
    people.edit(report, 'it fails in 1.5');
    await eventually(async () => {
      const stored = await storedIn(setting, report.id);
      expect(stored).toContain('it fails in 1.5');
      expect(stored).not.toContain('it fails in 1.4');
    });
  });

  it('a deleted thread puts its conversation away', async () => {
    const setting = await setUp();
    await run(setting);
    const { people, ann, general, me, repositories } = setting;
    const root = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, root.id, ['heard: one']);
    people.removeChannel(root.id);
    const state = await repositories.threads.get(conversationIdOf(threadRefOf(root.id)));
    await eventually(async () => {
      const { items } = await repositories.conversations.listConversations(
        state?.owner.userId ?? '',
      );
      expect(items.map(({ status }) => status)).toEqual(['archived']);
    });
  });

  it('says what is missing where it may not open threads', async () => {
    const setting = await setUp();
    const { people, ann, general, guild, me } = setting;
    const botRole = [...guild.roles.values()].find(({ name }) => name === 'prompt-to-issue');
    general.overwrites.set(botRole?.id ?? '', { kind: 'role', allow: 0n, deny: 1n << 35n });
    const hall = addChannel(setting.discord.world, guild, 'hall', ChannelType.GuildVoice);
    await run(setting);
    people.say(ann.id, general.id, `${me} hello`);
    people.say(ann.id, hall.id, `${me} hello`);
    await eventually(() => {
      expect(writtenIn(setting, general.id)[0]).toContain('my role lacks Create Public Threads');
      expect(writtenIn(setting, hall.id)[0]).toContain('no threads in this kind of channel');
    });
  });

  it('typed commands happen once, in the thread', async () => {
    const setting = await setUp();
    await Promise.all([run(setting), run(setting)]);
    const { people, ann, general, me } = setting;
    const root = people.say(ann.id, general.id, `${me} help`);
    await eventually(() => expect(writtenIn(setting, root.id)).toHaveLength(1));
    expect(writtenIn(setting, root.id)[0]).toContain('Nothing is filed until a person approves');
    people.redeliver(root);
    const next = people.say(ann.id, general.id, `${me} one`);
    await expectWritten(setting, next.id, ['heard: one']);
    expect(writtenIn(setting, root.id)).toHaveLength(1);
  });

  /** Everything said so far has been looked at: what is said after it is answered. */
  async function expectIdle(
    setting: Awaited<ReturnType<typeof setUp>>,
    bot: { idle(): Promise<void> },
  ) {
    const { people, ann, discord } = setting;
    const dm = openDm(discord.world, ann.id);
    people.say(ann.id, dm.id, 'still there?');
    await expectWritten(setting, dm.id, ['heard: still there?']);
    await bot.idle();
  }
});
