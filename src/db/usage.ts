/** Usage counters: one item for each scope and day or month, changed by plain additions only. */
import { z } from 'zod';
import type {
  DayUsage,
  UsageAddition,
  UsageCounter,
  UsagePlace,
  UsageQuery,
  UsageRepository,
} from '../core/usage.ts';
import type { Table } from './client.ts';
import { listPage } from './page.ts';
import { type Item, write } from './requests.ts';
import { toTraceItem } from './trace.ts';
import { parseUsageKey, usageKey, usagePartition, usageRange } from './usage-keys.ts';

const count = z.number().default(0);
const countsSchema = z.object({
  turns: count,
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  cost: count,
  unpricedTokens: count,
});

/** Traces that are known to be there; above so many they are written once more. */
const MAX_KNOWN = 10_000;

export function createUsageRepository({ table }: { table: Table }): UsageRepository {
  const known = new Set<string>();

  /** Before a user's first counter of a month in a workspace, what leads to it when the user is deleted. */
  async function leaveTrace({ scope, period }: UsageCounter): Promise<void> {
    if (scope.kind !== 'user') return;
    const { platform, workspaceId, userId } = scope;
    const month = period.slice(0, 7);
    const trace = toTraceItem(userId, { kind: 'usage', platform, workspaceId, userId, month });
    if (known.has(trace.SK)) return;
    await write(table, { put: trace });
    if (known.size >= MAX_KNOWN) known.clear();
    known.add(trace.SK);
  }

  async function add({ counts, committed, ...counter }: UsageAddition): Promise<void> {
    const amounts = Object.entries({ ...counts, committed }).filter(([, amount]) => amount !== 0);
    if (amounts.length === 0) return;
    await leaveTrace(counter);
    const terms = amounts.map(([name]) => `#${name} :${name}`);
    await write(table, {
      update: usageKey(counter),
      change: `SET #v = :v ADD ${terms.join(', ')}`,
      names: { '#v': 'v', ...Object.fromEntries(amounts.map(([name]) => [`#${name}`, name])) },
      values: { ':v': 1, ...Object.fromEntries(amounts.map(([name, by]) => [`:${name}`, by])) },
    });
  }

  async function hold(counter: UsageCounter, amount: number, cap: number): Promise<boolean> {
    if (cap <= 0) return false;
    await leaveTrace(counter);
    const outcome = await write(table, {
      update: usageKey(counter),
      change: 'SET #v = :v ADD committed :amount',
      condition: 'attribute_not_exists(committed) OR committed < :cap',
      names: { '#v': 'v' },
      values: { ':v': 1, ':amount': amount, ':cap': cap },
    });
    return outcome.ok;
  }

  return {
    add,
    hold,
    async listUsage(query, request) {
      const place = placeOf(query);
      const partition = usagePartition(place ?? { kind: 'deployment' }, query.month);
      const range = usageRange(query.by, 'id' in query ? query.id : undefined);
      const { items, ...page } = await listPage(table, { partition, range }, request);
      return { ...page, items: items.flatMap((item) => fromUsageItem(item, place)) };
    },
  };
}

function placeOf(query: UsageQuery): UsagePlace | undefined {
  if (query.by === 'deployment') return undefined;
  const { platform, workspaceId } = query;
  return { platform, workspaceId };
}

export function fromUsageItem(item: Item, place: UsagePlace | undefined): DayUsage[] {
  const counter = parseUsageKey(String(item.SK), place);
  if (!counter) return [];
  return [{ ...countsSchema.parse(item), scope: counter.scope, day: counter.period }];
}
