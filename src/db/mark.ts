/** What adapters remember about their platforms: `MARK#platform#name` / `MARK`. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { MarkRepository } from '../core/mark.ts';
import type { Table } from './client.ts';
import { markKey } from './keys.ts';
import { getItem, write } from './requests.ts';

const itemSchema = z.object({ value: z.string() });

/** The core's port, on the table. Reads are strongly consistent. */
export function createMarkRepository({ table }: { table: Table }): MarkRepository {
  return {
    async get(platform, name) {
      const item = await getItem(table, markKey(platform, name));
      return item && itemSchema.parse(item).value;
    },
    async put(platform, name, value, expiresAt) {
      const times = expiresAt === undefined ? {} : toTimes(expiresAt);
      await write(table, { put: { ...markKey(platform, name), v: 1, value, ...times } });
    },
    /** One conditional put; what has expired may still be there for days. */
    async take(platform, name, expiresAt) {
      const by = randomUUID();
      const taken = await write(table, {
        put: { ...markKey(platform, name), v: 1, value: 'taken', by, ...toTimes(expiresAt) },
        condition: 'attribute_not_exists(PK) OR #until <= :now',
        names: { '#until': 'until' },
        values: { ':now': Date.now() },
      });
      // A failed condition that finds our own mark: the answer was lost, not the write.
      return taken.ok || taken.item?.by === by;
    },
    async giveBack(platform, name) {
      await write(table, { delete: markKey(platform, name) });
    },
  };
}

const toTimes = (until: number) => ({ until, expiresAt: Math.ceil(until / 1000) });
