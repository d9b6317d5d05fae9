/** Codes and links that work once: `ONCE#purpose#digest` / `USER`. */
import { z } from 'zod';
import type { OneTimeRepository } from '../core/one-time.ts';
import { digestOf } from '../core/thread.ts';
import type { Table } from './client.ts';
import { oneTimeKey } from './keys.ts';
import { getItem, transact, write } from './requests.ts';
import { secretOf } from './secret-item.ts';

const itemSchema = z.object({ userId: z.string(), until: z.number() });

/** The core's port, on the table. */
export function createOneTimeRepository({ table }: { table: Table }): OneTimeRepository {
  const keyOf = (purpose: string, secret: string) =>
    oneTimeKey(purpose, digestOf([purpose, secret]));

  return {
    async put(purpose, secret, userId, expiresAt) {
      await transact(table, secretOf(keyOf(purpose, secret), userId, expiresAt));
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
