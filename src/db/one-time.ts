/** Codes and links that work once: `ONCE#purpose#digest` / `USER`. */
import { z } from 'zod';
import type { OneTimeRepository } from '../core/one-time.ts';
import { digestOf } from '../core/thread.ts';
import type { Table } from './client.ts';
import { oneTimeKey } from './keys.ts';
import { getItem, write } from './requests.ts';

const itemSchema = z.object({ userId: z.string(), until: z.number() });

/** The core's port, on the table. */
export function createOneTimeRepository({ table }: { table: Table }): OneTimeRepository {
  const keyOf = (purpose: string, secret: string) =>
    oneTimeKey(purpose, digestOf([purpose, secret]));

  return {
    async put(purpose, secret, userId, expiresAt) {
      const times = { until: expiresAt, expiresAt: Math.ceil(expiresAt / 1000) };
      await write(table, { put: { ...keyOf(purpose, secret), v: 1, userId, ...times } });
    },
    /** A read and a conditional delete: of two who take it at once, one gets it. */
    async take(purpose, secret) {
      const key = keyOf(purpose, secret);
      const item = await getItem(table, key);
      const found = item && itemSchema.parse(item);
      if (!found || found.until <= Date.now()) return undefined;
      const taken = await write(table, { delete: key, condition: 'attribute_exists(PK)' });
      return taken.ok ? found.userId : undefined;
    },
  };
}
