/** The bot's app in a workspace, where people install it themselves: what an adapter keeps of it. */
import type { PlatformName } from './thread.ts';

export interface StoredInstallation {
  platform: PlatformName;
  /** Of an app that was installed for a whole organisation, the organisation's id. */
  workspaceId: string;
  /** Tokens and what belongs to them, encrypted by the adapter; nothing else can read it. */
  sealed: string;
  /** Another one after every write. */
  revision: string;
  updatedAt: string;
}

export type ReplaceInstallationOutcome =
  | { kind: 'saved'; installation: StoredInstallation }
  /** Somebody was faster: this is how it stands. */
  | { kind: 'outdated'; installation: StoredInstallation }
  | { kind: 'missing' };

export interface InstallationRepository {
  getInstallation(
    platform: PlatformName,
    workspaceId: string,
  ): Promise<StoredInstallation | undefined>;
  /** Somebody installed the app: over whatever was there. */
  putInstallation(
    platform: PlatformName,
    workspaceId: string,
    sealed: string,
  ): Promise<StoredInstallation>;
  /** Over the revision seen only. */
  replaceInstallation(
    seen: StoredInstallation,
    sealed: string,
  ): Promise<ReplaceInstallationOutcome>;
  /** Of the revision seen only; true when it is gone. */
  deleteInstallation(seen: StoredInstallation): Promise<boolean>;
}
