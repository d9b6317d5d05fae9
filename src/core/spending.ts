/** What providers cost this process's turns: counted for reports, and held against spending caps. */
import type { Log } from './log.ts';
import { type Observe, unobserved } from './observer.ts';
import { createTurnMeter, type MeteredTurn, type TurnMeter } from './turn-meter.ts';
import type { Prices, UsageRepository } from './usage.ts';
import { createUsageBuffer } from './usage-buffer.ts';

export interface SpendingOptions {
  usage: UsageRepository;
  prices: Prices;
  log: Log;
  /** Milliseconds until what was used is written; what a cap is held against is written at once. */
  flushAfterMs: number;
  /** Default: nobody. */
  observe?: Observe | undefined;
}

export interface Spending {
  meter(turn: MeteredTurn): TurnMeter;
  /** Writes what is counted and not yet written. */
  flush(): Promise<void>;
}

export function createSpending(options: SpendingOptions): Spending {
  const { usage, prices, log, flushAfterMs, observe = unobserved } = options;
  const buffer = createUsageBuffer({ repository: usage, log, flushAfterMs });
  const unpriced = new Set<string>();

  /** Said once for each model: what has no price is held against a cap as the dearest that has one. */
  function onUnpriced(provider: string, model: string): void {
    const name = `${provider}:${model}`;
    if (unpriced.has(name)) return;
    unpriced.add(name);
    log.warn('price-missing', { provider, model, variable: 'MODEL_PRICES' });
  }

  return {
    meter: (turn) => createTurnMeter({ turn, usage, prices, buffer, onUnpriced, observe }),
    flush: () => buffer.flush(),
  };
}
