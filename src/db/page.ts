/** Lists by pages: a limit, and a cursor that holds nothing but a sort key. */
import { InvalidInputError } from '../core/errors.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type { Table } from './client.ts';
import type { SortRange } from './keys.ts';
import { type Item, queryAll } from './requests.ts';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** The limit, if it is a whole number from 1 to 200; throws `InvalidInputError` else. */
export function limitOf(request: PageRequest): number {
  const limit = request.limit ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidInputError('the page', [`limit must be a whole number from 1 to ${MAX_LIMIT}`]);
}

export function encodeCursor(sortKey: string): string {
  return Buffer.from(sortKey).toString('base64url');
}

/** The sort key, which must lie in the list's own range: a cursor reaches nothing else. */
export function decodeCursor(cursor: string, range: SortRange): string {
  const sortKey = Buffer.from(cursor, 'base64url').toString();
  if (sortKey >= range.from && sortKey <= range.to && encodeCursor(sortKey) === cursor) {
    return sortKey;
  }
  throw new InvalidInputError('the page', ['cursor is not one of this list']);
}

export interface Listing {
  partition: string;
  range: SortRange;
  descending?: boolean;
}

/** One request unless a page passes 1 MB. Reads one item more than asked, so the last page has no cursor. */
export async function listPage(
  table: Table,
  listing: Listing,
  request: PageRequest = {},
): Promise<Page<Item>> {
  const limit = limitOf(request);
  const after = request.cursor && {
    after: { PK: listing.partition, SK: decodeCursor(request.cursor, listing.range) },
  };
  const items = await queryAll(table, { ...listing, ...after, limit: limit + 1 });
  if (items.length <= limit) return { items };
  const page = items.slice(0, limit);
  return { items: page, cursor: encodeCursor(String(page.at(-1)?.SK)) };
}
