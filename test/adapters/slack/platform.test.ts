/** The ChatPlatform port on Slack: its contract, and what only Slack has. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatError } from '../../../src/core/errors.ts';
import type { ThreadStart } from '../../../src/core/start.ts';
import { describePlatform } from '../../contracts/platform.ts';
import { ANN, type SlackUnderTest, say, seenOf, setUpSlack } from './platforms.ts';

describePlatform('slack', async () => {
  const { platform, thread, channel, stop } = await setUpSlack();
  return {
    ...{ platform, thread, stop },
    seen: async () => channel.messages.map(seenOf).join('\n'),
  };
});

describe('Slack threads', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const START: ThreadStart = {
    id: 'interaction-1',
    platform: 'slack',
    place: { workspaceId: 'T1', channelId: 'C1', visibility: 'public' },
    author: ANN,
    text: 'Export drops the last row <!channel>',
    settings: {},
    givenAt: new Date().toISOString(),
  };

  it('reads the newest messages before one, without the bot’s own', async () => {
    const { slack, channel, thread, platform } = under;
    const inThread = { thread_ts: thread.threadId };
    for (let n = 1; n <= 30; n += 1) say(slack.world, channel, 'UBOB', `said ${n}`, inThread);
    await platform.postNotice({ thread, text: 'mine' });
    const last = say(slack.world, channel, 'UANN', 'the question', inThread);
    say(slack.world, channel, 'UBOB', 'after it', inThread);
    const read = await platform.readThread(thread, last.ts, 10);
    const texts = read.messages.map(({ text }) => text);
    expect(texts).toEqual(Array.from({ length: 10 }, (_, index) => `said ${index + 21}`));
    expect(read.omitted).toBe(true);
    const all = await platform.readThread(thread, last.ts, 200);
    expect(all.messages).toHaveLength(31);
    expect(all.omitted).toBe(false);
  });

  it('answers a thread it may not read, and says that something is missing', async () => {
    under.slack.faults.push({
      method: 'conversations.replies',
      do: 'refuse',
      code: 'missing_scope',
    });
    const read = await under.platform.readThread(under.thread, under.thread.threadId, 200);
    expect(read).toEqual({ messages: [], omitted: true });
  });

  it('opens a thread with what was asked, and pings nobody by it', async () => {
    const opened = await under.platform.openThread(START, false);
    const root = under.channel.messages.at(-1);
    expect(opened).toMatchObject({ messageId: root?.ts, thread: { threadId: root?.ts } });
    expect(opened.permalink).toContain('https://stand-in.slack.com/');
    expect(JSON.stringify(root?.blocks)).toContain('Export drops the last row');
    expect(under.slack.world.pings).toEqual([]);
  });

  it('finds the thread that a dead process opened', async () => {
    const opened = await under.platform.openThread(START, false);
    const again = await under.anotherPlatform().openThread(START, true);
    expect(again.messageId).toBe(opened.messageId);
    const other = await under.platform.openThread({ ...START, id: 'interaction-2' }, true);
    expect(other.messageId).not.toBe(opened.messageId);
  });

  it.each([
    ['not_in_channel', /Invite me/],
    ['channel_not_found', /Invite me/],
    ['is_archived', /archived/],
    ['missing_scope', /permission/],
    ['token_revoked', /install me again/],
  ])('says what to do when Slack refuses a thread with %s', async (code, sentence) => {
    under.slack.faults.push({ method: 'chat.postMessage', do: 'refuse', code });
    const opening = under.platform.openThread(START, false);
    await expect(opening).rejects.toThrow(ChatError);
    await expect(opening).rejects.toThrow(sentence);
  });
});

describe('Slack notices', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  it('shows what is for one person to that person only', async () => {
    const { platform, thread, slack, posted } = under;
    await platform.postNotice({ thread, text: 'You may not approve.', to: ANN });
    expect(posted()).toEqual([]);
    expect(slack.world.ephemerals).toMatchObject([
      { channel: 'C1', user: 'UANN', thread_ts: thread.threadId },
    ]);
  });

  it('writes to a person who is not in the channel directly when nobody else may read it', async () => {
    const { platform, thread, slack, channel, posted } = under;
    channel.members.delete('UANN');
    await platform.postNotice({ thread, text: 'A code.', to: ANN, secret: true });
    expect(posted()).toEqual([]);
    expect(slack.world.channels.get('D1')?.messages[0]?.text).toBe('A code.');
    await platform.postNotice({ thread, text: 'Not a secret.', to: ANN });
    expect(posted().map(({ text }) => text)).toEqual(['Not a secret.']);
  });

  it('says a sentence once although the answer to it was lost', async () => {
    const { platform, thread, slack, posted } = under;
    slack.faults.push({ method: 'chat.postMessage', do: 'lose-answer' });
    await platform.postNotice({ thread, text: 'Filed issues#1.' });
    expect(posted()).toHaveLength(1);
  });

  it('says it all the same when nothing was done the first time', async () => {
    const { platform, thread, slack, posted } = under;
    slack.faults.push({ method: 'chat.postMessage', do: 'fail', status: 503 });
    await platform.postNotice({ thread, text: 'Filed issues#1.' });
    expect(posted()).toHaveLength(1);
  });

  it('waits as long as Slack asks', async () => {
    const { platform, thread, slack, posted, outcomes } = under;
    slack.faults.push({ method: 'chat.postMessage', do: 'limit', retryAfter: 1 });
    const startedAt = Date.now();
    await platform.postNotice({ thread, text: 'Filed issues#1.' });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(outcomes('chat.postMessage')).toEqual(['ratelimited', 'ok']);
    expect(posted()).toHaveLength(1);
  });

  it('posts nothing again while it cannot look whether it is there', async () => {
    const { platform, thread, slack, posted } = under;
    slack.faults.push({ method: 'chat.postMessage', do: 'lose-answer' });
    slack.faults.push({ method: 'conversations.replies', do: 'refuse', code: 'missing_scope' });
    await expect(platform.postNotice({ thread, text: 'Filed issues#1.' })).rejects.toThrow();
    expect(posted()).toHaveLength(1);
  });
});

describe('Slack attachments', () => {
  let under: SlackUnderTest;
  beforeEach(async () => {
    under = await setUpSlack();
  });
  afterEach(() => under.stop());

  const FILE = { id: 'F1', name: 'shot.png', mimetype: 'image/png', content: 'pixels' };

  function attach(file: Partial<typeof FILE> & { redirectsTo?: string } = {}, url?: string) {
    const { slack, channel } = under;
    const attached = { ...FILE, ...file };
    say(slack.world, channel, 'UANN', 'look', { files: [attached] });
    const { id, name, mimetype: mimeType, content } = attached;
    const address = url ?? `${slack.world.filesUrl}${id}`;
    return { id, name, mimeType, bytes: content.length, url: address };
  }

  const read = (attachment: ReturnType<typeof attach>, most = 1_000) =>
    under.platform
      .readAttachment(under.thread, attachment, most, AbortSignal.timeout(5_000))
      .then((content) => Buffer.from(content).toString());

  it('reads a file with the bot’s token', async () => {
    expect(await read(attach())).toBe('pixels');
  });

  it('asks Slack for the address of a file from Slack Connect', async () => {
    expect(await read(attach({}, ''))).toBe('pixels');
  });

  it('takes no page for signing in as the file', async () => {
    const attachment = attach();
    under.slack.world.botToken = 'xoxb-another';
    await expect(read(attachment)).rejects.toThrow(ChatError);
  });

  it('follows no redirect with the token', async () => {
    const { url } = attach({ id: 'F2' });
    const redirected = attach({ redirectsTo: url });
    await expect(read(redirected)).rejects.toThrow(ChatError);
  });

  it.each([
    'https://slack.com.evil.test/F1',
    'https://evilslack.com/F1',
    'http://files.slack.com/F1',
    'nonsense',
  ])('sends the token nowhere else: %s', async (url) => {
    await expect(read(attach({}, url))).rejects.toThrow(ChatError);
  });

  it('stops reading at the limit, whatever size was announced', async () => {
    const attachment = attach({ content: 'x'.repeat(500) });
    await expect(read(attachment, 499)).rejects.toThrow(/larger/);
    await expect(read({ ...attachment, bytes: 1 }, 499)).rejects.toThrow(/larger/);
  });
});
