/** The Chat SDK in Slack: its webhook in a Hono route. */
import { createSlackAdapter } from '@chat-adapter/slack';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createFollowingChat } from './following-chat.ts';

const env = process.env;
const chat = createFollowingChat({
  slack: createSlackAdapter({
    botToken: env.SLACK_BOT_TOKEN,
    signingSecret: env.SLACK_SIGNING_SECRET,
    apiUrl: env.SLACK_API_URL,
  }),
});

const app = new Hono();
app.post('/slack/events', (c) =>
  chat.webhooks.slack(c.req.raw, { waitUntil: (work) => void work.catch(() => undefined) }),
);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(env.PORT) });
