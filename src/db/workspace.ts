/** A workspace's own settings, its channels' settings, and what is connected to it. */
import type {
  PageRequest,
  WorkspaceConfiguration,
  WorkspaceRepository,
} from '../core/repositories.ts';
import type { Settings } from '../core/settings.ts';
import { isPlatformName, type PlatformName } from '../core/thread.ts';
import type { Table } from './client.ts';
import { fromProviderItem, fromTrackerItem, withEntity } from './config-item.ts';
import {
  channelKey,
  parseWorkspaceIndexKey,
  WORKSPACE_RANGE,
  workspaceIndexKey,
  workspacePartition,
  workspaceSettingsKey,
} from './keys.ts';
import { decodeCursor, encodeCursor, limitOf } from './page.ts';
import { type Item, queryAll, transact, write } from './requests.ts';
import { fromSettingsItem } from './user-item.ts';

const ALL = { from: '!', to: '~' };

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
    const keys = {
      ...workspaceSettingsKey(platform, workspaceId),
      ...workspaceIndexKey(platform, workspaceId),
    };
    await write(table, { put: { ...keys, v: 1, settings } });
  }

  async function saveChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    settings: Settings,
  ): Promise<void> {
    const key = channelKey(platform, workspaceId, channelId);
    const { GSI1PK, GSI1SK } = workspaceIndexKey(platform, workspaceId);
    await transact(table, [
      { put: { ...key, v: 1, settings } },
      {
        update: workspaceSettingsKey(platform, workspaceId),
        change:
          'SET GSI1PK = :partition, GSI1SK = :sort, v = if_not_exists(v, :v), settings = if_not_exists(settings, :none)',
        values: { ':partition': GSI1PK, ':sort': GSI1SK, ':v': 1, ':none': {} },
      },
    ]);
  }

  /** One request, of the index. */
  async function listWorkspaces(request: PageRequest = {}) {
    const limit = limitOf(request);
    const after = request.cursor && parseWorkspaceIndexKey(decodeCursor(request.cursor, ALL));
    const keysOf = ({ platform, workspaceId }: { platform: string; workspaceId: string }) => ({
      ...workspaceSettingsKey(platform, workspaceId),
      ...workspaceIndexKey(platform, workspaceId),
    });
    const hits = await queryAll(table, {
      index: 'GSI1',
      partition: workspaceIndexKey('any', 'any').GSI1PK,
      range: ALL,
      limit: limit + 1,
      ...(after && { after: keysOf(after) }),
    });
    const sortKeys = hits.slice(0, limit).map(({ GSI1SK }) => String(GSI1SK));
    const items = sortKeys.flatMap((key) => {
      const { platform, workspaceId } = parseWorkspaceIndexKey(key);
      return isPlatformName(platform) ? [{ platform, workspaceId }] : [];
    });
    const last = hits.length > limit && sortKeys.at(-1);
    return { items, ...(last && { cursor: encodeCursor(last) }) };
  }

  return { getConfiguration, saveSettings, saveChannelSettings, listWorkspaces };
}

function toChannelEntry(item: Item): [string, Settings] {
  return [String(item.SK).slice('CHANNEL#'.length), fromSettingsItem(item)];
}
