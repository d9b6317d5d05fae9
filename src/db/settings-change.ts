/** Changes of what is stored as `settings`, which lose nothing of what others change at the same time. */
import { isDeepStrictEqual } from 'node:util';
import { StoreUnavailableError } from '../core/errors.ts';
import type { Table } from './client.ts';
import type { Key } from './keys.ts';
import { getItem, type Item } from './requests.ts';

/** Rounds of reading and writing before giving up: each means somebody else was faster. */
const MAX_ROUNDS = 5;

/** For the write: the settings are still those that were read. */
export interface Unchanged {
  condition: string;
  values?: Record<string, unknown>;
}

/** Where they are, and how they are read; without an item they are empty. */
export interface Stored<Settings> {
  table: Table;
  key: Key;
  parse(item: Item | undefined): Settings;
}

/** `save` tells whether it was written, somebody was faster, or there is nothing to write it under. */
export type SaveOver<Settings> = (
  settings: Settings,
  unchanged: Unchanged,
) => Promise<'saved' | 'changed' | 'missing'>;

/**
 * A read and a write for each round. What `change` throws is thrown on, and nothing is written.
 * `undefined` when there is nothing to write it under.
 */
export async function changeStored<Settings extends object>(
  { table, key, parse }: Stored<Settings>,
  change: (current: Settings) => Settings,
  save: SaveOver<Settings>,
): Promise<Settings | undefined> {
  let written: Settings | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem(table, key);
    const current = parse(item);
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
