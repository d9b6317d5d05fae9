/** What the Chat SDK's documentation shows: its webhook in a Hono route, state in memory. */
import { createSlackAdapter } from '@chat-adapter/slack';
import { createMemoryState } from '@chat-adapter/state-memory';
import { serve } from '@hono/node-server';
import { Chat } from 'chat';
import { Hono } from 'hono';

const { PORT, SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET } = process.env;

const chat = new Chat({
  userName: 'bot',
  adapters: {
    slack: createSlackAdapter({
      botToken: SLACK_BOT_TOKEN,
      signingSecret: SLACK_SIGNING_SECRET,
      apiUrl: SLACK_API_URL,
    }),
  },
  state: createMemoryState(),
  logger: 'error',
});
chat.onNewMention(async () => undefined);

const app = new Hono();
app.post('/slack/events', (c) =>
  chat.webhooks.slack(c.req.raw, { waitUntil: (work) => void work.catch(() => undefined) }),
);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) });
