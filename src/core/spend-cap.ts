/**
 * Spending caps: what a channel, a workspace or the whole deployment may cost in a day or a month.
 * Each level bounds its own spending, so that a channel cannot lift what its workspace or the
 * operator decided. Days and months are UTC's.
 */
import { ChatError } from './errors.ts';
import type { Settings } from './settings.ts';
import { monthOf, type UsageCounter, type UsageScope } from './usage.ts';

export type CapLevel = 'channel' | 'workspace' | 'deployment';

export interface SpendCap {
  level: CapLevel;
  period: 'daily' | 'monthly';
  dollars: number;
}

/** A turn would begin above a cap. Nothing is to be tried again before the cap resets or changes. */
export class SpendCapError extends ChatError {
  override name = 'SpendCapError';
}

/** Every cap that applies, the narrowest level first. */
export function capsOf(
  levels: Record<'channel' | 'workspace' | 'environment', Settings>,
): SpendCap[] {
  return [
    ...capsOfLevel('channel', levels.channel),
    ...capsOfLevel('workspace', levels.workspace),
    ...capsOfLevel('deployment', levels.environment),
  ];
}

function capsOfLevel(level: CapLevel, { spendCapDaily, spendCapMonthly }: Settings): SpendCap[] {
  const caps: SpendCap[] = [];
  if (spendCapDaily !== undefined) caps.push({ level, period: 'daily', dollars: spendCapDaily });
  if (spendCapMonthly !== undefined)
    caps.push({ level, period: 'monthly', dollars: spendCapMonthly });
  return caps;
}

/** The counter that a cap is held against, on this day. */
export function counterOf(
  { level, period }: SpendCap,
  scopes: Record<CapLevel, UsageScope>,
  day: string,
): UsageCounter {
  return { scope: scopes[level], period: period === 'daily' ? day : monthOf(day) };
}

/** What the people in the thread read: which cap, until when, and who can change it. */
export function describeCap({ level, period, dollars }: SpendCap, day: string): string {
  const reset = period === 'daily' ? 'tomorrow' : 'on the first of next month';
  return [
    `${OWNER[level]} ${period} spending cap of ${inDollars(dollars)} for AI providers is used up, so I did not begin to answer.`,
    `It resets ${reset}, at ${resetOf(period, day)} 00:00 UTC; ${whoChanges(level, period)} can change it.`,
    'Your message is stored: speak to me again then.',
  ].join(' ');
}

/** Made when it is needed: to load a currency takes as long as a tenth of a whole start. */
function inDollars(dollars: number): string {
  const style = { style: 'currency', currency: 'USD', maximumFractionDigits: 6 } as const;
  return new Intl.NumberFormat('en-US', style).format(dollars);
}

const OWNER = {
  channel: "This channel's",
  workspace: "This workspace's",
  deployment: "The bot's",
} as const;

function whoChanges(level: CapLevel, period: SpendCap['period']): string {
  if (level === 'deployment') {
    return `whoever runs the bot (SPEND_CAP_${period.toUpperCase()}, or Limits in the console)`;
  }
  const setting = period === 'daily' ? 'spendCapDaily' : 'spendCapMonthly';
  return `an admin of this workspace (the ${level}'s ${setting})`;
}

function resetOf(period: SpendCap['period'], day: string): string {
  const next = new Date(`${day}T00:00:00.000Z`);
  if (period === 'daily') next.setUTCDate(next.getUTCDate() + 1);
  else next.setUTCMonth(next.getUTCMonth() + 1, 1);
  return next.toISOString().slice(0, 10);
}
