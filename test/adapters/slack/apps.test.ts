/** What other apps post in Slack, and what is forwarded: it begins nothing, and is read where somebody asks about it. */
import { describe, expect, it } from 'vitest';
import { conversationIdOf } from '../../../src/core/thread.ts';
import { echo, hang } from '../../core/bots.ts';
import {
  channelOf,
  eventually,
  expectWritten,
  type Setting,
  storedIn,
  useSlack,
  writtenIn,
} from './bots.ts';

const ME = '<@UBOT>';
const ALERT = {
  ...{ id: 1, color: 'e01e5a', fallback: 'TypeError in checkout', footer: 'Sentry' },
  ...{ pretext: 'New issue', title: 'TypeError', title_link: 'https://sentry.example.com/1' },
  text: 'x is *undefined* &amp; y',
  fields: [{ title: 'Release', value: '4.2', short: true }],
};
const SHOWN = [
  'New issue',
  '[TypeError](https://sentry.example.com/1)',
  'x is *undefined* & y',
  'Release: 4.2',
];
const BLOCKS = [
  { type: 'header', text: { type: 'plain_text', text: 'Disk full' } },
  { type: 'divider' },
  {
    type: 'section',
    text: { type: 'mrkdwn', text: 'on *db-1*' },
    fields: [{ type: 'mrkdwn', text: 'free: 0' }],
  },
  {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: 'see ' },
          { type: 'link', url: 'https://runbook.example.com', text: 'the runbook' },
        ],
      },
    ],
  },
  { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Ack' } }] },
];
const BLOCKS_SHOWN = [
  'Disk full',
  'on *db-1*',
  'free: 0',
  'see [the runbook](https://runbook.example.com)',
];
const APP = { botId: 'B2' };

const quoted = (lines: string[]) => lines.map((line) => `> ${line}`).join('\n');

/** As Slack shows somebody else's message within another one. */
const forwarded = (contents: object) => ({
  ...{ id: 1, is_share: true, is_msg_unfurl: true, author_name: 'Bob', ts: '1772442000.000100' },
  ...{ from_url: 'https://stand-in.slack.com/archives/C1/p1', fallback: '[March 2nd] Bob: ...' },
  ...contents,
});

