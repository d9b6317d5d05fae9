import { WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  escapeMrkdwn,
  escapeWithin,
  linkMrkdwn,
  toFallbackText,
  toSlackMarkdown,
} from '../../../adapters/slack/markdown.ts';
import { createChance } from '../../chance.ts';
import { ANN, type SlackUnderTest, setUpSlack } from './platforms.ts';
import { card, draft } from './tickets.ts';

const PIECES = [
  '<!channel>',
  '<!here|here>',
  '<!everyone>',
  '<@U012AB3CD>',
  '<@W012AB3CD|ann>',
  '<!subteam^S012>',
  '<\\!channel>',
  '&lt;!channel&gt;',
  '&#60;!here>',
  '&#x3C;@U012AB3CD>',
  '&amp;lt;!channel>',
  '<',
  '!channel>',
  '@U012AB3CD>',
  '@here',
  '\u2060',
  '`',
  '```\n',
  '**',
  '[x](https://example.com)',
  ' ',
  '\n',
  '\ud800',
  '支払い',
];

describe('text on its way to Slack', () => {
  let under: SlackUnderTest;
  beforeAll(async () => {
    under = await setUpSlack();
  });
  afterAll(() => under.stop());

  it('pings nobody, wherever it is shown', async () => {
    const { platform, thread, target, slack } = under;
    const chance = createChance(3);
    for (let round = 0; round < 40; round += 1) {
      const text = chance.list(30, () => chance.oneOf(PIECES)).join('') || 'x';
      const ticket = draft({
        ...{ id: `ticket-${round}`, title: text.slice(0, 100).trim() || 'x', description: text },
        ...{ acceptanceCriteria: [text], tasks: [text], labels: [text], milestone: text },
      });
      const duplicate = {
        issue: { project: 'p', number: '1', title: text, url: text, state: 'open' as const },
        why: text,
      };
      await platform.showCard(
        card(ticket, {
          thread,
          project: text,
          warning: text,
          duplicates: [duplicate],
          missing: [text],
        }),
      );
      await platform.postNotice({ thread, text });
      await platform.postNotice({ thread, text, to: ANN });
      const reply = platform.openReply(target(`turn-${round}`));
      const half = text.slice(0, text.length / 2);
      await reply.show({ text: half, status: text, state: 'streaming' });
      await reply.show({ text, state: 'answered' });
    }
    expect(slack.calls.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(slack.world.pings).toEqual([]);
  });

  it('would be noticed by the stand-in if it pinged', async () => {
    const { slack, thread } = under;
    const client = new WebClient(slack.world.botToken, { slackApiUrl: slack.apiUrl });
    for (const text of ['<!channel>', '&lt;!here>', '<\\@U012AB3CD>']) {
      const blocks = [{ type: 'markdown', text }];
      await client.chat.postMessage({ channel: thread.channelId, text: 'x', blocks });
      expect(slack.world.pings.splice(0)).not.toEqual([]);
    }
  });

  it('stays a prefix of what it grows to', () => {
    const chance = createChance(4);
    for (let round = 0; round < 200; round += 1) {
      const text = chance.list(20, () => chance.oneOf(PIECES)).join('');
      const whole = toSlackMarkdown(text);
      for (let length = 0; length < text.length; length += 1) {
        const before = toSlackMarkdown(text.slice(0, length));
        // Half of a character is no end of a text.
        if (before.endsWith('\ufffd')) continue;
        expect(whole.startsWith(before)).toBe(true);
      }
    }
  });

  it('is read literally in mrkdwn', () => {
    const shown = escapeMrkdwn('a < b & c > d *not bold* snake_case').replaceAll('\u2060', '');
    expect(shown).toBe('a &lt; b &amp; c &gt; d *not bold* snake_case');
    expect(escapeWithin('&'.repeat(500), 100).length).toBeLessThanOrEqual(100);
  });

  it('links only what people can open', () => {
    expect(linkMrkdwn('#1', 'https://example.com/?a=1&b=2')).toBe(
      '<https://example.com/?a=1&amp;b=2|#1>',
    );
    expect(linkMrkdwn('#1', 'javascript:alert(1)')).not.toContain('<javascript');
    expect(linkMrkdwn('a|b>', 'https://example.com/x|<!channel>')).not.toContain('<!');
  });

  it('says plain words in a notification', () => {
    expect(toFallbackText('## Done\n**Filed** [#1](https://example.com/1)', 100)).toBe(
      'Done\nFiled #1',
    );
    expect(toFallbackText('```\n```', 100)).toBe('…');
  });
});
