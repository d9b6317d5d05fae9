/** The stand-in Slack refuses what Slack refuses: asked through Slack's own client. */
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackServer, startSlack } from './slack-server.ts';
import { addChannel, addUser } from './slack-world.ts';

const RECIPIENT = { recipient_user_id: 'UANN', recipient_team_id: 'T1' };

describe('the stand-in Slack', () => {
  let slack: SlackServer;
  let client: WebClient;

  beforeEach(async () => {
    slack = await startSlack();
    addUser(slack.world, 'UANN', 'Ann');
    addChannel(slack.world, 'C1', 'channel', ['UANN']);
    client = clientWith(slack.world.botToken);
  });
  afterEach(() => slack.stop());

  function clientWith(token: string): WebClient {
    return new WebClient(token, {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    });
  }
  const refused = (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error) => error.data?.error ?? error.code,
    );
  const post = (text: string, rest: object = {}) =>
    client.chat.postMessage({ channel: 'C1', text, ...rest });
  const postRoot = async () => String((await post('root')).ts);
  const section = (length: number) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: 'x'.repeat(length) },
  });

  it('takes its own token only', async () => {
    expect(await refused(clientWith('xoxb-other').auth.test())).toBe('invalid_auth');
    expect(await client.auth.test()).toMatchObject({ team_id: 'T1', bot_id: 'BBOT' });
  });

  it('refuses arguments and methods it does not know', async () => {
    expect(await refused(client.apiCall('chat.shout', {}))).toBe('unknown_method');
    expect(await refused(post('x', { colour: 'red' }))).toBe('invalid_arguments');
  });

  it('writes only where the bot is, and not into what is archived', async () => {
    addChannel(slack.world, 'C2', 'channel', ['UANN'], { withBot: false });
    addChannel(slack.world, 'G2', 'group', ['UANN'], { withBot: false });
    addChannel(slack.world, 'C3', 'channel', ['UANN']).archived = true;
    const into = (channel: string) => refused(client.chat.postMessage({ channel, text: 'x' }));
    expect(await Promise.all(['C2', 'G2', 'C3'].map(into))).toEqual([
      'not_in_channel',
      'channel_not_found',
      'is_archived',
    ]);
  });

  it('holds messages to the limits of blocks and text', async () => {
    const ts = await postRoot();
    const blocks = (list: object[]) => refused(post('fallback', { blocks: list }));
    expect(await blocks([section(3_000)])).toBe('accepted');
    expect(await blocks([section(3_001)])).toBe('invalid_blocks');
    expect(await blocks(Array(51).fill(section(1)))).toBe('msg_blocks_too_many');
    expect(await blocks(Array(5).fill(section(2_900)))).toBe('msg_blocks_too_long');
    expect(await blocks([{ type: 'divider', colour: 'red' }])).toBe('invalid_blocks');
    const update = (text: string) => refused(client.chat.update({ channel: 'C1', ts, text }));
    expect(await update('x'.repeat(4_000))).toBe('accepted');
    expect(await update('x'.repeat(4_001))).toBe('msg_too_long');
  });

  it('refuses markdown beside text', async () => {
    const both = { channel: 'C1', text: 'x', markdown_text: 'x' };
    expect(await refused(client.apiCall('chat.postMessage', both))).toBe('markdown_text_conflict');
  });

  it('refuses a thread under a reply', async () => {
    const root = await postRoot();
    const reply = await post('reply', { thread_ts: root });
    expect(await refused(post('below', { thread_ts: reply.ts }))).toBe('invalid_arguments');
  });

  it('streams for somebody, in order, once', async () => {
    const thread_ts = await postRoot();
    const start = (to: object) =>
      client.apiCall('chat.startStream', { channel: 'C1', thread_ts, markdown_text: 'I ', ...to });
    expect(await refused(start({}))).toBe('missing_recipient_user_id');
    const { ts } = (await start(RECIPIENT)) as unknown as { ts: string };
    const at = { channel: 'C1', ts };
    expect(await refused(client.chat.update({ ...at, text: 'x' }))).toBe(
      'streaming_state_conflict',
    );
    await client.chat.appendStream({ ...at, markdown_text: 'am.' });
    await client.chat.stopStream(at);
    expect(slack.world.channels.get('C1')?.messages.at(-1)?.text).toBe('I am.');
    expect(await refused(client.chat.stopStream(at))).toBe('message_not_in_streaming_state');
  });

  it('ends a stream by itself after its time', async () => {
    const thread_ts = await postRoot();
    const { ts } = await client.chat.startStream({ channel: 'C1', thread_ts, ...RECIPIENT });
    slack.world.streamLifetimeMs = -1;
    const append = client.chat.appendStream({ channel: 'C1', ts: ts ?? '', markdown_text: 'x' });
    expect(await refused(append)).toBe('message_not_in_streaming_state');
  });

  it('opens a view once for each trigger, and not after its time', async () => {
    const { triggers } = slack.world;
    triggers.set('t1', { until: Date.now() + 3_000, user: 'UANN' });
    triggers.set('t2', { until: Date.now() - 1, user: 'UANN' });
    const title = { type: 'plain_text' as const, text: 'Edit' };
    const open = (trigger_id: string, view: object = {}) =>
      refused(
        client.views.open({ trigger_id, view: { type: 'modal', title, blocks: [], ...view } }),
      );
    expect(await open('t1', { title: { ...title, text: 'x'.repeat(25) } })).toBe(
      'invalid_arguments',
    );
    expect(await open('t1')).toBe('accepted');
    expect(await open('t1')).toBe('exchanged_trigger_id');
    expect(await open('t2')).toBe('expired_trigger_id');
  });

  it('keeps three windows above one another', async () => {
    const title = { type: 'plain_text' as const, text: 'Edit' };
    const view = { type: 'modal' as const, title, blocks: [] };
    const show = (call: 'open' | 'push', trigger_id: string) => {
      slack.world.triggers.set(trigger_id, { until: Date.now() + 3_000, user: 'UANN' });
      return refused(client.views[call]({ trigger_id, view }));
    };
    const asked = [await show('open', 't1'), await show('push', 't2'), await show('push', 't3')];
    expect(asked).toEqual(['accepted', 'accepted', 'accepted']);
    expect(await show('push', 't4')).toBe('push_limit_reached');
  });

  it('keeps its tiers when told to, and says how long to wait', async () => {
    slack.limitRates(true);
    const asked = await Promise.all(
      Array.from({ length: 51 }, () => refused(client.conversations.info({ channel: 'C1' }))),
    );
    expect(asked.filter((outcome) => outcome === 'accepted')).toHaveLength(50);
    expect(asked.at(-1)).toBe('slack_webapi_rate_limited_error');
  });

  it('begins a page of a thread with its root, whatever times are asked for', async () => {
    const ts = await postRoot();
    await post('reply', { thread_ts: ts });
    const { messages = [] } = await client.conversations.replies({
      ...{ channel: 'C1', ts, oldest: `${Math.floor(Date.now() / 1_000) + 60}.000000` },
    });
    expect(messages.map(({ text }) => text)).toEqual(['root']);
  });

  it('gives the address of a file, and sends on whom it wants to', async () => {
    const file = {
      id: 'F1',
      name: 'a.txt',
      mimetype: 'text/plain',
      content: 'x',
      redirectsTo: '/',
    };
    slack.world.channels.get('C1')?.messages.push({
      ...{ ts: slack.world.nextTs(), user: 'UANN', text: 'look', files: [file] },
    });
    const found = await client.files.info({ file: 'F1' });
    const address = found.file?.url_private_download ?? '';
    const headers = { authorization: `Bearer ${slack.world.botToken}` };
    expect((await fetch(address, { headers, redirect: 'manual' })).status).toBe(302);
    expect(await refused(client.files.info({ file: 'F2' }))).toBe('file_not_found');
  });

  it('takes Markdown in messages only', async () => {
    slack.world.triggers.set('t1', { until: Date.now() + 3_000, user: 'UANN' });
    const blocks = [{ type: 'markdown' as const, text: '# x' }];
    const title = { type: 'plain_text' as const, text: 'Edit' };
    const view = { type: 'modal' as const, title, blocks };
    expect(await refused(client.views.open({ trigger_id: 't1', view }))).toBe('invalid_blocks');
    expect(await refused(post('x', { blocks }))).toBe('accepted');
  });

  it('notices who would be pinged', async () => {
    await post('hello <!channel>');
    await post('hello &lt;!channel&gt; and @here');
    expect(slack.world.pings.splice(0)).toEqual(['<!channel>']);
    // Markdown is unescaped once more.
    await post('x', { blocks: [{ type: 'markdown', text: '&lt;!channel>' }] });
    expect(slack.world.pings).toHaveLength(1);
  });
});
