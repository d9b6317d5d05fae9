/** What becomes of things when Slack says no, through the real Bolt over both receivers. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { echo, hang, type Script } from '../../core/bots.ts';
import {
  channelOf,
  eventually,
  expectWritten,
  RECEIVERS,
  type Setting,
  useSlack,
  writtenIn,
} from './bots.ts';
import { buttonFor, draftIn, openView } from './drafts.ts';
import { seenOf } from './platforms.ts';

const ME = '<@UBOT>';

/** What the bot told Ann alone: where she is, or by a direct message. */
const toldToAnn = (setting: Setting) => [
  ...setting.slack.world.ephemerals.filter(({ user }) => user === 'UANN').map(({ text }) => text),
  ...channelOf(setting, 'D1')
    .messages.filter(({ user }) => user === 'UBOT')
    .map(({ text }) => text),
];

const threadIn = (channelId: string, threadId: string) =>
  ({ platform: 'slack', workspaceId: 'T1', channelId, threadId }) as const;

/** Nothing waits in this thread any more. */
async function expectSettled({ repositories }: Setting, channelId: string, threadId: string) {
  const state = await repositories.threads.get(conversationIdOf(threadIn(channelId, threadId)));
  expect([state?.claim, state?.waiting]).toEqual([undefined, []]);
}

