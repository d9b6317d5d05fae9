/** A person in our system, and the accounts they use on chat platforms. */

import type { AuditEntry } from './audit.ts';
import type { Author } from './message.ts';
import type { Page, PageRequest } from './page.ts';
import type { Settings } from './settings.ts';
import type { ProviderConfig, TrackerConfig } from './stored-config.ts';
import type { PlatformName } from './thread.ts';
import type { DayUsage } from './usage.ts';
import type { ChangeSettings } from './workspace.ts';

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

/** A user that somebody makes by hand. */
export interface NewUser {
  /** A random one when absent. */
  id?: string;
  name: string;
  email?: string;
  /** `member` when absent. */
  role?: User['role'];
  identities?: string[];
}

export type CreateUserOutcome =
  | { kind: 'created'; user: User }
  /** There is a user of this id already. */
  | { kind: 'exists' }
  /** An account belongs to somebody else. */
  | { kind: 'identity-taken'; identity: string };

/** What an update may change; `null` clears. */
export interface UserChanges {
  name?: string;
  email?: string | null;
  role?: User['role'];
  status?: User['status'];
}

export type UpdateUserOutcome =
  | { kind: 'saved'; user: User }
  /** Somebody was faster: this is how it stands. */
  | { kind: 'outdated'; user: User }
  | { kind: 'missing' };

export type UserIdentityOutcome =
  | { kind: 'saved'; user: User }
  /** The account belongs to somebody else. */
  | { kind: 'taken' }
  | { kind: 'too-many' }
  | { kind: 'missing' };

export type LinkOutcome =
  | { kind: 'linked'; user: User }
  /** One of them is gone. */
  | { kind: 'missing' }
  /** Together they would have more than 50 accounts. */
  | { kind: 'too-many' };

/** What a person left outside of what is theirs. */
export type UserTrace =
  /** What they used on a day in one workspace. */
  | { kind: 'usage'; usage: DayUsage }
  /** Of what others did about them it is not said who. */
  | { kind: 'audit'; entry: Omit<AuditEntry, 'actor'> & { actor?: string | undefined } };

/** `name`: part of one, in any case. */
export type UserListRequest = PageRequest & { name?: string };

export interface UserRepository {
  getUserById(userId: string): Promise<User | undefined>;
  /** Two requests: the account, then its user. */
  getUserByIdentity(identity: string): Promise<User | undefined>;
  /** What the people are called now who act under these accounts (or `api::userId`), by account; strangers are left out. */
  findNames(accounts: string[]): Promise<Map<string, string>>;
  /** By id; with `name`, those whose name has it. A page may be short after 2,000 were looked at. */
  listUsers(page?: UserListRequest): Promise<Page<User>>;
  createUser(input: NewUser): Promise<CreateUserOutcome>;
  /** Writes over the revision of `seen` only. */
  updateUser(seen: User, changes: UserChanges): Promise<UpdateUserOutcome>;
  /** The account becomes this user's, if it is free or already theirs. */
  addIdentity(userId: string, identity: string): Promise<UserIdentityOutcome>;
  removeIdentity(userId: string, identity: string): Promise<UserIdentityOutcome>;
  /** With everything beneath. False when there is no such user. */
  deleteUser(userId: string): Promise<boolean>;
  getSettings(userId: string): Promise<Settings>;
  /** The identity's user, made at first sight: 2 requests, known or new. */
  ensureUser(author: Author): Promise<User>;
  /** Profile, settings, providers and trackers in one range. */
  getConfiguration(userId: string): Promise<UserConfiguration | undefined>;
  /** Written whole, whatever was there. False when there is no such user. */
  saveSettings(userId: string, settings: Settings): Promise<boolean>;
  /** Written over what `change` was shown, or it is shown what others wrote. `undefined` when there is no such user. */
  changeSettings(userId: string, change: ChangeSettings): Promise<Settings | undefined>;
  /** `from` turns out to be `into`: accounts at once, then, resumably, conversations, drafts and settings. */
  linkUsers(from: string, into: string): Promise<LinkOutcome>;
  /** One after the other; a request for each. */
  readTraces(user: User): AsyncIterable<UserTrace>;
  /** Goes on with a deletion, or a linking, that a dead process began. */
  finishDeletion(userId: string): Promise<void>;
}
