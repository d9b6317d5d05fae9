/**
 * Counts what each turn uses and keeps turns from beginning above a cap.
 *
 * A turn that a cap applies to first commits what it will probably cost, in one conditional update for
 * each cap: turns that begin at the same moment, in any process, see one another that way. As it goes,
 * what it used takes the place of what it committed. A process that dies leaves its running turns
 * counted at their estimate, against caps only.
 */
import type { Log } from './log.ts';
import type { Provider, ProviderChoice, Usage } from './provider.ts';
import type { UsageRepository } from './repositories.ts';
import {
  type CapLevel,
  counterOf,
  describeCap,
  type SpendCap,
  SpendCapError,
} from './spend-cap.ts';
import type { Place, PlatformName } from './thread.ts';
import {
  costOf,
  dayOf,
  monthOf,
  NO_COUNTS,
  type Price,
  type Prices,
  priceOf,
  toMicroDollars,
  type UsageCounter,
  type UsageCounts,
  type UsageScope,
} from './usage.ts';
import { createUsageBuffer, type UsageBuffer } from './usage-buffer.ts';

/** Of an estimate: characters per token of the prompt, tokens of rules and tools, tokens of the answer. */
const CHARACTERS_PER_TOKEN = 4;
const RULES_TOKENS = 4_000;
const ANSWER_TOKENS = 1_000;

export interface SpendingOptions {
  usage: UsageRepository;
  prices: Prices;
  log: Log;
  /** Milliseconds until what was used is written. */
  flushAfterMs: number;
}

export interface TurnToMeter {
  platform: PlatformName;
  place: Place;
  userId: string;
  caps: SpendCap[];
}

/** Counts one turn until it is disposed of. */
export interface TurnMeter extends AsyncDisposable {
  /**
   * The same choices, counted from here on. Rejects with `SpendCapError` when a cap is used up;
   * `promptLength` is about how much the model will be shown, in characters.
   */
  admit<Choices extends [ProviderChoice, ...ProviderChoice[]]>(
    choices: Choices,
    promptLength: number,
  ): Promise<Choices>;
}

export interface Spending {
  meter(turn: TurnToMeter): TurnMeter;
  /** Writes what is counted and not yet written. */
  flush(): Promise<void>;
}

export function createSpending(options: SpendingOptions): Spending {
  const { usage, prices, log, flushAfterMs } = options;
  const buffer = createUsageBuffer({ repository: usage, log, flushAfterMs });
  const withoutPrice = new Set<string>();

  /** Said once for each model: what is not priced is not held against a cap. */
  function warnWithoutPrice(provider: string, model: string): void {
    const name = `${provider}:${model}`;
    if (withoutPrice.has(name)) return;
    withoutPrice.add(name);
    log.warn('price-missing', { provider, model, set: 'MODEL_PRICES' });
  }

  return {
    meter: (turn) => createMeter({ usage, prices, buffer, warnWithoutPrice, turn }),
    flush: buffer.flush,
  };
}

interface MeterOptions {
  usage: UsageRepository;
  prices: Prices;
  buffer: UsageBuffer;
  warnWithoutPrice(provider: string, model: string): void;
  turn: TurnToMeter;
}

