/** What the web view reads: items as they are, except that encrypted values never leave here. */
import { GetCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../src/db/client.ts';

export interface ViewItem {
  PK: string;
  SK: string;
  attributes: Record<string, unknown>;
}

export interface ViewPage {
  items: ViewItem[];
  /** Opaque; absent on the last page. */
  cursor?: string;
}

export interface TableView {
  /** Any items, in no order: for a look around in a local table, because it reads all it passes. */
  listAny(cursor?: string): Promise<ViewPage>;
  /** One partition, by sort key, from those that begin with `prefix`. */
  listPartition(partition: string, prefix: string, cursor?: string): Promise<ViewPage>;
  getItem(key: { PK: string; SK: string }): Promise<ViewItem | undefined>;
}

const PAGE_SIZE = 50;
const HIDDEN = '[encrypted]';
const SECRET_NAME = /^encrypted|secret|password|apikey|accesstoken|refreshtoken/i;
/** Five parts joined by dots, the first of them a JSON object. */
const JWE = /^eyJ[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/;

export function createTableView({ documents, name }: Table): TableView {
  return {
    async listAny(cursor) {
      const output = await documents.send(
        new ScanCommand({ TableName: name, Limit: PAGE_SIZE, ExclusiveStartKey: decode(cursor) }),
      );
      return toPage(output.Items, output.LastEvaluatedKey);
    },
    async listPartition(partition, prefix, cursor) {
      const output = await documents.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: prefix ? 'PK = :pk AND begins_with(SK, :sk)' : 'PK = :pk',
          ExpressionAttributeValues: { ':pk': partition, ...(prefix && { ':sk': prefix }) },
          Limit: PAGE_SIZE,
          ExclusiveStartKey: decode(cursor),
        }),
      );
      return toPage(output.Items, output.LastEvaluatedKey);
    },
    async getItem({ PK, SK }) {
      const output = await documents.send(
        new GetCommand({ TableName: name, Key: { PK, SK }, ConsistentRead: true }),
      );
      return output.Item && toViewItem(output.Item);
    },
  };
}

function toPage(items: Record<string, unknown>[] = [], last?: Record<string, unknown>): ViewPage {
  const cursor = last && Buffer.from(JSON.stringify(last)).toString('base64url');
  return { items: items.map(toViewItem), ...(cursor && { cursor }) };
}

function decode(cursor: string | undefined): Record<string, unknown> | undefined {
  if (!cursor) return undefined;
  try {
    const { PK, SK } = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return { PK: String(PK), SK: String(SK) };
  } catch {
    return undefined;
  }
}

function toViewItem(item: Record<string, unknown>): ViewItem {
  const { PK, SK, ...attributes } = item;
  const shown = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, toShown(name, value)]),
  );
  return { PK: String(PK), SK: String(SK), attributes: shown };
}

/** JSON of a value, with sets as lists and without anything that was encrypted. */
function toShown(name: string, value: unknown): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) || JWE.test(value) ? HIDDEN : value;
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Set) return [...value].map((each) => toShown(name, each));
  if (Array.isArray(value)) return value.map((each) => toShown(name, each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, toShown(key, inner)]),
  );
}
