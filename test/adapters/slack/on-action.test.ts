/** Commands, shortcuts, buttons, modals and the Home, as people use them in Slack. */
import { describe, expect, it } from 'vitest';
import {
  channelOf,
  eventually,
  expectWritten,
  RECEIVERS,
  type Running,
  type Setting,
  storedIn,
  useSlack,
  writtenIn,
} from './bots.ts';
import { buttonFor, draftIn, openView } from './drafts.ts';

const ME = '<@UBOT>';

describe.each(RECEIVERS)('doing things in Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  const drafted = (setting: Setting, tracker: 'local' | 'github' = 'local') =>
    draftIn(setting, run, { receiver }, tracker);

  it('files one issue when two people approve at once, and the thread has the link', async () => {
    const setting = await setUp();
    const { people, issues, card, root } = await drafted(setting);
    const approve = buttonFor(setting, card.ts, 'approve');
    await Promise.all([
      people.click('UANN', 'C1', card.ts, approve),
      people.click('UBOB', 'C1', card.ts, approve),
    ]);
    await eventually(() => {
      const said = writtenIn(setting, 'C1', root.ts).filter(({ ts }) => ts !== card.ts);
      expect(said.filter(({ text }) => text.includes('Filed'))).toHaveLength(1);
    });
    expect(issues).toHaveLength(1);
    await eventually(() => expect(setting.slack.world.ephemerals).toHaveLength(1));
  });

  it('refuses a guest who approves, in a sentence for them alone', async () => {
    const setting = await setUp();
    const { people, issues, card } = await drafted(setting);
    await people.click('UGIL', 'C1', card.ts, buttonFor(setting, card.ts, 'approve'));
    await eventually(() =>
      expect(setting.slack.world.ephemerals).toEqual([
        expect.objectContaining({ user: 'UGIL', text: expect.stringContaining('may not approve') }),
      ]),
    );
    expect(issues).toEqual([]);
  });

  it('creates a label that the project lacks for whoever may approve, once, and the card stops naming it', async () => {
    const setting = await setUp();
    const { people, labels, card, root } = await drafted(setting, 'github');
    await people.say('UANN', 'C1', `${ME} edit 1 labels: bug, Needs “design” & care`, {
      thread: root.ts,
    });
    const shown = () =>
      JSON.stringify(channelOf(setting, 'C1').messages.find(({ ts }) => ts === card.ts)?.blocks);
    await eventually(() => expect(shown()).toContain('Not in the project'));
    expect(shown()).toContain('Create label “Needs “design” & care”');
    const create = buttonFor(setting, card.ts, 'create-name');
    await people.click('UGIL', 'C1', card.ts, create);
    await eventually(() =>
      expect(setting.slack.world.ephemerals.at(-1)).toMatchObject({
        user: 'UGIL',
        text: 'You may not create labels or milestones here. Ask somebody who may.',
      }),
    );
    expect(labels).toEqual(['bug']);
    await people.click('UBOB', 'C1', card.ts, create);
    await eventually(() => expect(shown()).not.toContain('Not in the project'));
    expect(labels).toEqual(['bug', 'Needs “design” & care']);
    await eventually(() => {
      const said = JSON.stringify(writtenIn(setting, 'C1', root.ts));
      expect(said).toContain('Created the label');
    });
  });

  it('edits a draft in a modal, shows mistakes at their field, and tells the second of two editors', async () => {
    const setting = await setUp();
    const { people, card } = await drafted(setting);
    const edit = buttonFor(setting, card.ts, 'open-edit');
    await people.click('UANN', 'C1', card.ts, edit);
    const first = await openView(setting, 'Edit');
    await people.click('UBOB', 'C1', card.ts, edit);
    const second = await eventually(() => {
      const all = [...setting.slack.world.views.values()].filter(({ view }) => view.submit);
      if (all.length < 2 || !all[1]) throw new Error('one window');
      return all[1];
    });
    const wrong = await people.submit(first, { title: ' ' });
    expect(wrong.body).toMatchObject({
      response_action: 'errors',
      errors: { title: expect.any(String) },
    });
    const right = await people.submit(first, { title: 'Export drops two rows' });
    expect(right).toMatchObject({ ok: true });
    await eventually(() => {
      const shown = channelOf(setting, 'C1').messages.find(({ ts }) => ts === card.ts);
      expect(JSON.stringify(shown?.blocks)).toContain('Export drops two rows');
    });
    const late = await people.submit(second, { title: 'Something else' });
    expect(late.body).toMatchObject({ response_action: 'update' });
    expect(JSON.stringify(late.body)).toContain('changed in the meantime');
  });

  it('begins a thread by /ticket, carries out its verbs, and opens a window for none', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    expect(await people.command('UANN', 'C1', 'the export is broken')).toMatchObject({ ok: true });
    const root = await eventually(() => {
      const found = channelOf(setting, 'C1').messages.find(({ user }) => user === 'UBOT');
      if (!found) throw new Error('no thread yet');
      return found;
    });
    await eventually(async () =>
      expect(await storedIn(setting, 'C1', root.ts)).toEqual([
        'the export is broken',
        'heard: the export is broken',
      ]),
    );
    const help = await people.command('UANN', 'C1', 'help');
    expect(help.body).toMatchObject({ response_type: 'ephemeral' });
    expect(JSON.stringify(help.body)).toContain('approve 2');
    await people.command('UANN', 'C1', '');
    const view = await openView(setting, 'New ticket');
    await people.submit(view, { text: 'the import hangs' });
    await eventually(() => {
      const roots = channelOf(setting, 'C1').messages.filter(
        ({ user, thread_ts, ts }) => user === 'UBOT' && (!thread_ts || thread_ts === ts),
      );
      expect(roots).toHaveLength(2);
    });
  });

  it('says why when /ticket is used where the bot is not', async () => {
    const setting = await setUp();
    const { people, logged } = await run(setting, { receiver });
    expect(await people.command('UANN', 'C2', 'hello')).toMatchObject({ ok: true });
    await eventually(() => {
      const [answer] = setting.slack.world.responses;
      expect(JSON.stringify(answer)).toContain('I am not in that channel');
    });
    expect(logged.map(([event]) => event)).toContain('thread-not-opened');
  });

  it('drafts from the menu of a message, and from the emoji, in the thread of that message', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const message = await people.say('UBOB', 'C1', 'Export drops the last row');
    await people.shortcut('UANN', 'draft_ticket', { channel: 'C1', ts: message.ts });
    const heard =
      'heard: Export drops the last row | Draft a ticket from this message by Bob:\n\n> Export drops the last row';
    await expectWritten(setting, 'C1', message.ts, [heard]);
    const other = await people.say('UBOB', 'C1', 'Import hangs');
    await people.react('UANN', 'C1', other.ts, 'tada');
    await people.react('UANN', 'C1', other.ts, 'ticket');
    await eventually(() => expect(writtenIn(setting, 'C1', other.ts)).toHaveLength(1));
  });

  it('begins a ticket from anywhere, in the channel that is chosen', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    await people.shortcut('UANN', 'new_ticket');
    const view = await openView(setting, 'New ticket');
    await people.submit(view, { text: 'the import hangs', channel: 'C1' });
    await eventually(() =>
      expect(channelOf(setting, 'C1').messages.some(({ user }) => user === 'UBOT')).toBe(true),
    );
  });

  it('shows a person their Home, saves their settings there, and suggests how to begin', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const { homes, prompts } = setting.slack.world;
    await people.event({
      type: 'app_home_opened',
      tab: 'home',
      user: 'UANN',
      channel: 'D1',
      event_ts: '1.1',
    });
    expect(JSON.stringify(homes.get('UANN'))).toContain('My settings');
    await people.event({
      type: 'app_home_opened',
      tab: 'messages',
      user: 'UANN',
      channel: 'D1',
      event_ts: '1.2',
    });
    expect(prompts).toHaveLength(1);
    await people.clickHome('UANN', 'card:settings');
    const view = await openView(setting, 'My settings');
    await people.submit(view, { language: 'German' });
    const ann = { identity: 'slack:T1:UANN', name: 'Ann', standing: 'member' } as const;
    await eventually(async () =>
      expect((await bot.readHome(ann)).settings.language).toBe('German'),
    );
    expect(JSON.stringify(homes.get('UANN'))).toContain('German');
  });

  it("stops by Slack's own Stop button", async () => {
    const setting = await setUp();
    const begun = Promise.withResolvers<void>();
    const running: Running = await run(setting, {
      receiver,
      async *script(_, signal) {
        yield { type: 'text', text: 'Let me think' };
        begun.resolve();
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    });
    const root = await running.people.say('UANN', 'D1', 'a long story');
    await begun.promise;
    const { sessions } = setting.slack.world;
    await eventually(() => expect(sessions).toEqual([`D1:${root.ts}:processing`]));
    await eventually(() => expect(writtenIn(setting, 'D1', root.ts)).toHaveLength(1));
    await running.people.stop('UANN', 'D1', root.ts);
    await running.bot.idle();
    expect(JSON.stringify(writtenIn(setting, 'D1', root.ts))).toContain('Stopped.');
    expect(writtenIn(setting, 'D1', root.ts)).toHaveLength(1);
    await eventually(() => expect(sessions.at(-1)).toBe(`D1:${root.ts}:active`));
  });
});
