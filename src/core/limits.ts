/**
 * What bounds the whole deployment: what it may cost, and how long it keeps what people said. The
 * environment decides, and admins may be stricter over the API, never more generous.
 */
import { z } from 'zod';
import { createCache } from './cache.ts';

import { dollarsSchema } from './settings.ts';

export const limitsSchema = z.strictObject({
  /** US dollars in a day and in a month, UTC. */
  spendCapDaily: dollarsSchema.optional(),
  spendCapMonthly: dollarsSchema.optional(),
  /** Days a conversation is kept after it was last touched. */
  retentionDays: z.int().min(1).max(99_999).optional(),
});

/** What is absent is unbounded. */
export type Limits = z.infer<typeof limitsSchema>;

export interface LimitsOptions {
  repositories: { limits: Pick<LimitsRepository, 'get'> };
  /** What the environment decides. */
  environment: Limits;
}

/** The limits that count, of the environment and of admins; read from the table and cached for seconds. */
export interface LimitsReader {
  read(): Promise<Limits>;
  /** What was changed here is seen at once. */
  forget(): void;
}

export function createLimits({ repositories, environment }: LimitsOptions): LimitsReader {
  const stored = createCache(() => repositories.limits.get());
  return {
    read: async () => stricter(environment, await stored.get('', undefined)),
    forget: stored.clear,
  };
}

/** Of each limit the smaller one. */
export function stricter(one: Limits, other: Limits): Limits {
  const names = Object.keys(limitsSchema.shape) as (keyof Limits)[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const set = [one[name], other[name]].filter((limit) => limit !== undefined);
      return set.length > 0 ? [[name, Math.min(...set)]] : [];
    }),
  );
}

/** What admins decided for the whole deployment. */
export interface LimitsRepository {
  get(): Promise<Limits>;
  /** Written over what `change` was shown, or it is shown what others wrote; it may throw. */
  change(change: (current: Limits) => Limits): Promise<Limits>;
}
