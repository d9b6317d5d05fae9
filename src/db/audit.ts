/**
 * Who did what: `AUDIT#platform#workspaceId#day` / `AT#time#id`. A day of a workspace is one
 * partition, read newest first; with a retention period every entry carries `expiresAt`.
 */
import { z } from 'zod';
import {
  AUDIT_ACTIONS,
  AUDIT_PLATFORMS,
  type AuditEntry,
  type AuditPlace,
  type AuditQuery,
  type AuditRepository,
  OPERATOR,
} from '../core/audit.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { DELETED_AUTHOR } from '../core/user.ts';
import type { Table } from './client.ts';
import { AUDIT_RANGE, auditKey, auditPartition } from './keys.ts';
import { decodeCursor, encodeCursor, limitOf } from './page.ts';
import { batchWrite, type Item, type Query, queryPage } from './requests.ts';
import { toTraceItem } from './trace.ts';

const DAY_MS = 86_400_000;
/** Days looked into for one page: where less happened, the next page goes on. */
const MAX_DAYS = 31;

const itemSchema = z.object({
  PK: z.string(),
  SK: z.string(),
  v: z.literal(1),
  expiresAt: z.number().optional(),
  platform: z.enum(AUDIT_PLATFORMS),
  workspaceId: z.string(),
  actor: z.string(),
  action: z.enum(AUDIT_ACTIONS),
  outcome: z.enum(['done', 'refused']),
  channelId: z.string().optional(),
  conversationId: z.string().optional(),
  ticketId: z.string().optional(),
  subject: z.string().optional(),
});

/** The core's port, on the table. */
export function createAuditRepository({ table }: { table: Table }): AuditRepository {
  return {
    async addEntries(entries, days) {
      const items = entries.flatMap((entry) => toItems(entry, days));
      await batchWrite(
        table,
        items.map((put) => ({ put })),
      );
    },
    listEntries: (query, page) => listEntries(table, query, page),
  };
}

/** Actors who are no person of this table. */
const NOBODY = new Set([DELETED_AUTHOR.identity, OPERATOR]);

/** The traces first: whoever did it, and whom it was about, can be taken out of it again. */
function toItems({ id, at, about, ...entry }: AuditEntry, days: number | undefined) {
  const key = auditKey(entry, at, id);
  const expiresAt =
    days === undefined ? undefined : Math.ceil(Date.parse(at) / 1000) + days * 86_400;
  const trace = (person: string, part: 'actor' | 'subject') =>
    toTraceItem(person, { kind: 'audit', key, part }, expiresAt);
  return [
    ...(NOBODY.has(entry.actor) ? [] : [trace(entry.actor, 'actor')]),
    ...(about === undefined ? [] : [trace(about, 'subject')]),
    { ...key, v: 1, ...entry, ...(expiresAt !== undefined && { expiresAt }) },
  ];
}

/** One request for each day, from the last on, until the page is full. */
async function listEntries(
  table: Table,
  query: AuditQuery,
  request: PageRequest = {},
): Promise<Page<AuditEntry>> {
  const limit = limitOf(request);
  const after = request.cursor && decodeCursor(request.cursor, AUDIT_RANGE);
  const found: Item[] = [];
  let day = after ? after.slice('AT#'.length, 'AT#'.length + 10) : query.to;
  for (let count = 0; day >= query.from; count += 1, day = dayBefore(day)) {
    if (count === MAX_DAYS) return toPage(found, `AT#${day}T24`);
    found.push(...(await readDay(table, query, day, limit + 1 - found.length, after)));
    if (found.length > limit) {
      const items = found.slice(0, limit);
      return toPage(items, String(items.at(-1)?.SK));
    }
  }
  return toPage(found);
}

/** Entries of one day before `after`, newest first, without those whose time is over. */
async function readDay(
  table: Table,
  place: AuditPlace,
  day: string,
  limit: number,
  after: string | undefined,
): Promise<Item[]> {
  const partition = auditPartition(place, day);
  const continued = after?.startsWith(`AT#${day}`) && { after: { PK: partition, SK: after } };
  const query = { partition, range: AUDIT_RANGE, descending: true };
  const live: Item[] = [];
  let from: Pick<Query, 'after'> = continued || {};
  do {
    // Entries kept for a shorter time may lie before others that live on.
    const page = await queryPage(table, { ...query, ...from, limit: limit - live.length });
    live.push(...page.items.filter(isLive));
    if (!page.last) break;
    from = { after: page.last };
  } while (live.length < limit);
  return live;
}

function toPage(items: Item[], last?: string): Page<AuditEntry> {
  return { items: items.map(toEntry), ...(last && { cursor: encodeCursor(last) }) };
}

/** `undefined` when its time is over. */
export function fromAuditItem(item: Item): AuditEntry | undefined {
  return isLive(item) ? toEntry(item) : undefined;
}

const isLive = ({ expiresAt }: Item) =>
  typeof expiresAt !== 'number' || expiresAt > Date.now() / 1000;

function toEntry(item: Item): AuditEntry {
  const { PK: _, SK, v: __, expiresAt: ___, ...entry } = itemSchema.parse(item);
  const [, at = '', id = ''] = SK.split('#');
  return { ...entry, at, id };
}

const dayBefore = (day: string) =>
  new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
