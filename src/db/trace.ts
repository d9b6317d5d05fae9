/**
 * What a person leaves outside of their own items and threads, so that it is found again when they are
 * deleted: `TRACES#person`, where the person is a user's id or an account. Written with what it leads
 * to, or before; a trace that leads nowhere does no harm.
 */
import { z } from 'zod';
import { digestOf } from '../core/thread.ts';
import { apiIdentity, DELETED_AUTHOR, type User } from '../core/user.ts';
import type { Table } from './client.ts';
import { deleteAll, keyOf, WHOLE_PARTITION } from './conversation-deletion.ts';
import { type Key, traceKey, tracesPartition } from './keys.ts';
import { batchWrite, type Item, queryAll, queryPages, write } from './requests.ts';
import { usageKeysOf } from './usage-keys.ts';

const keySchema = z.object({ PK: z.string(), SK: z.string() });
const placeSchema = z.object({ platform: z.string(), workspaceId: z.string() });

const traceSchema = z.discriminatedUnion('kind', [
  /** A session or a link that works once. */
  z.object({ kind: z.literal('secret'), key: keySchema }),
  /** An entry of the audit that says who did it, or whom it was about. */
  z.object({ kind: z.literal('audit'), key: keySchema, part: z.enum(['actor', 'subject']) }),
  /** A user's counters of a month in a workspace. */
  placeSchema.extend({ kind: z.literal('usage'), userId: z.string(), month: z.string() }),
]);
export type Trace = z.infer<typeof traceSchema>;

const itemSchema = z.object({ trace: traceSchema });
export const readTrace = (item: Item): Trace => itemSchema.parse(item).trace;

/** The same trace is the same item. `expiresAt` in seconds, as that of what it leads to. */
export function toTraceItem(person: string, trace: Trace, expiresAt?: number): Key & Item {
  const id = digestOf([JSON.stringify(trace)]).slice(0, 32);
  const key = traceKey(person, trace.kind, id);
  return { ...key, v: 1, trace, ...(expiresAt !== undefined && { expiresAt }) };
}

/** Where a person left something in a workspace, and threads they did something in. */
export interface Visited {
  workspaces: Map<string, { platform: string; workspaceId: string }>;
  conversations: Set<string>;
}

/**
 * Secrets and counters go; the audit keeps what was done, and says of whom no more. A page of traces goes
 * after `leave` did the rest of what they lead to: whoever dies before leaves them to the next.
 */
export async function eraseTraces(
  table: Table,
  user: User,
  leave: (visited: Visited) => Promise<void>,
): Promise<void> {
  for (const person of personsOf(user)) {
    for await (const items of tracesOf(table, person)) {
      const visited: Visited = { workspaces: new Map(), conversations: new Set() };
      for (const item of items) await erase(table, readTrace(item), visited);
      await leave(visited);
      await deleteAll(table, items.map(keyOf));
    }
  }
}

/** To the user that a former one turned out to be; browsers of the former one are signed out. */
export async function moveTraces(table: Table, former: User, intoId: string): Promise<void> {
  const persons = [
    [former.id, intoId],
    [apiIdentity(former.id), apiIdentity(intoId)],
  ] as const;
  for (const [from, into] of persons) {
    for await (const items of tracesOf(table, from)) {
      for (const item of items) await move(table, item, into);
      await deleteAll(table, items.map(keyOf));
    }
  }
}

async function move(table: Table, item: Item, into: string): Promise<void> {
  const trace = readTrace(item);
  if (trace.kind === 'secret') return void (await write(table, { delete: trace.key }));
  await batchWrite(table, [{ put: { ...item, ...keyOf(item), PK: tracesPartition(into) } }]);
}

/** As a user, over the API, and by each account. */
export const personsOf = ({ id, identities }: User) => [id, apiIdentity(id), ...identities];

export const tracesOf = (table: Table, person: string) =>
  queryPages(table, { partition: tracesPartition(person), range: WHOLE_PARTITION });

async function erase(table: Table, trace: Trace, visited: Visited): Promise<void> {
  switch (trace.kind) {
    case 'secret':
      await write(table, { delete: trace.key });
      return;
    case 'usage':
      visit(visited, trace);
      for (const { partition, range } of usageKeysOf(trace)) {
        await deleteAll(table, (await queryAll(table, { partition, range })).map(keyOf));
      }
      return;
    case 'audit':
      await blankEntry(table, trace, visited);
  }
}

async function blankEntry(
  table: Table,
  { key, part }: Extract<Trace, { kind: 'audit' }>,
  visited: Visited,
): Promise<void> {
  const nobody = part === 'actor' ? DELETED_AUTHOR.identity : DELETED_AUTHOR.name;
  const { ok, item } = await write(table, {
    update: key,
    change: 'SET #part = :nobody',
    condition: 'attribute_exists(PK)',
    names: { '#part': part },
    values: { ':nobody': nobody },
  });
  if (!ok || !item) return;
  const place = placeSchema.safeParse(item);
  if (place.success) visit(visited, place.data);
  if (typeof item.conversationId === 'string') visited.conversations.add(item.conversationId);
}

function visit({ workspaces }: Visited, { platform, workspaceId }: z.infer<typeof placeSchema>) {
  workspaces.set(`${platform} ${workspaceId}`, { platform, workspaceId });
}
