/** A person's own AI vendors. Keys come encrypted and are never read back to people. */
import type { ProviderConfigRepository as ProviderConfigPort } from '../core/repositories.ts';
import type { ProviderConfig } from '../core/user.ts';
import type { Table } from './client.ts';
import { fromProviderItem } from './config-item.ts';
import { checkUser } from './identity.ts';
import { defaultTable } from './index.ts';
import { PROVIDER_RANGE, providerKey, userPartition } from './keys.ts';
import { getItem, queryAll, transact, write } from './requests.ts';

/** A config as it is to be; times and revision are the repository's. */
export type ProviderConfigFields = Omit<ProviderConfig, 'createdAt' | 'updatedAt' | 'revision'>;

export type SaveConfigOutcome =
  | { kind: 'saved'; config: ProviderConfig }
  /** Somebody was faster: this is how it stands. */
  | { kind: 'outdated'; config: ProviderConfig }
  /** The user is gone, or the config that was seen is. */
  | { kind: 'missing' };

export class ProviderConfigRepository implements ProviderConfigPort {
  readonly #table: Table | undefined;

  /** Without a table: the one the environment names. */
  constructor(table?: Table) {
    this.#table = table;
  }

  get #db(): Table {
    return this.#table ?? defaultTable();
  }

  /** All of a user, by name: a range. */
  async listProviderConfigs(userId: string): Promise<ProviderConfig[]> {
    const partition = userPartition(userId);
    const items = await queryAll(this.#db, { partition, range: PROVIDER_RANGE });
    return items.map(fromProviderItem);
  }

  async getProviderConfig(userId: string, name: string): Promise<ProviderConfig | undefined> {
    const item = await getItem(this.#db, providerKey(userId, name));
    return item && fromProviderItem(item);
  }

  /** A new one without `seen`; with it, over that revision only. One transaction with the user's check. */
  async upsertProviderConfig(
    userId: string,
    { name, ...fields }: ProviderConfigFields,
    seen?: ProviderConfig,
  ): Promise<SaveConfigOutcome> {
    const updatedAt = new Date().toISOString();
    const createdAt = seen?.createdAt ?? updatedAt;
    const stored = { ...fields, createdAt, updatedAt, revision: (seen?.revision ?? 0) + 1 };
    const outcome = await transact(this.#db, [
      {
        put: { ...providerKey(userId, name), v: 1, ...stored },
        ...(seen
          ? { condition: 'revision = :seen', values: { ':seen': seen.revision } }
          : { condition: 'attribute_not_exists(PK)' }),
      },
      checkUser(userId),
    ]);
    if (outcome.ok) return { kind: 'saved', config: { name, ...stored } };
    const [config, user] = outcome.reasons;
    if (user?.code !== 'None' || !config?.item) return { kind: 'missing' };
    return { kind: 'outdated', config: fromProviderItem(config.item) };
  }

  /** False when there was none. */
  async deleteProviderConfig(userId: string, name: string): Promise<boolean> {
    const outcome = await write(this.#db, {
      delete: providerKey(userId, name),
      condition: 'attribute_exists(PK)',
    });
    return outcome.ok;
  }
}
