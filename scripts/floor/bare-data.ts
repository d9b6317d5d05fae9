/**
 * The floor of `bench data`: the same requests by `lib-dynamodb` alone, as its authors show. On the product's copy of
 * the SDK, hence not in `scripts/bench`.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  AUTHOR,
  CLIENT,
  type DataCandidate,
  type DataPlace,
  MARSHALL,
  MESSAGES,
  momentOf,
  SETTINGS,
  TEXT,
} from '../bench/data-case.ts';

export function createCandidate({ endpoint, tableName, conversationId }: DataPlace): DataCandidate {
  const documents = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...CLIENT, endpoint }),
    MARSHALL,
  );
  const PK = `CONV#${conversationId}`;
  const keyOf = (n: number) => ({ PK, SK: `MSG#${momentOf(n)}` });
  return {
    put: (n) =>
      documents.send(
        new PutCommand({
          TableName: tableName,
          Item: { PK: 'WORKSPACE#slack#T1', SK: `CHANNEL#C${n}`, v: 1, settings: SETTINGS },
        }),
      ),
    get: async (n) => {
      const Key = keyOf(n % MESSAGES);
      const output = await documents.send(
        new GetCommand({ TableName: tableName, Key, ConsistentRead: true }),
      );
      return output.Item;
    },
    query: async () => {
      const output = await documents.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'PK = :pk AND SK BETWEEN :from AND :to',
          ExpressionAttributeValues: { ':pk': PK, ':from': 'MSG#', ':to': 'MSG$' },
          Limit: MESSAGES + 1,
        }),
      );
      return output.Items ?? [];
    },
    transact: (n) =>
      documents.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              ConditionCheck: {
                TableName: tableName,
                Key: { PK, SK: 'THREAD' },
                ConditionExpression: 'attribute_exists(PK)',
              },
            },
            {
              Put: {
                TableName: tableName,
                Item: { ...keyOf(n), v: 1, role: 'user', text: TEXT, author: AUTHOR },
                ConditionExpression: 'attribute_not_exists(PK)',
              },
            },
          ],
        }),
      ),
  };
}
