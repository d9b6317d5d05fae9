/** What people say in Slack, through the real Bolt over both receivers. */
import { createSecretKey } from 'node:crypto';
import { isValidSlackRequest } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { isFromSlack } from '../../../adapters/slack/receiver.ts';
import { StoreUnavailableError } from '../../../src/core/errors.ts';
import { echo, hang } from '../../core/bots.ts';
import { countRequests } from '../../count-requests.ts';
import { signBody } from '../../fakes/slack-delivery.ts';
import { addChannel } from '../../fakes/slack-world.ts';
import {
  channelOf,
  eventually,
  expectWritten,
  RECEIVERS,
  storedIn,
  useSlack,
  writtenIn,
} from './bots.ts';

const ME = '<@UBOT>';

describe.each(RECEIVERS)('messages in Slack over %s', (receiver) => {
  const { setUp, run } = useSlack();

  it('answers a mention in a channel in its thread, once, though it comes as two events', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const message = await people.say('UANN', 'C1', `${ME} the export is broken`);
    await expectWritten(setting, 'C1', message.ts, ['heard: the export is broken']);
    await Promise.all([people.redeliver('C1', message), people.redeliver('C1', message)]);
    await bot.idle();
    await expectWritten(setting, 'C1', message.ts, ['heard: the export is broken']);
    expect(await storedIn(setting, 'C1', message.ts)).toHaveLength(2);
  });

  it('answers replies in a thread it is part of, and stays out of others', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', root.ts, ['heard: hello']);
    await people.say('UBOB', 'C1', 'me too', { thread: root.ts });
    await expectWritten(setting, 'C1', root.ts, ['heard: hello', 'heard: hello | me too']);
    const other = await people.say('UANN', 'C1', 'lunch?');
    await people.say('UBOB', 'C1', 'yes', { thread: other.ts });
    await bot.idle();
    expect(writtenIn(setting, 'C1', other.ts)).toEqual([]);
    expect(await storedIn(setting, 'C1', other.ts)).toEqual([]);
  });

  it('knows what was said before in a thread it is called into', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', 'Checkout hangs on Safari.');
    await people.say('UBOB', 'C1', 'Since Tuesday.', { thread: root.ts });
    await people.say('UANN', 'C1', `${ME} thoughts?`, { thread: root.ts });
    const heard = 'heard: Checkout hangs on Safari. | Since Tuesday. | thoughts?';
    await expectWritten(setting, 'C1', root.ts, [heard]);
  });

  it('knows what was said before as it was edited to', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', 'It fails in 1.4.');
    await people.say('UBOB', 'C1', `${ME} thoughts?`, { thread: root.ts });
    await expectWritten(setting, 'C1', root.ts, ['heard: It fails in 1.4. | thoughts?']);
    await people.edit('C1', root.ts, 'It fails in 1.5.');
    await people.say('UBOB', 'C1', 'and now?', { thread: root.ts });
    await expectWritten(setting, 'C1', root.ts, [
      'heard: It fails in 1.4. | thoughts?',
      'heard: It fails in 1.5. | thoughts? | and now?',
    ]);
  });

  it('reads a snippet or a text file that came with a message to the model', async () => {
    const setting = await setUp();
    const shown: string[] = [];
    const { people } = await run(setting, {
      receiver,
      script(request) {
        shown.push(JSON.stringify(request.messages[0]));
        return echo(request);
      },
    });
    const content = 'TypeError: cart is undefined';
    const files = [{ id: 'F1', name: 'trace.log', mimetype: 'text/plain', content }];
    const root = await people.say('UANN', 'C1', `${ME} checkout fails`, { files });
    await expectWritten(setting, 'C1', root.ts, ['heard: checkout fails']);
    expect(shown[0]).toContain(content);
  });

  it('talks in direct messages and private channels', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const direct = await people.say('UANN', 'D1', 'hello');
    await expectWritten(setting, 'D1', direct.ts, ['heard: hello']);
    const hidden = await people.say('UBOB', 'G1', `${ME} psst`);
    await expectWritten(setting, 'G1', hidden.ts, ['heard: psst']);
  });

  it('starts nothing for bots, joins and what Slack derives', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const { ts } = await people.say('UBOT2', 'C1', `${ME} beep`, { botId: 'B2' });
    const join = await people.say('UBOB', 'C1', 'has joined', { subtype: 'channel_join' });
    await people.say('UBOT', 'C1', 'I said something', { botId: 'BBOT' });
    await bot.idle();
    for (const one of [ts, join.ts]) expect(await storedIn(setting, 'C1', one)).toEqual([]);
    expect(channelOf(setting, 'C1').messages).toHaveLength(3);
  });

  it('is acknowledged only once it is stored: while the table is away, Slack delivers again', async () => {
    const setting = await setUp();
    const { people, bot, delivery } = await run(setting, { receiver });
    const { handleMessage } = bot;
    let failures = 2;
    bot.handleMessage = (message) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new StoreUnavailableError('open', undefined));
      return handleMessage(message);
    };
    const message = await people.say('UANN', 'D1', 'do not lose me');
    await expectWritten(setting, 'D1', message.ts, ['heard: do not lose me']);
    expect(delivery.acknowledgements.at(-1)).toMatchObject({ ok: true, deliveries: 3 });
  });

  it('answers a message as it was edited before it was answered, and forgets one that was deleted', async () => {
    const setting = await setUp();
    const begun = Promise.withResolvers<void>();
    let calls = 0;
    const { people, bot } = await run(setting, {
      receiver,
      async *script(request, signal) {
        calls += 1;
        if (calls === 1) yield* hang(signal, begun.resolve);
        const last = JSON.stringify(request.messages).includes('import') ? 'import' : 'export';
        yield { type: 'text', text: `the ${last}` };
        const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
        yield { type: 'end', stopReason: 'end', usage };
      },
    });
    const message = await people.say('UANN', 'D1', 'the export hangs');
    await begun.promise;
    await people.edit('D1', message.ts, 'the import hangs');
    await expectWritten(setting, 'D1', message.ts, ['the import']);
    await bot.idle();
    await people.remove('D1', message.ts);
    expect(await storedIn(setting, 'D1', message.ts)).toEqual(['the import']);
  });

  it('asks the table nothing when people say, change and delete what is not for it', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    addChannel(setting.slack.world, 'M1', 'mpim', ['UANN', 'UBOB']);
    // What the channels are for is known from then on.
    for (const channel of ['C1', 'G1', 'M1']) await people.say('UANN', channel, 'morning');
    await bot.idle();
    const counter = countRequests(setting.table);
    const counts = await counter.during(async () => {
      for (const channel of ['C1', 'G1', 'M1']) {
        const { ts } = await people.say('UANN', channel, '<@UBOB> see https://example.com');
        await people.unfurl(channel, ts);
        await people.edit(channel, ts, '<@UBOB> look at https://example.com');
        await people.remove(channel, ts);
        await people.say('UBOB', channel, 'has left', { subtype: 'channel_leave' });
      }
      await bot.idle();
    });
    counter.stop();
    expect(counts.names).toEqual([]);
  });

  it('forgets what is deleted, though it was only read, or never mentioned the bot', async () => {
    const setting = await setUp();
    const { people, bot } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', 'Checkout hangs on Safari.');
    const reply = await people.say('UBOB', 'C1', 'Since Tuesday.', { thread: root.ts });
    await people.say('UANN', 'C1', `${ME} thoughts?`, { thread: root.ts });
    const heard = 'heard: Checkout hangs on Safari. | Since Tuesday. | thoughts?';
    await expectWritten(setting, 'C1', root.ts, [heard]);
    await people.remove('C1', reply.ts);
    await people.remove('C1', root.ts);
    expect(await storedIn(setting, 'C1', root.ts)).toEqual(['thoughts?', heard]);
    const lonely = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', lonely.ts, ['heard: hello']);
    await bot.idle();
    await people.remove('C1', lonely.ts);
    expect(await storedIn(setting, 'C1', lonely.ts)).toEqual(['heard: hello']);
  });

  it.each([
    ['in a channel', { intake: false }, `${ME} the export hangs`],
    ['in an intake channel', { intake: true }, 'the export hangs'],
  ])('answers a mention %s as it was edited before it was answered', async (_, rule, text) => {
    const setting = await setUp();
    await setting.repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', rule);
    const begun = Promise.withResolvers<void>();
    let calls = 0;
    const { people } = await run(setting, {
      receiver,
      script(request, signal) {
        calls += 1;
        return calls === 1 ? hang(signal, begun.resolve) : echo(request);
      },
    });
    const { ts } = await people.say('UANN', 'C1', text);
    await begun.promise;
    await people.edit('C1', ts, text.replace('export', 'import'));
    await expectWritten(setting, 'C1', ts, ['heard: the import hangs']);
  });

  it('takes every new message of an intake channel, and leaves other channels alone', async () => {
    const setting = await setUp();
    await setting.repositories.workspaces.saveChannelSettings('slack', 'T1', 'C1', {
      intake: true,
    });
    const { people, bot } = await run(setting, { receiver });
    const taken = await people.say('UBOB', 'C1', 'the export is broken');
    await expectWritten(setting, 'C1', taken.ts, ['heard: the export is broken']);
    const left = await people.say('UBOB', 'G1', 'just chatting');
    await bot.idle();
    expect(writtenIn(setting, 'G1', left.ts)).toEqual([]);
  });

  it('does not ask for what Slack refused again and again', async () => {
    const setting = await setUp();
    const { people, delivery, logged } = await run(setting, { receiver });
    setting.slack.faults.push({ method: 'views.publish', do: 'refuse', code: 'not_enabled' });
    await people.event({
      ...{ type: 'app_home_opened', tab: 'home', user: 'UANN', channel: 'D1', event_ts: '1.1' },
    });
    expect(delivery.acknowledgements.at(-1)).toMatchObject({ ok: true, deliveries: 1 });
    expect(logged.map(([event]) => event)).toContain('slack-refused');
  });

  it('carries out typed verbs in a thread, and answers only whoever gave them', async () => {
    const setting = await setUp();
    const { people } = await run(setting, { receiver });
    const root = await people.say('UANN', 'C1', `${ME} hello`);
    await expectWritten(setting, 'C1', root.ts, ['heard: hello']);
    await people.say('UBOB', 'C1', `${ME} help`, { thread: root.ts });
    await eventually(() => expect(setting.slack.world.ephemerals).toHaveLength(1));
    expect(setting.slack.world.ephemerals[0]).toMatchObject({ user: 'UBOB', channel: 'C1' });
    expect(setting.slack.world.ephemerals[0]?.text).toContain('Nothing is filed until a person');
  });
});

