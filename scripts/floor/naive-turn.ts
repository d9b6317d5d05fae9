/**
 * The turn as this project's ancestor took it, on the same rows: an item for each event that was seen,
 * the conversation found by a filter over all of its owner's, and the whole history read each time.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
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
