/**
 * Reading and writing what people connect: the same requests for AI vendors and trackers, under a
 * user or a workspace. A write is a transaction, so that its answer, once lost, is learned again by
 * its token, and so that nothing is written beneath a user who is gone.
 */
import type {
  ConfigFields,
  ConfigOwner,
  DeleteConfigOutcome,
  ProviderConfig,
  SaveConfigOutcome,
  TrackerConfig,
} from '../core/stored-config.ts';
import type { Table } from './client.ts';
import { fromProviderItem, fromTrackerItem } from './config-item.ts';
import { checkUser } from './identity.ts';
import {
  type Key,
  ownerPartition,
  PROVIDER_RANGE,
  providerKey,
  type SortRange,
  TRACKER_RANGE,
  trackerKey,
} from './keys.ts';
import { getItem, type Item, queryAll, transact } from './requests.ts';

/** One kind of config: where it lies and how its items read. */
interface ConfigEntity<Config> {
  range: SortRange;
  keyOf(owner: ConfigOwner, name: string): Key;
  fromItem(item: Item): Config;
}

export const PROVIDER_CONFIG: ConfigEntity<ProviderConfig> = {
  range: PROVIDER_RANGE,
  keyOf: providerKey,
  fromItem: fromProviderItem,
};
export const TRACKER_CONFIG: ConfigEntity<TrackerConfig> = {
  range: TRACKER_RANGE,
  keyOf: trackerKey,
  fromItem: fromTrackerItem,
};

type AnyConfig = ProviderConfig | TrackerConfig;

export async function getConfig<Config extends AnyConfig>(
  table: Table,
  { keyOf, fromItem }: ConfigEntity<Config>,
  owner: ConfigOwner,
  name: string,
): Promise<Config | undefined> {
  const item = await getItem(table, keyOf(owner, name));
  return item && fromItem(item);
}

/** By name: a range. */
export async function listConfigs<Config extends AnyConfig>(
  table: Table,
  { range, fromItem }: ConfigEntity<Config>,
  owner: ConfigOwner,
): Promise<Config[]> {
  const items = await queryAll(table, { partition: ownerPartition(owner), range });
  return items.map(fromItem);
}

/** A new one without `seen`; with it, over that revision only, keeping when it was made. */
export async function saveConfig<Config extends AnyConfig>(
  table: Table,
  entity: ConfigEntity<Config>,
  owner: ConfigOwner,
  { name, ...fields }: ConfigFields<Config>,
  seen?: Config,
): Promise<SaveConfigOutcome<Config>> {
  const updatedAt = new Date().toISOString();
  const item = {
    ...entity.keyOf(owner, name),
    v: 1,
    ...fields,
    createdAt: seen?.createdAt ?? updatedAt,
    updatedAt,
    revision: (seen?.revision ?? 0) + 1,
  };
  const condition = seen ? unchanged(seen) : { condition: 'attribute_not_exists(PK)' };
  const alive = 'userId' in owner ? [checkUser(owner.userId)] : [];
  const outcome = await transact(table, [{ put: item, ...condition }, ...alive]);
  if (outcome.ok) return { kind: 'saved', config: entity.fromItem(item) };
  const [stored, user] = outcome.reasons;
  if (user?.code === 'ConditionalCheckFailed' || !stored?.item) return { kind: 'missing' };
  return { kind: 'outdated', config: entity.fromItem(stored.item) };
}

/** Of the revision seen only. */
export async function deleteConfig<Config extends AnyConfig>(
  table: Table,
  entity: ConfigEntity<Config>,
  seen: Config,
): Promise<DeleteConfigOutcome<Config>> {
  const key = entity.keyOf(seen.owner, seen.name);
  const outcome = await transact(table, [{ delete: key, ...unchanged(seen) }]);
  if (outcome.ok) return { kind: 'deleted' };
  const [stored] = outcome.reasons;
  if (!stored?.item) return { kind: 'missing' };
  return { kind: 'outdated', config: entity.fromItem(stored.item) };
}

/** One that was deleted and made anew has a revision seen before, but was not made then. */
function unchanged({ revision, createdAt }: AnyConfig) {
  return {
    condition: 'revision = :seen AND createdAt = :made',
    values: { ':seen': revision, ':made': createdAt },
  };
}
