/**
 * What turns use of the providers: tokens, and what they cost by the configured prices. Counted in
 * whole numbers only; money is micro-dollars, millionths of a US dollar.
 */

import { z } from 'zod';
import type { Page, PageRequest } from './page.ts';
import type { Usage } from './provider.ts';
import type { PlatformName } from './thread.ts';

const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  /** What of the prompt came from the vendor's cache; absent: as `input`. */
  cachedInput: z.number().nonnegative().optional(),
  output: z.number().nonnegative(),
});

/** US dollars per million tokens, which is micro-dollars per token. */
export type Price = z.infer<typeof priceSchema>;

/** By `model`, or by `provider:model` where two vendors name a model alike. */
export const pricesSchema = z.record(z.string().min(1), priceSchema);
export type Prices = z.infer<typeof pricesSchema>;

/** Absent: the price, and so the cost, is unknown. */
export function priceOf(prices: Prices, provider: string, model: string): Price | undefined {
  const names = [`${provider}:${model}`, model];
  const known = names.find((name) => Object.hasOwn(prices, name));
  return known === undefined ? undefined : prices[known];
}

/** At least what any model with a known price costs, for those without one; absent: none is known. */
export function dearestOf(prices: Prices): Price | undefined {
  const known = Object.values(prices);
  if (known.length === 0) return undefined;
  return {
    input: Math.max(...known.map(({ input }) => input)),
    cachedInput: Math.max(...known.map(({ input, cachedInput = input }) => cachedInput)),
    output: Math.max(...known.map(({ output }) => output)),
  };
}

/** Micro-dollars, to the nearest whole one. */
export function costOf(usage: Usage, { input, cachedInput = input, output }: Price): number {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const fresh = usage.inputTokens - cached;
  return Math.round(fresh * input + cached * cachedInput + usage.outputTokens * output);
}

export function toMicroDollars(dollars: number): number {
  return Math.round(dollars * 1_000_000);
}

/** Where usage is counted. `model` counts within a workspace, `deployment` everything on this table. */
export type UsageScope =
  | { kind: 'deployment' }
  | ({ kind: 'workspace' } & UsagePlace)
  | ({ kind: 'channel'; channelId: string } & UsagePlace)
  | ({ kind: 'user'; userId: string } & UsagePlace)
  | ({ kind: 'model'; provider: string; model: string } & UsagePlace);

/** `workspaceId` is empty where the platform has none. */
export interface UsagePlace {
  platform: PlatformName;
  workspaceId: string;
}

/** One counter: a scope on a day (`2026-03-01`) or in a month (`2026-03`), in UTC. */
export interface UsageCounter {
  scope: UsageScope;
  period: string;
}

export interface UsageCounts extends Usage {
  /** Turns that began, however they ended. */
  turns: number;
  /** Micro-dollars; tokens without a known price are not in it. */
  cost: number;
  /** Tokens, in and out, of models without a known price. */
  unpricedTokens: number;
}

export const NO_COUNTS: UsageCounts = {
  turns: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  cost: 0,
  unpricedTokens: 0,
};

/** What is to be added to a counter. */
export interface UsageAddition extends UsageCounter {
  counts: UsageCounts;
  /** Micro-dollars of what counts against caps: the cost, and what running turns hold. May be negative. */
  committed: number;
}

/** What one scope used on one day. */
export interface DayUsage extends UsageCounts {
  day: string;
  scope: UsageScope;
}

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
export const monthOf = (day: string): string => day.slice(0, 7);

export function addCounts(one: UsageCounts, other: UsageCounts): UsageCounts {
  return {
    turns: one.turns + other.turns,
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cost: one.cost + other.cost,
    unpricedTokens: one.unpricedTokens + other.unpricedTokens,
  };
}

/** Whose days are listed: all channels, users or models of a workspace, or the one with this id. */
export type UsageQuery = { month: string } & (
  | { by: 'deployment' }
  | ({ by: 'workspace' | 'model' } & UsagePlace)
  | ({ by: 'channel' | 'user'; id?: string } & UsagePlace)
);

export interface UsageRepository {
  /** One update; after an answer that was lost it may be counted twice. */
  add(addition: UsageAddition): Promise<void>;
  /** Commits `amount` micro-dollars if less than `cap` is committed yet; one conditional update. */
  hold(counter: UsageCounter, amount: number, cap: number): Promise<boolean>;
  /** The days of a month (`2026-03`), sorted by whose they are, then by day; one range. */
  listUsage(query: UsageQuery, page?: PageRequest): Promise<Page<DayUsage>>;
}
