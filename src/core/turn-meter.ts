/** Counts what one turn uses, step by step, for everyone whose usage it is. */
import type { Observe } from './observer.ts';
import { type Provider, type ProviderChoice, ProviderError, type Usage } from './provider.ts';
import { type CapLevel, counterOf, type SpendCap } from './spend-cap.ts';
import { createSpendHold } from './spend-hold.ts';
import type { Place, PlatformName } from './thread.ts';
import {
  costOf,
  dayOf,
  dearestOf,
  monthOf,
  NO_COUNTS,
  type Prices,
  priceOf,
  type UsageCounts,
  type UsageRepository,
  type UsageScope,
} from './usage.ts';
import type { UsageBuffer } from './usage-buffer.ts';

/** Of an estimate: characters per token of the prompt, tokens of rules and tools, tokens of the answer. */
const CHARACTERS_PER_TOKEN = 4;
const RULES_TOKENS = 4_000;
const ANSWER_TOKENS = 1_000;

export type Choices = [ProviderChoice, ...ProviderChoice[]];

export interface MeteredTurn {
  platform: PlatformName;
  place: Place;
  userId: string;
  caps: SpendCap[];
}

/** Counts one turn until it is disposed of, and then what is still asked in its name. */
export interface TurnMeter extends AsyncDisposable {
  /**
   * The same choices, counted from here on. Rejects with `SpendCapError` when a cap is used up;
   * `promptLength` is about how much the model will be shown, in characters.
   */
  admit(choices: Choices, promptLength: number): Promise<Choices>;
}

export interface TurnMeterOptions {
  turn: MeteredTurn;
  usage: Pick<UsageRepository, 'hold'>;
  prices: Prices;
  buffer: UsageBuffer;
  /** The model used tokens whose price is not known, and there is a cap. */
  onUnpriced(provider: string, model: string): void;
  observe: Observe;
}

export function createTurnMeter(options: TurnMeterOptions): TurnMeter {
  const { turn, usage, prices, buffer, onUnpriced, observe } = options;
  const { caps } = turn;
  const scopes = scopesOf(turn);
  const day = dayOf(Date.now());
  const capped = caps.map((cap) => ({ cap, counter: counterOf(cap, scopes, day) }));
  const hold = createSpendHold({ usage, caps: capped, day });
  let admitted = false;
  /** Something was cut short: the vendor bills it, and does not say how much. */
  let brokenOff = false;

  /** `held` against caps: the cost, or what it is taken for where it is not known. */
  function count(counts: UsageCounts, held: number, model?: UsageScope): void {
    const covered = hold.cover(held);
    const additions = countersOf(turn, scopes, day, model).map((counter) => {
      const committed = held - (hold.isIn(counter) ? covered : 0);
      return { ...counter, counts, committed };
    });
    buffer.add(additions);
  }

  function countStep({ provider: { name: provider }, model }: ProviderChoice, used: Usage): void {
    const price = priceOf(prices, provider, model);
    const tokens = used.inputTokens + used.outputTokens;
    if (!price && caps.length > 0 && tokens > 0) onUnpriced(provider, model);
    const cost = price ? costOf(used, price) : 0;
    const held = price ? cost : costAtMost(used, prices, provider);
    observe({ kind: 'answered', provider, model, usage: used, cost });
    const counts = { ...NO_COUNTS, ...used, cost, unpricedTokens: price ? 0 : tokens };
    const { platform, place } = turn;
    count(counts, held, {
      kind: 'model',
      platform,
      workspaceId: place.workspaceId,
      provider,
      model,
    });
  }

  return {
    async admit(choices, promptLength) {
      if (caps.length > 0) await hold.take(estimateOf(prices, choices[0], promptLength));
      admitted = true;
      const metered = (choice: ProviderChoice): ProviderChoice => ({
        ...choice,
        provider: meterProvider(choice.provider, {
          onUsage: (used) => countStep(choice, used),
          onFailure: ({ kind }) =>
            observe({ kind: 'not-answered', provider: choice.provider.name, reason: kind }),
          onBrokenOff: () => {
            brokenOff = true;
          },
        }),
      });
      const [first, ...others] = choices;
      return [metered(first), ...others.map(metered)];
    },
    async [Symbol.asyncDispose]() {
      if (admitted) count({ ...NO_COUNTS, turns: 1 }, 0);
      const { counters, unused } = hold.end();
      const committed = brokenOff ? 0 : -unused;
      buffer.add(counters.map((counter) => ({ ...counter, counts: NO_COUNTS, committed })));
      // Before the turn closes: whichever begins after it, in any process, sees what it used.
      if (caps.length > 0) await buffer.flush(capped.map(({ counter }) => counter));
    },
  };
}

type Scopes = Record<CapLevel, UsageScope>;

function scopesOf({ platform, place: { workspaceId, channelId } }: MeteredTurn): Scopes {
  return {
    deployment: { kind: 'deployment' },
    workspace: { kind: 'workspace', platform, workspaceId },
    channel: { kind: 'channel', platform, workspaceId, channelId },
  };
}

/** Days of everyone, and months of whatever may have a cap. */
function countersOf(
  { platform, place: { workspaceId }, userId }: MeteredTurn,
  scopes: Scopes,
  day: string,
  model: UsageScope | undefined,
) {
  const user: UsageScope = { kind: 'user', platform, workspaceId, userId };
  const mayHaveCaps = Object.values(scopes);
  const days = [...mayHaveCaps, user, ...(model ? [model] : [])];
  return [
    ...days.map((scope) => ({ scope, period: day })),
    ...mayHaveCaps.map((scope) => ({ scope, period: monthOf(day) })),
  ];
}

/** Micro-dollars that a turn will probably cost; 0 where no price at all is known. */
function estimateOf(prices: Prices, { provider, model }: ProviderChoice, promptLength: number) {
  const price = priceOf(prices, provider.name, model);
  const inputTokens = RULES_TOKENS + Math.ceil(promptLength / CHARACTERS_PER_TOKEN);
  const used = { inputTokens, cachedInputTokens: 0, outputTokens: ANSWER_TOKENS };
  return price ? costOf(used, price) : costAtMost(used, prices, provider.name);
}

/** A model without a price is no way around a cap: it counts as the dearest one. Offline, nobody is paid. */
function costAtMost(used: Usage, prices: Prices, provider: string): number {
  const price = provider === 'offline' ? undefined : dearestOf(prices);
  return price ? costOf(used, price) : 0;
}

interface MeterEvents {
  onUsage(usage: Usage): void;
  onFailure(error: ProviderError): void;
  onBrokenOff(): void;
}

function meterProvider(
  provider: Provider,
  { onUsage, onFailure, onBrokenOff }: MeterEvents,
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
      } catch (error) {
        if (error instanceof ProviderError && !signal.aborted) onFailure(error);
        throw error;
      } finally {
        if (state === 'begun' || (state === 'asked' && signal.aborted)) onBrokenOff();
      }
    },
    listModels: () => provider.listModels(),
    testConnection: () => provider.testConnection(),
  };
}