describe.each(RECEIVERS)('when Slack says no, over %s', (receiver) => {
  const { setUp, run } = useSlack();

  /** A model that has begun to write, and writes no more until it is let go. */
  function pausing() {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const script: Script = async function* (request, signal) {
      calls += 1;
      if (calls > 1) return yield* echo(request);
      yield { type: 'text', text: 'Let me see. ' };
      begun.resolve();
      await Promise.race([
        gate.promise,
        hang(signal, () => undefined)
          [Symbol.asyncIterator]()
          .next(),
      ]);
      yield* echo(request);
    };
    return { script, begun: begun.promise, letGo: gate.resolve };
  }

  it('a window comes too late, and the person is told to try again', async () => {
    const setting = await setUp();
    const { people, card } = await draftIn(setting, run, { receiver });
    setting.slack.world.triggerLifetimeMs = -1;
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-edit'));
    await eventually(() => expect(toldToAnn(setting)).toHaveLength(1));
    const { body } = await people.command('UANN', 'C1', '');
    expect(JSON.stringify(body)).toContain('took too long');
    await people.shortcut('UANN', 'new_ticket');
    await eventually(() => expect(toldToAnn(setting)).toHaveLength(2));
    for (const told of toldToAnn(setting)) expect(told).toContain('took too long');
    expect([...setting.slack.world.views]).toEqual([]);
  });

  it('a window was closed before it could be filled, and that is nobody’s mistake', async () => {
    const setting = await setUp();
    const { people, card, logged } = await draftIn(setting, run, { receiver });
    setting.slack.faults.push({ method: 'views.update', do: 'refuse', code: 'not_found' });
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-edit'));
    await eventually(() => expect(setting.slack.faults).toEqual([]));
    await people.click('UANN', 'C1', card.ts, buttonFor(setting, card.ts, 'open-edit'));
    await openView(setting, 'Edit');
    expect(toldToAnn(setting)).toEqual([]);
    expect(logged.map(([event]) => event)).not.toContain('slack-interaction-failed');
  });

  it.each(['users:read', 'channels:read', 'assistant:write', 'im:write'])(
    'it answers without the permission %s',
    async (scope) => {
      const setting = await setUp();
      setting.slack.world.scopes?.delete(scope);
      const { people, bot } = await run(setting, { receiver });
      const said = await people.say('UANN', 'C1', `${ME} hello`);
      await expectWritten(setting, 'C1', said.ts, ['heard: hello']);
      await people.react('UANN', 'C1', said.ts, 'tada');
      await bot.idle();
      expect(writtenIn(setting, 'C1', said.ts)).toHaveLength(1);
    },
  );

  it('without the permission to write nothing is tried for ever, and the log says what is missing', async () => {
    const setting = await setUp();
    setting.slack.world.scopes?.delete('chat:write');
    const { people, bot, delivery, logged } = await run(setting, { receiver });
    const said = await people.say('UANN', 'C1', `${ME} hello`);
    expect(delivery.acknowledgements.every(({ deliveries }) => deliveries === 1)).toBe(true);
    await bot.idle();
    await expectSettled(setting, 'C1', said.ts);
    expect(logged.map(([event]) => event)).toContain('reply-not-finished');
    setting.slack.world.scopes?.add('chat:write');
    await people.say('UANN', 'C1', 'and now?', { thread: said.ts });
    await expectWritten(setting, 'C1', said.ts, ['heard: hello | and now?']);
  });

  it.each(['users.info', 'chat.startStream', 'chat.stopStream', 'conversations.replies'])(
    'a limit is kept (%s), and the message is answered once',
    async (method) => {
      const setting = await setUp();
      const { people, bot } = await run(setting, { receiver });
      setting.slack.faults.push({ method, do: 'limit', retryAfter: 1 });
      const root = await people.say('UBOB', 'C1', 'Export hangs');
      await people.say('UANN', 'C1', `${ME} thoughts?`, { thread: root.ts });
      await expectWritten(setting, 'C1', root.ts, ['heard: Export hangs | thoughts?']);
      await bot.idle();
      expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(1);
      expect(setting.slack.faults).toEqual([]);
    },
  );

  it('what is filed in a channel that was archived is filed once, and told to whoever approved it', async () => {
    const setting = await setUp();
    const { people, card, issues } = await draftIn(setting, run, { receiver });
    const approve = buttonFor(setting, card.ts, 'approve');
    channelOf(setting, 'C1').archived = true;
    await people.click('UANN', 'C1', card.ts, approve);
    await eventually(() => expect(toldToAnn(setting)).toEqual([expect.stringContaining('Filed')]));
    expect(issues).toHaveLength(1);
  });

  it('thrown out of the channel while it writes, the bot says so to whoever asked', async () => {
    const setting = await setUp();
    const { script, begun, letGo } = pausing();
    const { people, bot } = await run(setting, { receiver, script });
    const said = await people.say('UANN', 'C1', `${ME} hello`);
    await begun;
    channelOf(setting, 'C1').members.delete('UBOT');
    letGo();
    await bot.idle();
    expect(toldToAnn(setting)).toEqual([expect.stringContaining('I am not in that channel')]);
    await expectSettled(setting, 'C1', said.ts);
  });

  it('a reply that an admin deletes while it is written ends in a new message', async () => {
    const setting = await setUp();
    const { script, begun, letGo } = pausing();
    const { people } = await run(setting, { receiver, script });
    const said = await people.say('UANN', 'C1', `${ME} hello`);
    await begun;
    const [own] = await eventually(() => {
      const written = writtenIn(setting, 'C1', said.ts);
      expect(written).toHaveLength(1);
      return written;
    });
    await people.remove('C1', own?.ts ?? '');
    letGo();
    await expectWritten(setting, 'C1', said.ts, ['Let me see. heard: hello']);
  });

  it('what somebody asked and deleted is not answered, and is not kept', async () => {
    const setting = await setUp();
    const { script, begun } = pausing();
    const { people, bot, logged } = await run(setting, { receiver, script });
    const said = await people.say('UANN', 'C1', `${ME} my salary is wrong`);
    await begun;
    await people.remove('C1', said.ts);
    await bot.idle();
    await expectSettled(setting, 'C1', said.ts);
    const { items } = await setting.repositories.messages.listMessages(
      conversationIdOf(threadIn('C1', said.ts)),
    );
    expect(JSON.stringify(items)).not.toContain('salary');
    expect(logged.map(([event]) => event)).not.toContain('turn-broken');
  });

  it.each(['deleted by an admin', 'past the time for edits'])(
    'a card that is %s is shown anew, once',
    async (fate) => {
      const setting = await setUp();
      const { people, root, card } = await draftIn(setting, run, { receiver });
      const edit = buttonFor(setting, card.ts, 'open-edit');
      await people.click('UANN', 'C1', card.ts, edit);
      const view = await openView(setting, 'Edit');
      if (fate === 'deleted by an admin') await people.remove('C1', card.ts);
      else setting.slack.world.editWindowMs = -1;
      await people.submit(view, { title: 'Export drops two rows' });
      await eventually(() => {
        const cards = writtenIn(setting, 'C1', root.ts).filter((one) =>
          seenOf(one).includes('card:approve'),
        );
        expect(cards.map(({ ts }) => ts === card.ts)).toEqual([false]);
        expect(cards[0] && seenOf(cards[0])).toContain('Export drops two rows');
      });
    },
  );
});
