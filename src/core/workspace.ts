/** Settings and connections of a workspace and its channels, as the core sees them in the table. */
import type { Page, PageRequest } from './page.ts';
import type { Settings } from './settings.ts';
import type { ProviderConfig, TrackerConfig } from './stored-config.ts';
import type { PlatformName } from './thread.ts';
import type { UsagePlace } from './usage.ts';

/** A workspace's settings, one channel's, and what is connected: one range each. */
export interface WorkspaceConfiguration {
  settings: Settings;
  channels: Map<string, Settings>;
  providers: ProviderConfig[];
  trackers: TrackerConfig[];
}

/** From the settings as they are to how they shall be; it may be asked again, and may throw. */
export type ChangeSettings = (current: Settings) => Settings;

/** Settings are saved whole, whatever was there, or changed over what `change` was shown. */
export interface WorkspaceRepository {
  getConfiguration(platform: PlatformName, workspaceId: string): Promise<WorkspaceConfiguration>;
  changeSettings(
    platform: PlatformName,
    workspaceId: string,
    change: ChangeSettings,
  ): Promise<Settings>;
  changeChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    change: ChangeSettings,
  ): Promise<Settings>;
  saveSettings(platform: PlatformName, workspaceId: string, settings: Settings): Promise<void>;
  saveChannelSettings(
    platform: PlatformName,
    workspaceId: string,
    channelId: string,
    settings: Settings,
  ): Promise<void>;
  /** Those with settings of their own, or of a channel; by platform and id, eventually consistent. */
  listWorkspaces(page?: PageRequest): Promise<Page<UsagePlace>>;
}
