/**
 * The Chat SDK as its documentation shows a bot that follows a thread: its webhook in a Hono route, the history
 * from Slack, the model's words streamed, and both messages stored by two puts. State in memory.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { createSlackAdapter } from '@chat-adapter/slack';
import { createMemoryState } from '@chat-adapter/state-memory';
import { serve } from '@hono/node-server';
import { Chat, type Message, type MessageContext, type Thread, toAiMessages } from 'chat';
import { Hono } from 'hono';
import OpenAI from 'openai';

const env = process.env;
const HISTORY = 20;
const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({ region: 'us-east-1', endpoint: env.DYNAMODB_ENDPOINT, credentials }),
);
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL });
const chat = new Chat({
  userName: 'bot',
  adapters: {
    slack: createSlackAdapter({
      botToken: env.SLACK_BOT_TOKEN,
      signingSecret: env.SLACK_SIGNING_SECRET,
      apiUrl: env.SLACK_API_URL,
    }),
  },
  state: createMemoryState(),
  logger: 'error',
  // What comes while it answers waits; by default it would be dropped.
  concurrency: 'queue',
});
chat.onNewMention(async (thread, message, context) => {
  await thread.subscribe();
  await answer(thread, message, context);
});
chat.onSubscribedMessage(answer);

async function answer(thread: Thread, message: Message, context?: MessageContext): Promise<void> {
  const asked = [...(context?.skipped ?? []), message];
  await Promise.all(asked.map(({ id, text }) => store(thread.id, id, { role: 'user', text })));
  await thread.startTyping();
  const { messages } = await thread.adapter.fetchMessages(thread.id, { limit: HISTORY });
  const stream = await openai.chat.completions.create({
    model: env.OPENAI_MODEL,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'You help a team that talks in Slack.' },
      ...(await toAiMessages(messages)),
    ],
  });
  let text = '';
  async function* words() {
    for await (const { choices } of stream) {
      const word = choices[0]?.delta.content;
      if (!word) continue;
      text += word;
      yield word;
    }
  }
  await thread.post(words());
  const covers = asked.map(({ id }) => id);
  await store(thread.id, `${message.id}~reply`, { role: 'assistant', text, covers });
}

const store = (thread: string, id: string, said: Record<string, unknown>) =>
  documents.send(
    new PutCommand({
      TableName: env.DYNAMODB_TABLE_NAME,
      Item: { PK: `CONV#${thread}`, SK: `MSG#${id}`, v: 1, ...said },
    }),
  );

const app = new Hono();
app.post('/slack/events', (c) =>
  chat.webhooks.slack(c.req.raw, { waitUntil: (work) => void work.catch(() => undefined) }),
);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(env.PORT) });
