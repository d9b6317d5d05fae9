/** A workspace's own settings, its channels' settings, and what is connected to it. */

import type { PageRequest } from '../core/page.ts';
import type { Settings } from '../core/settings.ts';
import { isPlatformName, type PlatformName } from '../core/thread.ts';
import type {
  ChangeSettings,
  WorkspaceConfiguration,
  WorkspaceRepository,
} from '../core/workspace.ts';
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
import { changeStored } from './settings-change.ts';
import { fromSettingsItem } from './user-item.ts';

const ALL = { from: '!', to: '~' };

/** Written whole whatever was there, unless a condition says over what. */
type Over = { condition?: string; values?: Record<string, unknown> };

/** The core's port, on the table. */
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
      settings: fromSettingsItem(settings),
      channels: new Map(withEntity(items, 'CHANNEL').map(toChannelEntry)),
      providers: withEntity(items, 'PROVIDER').map(fromProviderItem),
      trackers: withEntity(items, 'TRACKER').map(fromTrackerItem),
    };
  }

  async function putSettings(
    platform: PlatformName,
    workspaceId: string,
    settings: Settings,
    over: Over = {},
  ) {
    const keys = {
      ...workspaceSettingsKey(platform, workspaceId),
      ...workspaceIndexKey(platform, workspaceId),
    };
    return write(table, { put: { ...keys, v: 1, settings }, ...over });
  }

  async function putChannelSettings(
    { platform, workspaceId, channelId }: Channel,
    settings: Settings,
    over: Over = {},
  ) {
    const key = channelKey(platform, workspaceId, channelId);
    const { GSI1PK, GSI1SK } = workspaceIndexKey(platform, workspaceId);
    return transact(table, [
      { put: { ...key, v: 1, settings }, ...over },
      {
        update: workspaceSettingsKey(platform, workspaceId),
        change:
          'SET GSI1PK = :partition, GSI1SK = :sort, v = if_not_exists(v, :v), settings = if_not_exists(settings, :none)',
        values: { ':partition': GSI1PK, ':sort': GSI1SK, ':v': 1, ':none': {} },
      },
    ]);
  }

  async function changeSettings(
    platform: PlatformName,
    workspaceId: string,
    change: ChangeSettings,
  ) {
    const key = workspaceSettingsKey(platform, workspaceId);
    const stored = { table, key, parse: fromSettingsItem };
    const changed = await changeStored(stored, change, async (settings, unchanged) => {
      const { ok } = await putSettings(platform, workspaceId, settings, unchanged);
      return ok ? 'saved' : 'changed';
    });
    return changed ?? {};
  }

  async function changeChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    change: ChangeSettings,
  ) {
    const key = channelKey(platform, workspaceId, channelId);
    const stored = { table, key, parse: fromSettingsItem };
    const changed = await changeStored(stored, change, async (settings, unchanged) => {
      const channel = { platform, workspaceId, channelId };
      const { ok } = await putChannelSettings(channel, settings, unchanged);
      return ok ? 'saved' : 'changed';
    });
    return changed ?? {};
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

  return {
    getConfiguration,
    changeSettings,
    changeChannelSettings,
    listWorkspaces,
    async saveSettings(platform, workspaceId, settings) {
      await putSettings(platform, workspaceId, settings);
    },
    async saveChannelSettings(platform, workspaceId, channelId, settings) {
      await putChannelSettings({ platform, workspaceId, channelId }, settings);
    },
  };
}

interface Channel {
  platform: PlatformName;
  workspaceId: string;
  channelId: string;
}

function toChannelEntry(item: Item): [string, Settings] {
  return [String(item.SK).slice('CHANNEL#'.length), fromSettingsItem(item)];
}
