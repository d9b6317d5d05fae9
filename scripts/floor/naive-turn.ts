/**
 * The turn as this project's ancestor took it: an item for each event that was seen, the conversation found by a
 * filter over all of its owner's rows, and the whole history read each time.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

export interface NaivePlace {
  documents: DynamoDBDocumentClient;
  tableName: string;
  userId: string;
  conversationId: string;
  /** As a conversation's row holds its thread. */
  threadRef: string;
}

/** DynamoDB's own limit for one request. */
const BATCH = 25;

/**
 * So many rows of conversations, this one's the newest: 0.7 KB each, as they come about where every field of the
 * entity is an attribute under its own name, the ids again beside the keys, and a list shows the last message.
 */
export async function writeNaiveRows(
  { documents, tableName, userId, conversationId, threadRef }: NaivePlace,
  count: number,
  text: string,
): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => {
    const id = n === count - 1 ? conversationId : `other-${String(n).padStart(26, '0')}`;
    const createdAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
    const thread = n === count - 1 ? threadRef : `${threadRef}-${n}`;
    const keys = { PK: `USER#${userId}`, SK: `CONV#${createdAt}#${id}` };
    const ids = { entityType: 'Conversation', conversationId: id, userId, thread };
    const place = { platform: 'terminal', workspaceId: 'w', channelId: 'c', visibility: 'dm' };
    const title = 'Checkout hangs on Safari 17 after pressing Pay, every time';
    const state = { title, status: 'active', isShared: false, messageCount: 20, mode: 'assistant' };
    const lastMessage = text.slice(0, 120);
    return { ...keys, ...ids, ...place, ...state, lastMessage, createdAt, updatedAt: createdAt };
  });
  for (let start = 0; start < rows.length; start += BATCH) {
    const puts = rows.slice(start, start + BATCH).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
  }
}

export interface NaiveMessage {
  id: string;
  sentAt: string;
  text: string;
}

/** `ask` gets the whole history as it was read. */
export async function takeNaiveTurn(
  { documents, tableName: TableName, userId, conversationId, threadRef }: NaivePlace,
  { id, sentAt, text }: NaiveMessage,
  ask: (history: unknown[]) => string,
): Promise<void> {
  const [user, thread] = [`USER#${userId}`, `CONV#${conversationId}`];
  const put = (item: Record<string, unknown>) =>
    documents.send(new PutCommand({ TableName, Item: item }));
  const get = (sort: string) =>
    documents.send(new GetCommand({ TableName, Key: { PK: user, SK: sort } }));

  async function queryAll(
    PK: string,
    prefix: string,
    more = {},
  ): Promise<Record<string, unknown>[]> {
    const input = {
      TableName,
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
      ...more,
      ExpressionAttributeValues: {
        ...{ ':pk': PK, ':prefix': prefix },
        ...(more as { ExpressionAttributeValues?: object }).ExpressionAttributeValues,
      },
    };
    const items: Record<string, unknown>[] = [];
    for await (const page of paginateQuery({ client: documents }, input)) {
      items.push(...(page.Items ?? []));
    }
    return items;
  }

  await put({ PK: `SEEN#${id}`, SK: 'EVENT' });
  const [conversation] = await queryAll(user, 'CONV#', {
    // Else a conversation that began a second ago would not be found, and begun again.
    ConsistentRead: true,
    FilterExpression: '#thread = :thread',
    ExpressionAttributeNames: { '#thread': 'thread' },
    ExpressionAttributeValues: { ':thread': threadRef },
  });
  if (!conversation) throw new Error('the conversation is not there');
  await Promise.all([get('PROFILE'), get('SETTINGS'), queryAll(user, 'PROVIDER#')]);
  await put({ PK: thread, SK: `MSG#${sentAt}#${id}`, role: 'user', text });
  const history = await queryAll(thread, 'MSG#', { ConsistentRead: true });
  const reply = ask(history);
  await put({ PK: thread, SK: `MSG#${sentAt}#${id}~reply`, role: 'assistant', text: reply });
  await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':pk': thread, ':prefix': 'TICKET#' },
    }),
  );
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { PK: user, SK: conversation.SK },
      UpdateExpression: 'SET updatedAt = :now',
      ExpressionAttributeValues: { ':now': sentAt },
    }),
  );
}
