/** Makes the table, or checks that the one that is there is ours. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { unavailable } from './attempt.ts';
import type { Table } from './client.ts';

const KEY_SCHEMA = [
  { AttributeName: 'PK', KeyType: 'HASH' },
  { AttributeName: 'SK', KeyType: 'RANGE' },
] as const;
const INDEX_SCHEMA = [
  { AttributeName: 'GSI1PK', KeyType: 'HASH' },
  { AttributeName: 'GSI1SK', KeyType: 'RANGE' },
] as const;

/** Seconds a new table may take to become usable; AWS needs some ten. */
const MAX_WAIT_SECONDS = 120;

/** There is a table of this name, but not with our keys. The message says what differs and what to do. */
export class WrongTableError extends Error {
  override name = 'WrongTableError';
}

/**
 * Idempotent; resolves when the table can be used. A table made by hand from the guide is taken as it
 * is, whatever its index projects. Throws `WrongTableError`, or `StoreUnavailableError`.
 */
export async function ensureTable(table: Table): Promise<'created' | 'existed'> {
  try {
    const outcome = await createIfMissing(table);
    await waitUntilTableExists(
      { client: table.documents, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1, maxDelay: 5 },
      { TableName: table.name },
    );
    checkSchema(table, await describe(table));
    await enableExpiry(table);
    return outcome;
  } catch (error) {
    throw unavailable('set up the table', error);
  }
}

async function createIfMissing(table: Table): Promise<'created' | 'existed'> {
  if (await describe(table)) return 'existed';
  try {
    await table.documents.send(
      new CreateTableCommand({
        TableName: table.name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [...KEY_SCHEMA],
        AttributeDefinitions: [...KEY_SCHEMA, ...INDEX_SCHEMA].map(({ AttributeName }) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'GSI1',
            KeySchema: [...INDEX_SCHEMA],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    return 'created';
  } catch (error) {
    if (error instanceof ResourceInUseException) return 'existed';
    throw error;
  }
}

async function describe(table: Table): Promise<TableDescription | undefined> {
  try {
    const { Table: description } = await table.documents.send(
      new DescribeTableCommand({ TableName: table.name }),
    );
    return description;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** What is there under this name; `undefined` when nothing is. Two requests, which change nothing. */
export async function inspectTable(
  table: Table,
): Promise<{ status: string; faults: string[]; expires: boolean } | undefined> {
  const found = await describe(table);
  if (!found) return undefined;
  const status = found.TableStatus?.toLowerCase() ?? 'of unknown state';
  return { status, faults: faultsOf(found), expires: await expires(table) };
}

function checkSchema(table: Table, description: TableDescription | undefined): void {
  const faults = faultsOf(description);
  if (faults.length === 0) return;
  throw new WrongTableError(
    `the table "${table.name}" is not one of ours: ${faults.join('; ')}. ` +
      'Choose another DYNAMODB_TABLE_NAME, or remove that table and run this again.',
  );
}

/** How it differs from a table of ours. */
function faultsOf(description: TableDescription | undefined): string[] {
  const types = new Map(
    description?.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]),
  );
  const spell = (schema: TableDescription['KeySchema']) =>
    schema?.map((key) => `${key.AttributeName} (${key.KeyType}, ${types.get(key.AttributeName)})`);
  const expected = (schema: typeof KEY_SCHEMA | typeof INDEX_SCHEMA) =>
    schema.map((key) => `${key.AttributeName} (${key.KeyType}, S)`).join(' and ');
  const index = description?.GlobalSecondaryIndexes?.find((one) => one.IndexName === 'GSI1');
  const keys = spell(description?.KeySchema)?.join(' and ');
  const indexKeys = spell(index?.KeySchema)?.join(' and ') ?? 'missing';
  return [
    keys !== expected(KEY_SCHEMA) && `its key is ${keys}, not ${expected(KEY_SCHEMA)}`,
    indexKeys !== expected(INDEX_SCHEMA) &&
      `its index GSI1 is ${indexKeys}, not ${expected(INDEX_SCHEMA)}`,
  ].filter((fault) => fault !== false);
}

async function enableExpiry(table: Table): Promise<void> {
  if (await expires(table)) return;
  try {
    await table.documents.send(
      new UpdateTimeToLiveCommand({
        TableName: table.name,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      }),
    );
  } catch (error) {
    // Another process may have been faster, which is an error here.
    if (!(await expires(table))) throw error;
  }
}

async function expires(table: Table): Promise<boolean> {
  const { TimeToLiveDescription: current } = await table.documents.send(
    new DescribeTimeToLiveCommand({ TableName: table.name }),
  );
  const status = current?.TimeToLiveStatus;
  return status === 'ENABLED' || status === 'ENABLING';
}
