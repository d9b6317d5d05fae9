/**
 * The few requests every repository is made of. A failed condition is a return value that carries the
 * stored item; conflicts and throttling are tried again with jitter; a table that does not answer is
 * `StoreUnavailableError`.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { backOff, send } from './attempt.ts';
import type { Table } from './client.ts';
import type { IndexKey, Key, SortRange } from './keys.ts';

/** An item as read: checked by its entity's codec. */
export type Item = Record<string, unknown>;

/** A condition or change in DynamoDB's expression language, with its `#names` and `:values`. */
interface Expressions {
  condition?: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
}

/** One write, alone or in a transaction. `check` is for transactions only. */
export type Write = Expressions & ({ put: Key & Item } | Update | { delete: Key });
type Update = { update: Key; change: string };
export type Action = Write | (Expressions & { check: Key; condition: string });

/** `item`: after a successful update, as it is now; after a failed condition, as it was found. */
export type WriteOutcome = { ok: true; item?: Item } | { ok: false; item?: Item };

/** `reasons` are in the order of the actions; `item` as it was found, absent when there is none. */
export type TransactOutcome =
  | { ok: true }
  | { ok: false; reasons: { code: 'None' | 'ConditionalCheckFailed'; item?: Item }[] };

/** Sort keys of one partition, or with `index` of one partition of GSI1 (then eventually consistent). */
export interface Query {
  partition: string;
  range: SortRange;
  descending?: boolean;
  limit?: number;
  index?: 'GSI1';
  /** Begins after this item. */
  after?: Key | (Key & IndexKey);
}

export interface QueryPage {
  items: Item[];
  /** Present when there may be more. */
  last?: Key;
}

/** DynamoDB's own limits per request. */
const MAX_BATCH_GET = 100;
const MAX_BATCH_WRITE = 25;

// --- Reads ---------------------------------------------------------------------------------------

/** One strongly consistent read. */
export async function getItem(table: Table, key: Key): Promise<Item | undefined> {
  const { Item: item } = await send(table, 'get', () =>
    table.documents.send(new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true })),
  );
  return item;
}

/** One page of at most 1 MB; strongly consistent except on the index. */
export async function queryPage(table: Table, query: Query): Promise<QueryPage> {
  const prefix = query.index ?? '';
  const output = await send(table, 'query', () =>
    table.documents.send(
      new QueryCommand({
        TableName: table.name,
        IndexName: query.index,
        ConsistentRead: query.index === undefined,
        KeyConditionExpression: `${prefix}PK = :pk AND ${prefix}SK BETWEEN :from AND :to`,
        ExpressionAttributeValues: {
          ':pk': query.partition,
          ':from': query.range.from,
          ':to': query.range.to,
        },
        ScanIndexForward: query.descending !== true,
        Limit: query.limit,
        ExclusiveStartKey: query.after,
      }),
    ),
  );
  const last = output.LastEvaluatedKey as Key | undefined;
  return { items: output.Items ?? [], ...(last && { last }) };
}

/** Page after page until the end, or until `limit` items in all. */
export async function* queryPages(table: Table, query: Query): AsyncGenerator<Item[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let after = query.after;
  do {
    const limit = Number.isFinite(left) ? { limit: left } : {};
    const page = await queryPage(table, { ...query, ...limit, ...(after && { after }) });
    yield page.items;
    left -= page.items.length;
    after = page.last;
  } while (after && left > 0);
}

/** All items of the range, or the first `limit`. */
export async function queryAll(table: Table, query: Query): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(table, query)) items.push(...page);
  return items;
}

/** Strongly consistent; any number of distinct keys, in no order, missing ones left out. */
export async function batchGet(table: Table, keys: Key[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const chunk of chunksOf(keys, MAX_BATCH_GET)) {
    let open: Record<string, unknown>[] = chunk.map(({ PK, SK }) => ({ PK, SK }));
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await backOff('batch get', attempt);
      const output = await send(table, 'batch get', () =>
        table.documents.send(
          new BatchGetCommand({
            RequestItems: { [table.name]: { Keys: open, ConsistentRead: true } },
          }),
        ),
      );
      items.push(...(output.Responses?.[table.name] ?? []));
      open = output.UnprocessedKeys?.[table.name]?.Keys ?? [];
    }
  }
  return items;
}

