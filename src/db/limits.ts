/** What admins decided for the whole deployment: `DEPLOYMENT` / `LIMITS`. */
import { z } from 'zod';
import { type Limits, type LimitsRepository, limitsSchema } from '../core/limits.ts';
import type { Table } from './client.ts';
import { LIMITS_KEY } from './keys.ts';
import { getItem, type Item, write } from './requests.ts';
import { changeStored } from './settings-change.ts';

/** Tolerant where `limitsSchema` is strict: what a newer version stored must not stop an older one. */
const itemSchema = z.object({ settings: z.object(limitsSchema.shape) });

/** The core's port, on the table. Reads are strongly consistent. */
export function createLimitsRepository({ table }: { table: Table }): LimitsRepository {
  return {
    get: async () => fromItem(await getItem(table, LIMITS_KEY)),
    async change(change) {
      const stored = { table, key: LIMITS_KEY, parse: fromItem };
      const changed = await changeStored(stored, change, async (settings, unchanged) => {
        const { ok } = await write(table, {
          put: { ...LIMITS_KEY, v: 1, settings },
          ...unchanged,
        });
        return ok ? 'saved' : 'changed';
      });
      return changed ?? {};
    },
  };
}

const fromItem = (item: Item | undefined): Limits => (item ? itemSchema.parse(item).settings : {});
