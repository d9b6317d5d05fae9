/** What Bolt's documentation shows: an app on its own HTTP receiver, with one listener. */
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

const { PORT, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET } = process.env;

const receiver = new HTTPReceiver({
  signingSecret: SLACK_SIGNING_SECRET ?? '',
  logLevel: LogLevel.ERROR,
});
const app = new App({
  receiver,
  logLevel: LogLevel.ERROR,
  // Else it would ask Slack who it is; here each event would wait for the first answer.
  authorize: async () => ({ botToken: SLACK_BOT_TOKEN, botId: 'B1', botUserId: 'UBOT' }),
});
app.event('message', async () => undefined);
await app.start({ port: Number(PORT), host: '127.0.0.1' });