describe('what apps post in Slack', () => {
  const { setUp, run } = useSlack();

  async function authorsIn({ repositories }: Setting, threadId: string) {
    const thread = { platform: 'slack', workspaceId: 'T1', channelId: 'C1', threadId } as const;
    const { items } = await repositories.messages.listMessages(conversationIdOf(thread));
    return items.flatMap(({ author }) => author ?? []);
  }

  it('is part of a thread the bot is called into, the bot’s own is not', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting);
    const root = await people.say('UBOT2', 'C1', '', { ...APP, attachments: [ALERT] });
    const webhook = { botId: 'B3', username: 'Nagios', subtype: 'bot_message' };
    await people.say('UBOT2', 'C1', '', { ...webhook, thread: root.ts, blocks: BLOCKS });
    await people.say('UBOT', 'C1', 'mine', { botId: 'BBOT', thread: root.ts });
    await bot.idle();
    expect(await storedIn(setting, 'C1', root.ts)).toEqual([]);
    await people.say('UANN', 'C1', `${ME} file this`, { thread: root.ts });
    const heard = [SHOWN.join('\n'), BLOCKS_SHOWN.join('\n'), 'file this'];
    await eventually(async () =>
      expect((await storedIn(setting, 'C1', root.ts)).slice(0, 3)).toEqual(heard),
    );
    expect(await authorsIn(setting, root.ts)).toMatchObject([
      { name: 'Other bot', standing: 'bot' },
      { name: 'Nagios', standing: 'bot' },
      { name: 'Ann', standing: 'member' },
    ]);
    await bot.idle();
    expect(writtenIn(setting, 'C1', root.ts)).toHaveLength(2);
  });

  it('says what people see of it: its blocks where they say more than its text', async () => {
    const setting = await setUp();
    const { people } = await run(setting);
    const told = { ...APP, blocks: BLOCKS };
    const root = await people.say('UBOT2', 'C1', 'Disk full', told);
    const long =
      'Disk full on db-1, where nothing is free: see the runbook, and what it says of old logs';
    await people.say('UBOT2', 'C1', long, { ...told, thread: root.ts });
    const hidden = { fallback: '[no preview available]', blocks: BLOCKS };
    const plain = { fallback: 'Build failed', image_url: 'https://example.com/a.png' };
    const attachments = [hidden, plain, { fallback: '[no preview available]' }];
    const chart = { ...APP, blocks: [{ type: 'image', image_url: 'https://example.com/a.png' }] };
    await people.say('UBOT2', 'C1', '', { ...chart, thread: root.ts });
    await people.say('UBOT2', 'C1', '', { ...APP, attachments, thread: root.ts });
    await people.say('UANN', 'C1', `${ME} file this`, { thread: root.ts });
    const shown = BLOCKS_SHOWN.join('\n');
    await eventually(async () =>
      expect((await storedIn(setting, 'C1', root.ts)).slice(0, 4)).toEqual([
        shown,
        long,
        `${shown}\n\nBuild failed`,
        'file this',
      ]),
    );
  });

  it('begins nothing in an intake channel', async () => {
    const setting = await setUp();
    const { workspaces } = setting.repositories;
    await workspaces.saveChannelSettings('slack', 'T1', 'C1', { intake: true });
    const { people, bot } = await run(setting);
    const { ts } = await people.say('UBOT2', 'C1', 'Disk full', APP);
    const taken = await people.say('UBOB', 'C1', 'the export is broken');
    await expectWritten(setting, 'C1', taken.ts, ['heard: the export is broken']);
    await bot.idle();
    expect(await storedIn(setting, 'C1', ts)).toEqual([]);
  });

  it('is drafted from by its menu and by the emoji', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting);
    const asked = `Draft a ticket from this message by Other bot:\n\n${quoted(SHOWN)}`;
    for (const way of ['menu', 'emoji']) {
      const { ts } = await people.say('UBOT2', 'C1', '', { ...APP, attachments: [ALERT] });
      if (way === 'emoji') await people.react('UANN', 'C1', ts, 'ticket');
      else await people.shortcut('UANN', 'draft_ticket', { channel: 'C1', ts });
      await eventually(async () => expect(await storedIn(setting, 'C1', ts)).toContain(asked));
      await eventually(() => expect(writtenIn(setting, 'C1', ts)).toHaveLength(1));
      await bot.idle();
    }
  });

  it('begins nothing by its emoji on what it posted itself', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting);
    const alert = await people.say('UBOT2', 'C1', 'Disk full', APP);
    await people.react('UBOT2', 'C1', alert.ts, 'ticket');
    await people.react('UANN', 'C1', alert.ts, 'ticket');
    await eventually(() => expect(writtenIn(setting, 'C1', alert.ts)).toHaveLength(1));
    await bot.idle();
    expect(writtenIn(setting, 'C1', alert.ts)).toHaveLength(1);
  });

  it('is forgotten when its app deletes it', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting);
    const root = await people.say('UANN', 'C1', 'What is it?');
    const alert = await people.say('UBOT2', 'C1', 'Disk full', { ...APP, thread: root.ts });
    await people.say('UANN', 'C1', `${ME} file this`, { thread: root.ts });
    const heard = 'heard: What is it? | Disk full | file this';
    await expectWritten(setting, 'C1', root.ts, [heard]);
    await bot.idle();
    await people.remove('C1', alert.ts);
    expect(await storedIn(setting, 'C1', root.ts)).toEqual(['What is it?', 'file this', heard]);
  });

  it('is read where it was forwarded, as is what people said', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting);
    const blocks = [{ team: 'T1', channel: 'C1', ts: '1', message: { blocks: BLOCKS } }];
    const alert = await people.say('UANN', 'D1', '', {
      attachments: [forwarded({ bot_id: 'B2', author_name: 'Nagios', message_blocks: blocks })],
    });
    const first = quoted(BLOCKS_SHOWN).replace('> ', '> Nagios: ');
    await expectWritten(setting, 'D1', alert.ts, [`heard: Forwarded:\n${first}`]);
    const note = await people.say('UANN', 'C1', `${ME} file this`, {
      attachments: [forwarded({ text: '<@UBOB>: export &lt;hangs&gt;' })],
    });
    const heard = 'file this\n\nForwarded:\n> Bob: @Bob: export <hangs>';
    await expectWritten(setting, 'C1', note.ts, [`heard: ${heard}`]);
    await bot.idle();
    const shared = await people.say('UANN', 'C1', '', {
      attachments: [forwarded({ text: 'export hangs' })],
    });
    await people.shortcut('UBOB', 'draft_ticket', { channel: 'C1', ts: shared.ts });
    const asked = 'Draft a ticket from this message by Ann:\n\n> Forwarded:\n> > Bob: export hangs';
    await eventually(async () => expect(await storedIn(setting, 'C1', shared.ts)).toContain(asked));
  });

  it('stays with a message that is edited while it waits', async () => {
    const setting = await setUp();
    const begun = Promise.withResolvers<void>();
    let calls = 0;
    const { people } = await run(setting, {
      script(request, signal) {
        calls += 1;
        return calls === 1 ? hang(signal, begun.resolve) : echo(request);
      },
    });
    const attachments = [forwarded({ text: 'export hangs' })];
    const { ts } = await people.say('UANN', 'D1', 'fiel this', { attachments });
    await begun.promise;
    await people.edit('D1', ts, 'file this');
    const heard = 'heard: file this\n\nForwarded:\n> Bob: export hangs';
    await expectWritten(setting, 'D1', ts, [heard]);
  });

  it('is not what a link leads to: nobody said that', async () => {
    const setting = await setUp();
    const { people } = await run(setting);
    const root = await people.say('UANN', 'C1', 'see https://example.com');
    await people.unfurl('C1', root.ts);
    expect(channelOf(setting, 'C1').messages[0]?.attachments).toHaveLength(1);
    await people.say('UANN', 'C1', `${ME} thoughts?`, { thread: root.ts });
    await expectWritten(setting, 'C1', root.ts, ['heard: see https://example.com | thoughts?']);
  });

  it('is bounded, and read as far as it can be', async () => {
    const setting = await setUp();
    const { people } = await run(setting);
    const attachments = Array.from({ length: 100 }, () => ({ text: 'ß'.repeat(8_000) }));
    const root = await people.say('UBOT2', 'C1', '', { ...APP, attachments });
    const odd = { attachments: [{ text: 7, title: 'Odd' }], blocks: [{ type: 'x', text: 7 }] };
    await people.say('UBOT2', 'C1', 'an oddity', { ...APP, ...odd, thread: root.ts });
    await people.say('UANN', 'C1', `${ME} file this`, { thread: root.ts });
    await eventually(async () => {
      const [long, ...rest] = await storedIn(setting, 'C1', root.ts);
      expect(long).toHaveLength(80_000);
      expect(rest.slice(0, 2)).toEqual(['an oddity\n\nOdd', 'file this']);
    });
  });
});
