/**
 * The Chat SDK as its documentation shows a bot that follows a thread: the history from the chat, the model's words
 * streamed, and both messages stored by two puts. State in memory.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { createMemoryState } from '@chat-adapter/state-memory';
import {
  type Adapter,
  Chat,
  type Message,
  type MessageContext,
  type Thread,
  toAiMessages,
} from 'chat';
import OpenAI from 'openai';

const env = process.env;
const HISTORY = 20;
const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({ region: 'us-east-1', endpoint: env.DYNAMODB_ENDPOINT, credentials }),
);
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL });

export function createFollowingChat<Adapters extends Record<string, Adapter>>(
  adapters: Adapters,
): Chat<Adapters> {
  const chat = new Chat({
    ...{ userName: 'bot', adapters, state: createMemoryState(), logger: 'error' },
    // What comes while it answers waits; by default it would be dropped.
    concurrency: 'queue',
  });
  chat.onNewMention(async (thread, message, context) => {
    await thread.subscribe();
    await answer(thread, message, context);
  });
  chat.onSubscribedMessage(answer);
  return chat;
}

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
      { role: 'system', content: 'You help a team that talks in a chat.' },
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
