/** Every button of a card and of a reply, through the real Bolt over both receivers. */
import { describe, expect, it } from 'vitest';
import { echo, hang, type Script, USAGE } from '../../core/bots.ts';
import { DRAFT } from '../../fakes/scripted-provider.ts';
import { channelOf, eventually, expectWritten, RECEIVERS, useSlack, writtenIn } from './bots.ts';
import { buttonFor, draftIn, draftOne, openView } from './drafts.ts';
import { seenOf } from './platforms.ts';

const ME = '<@UBOT>';

/** Drafts these, once. */
const drafting = (tickets: object[]): Script =>
  async function* (request, signal) {
    if (request.messages.at(-1)?.role === 'tool') return yield* draftOne(request, signal);
    yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    yield { type: 'end', stopReason: 'tools', usage: USAGE };
  };

describe.each(RECEIVERS)('buttons in Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  it('Discard drops the draft, and the card says so instead of a sentence', async () => {
    const setting = await setUp();
    const { people, bot, card, root } = await draftIn(setting, run, { receiver });
    const before = writtenIn(setting, 'C1', root.ts).length;
    await people.click('UBOB', 'C1', card.ts, buttonFor(setting, card.ts, 'discard'));
    await eventually(() => expect(seenOf(card)).toContain(':wastebasket:'));
    await bot.idle();
    expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(before);
    expect(setting.slack.world.ephemerals).toEqual([]);
  });

  it('Change project moves the draft to another one', async () => {
    const setting = await setUp();
    const { people, card } = await draftIn(setting, run, { receiver });
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-project'));
    const view = await openView(setting, 'Change project');
    const { ok } = await people.submit(view, { project: { value: 'local:elsewhere' } });
    expect([ok, view.open]).toEqual([true, false]);
    await eventually(() => expect(seenOf(card)).toContain('local:elsewhere'));
  });

  it('Read all shows what the card leaves out', async () => {
    const setting = await setUp();
    const description = `It hangs.\n\n${'| a | row |\n'.repeat(60)}\n\nTHE END`;
    const script = drafting([{ ...DRAFT, title: 'Export drops the last row', description }]);
    const { people, card } = await draftIn(setting, run, { receiver, script });
    expect(seenOf(card)).not.toContain('THE END');
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-reading'));
    await eventually(() => {
      const [view] = [...setting.slack.world.views.values()];
      expect(JSON.stringify(view?.view)).toContain('THE END');
    });
  });

  it('Fill in asks for what the project’s template wants, and the draft has it', async () => {
    const setting = await setUp();
    const fields = ['Version', 'Browser'].map((title) => ({ title, required: true }));
    const { people, card, bot } = await draftIn(setting, run, { receiver }, 'github', {
      listTemplates: async () => [{ name: 'Bug report', description: '', fields }],
    });
    await eventually(() => expect(seenOf(card)).toContain('card:fill'));
    await people.click('UBOB', 'C1', card.ts, 'card:fill');
    const view = await openView(setting, 'Fill in');
    await people.submit(view, { 'field-0': '17.4', 'field-1': 'Safari' });
    expect(view.open).toBe(false);
    await bot.idle();
    await eventually(() => {
      expect(seenOf(card)).toContain('17.4');
      expect(seenOf(card)).not.toContain('card:fill');
    });
  });

  it('Add to #7 makes the draft a comment there, once, and tells the thread', async () => {
    const setting = await setUp();
    const comments: string[] = [];
    const open = { url: 'https://github.com/7', state: 'open' } as const;
    const alike = { number: '7', title: 'Export drops the last row', project: 'issues', ...open };
    const { people, card, root, issues } = await draftIn(setting, run, { receiver }, 'github', {
      searchIssues: async () => [alike],
      getIssue: async () => alike,
      async finishIssue(_, { number }) {
        comments.push(number);
        return [];
      },
    });
    await eventually(() => expect(seenOf(card)).toContain('card:add-to-0'));
    await Promise.all([
      people.click('UANN', 'C1', card.ts, 'card:add-to-0'),
      people.click('UBOB', 'C1', card.ts, 'card:add-to-0'),
    ]);
    await eventually(() => expect(seenOf(card)).toContain('Added to'));
    await eventually(() => {
      const told = writtenIn(setting, 'C1', root.ts).filter((one) => one.ts !== card.ts);
      expect(told.filter(({ text }) => text.includes('#7'))).toHaveLength(1);
    });
    expect([comments, issues]).toEqual([['7'], []]);
  });

  it('Approve all files each of several drafts once', async () => {
    const setting = await setUp();
    const script = drafting(['Export', 'Import'].map((title) => ({ ...DRAFT, title })));
    const { people, issues, root } = await draftIn(setting, run, { receiver, script });
    const last = await eventually(() => {
      const found = writtenIn(setting, 'C1', root.ts).find((one) =>
        seenOf(one).includes('card:approve-all'),
      );
      if (!found) throw new Error('no card offers to approve all');
      return found;
    });
    await Promise.all([
      people.click('UANN', 'C1', last.ts, 'card:approve-all'),
      people.click('UBOB', 'C1', last.ts, 'card:approve-all'),
    ]);
    await eventually(() => {
      const cards = writtenIn(setting, 'C1', root.ts).filter((one) => seenOf(one).includes('#'));
      expect(cards.filter((one) => seenOf(one).includes(':white_check_mark:'))).toHaveLength(2);
    });
    expect(issues.map(({ title }) => title).sort()).toEqual(['Export', 'Import']);
  });

  it('Yes, go on files what it warned of, and warns again of what was changed since', async () => {
    const setting = await setUp();
    channelOf(setting, 'C1').kind = 'group';
    const script = drafting(['Export', 'Import'].map((title) => ({ ...DRAFT, title })));
    const { people, issues, root, bot } = await draftIn(
      setting,
      run,
      { receiver, script },
      'github',
      {
        getProject: async (project) => ({
          ...{ project, projectId: project, name: project, host: 'github.com' },
          visibility: 'public',
        }),
      },
    );
    await bot.idle();
    const card = writtenIn(setting, 'C1', root.ts).find((one) =>
      seenOf(one).includes('card:approve-all'),
    );
    await people.click('UANN', 'C1', card?.ts ?? '', 'card:approve-all');
    const warned = (count: number) =>
      eventually(() => {
        const told = setting.slack.world.ephemerals.filter(({ user }) => user === 'UANN');
        expect(told).toHaveLength(count);
        return told.at(-1);
      });
    const asked = await warned(1);
    expect(asked?.text).toContain('file drafts 1 and 2 there');
    await people.say('UBOB', 'C1', `${ME} edit 2 title: Said behind closed doors`, {
      thread: root.ts,
    });
    await eventually(() => {
      const cards = writtenIn(setting, 'C1', root.ts).map(seenOf);
      expect(cards.join()).toContain('Said behind closed doors');
    });
    await people.clickAnswer('UANN', 'C1', asked, 'card:confirm');
    const again = await warned(2);
    expect(again?.text).toContain('The drafts were changed');
    expect(issues).toEqual([]);
    await people.clickAnswer('UANN', 'C1', again, 'card:confirm');
    await eventually(() => expect(issues).toHaveLength(2));
    expect(issues.map(({ title }) => title)).toContain('Said behind closed doors');
  });

  it('Try again answers once, however often it is pressed', async () => {
    const setting = await setUp();
    let calls = 0;
    const { people, bot } = await run(setting, {
      receiver,
      script(request) {
        calls += 1;
        if (calls === 1) throw new Error('the model fell over');
        return echo(request);
      },
    });
    const { ts } = await people.say('UANN', 'C1', `${ME} hello`);
    const failed = await eventually(() => {
      const [found] = writtenIn(setting, 'C1', ts);
      if (!found || !seenOf(found).includes('card:retry')) throw new Error('nothing failed yet');
      return found;
    });
    await bot.idle();
    await Promise.all([
      people.click('UANN', 'C1', failed.ts, 'card:retry'),
      people.click('UBOB', 'C1', failed.ts, 'card:retry'),
    ]);
    const heard = 'heard: hello | Try again.';
    await expectWritten(setting, 'C1', ts, [failed.text, heard]);
    await people.click('UANN', 'C1', failed.ts, 'card:retry');
    await bot.idle();
    await expectWritten(setting, 'C1', ts, [failed.text, heard]);
  });

  it('Stop ends an answer that is written by edits, by whoever presses it', async () => {
    const setting = await setUp();
    const { faults } = setting.slack;
    faults.push({ method: 'chat.startStream', do: 'refuse', code: 'feature_not_enabled' });
    const { people, bot } = await run(setting, {
      receiver,
      async *script(_, signal) {
        yield { type: 'text', text: 'Let me think' };
        yield* hang(signal, () => undefined);
      },
    });
    const { ts } = await people.say('UANN', 'C1', `${ME} a long story`);
    const reply = await eventually(() => {
      const [found] = writtenIn(setting, 'C1', ts);
      if (!found || !seenOf(found).includes('card:stop')) throw new Error('nothing to stop yet');
      return found;
    });
    await people.click('UBOB', 'C1', reply.ts, 'card:stop');
    await bot.idle();
    expect(seenOf(reply)).toContain('Stopped.');
    expect(seenOf(reply)).not.toContain('card:stop');
  });
});

describe.each(RECEIVERS)('two processes in Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  it('answer a message once, whichever of them hears of it, and however often', async () => {
    const setting = await setUp();
    const processes = await Promise.all([run(setting, { receiver }), run(setting, { receiver })]);
    const message = { ts: setting.slack.world.nextTs(), user: 'UANN', text: `${ME} hello` };
    channelOf(setting, 'C1').messages.push(message);
    await Promise.all(
      [...processes, ...processes].map(({ people }) => people.redeliver('C1', message)),
    );
    await Promise.all(processes.map(({ bot }) => bot.idle()));
    await expectWritten(setting, 'C1', message.ts, ['heard: hello']);
    await processes[1]?.people.say('UBOB', 'C1', 'me too', { thread: message.ts });
    await expectWritten(setting, 'C1', message.ts, ['heard: hello', 'heard: hello | me too']);
  });
});
