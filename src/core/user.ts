/** A person in our system, and the accounts they use on chat platforms. */
import type { Author } from './message.ts';
import type { Settings } from './settings.ts';
import type { ProviderConfig, TrackerConfig } from './stored-config.ts';
import type { PlatformName } from './thread.ts';

export const ROLES = ['admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  id: string;
  name: string;
  email?: string;
  role: Role;
  status: 'active' | 'deactivated';
  /** Linked accounts, `platform:workspaceId:accountId`. */
  identities: string[];
  createdAt: string;
  updatedAt: string;
  /** Grows with every change; an update names the one it saw. */
  revision: number;
}

/** What one range read of a user brings. */
export interface UserConfiguration {
  user: User;
  settings: Settings;
  providers: ProviderConfig[];
  trackers: TrackerConfig[];
}

/** Stands in tickets for whoever asked or approved and is no user here any more. */
export const DELETED_AUTHOR: Author = {
  identity: 'deleted::user',
  name: 'a deleted user',
  standing: 'guest',
};

/** How a user is named who acts without an account of the place, over the API. */
export const apiIdentity = (userId: string): string => `api::${encodeURIComponent(userId)}`;

/** Whose name that is; `undefined` for an account of a platform. */
export function parseApiIdentity(account: string): string | undefined {
  const [platform, , userId = ''] = account.split(':');
  return platform === 'api' ? decodeURIComponent(userId) : undefined;
}

/** The account they have in this workspace, or how they are named without one. */
export function accountIn(
  { id, identities }: User,
  { platform, workspaceId }: { platform: PlatformName | 'api'; workspaceId: string },
): string {
  if (platform === 'api') return apiIdentity(id);
  const there = identityOf(platform, workspaceId, '');
  return identities.find((identity) => identity.startsWith(there)) ?? apiIdentity(id);
}

/** `slack:T1:U1`; Discord accounts are global, so their workspace part is empty. */
export function identityOf(platform: PlatformName, workspaceId: string, accountId: string): string {
  const workspace = platform === 'discord' ? '' : workspaceId;
  return [platform, workspace, accountId].map(encodeURIComponent).join(':');
}
