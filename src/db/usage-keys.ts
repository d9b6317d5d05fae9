/** Keys of the counters of usage: a partition for each month of a workspace, and of the deployment. */
import type { UsageCounter, UsagePlace, UsageScope } from '../core/usage.ts';
import { join, type Key, NO_WORKSPACE, type SortRange, withPrefix } from './keys.ts';

/**
 * Counters of a month lie in one partition for each workspace: a range of it is the days of all
 * channels, users or models, or of one. Totals of months are apart, under `MONTH#`.
 */
export function usageKey({ scope, period }: UsageCounter): Key {
  const [month, rest] = [period.slice(0, 7), period.length > 7 ? [period] : []];
  const total = rest.length > 0 ? [] : ['MONTH'];
  return { PK: usagePartition(scope, month), SK: join(...total, ...usageParts(scope), ...rest) };
}

export const usagePartition = (scope: { kind: 'deployment' } | UsagePlace, month: string) =>
  'platform' in scope
    ? join('USAGE', scope.platform, scope.workspaceId || NO_WORKSPACE, month)
    : join('USAGE', month);

/** All days of the month: of everything of this kind, or of one of them. */
export const usageRange = (kind: UsageScope['kind'], id?: string): SortRange =>
  withPrefix(`${id === undefined ? kind.toUpperCase() : join(kind.toUpperCase(), id)}#`);

/** Where a user's counters of a month in a workspace lie: its days, and its total. */
export function usageKeysOf({ userId, month, ...place }: UserMonth) {
  const partition = join('USAGE', place.platform, place.workspaceId || NO_WORKSPACE, month);
  const total = join('MONTH', 'USER', userId);
  return [
    { partition, range: usageRange('user', userId) },
    { partition, range: { from: total, to: total } },
  ];
}

interface UserMonth {
  platform: string;
  workspaceId: string;
  userId: string;
  month: string;
}

/** Whose counter an item of a day is, read from its sort key. */
export function parseUsageKey(SK: string, place: UsagePlace | undefined): UsageCounter | undefined {
  const [kind, ...rest] = SK.split('#');
  const [period = '', ...ids] = rest.reverse();
  const [one = '', two = ''] = ids.reverse();
  if (kind === 'DEPLOYMENT') return { scope: { kind: 'deployment' }, period };
  if (!place) return undefined;
  switch (kind) {
    case 'WORKSPACE':
      return { scope: { kind: 'workspace', ...place }, period };
    case 'CHANNEL':
      return { scope: { kind: 'channel', ...place, channelId: one }, period };
    case 'USER':
      return { scope: { kind: 'user', ...place, userId: one }, period };
    case 'MODEL': {
      const [provider, model] = [decodeURIComponent(one), decodeURIComponent(two)];
      return { scope: { kind: 'model', ...place, provider, model }, period };
    }
    default:
      return undefined;
  }
}

function usageParts(scope: UsageScope): string[] {
  const kind = scope.kind.toUpperCase();
  switch (scope.kind) {
    case 'channel':
      return [kind, scope.channelId];
    case 'user':
      return [kind, scope.userId];
    case 'model':
      return [kind, encodeURIComponent(scope.provider), encodeURIComponent(scope.model)];
    default:
      return [kind];
  }
}
