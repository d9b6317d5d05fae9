/** Channels that are archived, deleted and opened again, through the real Bolt over both receivers. */
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { channelThreadKey, threadKey } from '../../../src/db/keys.ts';
import { write } from '../../../src/db/requests.ts';
import { echo, hang } from '../../core/bots.ts';
import type { SlackMessage } from '../../fakes/slack-world.ts';
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
import { openView } from './drafts.ts';
import { ANN, seenOf } from './platforms.ts';

const ME = '<@UBOT>';

/** Titles of a person's conversations that are put away, and of those that are not. */
async function listed({ bot }: Running, title: string) {
  const { conversations, drafts } = await bot.readHome(ANN);
  const found = conversations.find((one) => one.title === title);
  return { status: found?.status, drafts: drafts.map((draft) => draft.title) };
}

const threadIn = (channelId: string, threadId: string) =>
  ({ platform: 'slack', workspaceId: 'T1', channelId, threadId }) as const;

async function ask(setting: Setting, { people, bot }: Running, channel: string, text: string) {
  const { ts } = await people.say('UANN', channel, `${ME} ${text}`);
  await eventually(() => expect(writtenIn(setting, channel, ts)).not.toEqual([]));
  await bot.idle();
  return ts;
}

describe.each(RECEIVERS)('channels of Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  it.each(['C1', 'G1'])(
    '%s: archived, its conversations are put away and its drafts stay; opened again, it is answered',
    async (channel) => {
      const setting = await setUp();
      const running = await run(setting, { receiver });
      const { people, bot } = running;
      const drafted = await ask(setting, running, channel, 'draft Export fails');
      const elsewhere = await ask(setting, running, 'D1', 'unrelated');
      await people.archive('UBOB', channel);
      expect(await listed(running, 'draft Export fails')).toEqual({
        status: 'archived',
        drafts: ['Export fails'],
      });
      expect(await listed(running, 'unrelated')).toMatchObject({ status: 'active' });
      await people.unarchive('UBOB', channel);
      expect(await listed(running, 'draft Export fails')).toMatchObject({ status: 'active' });
      await people.say('UANN', channel, 'still there?', { thread: drafted });
      await eventually(() =>
        expect(writtenIn(setting, channel, drafted).at(-1)?.text).toContain('still there?'),
      );
      await bot.idle();
      expect(writtenIn(setting, 'D1', elsewhere)).toHaveLength(1);
    },
  );

  it('archived, it puts away what began before channels had lists, once it was answered since', async () => {
    const setting = await setUp();
    const running = await run(setting, { receiver });
    const { people, bot } = running;
    const ts = await ask(setting, running, 'C1', 'one');
    const id = conversationIdOf(threadIn('C1', ts));
    const channel = { platform: 'slack', workspaceId: 'T1', channelId: 'C1' } as const;
    await write(setting.table, { delete: channelThreadKey(channel, id) });
    await write(setting.table, { update: threadKey(id), change: 'REMOVE listed' });
    await people.say('UANN', 'C1', 'two', { thread: ts });
    await expectWritten(setting, 'C1', ts, ['heard: one', 'heard: one | two']);
    await bot.idle();
    await people.archive('UBOB', 'C1');
    expect(await listed(running, 'one')).toMatchObject({ status: 'archived' });
  });

  it('deleted, its conversations are put away and its drafts stay', async () => {
    const setting = await setUp();
    const running = await run(setting, { receiver });
    await ask(setting, running, 'G1', 'draft Export fails');
    const acknowledged = await running.people.deleteChannel('G1');
    expect(acknowledged).toMatchObject({ ok: true, deliveries: 1 });
    expect(await listed(running, 'draft Export fails')).toEqual({
      status: 'archived',
      drafts: ['Export fails'],
    });
  });

  it('opened again, it does not bring back what somebody had archived', async () => {
    const setting = await setUp();
    const running = await run(setting, { receiver });
    const { people, bot } = running;
    const ts = await ask(setting, running, 'C1', 'one');
    const place = { workspaceId: 'T1', channelId: 'C1', visibility: 'public' } as const;
    const command = { kind: 'archive' } as const;
    await bot.handleAction({ thread: threadIn('C1', ts), place, actor: ANN, command });
    await people.archive('UBOB', 'C1');
    await people.unarchive('UBOB', 'C1');
    expect(await listed(running, 'one')).toMatchObject({ status: 'archived' });
  });

  it('archived while an answer is written, the answer stops and whoever asked is told', async () => {
    const setting = await setUp();
    const begun = Promise.withResolvers<void>();
    let calls = 0;
    const running = await run(setting, {
      receiver,
      script(request, signal) {
        calls += 1;
        return calls === 1 ? hang(signal, begun.resolve) : echo(request);
      },
    });
    const { people, bot } = running;
    const { ts } = await people.say('UANN', 'C1', `${ME} think`);
    await begun.promise;
    await people.archive('UBOB', 'C1');
    await bot.idle();
    expect(await listed(running, 'think')).toMatchObject({ status: 'archived' });
    const state = await setting.repositories.threads.get(conversationIdOf(threadIn('C1', ts)));
    expect([state?.claim, state?.waiting]).toEqual([undefined, []]);
    const told = setting.slack.world.channels.get('D1')?.messages.map(({ text }) => text);
    expect(told).toEqual([expect.stringContaining('That channel is archived')]);
    await people.unarchive('UBOB', 'C1');
    await people.say('UANN', 'C1', 'and now?', { thread: ts });
    await expectWritten(setting, 'C1', ts, ['heard: think | and now?']);
    // What Slack refused for one channel is asked for again.
    await bot.idle();
    const { sessions } = setting.slack.world;
    await eventually(() => expect(sessions.at(-1)).toBe(`C1:${ts}:active`));
  });

  it('is acknowledged once they are put away: while the table is away, Slack says it again', async () => {
    const setting = await setUp();
    const running = await run(setting, { receiver });
    await ask(setting, running, 'C1', 'one');
    const { conversations } = setting.repositories;
    const { listInChannel } = conversations;
    let failures = 1;
    conversations.listInChannel = (...given) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new StoreUnavailableError('query', undefined));
      return listInChannel.apply(conversations, given);
    };
    const acknowledged = await running.people.archive('UBOB', 'C1');
    expect(acknowledged).toMatchObject({ ok: true, deliveries: 2 });
    expect(await listed(running, 'one')).toMatchObject({ status: 'archived' });
  });

  describe('that Slack knows by another id from now on', () => {
    const CARD = 'card:approve';

    it('keep their threads, cards and settings', async () => {
      const setting = await setUp();
      const running = await run(setting, { receiver });
      const { people, bot } = running;
      await setting.repositories.workspaces.saveChannelSettings('slack', 'T1', 'G1', {
        reaction: 'bug',
      });
      const ts = await ask(setting, running, 'G1', 'draft Export fails');
      expect(await people.moveChannel('G1', 'C9')).toMatchObject({ ok: true, deliveries: 1 });
      await people.say('UBOB', 'C9', 'since Tuesday', { thread: ts });
      await eventually(() =>
        expect(writtenIn(setting, 'C9', ts).at(-1)?.text).toContain('since Tuesday'),
      );
      await bot.idle();
      const stored = await storedIn(setting, 'G1', ts);
      expect(stored).toEqual(expect.arrayContaining(['draft Export fails', 'since Tuesday']));
      const card = writtenIn(setting, 'C9', ts).find((one) => seenOf(one).includes(CARD));
      await people.click('UANN', 'C9', card?.ts ?? '', 'card:discard');
      await eventually(() => expect(seenOf(card as SlackMessage)).not.toContain(CARD));
      await people.react('UANN', 'C9', ts, 'bug');
      await eventually(async () =>
        expect((await storedIn(setting, 'G1', ts)).join()).toContain('Draft a ticket from this'),
      );
      await bot.idle();
      await people.archive('UBOB', 'C9');
      expect(await listed(running, 'draft Export fails')).toMatchObject({ status: 'archived' });
    });

    it('are found by processes that did not hear of it, while they write too', async () => {
      const setting = await setUp();
      const deaf = await run(setting, { receiver: 'http' });
      const begun = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const running = await run(setting, {
        receiver,
        async *script(request) {
          begun.resolve();
          await gone.promise;
          yield* echo(request);
        },
      });
      const { ts } = await running.people.say('UANN', 'G1', `${ME} think`);
      await begun.promise;
      await deaf.people.moveChannel('G1', 'C9');
      gone.resolve();
      await expectWritten(setting, 'C9', ts, ['heard: think']);
      await running.bot.idle();
      await running.people.say('UANN', 'C9', `${ME} go on`, { thread: ts });
      await expectWritten(setting, 'C9', ts, ['heard: think', 'heard: think | go on']);
      await running.bot.idle();
      expect(await storedIn(setting, 'C9', ts)).toEqual([]);
    });

    it('keep their threads when it happens twice, also in what people choose and command there', async () => {
      const setting = await setUp();
      const running = await run(setting, { receiver });
      const { people, bot } = running;
      const ts = await ask(setting, running, 'G1', 'one');
      await people.moveChannel('G1', 'C8');
      await people.moveChannel('C8', 'C9');
      await people.say('UANN', 'C9', 'two', { thread: ts });
      await expectWritten(setting, 'C9', ts, ['heard: one', 'heard: one | two']);
      await people.command('UANN', 'C9', 'set channel answer mentions');
      await people.shortcut('UANN', 'new_ticket');
      const view = await openView(setting, 'New ticket');
      await people.submit(view, { text: 'the import hangs', channel: 'C9' });
      await eventually(() =>
        expect(channelOf(setting, 'C9').messages.at(-1)?.text).toBe('heard: the import hangs'),
      );
      await bot.idle();
      const scope = { platform: 'slack', place: PRIVATE } as const;
      expect((await bot.readPlaceSettings(ANN, scope))?.settings).toEqual({ answer: 'mentions' });
      const { conversations } = await bot.readHome(ANN);
      expect(conversations.map(({ place }) => place.channelId)).toEqual(['G1', 'G1']);
    });
  });
});

const PRIVATE = { workspaceId: 'T1', channelId: 'G1', visibility: 'private' } as const;
