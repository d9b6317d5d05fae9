/** Changes of stored settings that lose nothing of what others change at the same time. */
import { isDeepStrictEqual } from 'node:util';
import { StoreUnavailableError } from '../core/errors.ts';
import type { Settings } from '../core/settings.ts';
import type { Table } from './client.ts';
import type { Key } from './keys.ts';
import { getItem } from './requests.ts';
import { fromSettingsItem } from './user-item.ts';

/** Rounds of reading and writing before giving up: each means somebody else was faster. */
const MAX_ROUNDS = 5;

/** For the write: the settings are still those that were read. */
export interface Unchanged {
  condition: string;
  values?: Record<string, unknown>;
}

/** `save` tells whether it was written, somebody was faster, or there is nothing to write it under. */
export type SaveOver = (
  settings: Settings,
  unchanged: Unchanged,
) => Promise<'saved' | 'changed' | 'missing'>;

/**
 * A read and a write for each round. What `change` throws is thrown on, and nothing is written.
 * `undefined` when there is nothing to write it under.
 */
export async function changeStored(
  table: Table,
  key: Key,
  change: (current: Settings) => Settings,
  save: SaveOver,
): Promise<Settings | undefined> {
  let written: Settings | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem(table, key);
    const current = item ? fromSettingsItem(item) : {};
    // The answer was lost, not the write.
    if (written && isDeepStrictEqual(current, written)) return written;
    written = change(current);
    const outcome = await save(
      written,
      item
        ? { condition: 'settings = :seen', values: { ':seen': item.settings } }
        : { condition: 'attribute_not_exists(PK)' },
    );
    if (outcome === 'saved') return written;
    if (outcome === 'missing') return undefined;
  }
  throw new StoreUnavailableError(
    'change settings',
    new Error(`no decision after ${MAX_ROUNDS} rounds`),
  );
}
