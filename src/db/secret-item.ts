/** What a secret opens for a while: a browser's session, a link that works once. */
import type { Key } from './keys.ts';
import type { Write } from './requests.ts';
import { toTraceItem } from './trace.ts';

/** With the trace by which it goes when its user does; `until` in milliseconds since the epoch. */
export function secretOf(key: Key, userId: string, until: number): Write[] {
  const expiresAt = Math.ceil(until / 1000);
  return [
    { put: { ...key, v: 1, userId, until, expiresAt } },
    { put: toTraceItem(userId, { kind: 'secret', key }, expiresAt) },
  ];
}
