/** AI vendors that people connect. Keys come encrypted and are never read back to people. */
import type {
  ConfigFields,
  ConfigOwner,
  DeleteConfigOutcome,
  ProviderConfig,
  ProviderConfigRepository as ProviderConfigPort,
  SaveConfigOutcome,
} from '../core/stored-config.ts';
import type { Table } from './client.ts';
import { defaultTable } from './index.ts';
import {
  deleteConfig,
  getConfig,
  listConfigs,
  PROVIDER_CONFIG,
  saveConfig,
} from './stored-config.ts';

export class ProviderConfigRepository implements ProviderConfigPort {
  readonly #table: Table | undefined;

  /** Without a table: the one the environment names. */
  constructor(table?: Table) {
    this.#table = table;
  }

  get #db(): Table {
    return this.#table ?? defaultTable();
  }

  async getProviderConfig(owner: ConfigOwner, name: string): Promise<ProviderConfig | undefined> {
    return getConfig(this.#db, PROVIDER_CONFIG, owner, name);
  }

  /** All of the owner, by name: a range. */
  async listProviderConfigs(owner: ConfigOwner): Promise<ProviderConfig[]> {
    return listConfigs(this.#db, PROVIDER_CONFIG, owner);
  }

  /** A new one without `seen`; with it, over that revision only. One transaction with the user's check. */
  async saveProviderConfig(
    owner: ConfigOwner,
    fields: ConfigFields<ProviderConfig>,
    seen?: ProviderConfig,
  ): Promise<SaveConfigOutcome<ProviderConfig>> {
    return saveConfig(this.#db, PROVIDER_CONFIG, owner, fields, seen);
  }

  async deleteProviderConfig(seen: ProviderConfig): Promise<DeleteConfigOutcome<ProviderConfig>> {
    return deleteConfig(this.#db, PROVIDER_CONFIG, seen);
  }
}
