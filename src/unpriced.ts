/** Models that answer by the environment and whose price is not known, where a spending cap is set. */
import type { Config } from './config.ts';
import { priceOf } from './core/usage.ts';
import { DEFAULT_MODELS } from './providers/connect.ts';

/** As `provider:model`; none where there is no cap, or each has its price. */
export function findUnpriced({ spendCaps, prices, providers }: Config): string[] {
  if (spendCaps.daily === undefined && spendCaps.monthly === undefined) return [];
  return [providers.default, providers.fallback].flatMap((name) => {
    // The offline drafter asks nobody for anything.
    if (name === undefined || name === 'offline') return [];
    const model = providers[name]?.model ?? DEFAULT_MODELS[name] ?? '';
    return priceOf(prices, name, model) ? [] : [`${name}:${model}`];
  });
}
