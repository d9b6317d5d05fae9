/** The floor: one route that checks the signature, reads the event and acknowledges. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const { PORT, SLACK_SIGNING_SECRET = '' } = process.env;
const MAX_AGE_S = 300;

const app = new Hono();
app.post('/slack/events', async (c) => {
  const body = await c.req.text();
  const timestamp = c.req.header('x-slack-request-timestamp') ?? '';
  const given = Buffer.from(c.req.header('x-slack-signature') ?? '');
  const hash = createHmac('sha256', SLACK_SIGNING_SECRET);
  const expected = Buffer.from(`v0=${hash.update(`v0:${timestamp}:${body}`).digest('hex')}`);
  const recent = Math.abs(Date.now() / 1_000 - Number(timestamp)) < MAX_AGE_S;
  if (!recent || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return c.body(null, 401);
  }
  const { type } = JSON.parse(body);
  return c.body(null, type === 'event_callback' ? 200 : 400);
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) });
