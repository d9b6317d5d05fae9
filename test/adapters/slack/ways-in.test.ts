/** Where people begin and what they set, in every kind of place, through the real Bolt over both receivers. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { USAGE } from '../../core/bots.ts';
import { createIdleTracker } from '../../fakes/idle-tracker.ts';
import { addChannel } from '../../fakes/slack-world.ts';
import {
  channelOf,
  eventually,
  expectWritten,
  RECEIVERS,
  type Setting,
  storedIn,
  useSlack,
  writtenIn,
} from './bots.ts';
import { openView } from './drafts.ts';

const ME = '<@UBOT>';

/** What the bot told this person alone, by a direct message. */
const toldTo = (setting: Setting, direct: string) =>
  channelOf(setting, direct)
    .messages.filter(({ user }) => user === 'UBOT')
    .map(({ text }) => text);

describe.each(RECEIVERS)('ways into Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();
  afterEach(() => {
    vi.useRealTimers();
  });

  it('talks in group direct messages, once it is mentioned', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    addChannel(setting.slack.world, 'M1', 'mpim', ['UANN', 'UBOB']);
    const idle = await people.say('UANN', 'M1', 'lunch?');
    const root = await people.say('UANN', 'M1', `${ME} the export hangs`);
    await expectWritten(setting, 'M1', root.ts, ['heard: the export hangs']);
    await people.say('UBOB', 'M1', 'since Tuesday', { thread: root.ts });
    await expectWritten(setting, 'M1', root.ts, [
      'heard: the export hangs',
      'heard: the export hangs | since Tuesday',
    ]);
    expect((await people.command('UBOB', 'M1', 'the import too')).ok).toBe(true);
    await eventually(() =>
      expect(channelOf(setting, 'M1').messages.at(-1)?.text).toBe('heard: the import too'),
    );
    await bot.idle();
    expect(writtenIn(setting, 'M1', idle.ts)).toEqual([]);
  });

  it("drafts from a reply by its menu and by the channel's own emoji, and from nothing of its own", async () => {
    const setting = await setUp();
    await setting.repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', {
      reaction: 'bug',
    });
    const { people, bot } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', 'How was the release?');
    const reply = await people.say('UBOB', 'C1', 'Export hangs', { thread: root.ts });
    const before = setting.slack.calls.length;
    await people.react('UANN', 'C1', reply.ts, 'ticket');
    expect(setting.slack.calls).toHaveLength(before);
    await people.react('UANN', 'C1', reply.ts, 'bug');
    await eventually(() => expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(1));
    await bot.idle();
    const asked = 'Draft a ticket from this message by Bob:\n\n> Export hangs';
    expect(await storedIn(setting, 'C1', root.ts)).toContain(asked);
    const [own] = writtenIn(setting, 'C1', root.ts);
    await people.react('UANN', 'C1', own?.ts ?? '', 'bug');
    await people.shortcut('UANN', 'draft_ticket', { channel: 'C1', ts: reply.ts });
    await eventually(() => expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(2));
    await bot.idle();
    const stored = await storedIn(setting, 'C1', root.ts);
    expect(stored.filter((text) => text === asked)).toHaveLength(2);
    expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(2);
  });

  it('says by a direct message why nothing comes of it where the bot is not', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const message = { ts: setting.slack.world.nextTs(), user: 'UANN', text: 'Export hangs' };
    channelOf(setting, 'C2').messages.push(message);
    await people.shortcut('UANN', 'draft_ticket', { channel: 'C2', ts: message.ts });
    const told = 'I am not in that channel';
    await eventually(() => expect(toldTo(setting, 'D1')).toEqual([expect.stringContaining(told)]));
    await people.shortcut('UANN', 'new_ticket');
    const view = await openView(setting, 'New ticket');
    await people.submit(view, { text: 'the import hangs', channel: 'C2' });
    await eventually(() => expect(toldTo(setting, 'D1')).toHaveLength(2));
    expect(toldTo(setting, 'D1')[1]).toContain(told);
  });

  it.each(['share', 'mode assistant', 'project github:acme/shop', 'provider openai'])(
    'says where `/ticket %s` has to be said, for it is about one conversation',
    async (words) => {
      const setting = await setUp();
      const { people } = await run(setting, { receiver, more: { providers: ['openai'] } });
      const { body } = await people.command('UANN', 'C1', words);
      expect(body).toMatchObject({
        response_type: 'ephemeral',
        text: expect.stringContaining('mention me in its thread with the same words'),
      });
    },
  );

  it('links accounts with a code that only who asked for it sees', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const elsewhere = { identity: 'discord::1', name: 'annie', standing: 'member' } as const;
    const thread = { platform: 'discord', workspaceId: '', channelId: '', threadId: '9' } as const;
    const place = { workspaceId: 'G9', channelId: '9', visibility: 'public' } as const;
    const refused = await people.command('UANN', 'C1', 'link AAAAAAA1');
    expect(refused.body).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('That code does not work'),
    });
    // Their code for their other account, and the other account's for theirs here.
    const { body } = await people.command('UANN', 'C1', 'link');
    expect(body).toMatchObject({ response_type: 'ephemeral' });
    const code = codeIn(JSON.stringify(body));
    const command = { kind: 'link', code } as const;
    expect(await bot.handleAction({ thread, place, actor: elsewhere, command })).toMatchObject({
      kind: 'done',
      message: 'You are Ann here too from now on.',
    });
    const other = await bot.handleAction({
      ...{ thread, place, actor: elsewhere },
      command: { kind: 'link' },
    });
    const linked = await people.command('UBOB', 'D1', `link ${codeIn(other.message)}`);
    expect(linked.body).toMatchObject({ text: expect.stringContaining('You are Ann here too') });
    const { users } = setting.repositories;
    const known = await users.getUserByIdentity('slack:T1:UBOB');
    expect(known?.identities).toEqual(
      expect.arrayContaining(['slack:T1:UANN', 'slack:T1:UBOB', 'discord::1']),
    );
    expect(channelOf(setting, 'C1').messages).toEqual([]);
  });

  it('links a thread to an issue that is there, by `/ticket link` nowhere but in the thread', async () => {
    const setting = await setUp();
    const issue = { title: 'Pay', url: 'https://example.com/12', state: 'open' } as const;
    const getIssue = async (project: string, number: string) => ({ ...issue, project, number });
    const { people, bot } = await run(setting, {
      receiver,
      more: { chooseTracker: async () => createIdleTracker({ getIssue }) },
    });
    const { ts } = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', ts, ['heard: hello']);
    await bot.idle();
    const { body } = await people.command('UANN', 'C1', 'link #12');
    expect(body).toMatchObject({
      text: expect.stringContaining('mention me in its thread with the same words'),
    });
    await people.say('UANN', 'C1', `${ME} link #12`, { thread: ts });
    const state = () => setting.repositories.threads.get(conversationIdOf(threadIn('C1', ts)));
    await eventually(async () => expect((await state())?.issue?.number).toBe('12'));
    await people.say('UANN', 'C1', `${ME} unlink`, { thread: ts });
    await eventually(async () => expect((await state())?.issue).toBeUndefined());
  });

  it('leads from `/ticket settings` to the windows in which they are changed', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const { body } = await people.command('UANN', 'C1', 'settings');
    expect(JSON.stringify(body)).toContain('approvers: members (default)');
    await people.clickAnswer('UANN', 'C1', body, 'card:settings-channel');
    const view = await openView(setting, 'Channel settings');
    await people.submit(view, { intake: { value: 'yes' }, reaction: ':bug:' });
    await eventually(async () =>
      expect(await bot.readBeginnings({ platform: 'slack', place: placeOf('C1') })).toEqual({
        intake: true,
        reaction: 'bug',
      }),
    );
    await people.clickAnswer('UANN', 'C1', body, 'card:settings-user');
    expect((await openView(setting, 'My settings')).open).toBe(true);
  });

  it("leads from the Home to a channel's settings, for those who may change them", async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    for (const user of ['UANN', 'UGIL']) {
      await people.event({
        ...{ type: 'app_home_opened', tab: 'home', user, channel: 'D1', event_ts: '1.1' },
      });
      await people.clickHome(user, 'card:channel-settings');
    }
    const [first, second] = await eventually(() => {
      const views = [...setting.slack.world.views.values()].filter(({ view }) => view.submit);
      if (views.length < 2) throw new Error('there are no two windows');
      return views;
    });
    if (!first || !second) throw new Error('there are no two windows');
    await people.submit(first, { channel: 'C1' });
    const shown = JSON.stringify(first.view);
    expect(shown).toContain('When to answer');
    expect(shown).not.toContain('Who approves');
    await people.submit(first, { answer: { value: 'mentions' } });
    const actor = { identity: 'slack:T1:UANN', name: 'Ann', standing: 'member' } as const;
    await eventually(async () => {
      const scope = { platform: 'slack', place: placeOf('C1') } as const;
      const found = await bot.readPlaceSettings(actor, scope);
      expect(found?.settings).toEqual({ answer: 'mentions' });
    });
    const refused = await people.submit(second, { channel: 'C1' });
    expect(refused.body).toMatchObject({
      response_action: 'errors',
      errors: { channel: expect.stringContaining('You may not') },
    });
  });

  it('goes on in a new stream when an answer takes longer than Slack lets one live', async () => {
    const setting = await setUp();
    const later = Promise.withResolvers<void>();
    const shown = Promise.withResolvers<void>();
    const { people, bot } = await run(setting, {
      receiver,
      async *script() {
        yield { type: 'text', text: 'The first half is done. ' };
        await later.promise;
        yield { type: 'text', text: 'The second half is too. ' };
        await shown.promise;
        yield { type: 'text', text: 'That is all.' };
        yield { type: 'end', stopReason: 'end', usage: USAGE };
      },
    });
    const { ts } = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', ts, ['The first half is done.']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 250_000 });
    later.resolve();
    await expectWritten(setting, 'C1', ts, ['The first half is done.', 'The second half is too.']);
    vi.setSystemTime(Date.now() + 100_000);
    shown.resolve();
    await expectWritten(setting, 'C1', ts, [
      'The first half is done.',
      'The second half is too. That is all.',
    ]);
    await bot.idle();
    const states = writtenIn(setting, 'C1', ts).map((one) => one.streaming_state);
    expect(states).toEqual(['completed', 'completed']);
    const refused = setting.slack.calls.filter(({ outcome }) => outcome !== 'ok');
    expect(refused).toEqual([]);
  });

  it('shows an agent that works while an answer is written, and that it is done', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const { ts } = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', ts, ['heard: hello']);
    await bot.idle();
    await eventually(() =>
      expect(setting.slack.world.sessions).toEqual([`C1:${ts}:processing`, `C1:${ts}:active`]),
    );
  });
});

const placeOf = (channelId: string) =>
  ({ workspaceId: 'T1', channelId, visibility: 'public' }) as const;

const threadIn = (channelId: string, threadId: string) =>
  ({ platform: 'slack', workspaceId: 'T1', channelId, threadId }) as const;

const codeIn = (text: string) => /`link ([A-Z0-9]{8})`/.exec(text)?.[1] ?? '';