function createMeter({ usage, prices, buffer, warnWithoutPrice, turn }: MeterOptions): TurnMeter {
  const { platform, caps } = turn;
  const day = dayOf(Date.now());
  const place = { platform, workspaceId: turn.place.workspaceId };
  const scopes: Record<CapLevel, UsageScope> = {
    deployment: { kind: 'deployment' },
    workspace: { kind: 'workspace', ...place },
    channel: { kind: 'channel', ...place, channelId: turn.place.channelId },
  };
  const user: UsageScope = { kind: 'user', ...place, userId: turn.userId };
  /** What of the estimate is not used up yet, and the caps' counters that it is held in. */
  let heldRest = 0;
  let held: UsageCounter[] = [];
  /** Something was cut short: the vendor bills it and does not say how much. */
  let brokenOff = false;
  let began = false;

  function count(counts: UsageCounts, more: UsageScope[] = []): void {
    const covered = Math.min(heldRest, counts.cost);
    heldRest -= covered;
    const capped = Object.values(scopes);
    const days = [...capped, user, ...more].map((scope) => ({ scope, period: day }));
    const months = capped.map((scope) => ({ scope, period: monthOf(day) }));
    buffer.add(
      [...days, ...months].map((counter) => {
        const isHeld = held.some((one) => isSame(one, counter));
        return { ...counter, counts, committed: counts.cost - (isHeld ? covered : 0) };
      }),
    );
  }

  function countStep(provider: string, model: string, used: Usage): void {
    const price = priceOf(prices, provider, model);
    const tokens = used.inputTokens + used.outputTokens;
    if (!price && caps.length > 0 && tokens > 0) warnWithoutPrice(provider, model);
    const cost = price ? costOf(used, price) : 0;
    const counts = { ...NO_COUNTS, ...used, cost, unpricedTokens: price ? 0 : tokens };
    count(counts, [{ kind: 'model', ...place, provider, model }]);
  }

  async function hold(estimate: number): Promise<void> {
    const attempts = await Promise.allSettled(
      caps.map(async (cap) => {
        const counter = counterOf(cap, scopes, day);
        const room = await usage.hold(counter, estimate, toMicroDollars(cap.dollars));
        if (room) held.push(counter);
        return room ? undefined : cap;
      }),
    );
    heldRest = held.length > 0 ? estimate : 0;
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') throw attempt.reason;
      if (attempt.value) throw new SpendCapError(describeCap(attempt.value, day));
    }
  }

  function release(): void {
    if (heldRest === 0 || brokenOff) return;
    const unused = { counts: NO_COUNTS, committed: -heldRest };
    buffer.add(held.map((counter) => ({ ...counter, ...unused })));
    heldRest = 0;
    held = [];
  }

  return {
    async admit(choices, promptLength) {
      const [{ provider, model }] = choices;
      if (caps.length > 0)
        await hold(estimateOf(priceOf(prices, provider.name, model), promptLength));
      began = true;
      const counted = (choice: ProviderChoice) => ({
        ...choice,
        provider: meterProvider(
          choice.provider,
          (used) => countStep(choice.provider.name, choice.model, used),
          () => {
            brokenOff = true;
          },
        ),
      });
      return choices.map(counted) as typeof choices;
    },
    async [Symbol.asyncDispose]() {
      if (began) count({ ...NO_COUNTS, turns: 1 });
      release();
      // Before the turn closes: whichever turn comes after it sees what it used.
      if (caps.length > 0) await buffer.flush();
    },
  };
}

/** Micro-dollars that a turn will probably cost; 0 where no price is known. */
function estimateOf(price: Price | undefined, promptLength: number): number {
  if (!price) return 0;
  const inputTokens = RULES_TOKENS + Math.ceil(promptLength / CHARACTERS_PER_TOKEN);
  return costOf({ inputTokens, cachedInputTokens: 0, outputTokens: ANSWER_TOKENS }, price);
}

function meterProvider(
  provider: Provider,
  onUsage: (usage: Usage) => void,
  onBrokenOff: () => void,
): Provider {
  return {
    name: provider.name,
    async *stream(request, signal) {
      let state: 'asked' | 'begun' | 'ended' = 'asked';
      try {
        for await (const event of provider.stream(request, signal)) {
          state = event.type === 'end' ? 'ended' : 'begun';
          if (event.type === 'end') onUsage(event.usage);
          yield event;
        }
      } finally {
        if (state === 'begun' || (state === 'asked' && signal.aborted)) onBrokenOff();
      }
    },
    listModels: () => provider.listModels(),
    testConnection: () => provider.testConnection(),
  };
}

function isSame(one: UsageCounter, other: UsageCounter): boolean {
  return one.period === other.period && one.scope.kind === other.scope.kind;
}