// --- Writes --------------------------------------------------------------------------------------

/** One put, update or delete. */
export async function write(table: Table, action: Write): Promise<WriteOutcome> {
  try {
    const output = await send(table, verbOf(action), () => sendWrite(table, action));
    return { ok: true, ...(output.Attributes && { item: output.Attributes }) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, ...(error.Item && { item: unmarshall(error.Item) }) };
  }
}

/** Up to 100 actions on different items, all or none. */
export async function transact(table: Table, actions: Action[]): Promise<TransactOutcome> {
  const items = actions.map((action) => toTransactItem(table, action));
  let token = randomUUID();
  try {
    await send(table, 'transact', async () => {
      const input = { ClientRequestToken: token, TransactItems: items };
      try {
        await table.documents.send(new TransactWriteCommand(input));
      } catch (error) {
        // Any other attempt may still be in progress: only with its token is its outcome learned.
        if (error instanceof TransactionCanceledException) token = randomUUID();
        throw error;
      }
    });
    return { ok: true };
  } catch (error) {
    const reasons = failedConditions(error);
    if (reasons) return { ok: false, reasons };
    throw error;
  }
}

/** Any number of puts and deletes of different items, without conditions, in no order. */
export async function batchWrite(
  table: Table,
  writes: ({ put: Key & Item } | { delete: Key })[],
): Promise<void> {
  const requests = writes.map((one) =>
    'put' in one
      ? { PutRequest: { Item: one.put } }
      : { DeleteRequest: { Key: { PK: one.delete.PK, SK: one.delete.SK } } },
  );
  for (const chunk of chunksOf<BatchRequest>(requests, MAX_BATCH_WRITE)) {
    let open = chunk;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await backOff('batch write', attempt);
      const output = await send(table, 'batch write', () =>
        table.documents.send(new BatchWriteCommand({ RequestItems: { [table.name]: open } })),
      );
      open = output.UnprocessedItems?.[table.name] ?? [];
    }
  }
}

type BatchRequest = NonNullable<
  NonNullable<BatchWriteCommand['input']['RequestItems']>[string]
>[number];

function sendWrite(table: Table, action: Write): Promise<{ Attributes?: Item }> {
  const common = {
    TableName: table.name,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...expressionsOf(action),
  };
  if ('put' in action) {
    return table.documents.send(new PutCommand({ ...common, Item: action.put }));
  }
  if ('delete' in action) {
    return table.documents.send(new DeleteCommand({ ...common, Key: action.delete }));
  }
  const update = { Key: action.update, UpdateExpression: action.change };
  return table.documents.send(new UpdateCommand({ ...common, ...update, ReturnValues: 'ALL_NEW' }));
}

type TransactItem = NonNullable<TransactWriteCommand['input']['TransactItems']>[number];

function toTransactItem(table: Table, action: Action): TransactItem {
  const common = {
    TableName: table.name,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...expressionsOf(action),
  };
  if ('put' in action) return { Put: { ...common, Item: action.put } };
  if ('delete' in action) return { Delete: { ...common, Key: action.delete } };
  if ('check' in action) {
    return {
      ConditionCheck: { ...common, Key: action.check, ConditionExpression: action.condition },
    };
  }
  return { Update: { ...common, Key: action.update, UpdateExpression: action.change } };
}

function expressionsOf({ condition, names, values }: Expressions) {
  return {
    ...(condition !== undefined && { ConditionExpression: condition }),
    ...(names && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
  };
}

const verbOf = (action: Write) =>
  'put' in action ? 'put' : 'delete' in action ? 'delete' : 'update';

type Reasons = Extract<TransactOutcome, { ok: false }>['reasons'];

function failedConditions(error: unknown): Reasons | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const found = error.CancellationReasons ?? [];
  if (!found.some(({ Code }) => Code === 'ConditionalCheckFailed')) return undefined;
  return found.map(({ Code, Item: item }) => ({
    code: Code === 'ConditionalCheckFailed' ? Code : 'None',
    ...(item && { item: unmarshall(item as Record<string, AttributeValue>) }),
  }));
}

function chunksOf<Element>(elements: Element[], size: number): Element[][] {
  const chunks: Element[][] = [];
  for (let start = 0; start < elements.length; start += size) {
    chunks.push(elements.slice(start, start + size));
  }
  return chunks;
}
