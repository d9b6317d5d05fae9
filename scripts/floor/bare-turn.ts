/**
 * What `bench turn` measures against: a script on the very SDKs of the product (hence not in `scripts/bench`, whose
 * packages are its own) that makes the same requests to the table and the same calls of Slack for a turn, and
 * nothing else. It checks nothing it reads and repeats nothing.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import OpenAI from 'openai';

const env = process.env;
const TableName = env.DYNAMODB_TABLE_NAME;
const TAIL = 200;
const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({ region: 'us-east-1', endpoint: env.DYNAMODB_ENDPOINT ?? '', credentials }),
);
const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, baseURL: env.OPENAI_BASE_URL });
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

const timeOf = (ts: string) => new Date(Number(ts) * 1_000).toISOString();
const keyOf = ({ ts }: Said) => `${timeOf(ts)}#${ts}`;
const partitionOf = ({ channel, ts, thread_ts = ts }: Said) => `CONV#${channel}-${thread_ts}`;
const toItem = (said: Said) => ({
  ...{ PK: partitionOf(said), SK: `MSG#${keyOf(said)}`, v: 1, role: 'user', text: said.text },
  author: { i: `slack:T1:${said.user}`, n: said.user, s: 'member' },
});
const claim = () => ({ t: randomUUID(), i: randomUUID(), a: 1, s: Date.now(), x: Date.now() });

app.event('app_mention', async ({ event }) => {
  const said = event as Said;
  const PK = partitionOf(said);
  const thread = { PK, SK: 'THREAD', v: 1, ticketCount: 0, settings: {}, drafts: {} };
  const row = { PK: `USER#${said.user}`, SK: `CONV#${PK}`, v: 1, title: said.text };
  const puts = [{ ...thread, claim: claim() }, row, toItem(said)];
  await documents.send(
    new TransactWriteCommand({ TransactItems: puts.map((Item) => ({ Put: { TableName, Item } })) }),
  );
  await answer(said, []);
});
app.event('message', async ({ event }) => {
  const said = event as unknown as Said;
  if (said.thread_ts) await answer(said, await open(said));
});

/** The tail and the claim, in parallel. */
async function open(said: Said): Promise<Record<string, unknown>[]> {
  const PK = partitionOf(said);
  const [tail] = await Promise.all([
    documents.send(
      new QueryCommand({
        ...{ TableName, ConsistentRead: true, ScanIndexForward: false, Limit: TAIL + 2 },
        KeyConditionExpression: 'PK = :pk AND SK BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': PK, ':from': 'MSG#', ':to': 'THREAD' },
      }),
    ),
    documents.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Update: {
              ...{ TableName, Key: { PK, SK: 'THREAD' } },
              UpdateExpression:
                'SET claim = :claim, GSI1PK = :shard, GSI1SK = :at ADD waiting :key',
              ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(claim)',
              ExpressionAttributeValues: {
                ...{ ':claim': claim(), ':shard': 'PENDING#0', ':at': `${Date.now()}#${PK}` },
                ':key': new Set([keyOf(said)]),
              },
            },
          },
          {
            Put: {
              ...{ TableName, Item: toItem(said) },
              ConditionExpression: 'attribute_not_exists(PK)',
            },
          },
        ],
      }),
    ),
  ]);
  return (tail.Items ?? []).filter(({ SK }) => String(SK).startsWith('MSG#')).reverse();
}

async function answer(said: Said, history: Record<string, unknown>[]): Promise<void> {
  const { channel, ts, thread_ts = ts, user, team = 'T1', text: question } = said;
  const place = { channel_id: channel, thread_ts };
  const shown = [
    slack.assistant.threads.setStatus({ ...place, status: 'is thinking…' }),
    slack.agents.sessions.setStatus({ ...place, status: 'processing', initiator_user_id: user }),
  ];
  const stream = await openai.chat.completions.create({
    ...{ model: env.OPENAI_MODEL ?? '', stream: true, stream_options: { include_usage: true } },
    messages: [
      { role: 'system', content: 'You help a team that talks in Slack.' },
      ...history.map(({ role, text }) => ({ role: role as 'user', content: String(text) })),
      { role: 'user', content: question },
    ],
  });
  let text = '';
  let started: Promise<{ reply: string; length: number }> | undefined;
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? '';
    if (text) started ??= begin(text);
  }

  async function begin(first: string) {
    const { ts: reply = '' } = await slack.chat.startStream({
      ...{ channel, thread_ts, recipient_user_id: user, recipient_team_id: team },
      ...{ chunks: [{ type: 'markdown_text', text: first }], task_display_mode: 'timeline' },
    });
    await record(said, reply);
    return { reply, length: first.length };
  }

  const { reply = '', length = 0 } = (await started) ?? {};
  await slack.chat.stopStream({
    ...{ channel, ts: reply, chunks: [{ type: 'markdown_text', text: text.slice(length) }] },
    metadata: { event_type: 'reply', event_payload: { turn: ts } },
  });
  await close(said, text);
  await Promise.all(shown);
  await slack.agents.sessions.setStatus({ ...place, status: 'active' });
}

const record = (said: Said, reply: string) =>
  documents.send(
    new UpdateCommand({
      ...{ TableName, Key: { PK: partitionOf(said), SK: 'THREAD' } },
      UpdateExpression: 'SET claim.r = :reply',
      ConditionExpression: 'attribute_exists(claim)',
      ExpressionAttributeValues: { ':reply': reply },
    }),
  );

async function close(said: Said, text: string): Promise<void> {
  const PK = partitionOf(said);
  const usage = [1, 0, text.length];
  const answered = { i: said.ts, c: [keyOf(said)], o: 'answered', u: usage, p: 'openai', m: 'm' };
  await documents.send(
    new TransactWriteCommand({
      TransactItems: [
        {
          Update: {
            ...{ TableName, Key: { PK, SK: 'THREAD' } },
            UpdateExpression:
              'SET ticketCount = :count, endedAt = :at REMOVE claim, waiting, GSI1PK, GSI1SK',
            ConditionExpression: 'attribute_exists(claim)',
            ExpressionAttributeValues: { ':count': 0, ':at': Date.now() },
          },
        },
        {
          Put: {
            TableName,
            Item: { PK, SK: `MSG#${keyOf(said)}~reply`, v: 1, role: 'assistant', text, answered },
            ConditionExpression: 'attribute_not_exists(PK)',
          },
        },
        {
          Update: {
            ...{ TableName, Key: { PK: `USER#${said.user}`, SK: `CONV#${PK}` } },
            UpdateExpression: 'SET updatedAt = :at',
            ConditionExpression: 'attribute_exists(PK)',
            ExpressionAttributeValues: { ':at': new Date().toISOString() },
          },
        },
      ],
    }),
  );
}

await app.start({ port: Number(env.PORT), host: '127.0.0.1' });
