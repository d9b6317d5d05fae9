/** Trackers that people connect. Tokens come encrypted and are never read back to people. */
import type { TrackerConfigRepository } from '../core/stored-config.ts';
import type { Table } from './client.ts';
import {
  deleteConfig,
  getConfig,
  listConfigs,
  saveConfig,
  TRACKER_CONFIG,
} from './stored-config.ts';

/** The core's port, on the table. */
export function createTrackerConfigRepository({
  table,
}: {
  table: Table;
}): TrackerConfigRepository {
  return {
    getTrackerConfig: (owner, name) => getConfig(table, TRACKER_CONFIG, owner, name),
    listTrackerConfigs: (owner) => listConfigs(table, TRACKER_CONFIG, owner),
    saveTrackerConfig: (owner, fields, seen) =>
      saveConfig(table, TRACKER_CONFIG, owner, fields, seen),
    deleteTrackerConfig: (seen) => deleteConfig(table, TRACKER_CONFIG, seen),
  };
}
