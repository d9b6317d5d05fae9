/** A workspace's own settings, its channels' settings, and what is connected to it. */
import type { WorkspaceConfiguration, WorkspaceRepository } from '../core/repositories.ts';
import type { Settings } from '../core/settings.ts';
import type { PlatformName } from '../core/thread.ts';
import type { Table } from './client.ts';
import { fromProviderItem, fromTrackerItem, withEntity } from './config-item.ts';
import { channelKey, WORKSPACE_RANGE, workspacePartition, workspaceSettingsKey } from './keys.ts';
import { type Item, queryAll, write } from './requests.ts';
import { fromSettingsItem } from './user-item.ts';

/** The core's port, on the table. Settings are written whole: the last writer wins. */
export function createWorkspaceRepository({ table }: { table: Table }): WorkspaceRepository {
  /** One range. Where there is no workspace (terminal, Discord's DMs), nothing is configured. */
  async function getConfiguration(
    platform: PlatformName,
    workspaceId: string,
  ): Promise<WorkspaceConfiguration> {
    if (workspaceId === '')
      return { settings: {}, channels: new Map(), providers: [], trackers: [] };
    const partition = workspacePartition(platform, workspaceId);
    const items = await queryAll(table, { partition, range: WORKSPACE_RANGE });
    const [settings] = withEntity(items, 'SETTINGS');
    return {
      settings: settings ? fromSettingsItem(settings) : {},
      channels: new Map(withEntity(items, 'CHANNEL').map(toChannelEntry)),
      providers: withEntity(items, 'PROVIDER').map(fromProviderItem),
      trackers: withEntity(items, 'TRACKER').map(fromTrackerItem),
    };
  }

  async function saveSettings(platform: PlatformName, workspaceId: string, settings: Settings) {
    await write(table, { put: { ...workspaceSettingsKey(platform, workspaceId), v: 1, settings } });
  }

  async function saveChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    settings: Settings,
  ): Promise<void> {
    const key = channelKey(platform, workspaceId, channelId);
    await write(table, { put: { ...key, v: 1, settings } });
  }

  return { getConfiguration, saveSettings, saveChannelSettings };
}

function toChannelEntry(item: Item): [string, Settings] {
  return [String(item.SK).slice('CHANNEL#'.length), fromSettingsItem(item)];
}
