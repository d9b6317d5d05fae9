/** The requests to the table that the product makes for a turn, made by hand: nothing is checked, nothing repeated. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

/** A message, wherever it was said. */
export interface Said {
  /** Of the thread, where it is the only one. */
  thread: string;
  id: string;
  sentAt: string;
  user: string;
  text: string;
}

const TableName = process.env.DYNAMODB_TABLE_NAME;
const TAIL = 200;
const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    region: 'us-east-1',
    endpoint: process.env.DYNAMODB_ENDPOINT ?? '',
    credentials,
  }),
);

const keyOf = ({ sentAt, id }: Said) => `${sentAt}#${id}`;
const partitionOf = ({ thread }: Said) => `CONV#${thread}`;
const toItem = (said: Said) => ({
  ...{ PK: partitionOf(said), SK: `MSG#${keyOf(said)}`, v: 1, role: 'user', text: said.text },
  author: { i: `chat:T1:${said.user}`, n: said.user, s: 'member' },
});
const claim = () => ({ t: randomUUID(), i: randomUUID(), a: 1, s: Date.now(), x: Date.now() });

/** A new thread, claimed, and what was said first. */
export async function begin(said: Said): Promise<void> {
  const PK = partitionOf(said);
  const thread = { PK, SK: 'THREAD', v: 1, ticketCount: 0, settings: {}, drafts: {} };
  const row = { PK: `USER#${said.user}`, SK: `CONV#${PK}`, v: 1, title: said.text };
  const puts = [{ ...thread, claim: claim() }, row, toItem(said)];
  await documents.send(
    new TransactWriteCommand({ TransactItems: puts.map((Item) => ({ Put: { TableName, Item } })) }),
  );
}

/** The tail and the claim, in parallel; resolves with what was said before, oldest first. */
export async function open(said: Said): Promise<Record<string, unknown>[]> {
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

/** Where the reply is. */
export const record = (said: Said, reply: string) =>
  documents.send(
    new UpdateCommand({
      ...{ TableName, Key: { PK: partitionOf(said), SK: 'THREAD' } },
      UpdateExpression: 'SET claim.r = :reply',
      ConditionExpression: 'attribute_exists(claim)',
      ExpressionAttributeValues: { ':reply': reply },
    }),
  );

/** The answer, and the end of the claim. */
export async function close(said: Said, text: string): Promise<void> {
  const PK = partitionOf(said);
  const usage = [1, 0, text.length];
  const answered = { i: said.id, c: [keyOf(said)], o: 'answered', u: usage, p: 'openai', m: 'm' };
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
