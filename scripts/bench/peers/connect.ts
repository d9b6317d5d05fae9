/** The peers' client, on their copy of the SDK and with its own defaults. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CLIENT, type DataPlace, MARSHALL } from '../data-case.ts';

export function connect({ endpoint }: DataPlace): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ ...CLIENT, endpoint }), MARSHALL);
}
