/** Errands of a conversation: `CONV#convId` / `ERRAND#id`, with a pending marker until they end. */
import { z } from 'zod';
import {
  type ErrandClaim,
  type ErrandRef,
  type ErrandRepository,
  errandTaskSchema,
} from '../core/errand.ts';
import type { Table } from './client.ts';
import { errandKey, type Key } from './keys.ts';
import { pendingIndexKey } from './pending-keys.ts';
import { getItem, type Item, type Write, write } from './requests.ts';

/** Seconds; longer than any tracker or platform delivers again (GitHub: three days). */
const REMEMBERED_SECONDS = 7 * 86_400;

const claimSchema = z.object({
  token: z.string(),
  attempt: z.number(),
  claimedAt: z.number(),
  expiresAt: z.number(),
});
/** Without task and claim once it has ended. */
const itemSchema = z.object({
  v: z.literal(1),
  task: errandTaskSchema.optional(),
  claim: claimSchema.optional(),
});

/** The core's port, on the table; each method is one request. */
export function createErrandRepository({ table }: { table: Table }): ErrandRepository {
  const names = { '#token': 'token' };

  return {
    async putErrand({ task, ...ref }, claim) {
      const marker = pendingIndexKey(ref.conversationId, claim.claimedAt);
      const put = { ...errandKey(ref), ...marker, v: 1, task, claim };
      const outcome = await write(table, { put, condition: 'attribute_not_exists(PK)' });
      return outcome.ok || isHeldBy(outcome.item, claim);
    },
    async getErrand(ref) {
      const item = await getItem(table, errandKey(ref));
      const { task, claim } = fromErrandItem(item ?? { v: 1 });
      return task && claim && { errand: { ...toRef(ref), task }, claim };
    },
    async takeErrand(ref, replaces, claim) {
      const outcome = await write(table, {
        update: errandKey(ref),
        change: 'SET claim = :claim',
        condition: 'claim.#token = :replaced AND claim.expiresAt = :lapsed',
        names,
        values: { ':claim': claim, ':replaced': replaces.token, ':lapsed': replaces.expiresAt },
      });
      return outcome.ok || isHeldBy(outcome.item, claim);
    },
    async renewErrand(ref, claim) {
      const outcome = await write(table, {
        update: errandKey(ref),
        change: 'SET claim = :claim',
        condition: 'claim.#token = :token',
        names,
        values: { ':claim': claim, ':token': claim.token },
      });
      return outcome.ok;
    },
    async endErrand(ref, { token }) {
      const held = { condition: 'claim.#token = :token', names, values: { ':token': token } };
      await write(table, endingErrand(errandKey(ref), held));
    },
  };
}

/** Forgets what it was about; that it was is remembered. */
export function endingErrand(
  key: Key,
  { values, ...over }: { condition: string; names?: Record<string, string>; values?: object },
): Write {
  const expiresAt = Math.ceil(Date.now() / 1000) + REMEMBERED_SECONDS;
  return {
    update: key,
    change: 'SET expiresAt = :expiresAt REMOVE claim, task, GSI1PK, GSI1SK',
    ...over,
    values: { ...values, ':expiresAt': expiresAt },
  };
}

export function fromErrandItem(item: Item): Pick<z.infer<typeof itemSchema>, 'task' | 'claim'> {
  return itemSchema.parse(item);
}

const toRef = ({ conversationId, id }: ErrandRef): ErrandRef => ({ conversationId, id });

/** A failed condition that finds our own token: the answer was lost, not the write. */
function isHeldBy(item: Item | undefined, { token }: ErrandClaim): boolean {
  return item !== undefined && itemSchema.parse(item).claim?.token === token;
}
