/** The connection to the one table everything lives in. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { toWellFormed } from './well-formed.ts';

/** A table and the way to it, as every repository takes it. */
export interface Table {
  name: string;
  documents: DynamoDBDocumentClient;
  /** What one request may take with all its retries, in milliseconds. */
  deadlineMs: number;
  /** Closes the connections. */
  close(): void;
}

export interface TableOptions {
  tableName: string;
  region: string;
  /** DynamoDB Local or an embedded engine; absent means Amazon DynamoDB by the AWS default chain. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** A message must be refused before the platform stops waiting (Slack: 3 s), hence 2,300 by default. */
  deadlineMs?: number;
}

/** Local engines check only that there are some. */
const FAKE_CREDENTIALS = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };

/**
 * Opens no connection yet. A single attempt may take 1.1 s and the SDK makes two, so that one lost
 * packet does not fail a message and a dead table is known within the deadline.
 */
export function createTable(options: TableOptions): Table {
  const credentials = options.credentials ?? (options.endpoint ? FAKE_CREDENTIALS : undefined);
  const client = new DynamoDBClient({
    region: options.region,
    ...(options.endpoint && { endpoint: options.endpoint }),
    ...(credentials && { credentials }),
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 500,
      requestTimeout: 1_100,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 100 },
      httpsAgent: { keepAlive: true, maxSockets: 100 },
    },
  });
  const documents = DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
  });
  documents.middlewareStack.add(
    (next) => (args) => next({ ...args, input: toWellFormed(args.input) }),
    { step: 'initialize', name: 'well-formed' },
  );
  return {
    name: options.tableName,
    documents,
    deadlineMs: options.deadlineMs ?? 2_300,
    close: () => client.destroy(),
  };
}
