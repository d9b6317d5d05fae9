/**
 * What a running turn holds of the caps that apply to it: its probable cost, committed before the
 * provider is asked, in one conditional update for each cap. Turns that begin at the same moment, in
 * any process, see one another that way. A process that dies leaves its turns held: they count at
 * their estimate, against caps only.
 */

import { describeCap, type SpendCap, SpendCapError } from './spend-cap.ts';
import { toMicroDollars, type UsageCounter, type UsageRepository } from './usage.ts';

export interface SpendHold {
  /** Holds `estimate` micro-dollars of each cap. Rejects with `SpendCapError` when one is used up. */
  take(estimate: number): Promise<void>;
  /** How much of `cost` was held already; that part is not held any more. */
  cover(cost: number): number;
  /** What was covered is in this counter already. */
  isIn(counter: UsageCounter): boolean;
  /** Ends it: what was held and not used, and where. */
  end(): { counters: UsageCounter[]; unused: number };
}

export interface SpendHoldOptions {
  usage: Pick<UsageRepository, 'hold'>;
  caps: { cap: SpendCap; counter: UsageCounter }[];
  day: string;
}

export function createSpendHold({ usage, caps, day }: SpendHoldOptions): SpendHold {
  let counters: UsageCounter[] = [];
  let unused = 0;

  async function takeFrom({ cap, counter }: SpendHoldOptions['caps'][number], estimate: number) {
    const room = await usage.hold(counter, estimate, toMicroDollars(cap.dollars));
    if (!room) throw new SpendCapError(describeCap(cap, day));
    counters.push(counter);
  }

  return {
    async take(estimate) {
      unused = estimate;
      const attempts = await Promise.allSettled(caps.map((each) => takeFrom(each, estimate)));
      const failed = attempts.find((attempt) => attempt.status === 'rejected');
      if (failed) throw failed.reason;
    },
    cover(cost) {
      const covered = Math.min(unused, cost);
      unused -= covered;
      return covered;
    },
    isIn: (counter) => counters.some((one) => isSame(one, counter)),
    end() {
      const rest = { counters, unused };
      counters = [];
      unused = 0;
      return rest;
    },
  };
}

/** Of the counters of one turn, which has one scope of each kind. */
function isSame(one: UsageCounter, other: UsageCounter): boolean {
  return one.period === other.period && one.scope.kind === other.scope.kind;
}
