import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  type ProjectionType,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { createTable } from '../../src/db/client.ts';
import { getItem, transact } from '../../src/db/requests.ts';
import { ensureTable, WrongTableError } from '../../src/db/table.ts';
import { startEngine, type TestEngine } from '../engine.ts';

let engine: TestEngine;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const connect = (tableName: string, endpoint = engine.endpoint) =>
  createTable({ tableName, region: 'us-east-1', endpoint });

/** A table as somebody makes it by hand in the console. */
async function makeByHand(name: string, sortKey: string, projection: ProjectionType) {
  const table = connect(name);
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await table.documents.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['PK', sortKey, 'GSI1PK', 'GSI1SK'].map(text),
      KeySchema: keys('PK', sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'GSI1',
          KeySchema: keys('GSI1PK', 'GSI1SK'),
          Projection: { ProjectionType: projection },
        },
      ],
    }),
  );
  return table;
}

describe('ensureTable', () => {
  it('makes the table once', async () => {
    const table = connect('made-once');
    expect(await ensureTable(table)).toBe('created');
    expect(await ensureTable(table)).toBe('existed');
    table.close();
  });

  it('is at peace with another process that makes it at the same moment', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => ensureTable(connect('made-thrice'))));
    expect(outcomes).toContain('created');
  });

  it("takes the guide's table, made by hand with an index of all attributes, and lets items expire", async () => {
    const table = await makeByHand('by-hand', 'SK', 'ALL');
    expect(await ensureTable(table)).toBe('existed');
    const { TimeToLiveDescription: expiry } = await table.documents.send(
      new DescribeTimeToLiveCommand({ TableName: table.name }),
    );
    expect(expiry).toMatchObject({ AttributeName: 'expiresAt', TimeToLiveStatus: 'ENABLED' });
  });

  it('says what is wrong with a table that is not ours', async () => {
    const table = await makeByHand('wrong', 'Sort', 'ALL');
    const failure = ensureTable(table);
    await expect(failure).rejects.toThrow(WrongTableError);
    await expect(failure).rejects.toThrow(/"wrong".*Sort \(RANGE, S\).*DYNAMODB_TABLE_NAME/);
  });
});

describe('a table that does not answer', () => {
  it('is known as unavailable within 2.5 seconds, whether it is silent or not there', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const endpoint = `http://127.0.0.1:${port}`;
    const key = { PK: 'a', SK: 'b' };
    const table = connect('any', endpoint);
    const began = performance.now();
    await expect(transact(table, [{ put: key }])).rejects.toThrow(StoreUnavailableError);
    expect(performance.now() - began).toBeLessThan(2_500);
    table.close();
    silent.close();
    await once(silent, 'close');
    const gone = connect('any', endpoint);
    await expect(getItem(gone, key)).rejects.toThrow(/is DynamoDB reachable/);
    gone.close();
  });
});
