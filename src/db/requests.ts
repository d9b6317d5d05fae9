/**
 * The few requests every repository is made of. A failed condition is a return value that carries the
 * stored item; conflicts and throttling are tried again with jitter; a table that does not answer is
 * `StoreUnavailableError`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
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
import { StoreUnavailableError } from '../core/errors.ts';
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

const MAX_TRIES = 6;
/** Milliseconds; doubles with each try, and a random part of it is waited. */
const FIRST_BACKOFF = 25;
/** DynamoDB's own limits per request. */
const MAX_BATCH_GET = 100;
const MAX_BATCH_WRITE = 25;

// --- Reads ---------------------------------------------------------------------------------------

/** One strongly consistent read. */
export async function getItem(table: Table, key: Key): Promise<Item | undefined> {
  const { Item: item } = await send(table, 'get', (abort) =>
    table.documents.send(
      new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
      abort,
    ),
  );
  return item;
}

/** One page of at most 1 MB; strongly consistent except on the index. */
export async function queryPage(table: Table, query: Query): Promise<QueryPage> {
  const prefix = query.index ?? '';
  const output = await send(table, 'query', (abort) =>
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
      abort,
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
      const output = await send(table, 'batch get', (abort) =>
        table.documents.send(
          new BatchGetCommand({
            RequestItems: { [table.name]: { Keys: open, ConsistentRead: true } },
          }),
          abort,
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
    const output = await send(table, verbOf(action), (abort) => sendWrite(table, action, abort));
    return { ok: true, ...(output.Attributes && { item: output.Attributes }) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, ...(error.Item && { item: unmarshall(error.Item) }) };
  }
}

/** Up to 100 actions on different items, all or none. */
export async function transact(table: Table, actions: Action[]): Promise<TransactOutcome> {
  const deadline = performance.now() + table.deadlineMs;
  let token = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send(
        table,
        'transact',
        (abort) =>
          table.documents.send(
            new TransactWriteCommand({
              ClientRequestToken: token,
              TransactItems: actions.map((action) => toTransactItem(table, action)),
            }),
            abort,
          ),
        deadline - performance.now(),
      );
      return { ok: true };
    } catch (error) {
      const outcome = judgeCancellation(error);
      if (outcome.kind === 'failed') return { ok: false, reasons: outcome.reasons };
      if (outcome.kind === 'other') throw error;
      // An attempt that is still in progress keeps its token: only so its outcome is learned.
      if (outcome.kind === 'cancelled') token = randomUUID();
      await backOff('transact', attempt, error, deadline);
    }
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
      const output = await send(table, 'batch write', (abort) =>
        table.documents.send(
          new BatchWriteCommand({ RequestItems: { [table.name]: open } }),
          abort,
        ),
      );
      open = output.UnprocessedItems?.[table.name] ?? [];
    }
  }
}

type BatchRequest = NonNullable<
  NonNullable<BatchWriteCommand['input']['RequestItems']>[string]
>[number];

function sendWrite(table: Table, action: Write, abort: Abort): Promise<{ Attributes?: Item }> {
  const common = {
    TableName: table.name,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...expressionsOf(action),
  };
  if ('put' in action) {
    return table.documents.send(new PutCommand({ ...common, Item: action.put }), abort);
  }
  if ('delete' in action) {
    return table.documents.send(new DeleteCommand({ ...common, Key: action.delete }), abort);
  }
  const update = { Key: action.update, UpdateExpression: action.change };
  return table.documents.send(
    new UpdateCommand({ ...common, ...update, ReturnValues: 'ALL_NEW' }),
    abort,
  );
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

// --- What went wrong -----------------------------------------------------------------------------

/** Reasons that pass: the whole transaction may be tried again. */
const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

type Reasons = Extract<TransactOutcome, { ok: false }>['reasons'];

function judgeCancellation(
  error: unknown,
): { kind: 'failed'; reasons: Reasons } | { kind: 'cancelled' | 'in-progress' | 'other' } {
  const name = error instanceof Error ? error.name : '';
  if (name === 'TransactionInProgressException') return { kind: 'in-progress' };
  if (name === 'TransactionConflictException') return { kind: 'cancelled' };
  if (!(error instanceof TransactionCanceledException)) return { kind: 'other' };
  const found = error.CancellationReasons ?? [];
  // A conflict hides the item it met, so a failed condition beside it does not tell the whole.
  if (found.some(({ Code }) => PASSING_REASONS.has(Code ?? ''))) return { kind: 'cancelled' };
  if (!found.some(({ Code }) => Code === 'ConditionalCheckFailed')) return { kind: 'other' };
  return {
    kind: 'failed',
    reasons: found.map(({ Code, Item: item }) => ({
      code: Code === 'ConditionalCheckFailed' ? Code : 'None',
      ...(item && { item: unmarshall(item as Record<string, AttributeValue>) }),
    })),
  };
}

type Abort = { abortSignal: AbortSignal };

async function send<Output>(
  table: Table,
  operation: string,
  request: (abort: Abort) => Promise<Output>,
  leftMs: number = table.deadlineMs,
): Promise<Output> {
  try {
    return await request({ abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(leftMs))) });
  } catch (error) {
    const inProgress = judgeCancellation(error).kind !== 'other';
    throw inProgress ? error : unavailable(operation, error);
  }
}

const UNAVAILABLE_NAMES = new Set([
  'AbortError',
  'TimeoutError',
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ThrottlingException',
]);

/** `StoreUnavailableError` for what passes or is out of reach; any other error as it is. */
export function unavailable(operation: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown };
  const status = $metadata?.httpStatusCode;
  const passes =
    UNAVAILABLE_NAMES.has(error.name) ||
    (status !== undefined && status >= 500) ||
    (status === undefined && typeof code === 'string' && /^E[A-Z_]+$/.test(code)) ||
    // An answer that was cut off: the SDK's parser gives up and adds what it got.
    ('$response' in error && error instanceof SyntaxError);
  return passes ? new StoreUnavailableError(operation, error) : error;
}

/** Waits a random part of a doubling time; throws once the tries or the time are used up. */
async function backOff(
  operation: string,
  attempt: number,
  cause?: unknown,
  deadline = Number.POSITIVE_INFINITY,
): Promise<void> {
  const wait = Math.random() * FIRST_BACKOFF * 2 ** attempt;
  if (attempt >= MAX_TRIES || performance.now() + wait >= deadline) {
    throw new StoreUnavailableError(operation, cause);
  }
  await delay(wait);
}

function chunksOf<Element>(elements: Element[], size: number): Element[][] {
  const chunks: Element[][] = [];
  for (let start = 0; start < elements.length; start += size) {
    chunks.push(elements.slice(start, start + size));
  }
  return chunks;
}