describe('the door over HTTP', () => {
  const { setUp, run } = useSlack();
  const post = (url: string | undefined, headers: Record<string, string>, body = '{}') =>
    fetch(url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  it('takes nothing that Slack did not sign just now', async () => {
    const setting = await setUp();
    const { url, logged } = await run(setting);
    const secret = setting.slack.world.signingSecret;
    const signed = (offsetS: number, key = secret) => {
      const timestamp = String(Math.floor(Date.now() / 1_000) + offsetS);
      return {
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signBody(key, timestamp, '{}'),
      };
    };
    expect((await post(url, signed(0))).status).toBe(200);
    for (const headers of [
      {},
      signed(0, 'another'),
      signed(-301),
      signed(301),
      { ...signed(0), 'x-slack-signature': 'v1=abc' },
    ]) {
      expect((await post(url, headers as Record<string, string>)).status).toBe(401);
    }
    expect((await post(url, signed(0), '{"changed":1}')).status).toBe(401);
    // Once a minute for each reason: whoever forges requests does not fill the log.
    expect(logged).toEqual(
      ['no signature', 'another secret', 'clock'].map((reason) => [
        'slack-not-verified',
        { reason, count: 1 },
      ]),
    );
  });

  it("asks Slack's own verifier about whatever has an effect", async () => {
    const setting = await setUp();
    const { url, logged } = await run(setting);
    // Slack never writes a time like this: the door takes it for the number that it is, Slack's verifier does not.
    const timestamp = `${Math.floor(Date.now() / 1_000)}.0`;
    const send = (event: object) => {
      const body = JSON.stringify({ type: 'event_callback', team_id: 'T1', event_id: 'E1', event });
      const signature = signBody(setting.slack.world.signingSecret, timestamp, body);
      const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp };
      return post(url, headers, body);
    };
    const place = { channel: 'C1', channel_type: 'channel' };
    const said = { type: 'message', ...place, user: 'UANN', ts: '1772442000.000100' };
    expect((await send({ ...said, text: 'concerns nobody' })).status).toBe(200);
    expect((await send({ ...said, type: 'app_mention', text: `${ME} hello` })).status).toBe(401);
    expect(logged).toEqual([['slack-not-verified', { reason: 'another secret', count: 1 }]]);
  });

  it("judges every request as Slack's own verifier does, those from the future aside", () => {
    const secret = 'stand-in-signing-secret';
    const key = createSecretKey(secret, 'utf8');
    const now = Math.floor(Date.now() / 1_000);
    let taken = 0;
    for (let n = 0; n < 2_000; n += 1) {
      const body = JSON.stringify({ n, text: '行 🧾 <!channel>'.repeat(n % 5) });
      const timestamp = String(now - (n % 7) * 70);
      const signedWith = n % 3 === 0 ? 'another' : secret;
      const signature = signBody(signedWith, timestamp, n % 11 === 0 ? `${body} ` : body);
      const given = n % 13 === 0 ? signature.slice(0, -1) : signature;
      const theirs = isValidSlackRequest({
        signingSecret: secret,
        body,
        headers: { 'x-slack-signature': given, 'x-slack-request-timestamp': Number(timestamp) },
      });
      const headers = new Headers({
        'x-slack-signature': given,
        'x-slack-request-timestamp': timestamp,
      });
      expect(isFromSlack(key, body, headers)).toBe(theirs);
      taken += theirs ? 1 : 0;
    }
    expect(taken).toBeGreaterThan(500);
  });

  it("answers Slack's first question with its challenge", async () => {
    const setting = await setUp();
    const { delivery } = await run(setting);
    const body = { type: 'url_verification', challenge: 'abc' };
    expect((await delivery.deliver({ kind: 'event', body })).body).toEqual({ challenge: 'abc' });
  });
});
