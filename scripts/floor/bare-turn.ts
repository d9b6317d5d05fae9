/**
 * What `bench turn` measures against: a script on the very SDKs of the product (hence not in `scripts/bench`, whose
 * packages are its own) that makes the same requests to the table and the same calls of Slack for a turn, and
 * nothing else. It checks nothing it reads and repeats nothing.
 */
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { ask } from './bare-model.ts';
import * as table from './bare-table.ts';

const env = process.env;
const slack = new WebClient(env.SLACK_BOT_TOKEN, { slackApiUrl: env.SLACK_API_URL ?? '' });
const receiver = new HTTPReceiver({
  signingSecret: env.SLACK_SIGNING_SECRET ?? '',
  logLevel: LogLevel.ERROR,
});
const authorize = async () => ({ botToken: env.SLACK_BOT_TOKEN, botUserId: 'UBOT' });
const app = new App({ receiver, authorize, logLevel: LogLevel.ERROR });

interface Said {
  channel: string;
  user: string;
  text: string;
  ts: string;
  thread_ts?: string;
  team?: string;
}

const toSaid = ({ channel, ts, thread_ts = ts, user, text }: Said): table.Said => ({
  ...{ thread: `${channel}-${thread_ts}`, id: ts, user, text },
  sentAt: new Date(Number(ts) * 1_000).toISOString(),
});

app.event('app_mention', async ({ event }) => {
  const said = event as Said;
  await table.begin(toSaid(said));
  await answer(said, []);
});
app.event('message', async ({ event }) => {
  const said = event as unknown as Said;
  if (said.thread_ts) await answer(said, await table.open(toSaid(said)));
});

async function answer(said: Said, history: Record<string, unknown>[]): Promise<void> {
  const { channel, ts, thread_ts = ts, user, team = 'T1' } = said;
  const place = { channel_id: channel, thread_ts };
  const shown = [
    slack.assistant.threads.setStatus({ ...place, status: 'is thinking…' }),
    slack.agents.sessions.setStatus({ ...place, status: 'processing', initiator_user_id: user }),
  ];
  let text = '';
  let started: Promise<{ reply: string; length: number }> | undefined;
  for await (const { choices } of await ask(said.text, history)) {
    text += choices[0]?.delta.content ?? '';
    if (text) started ??= begin(text);
  }

  async function begin(first: string) {
    const { ts: reply = '' } = await slack.chat.startStream({
      ...{ channel, thread_ts, recipient_user_id: user, recipient_team_id: team },
      ...{ chunks: [{ type: 'markdown_text', text: first }], task_display_mode: 'timeline' },
    });
    await table.record(toSaid(said), reply);
    return { reply, length: first.length };
  }

  const { reply = '', length = 0 } = (await started) ?? {};
  await slack.chat.stopStream({
    ...{ channel, ts: reply, chunks: [{ type: 'markdown_text', text: text.slice(length) }] },
    metadata: { event_type: 'reply', event_payload: { turn: ts } },
  });
  await table.close(toSaid(said), text);
  await Promise.all(shown);
  await slack.agents.sessions.setStatus({ ...place, status: 'active' });
}

await app.start({ port: Number(env.PORT), host: '127.0.0.1' });
