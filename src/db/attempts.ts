/** Tries of one caller, counted for all processes together: `ATTEMPTS#digest` / `COUNT`. */
import { z } from 'zod';
import type { AttemptRepository } from '../core/attempt.ts';
import { StoreUnavailableError } from '../core/errors.ts';
import { digestOf } from '../core/thread.ts';
import type { Table } from './client.ts';
import { attemptsKey } from './keys.ts';
import { write } from './requests.ts';

const itemSchema = z.object({ count: z.number(), until: z.number() });

/** Rounds of counting and beginning anew before giving up: each means somebody else did. */
const MAX_ROUNDS = 5;

/** The core's port, on the table. */
export function createAttemptRepository({ table }: { table: Table }): AttemptRepository {
  return {
    /** One conditional update; with the first try of a period a conditional put too. */
    async take(purpose, caller, { most, periodMs }) {
      const key = attemptsKey(digestOf([purpose, caller]));
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const now = Date.now();
        const counted = await write(table, {
          update: key,
          change: 'ADD #count :one',
          condition: '#until > :now AND #count < :most',
          names: { '#until': 'until', '#count': 'count' },
          values: { ':one': 1, ':now': now, ':most': most },
        });
        if (counted.ok) return { ok: true };
        const found = counted.item && itemSchema.parse(counted.item);
        if (found && found.until > now) return { ok: false, until: found.until };
        const until = now + periodMs;
        const times = { until, expiresAt: Math.ceil(until / 1000) };
        const begun = await write(table, {
          put: { ...key, v: 1, count: 1, ...times },
          condition: 'attribute_not_exists(PK) OR #until <= :now',
          names: { '#until': 'until' },
          values: { ':now': now },
        });
        if (begun.ok) return { ok: true };
      }
      throw new StoreUnavailableError('count', new Error(`no decision after ${MAX_ROUNDS} rounds`));
    },
  };
}
