/** What a person's traces lead to, for them to take away: what goes, or is blanked, when they are deleted. */
import { PLATFORMS } from '../core/thread.ts';
import type { User, UserTrace } from '../core/user.ts';
import { fromAuditItem } from './audit.ts';
import type { Table } from './client.ts';
import { getItem, queryAll } from './requests.ts';
import { personsOf, readTrace, type Trace, tracesOf } from './trace.ts';
import { fromUsageItem } from './usage.ts';
import { usageKeysOf } from './usage-keys.ts';

/** A query for each page of traces, and a request for each of them. */
export async function* readTraces(table: Table, user: User): AsyncGenerator<UserTrace> {
  const persons = personsOf(user);
  for (const person of persons) {
    for await (const items of tracesOf(table, person)) {
      for (const item of items) yield* follow(table, readTrace(item), persons);
    }
  }
}

async function* follow(table: Table, trace: Trace, persons: string[]): AsyncGenerator<UserTrace> {
  if (trace.kind === 'usage') {
    const platform = PLATFORMS.find((known) => known === trace.platform);
    const [days] = usageKeysOf(trace);
    if (!platform || !days) return;
    const { workspaceId } = trace;
    for (const item of await queryAll(table, days)) {
      const found = fromUsageItem(item, { platform, workspaceId });
      for (const usage of found) yield { kind: 'usage', usage };
    }
  }
  if (trace.kind === 'audit') {
    const item = await getItem(table, trace.key);
    const entry = item && fromAuditItem(item);
    if (!entry) return;
    const isOwn = persons.includes(entry.actor);
    if (trace.part === 'actor') yield { kind: 'audit', entry };
    // Who did it is somebody else's to know; what they did themselves, the other trace leads to.
    else if (!isOwn) yield { kind: 'audit', entry: { ...entry, actor: undefined } };
  }
}
