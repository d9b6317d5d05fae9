/** Signed-in browsers: `SESSION#digest` / `USER`. */
import { z } from 'zod';
import type { SessionRepository } from '../core/session.ts';
import { digestOf } from '../core/thread.ts';
import type { Table } from './client.ts';
import { sessionKey } from './keys.ts';
import { getItem, transact, write } from './requests.ts';
import { secretOf } from './secret-item.ts';

const itemSchema = z.object({ userId: z.string(), until: z.number() });

/** The core's port, on the table; each method is one request. */
export function createSessionRepository({ table }: { table: Table }): SessionRepository {
  const keyOf = (secret: string) => sessionKey(digestOf(['session', secret]));

  return {
    async open(secret, userId, expiresAt) {
      await transact(table, secretOf(keyOf(secret), userId, expiresAt));
    },
    async find(secret) {
      const item = await getItem(table, keyOf(secret));
      const found = item && itemSchema.parse(item);
      return found && found.until > Date.now() ? found.userId : undefined;
    },
    async close(secret) {
      await write(table, { delete: keyOf(secret) });
    },
  };
}
