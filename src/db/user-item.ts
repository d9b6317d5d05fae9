/** A user's own items: profile, settings and the accounts that lead to it. */
import { z } from 'zod';
import { type Settings, settingsSchema } from '../core/settings.ts';
import { ROLES, type User } from '../core/user.ts';
import { identityKey, type Key, settingsKey, userIndexKey, userKey } from './keys.ts';
import type { Item } from './requests.ts';

const userSchema = z.object({
  PK: z.string(),
  v: z.literal(1),
  name: z.string(),
  email: z.string().optional(),
  role: z.enum(ROLES),
  status: z.enum(['active', 'deactivated']),
  identities: z.array(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.number(),
});

/** Marks a user whose deletion has begun, and the write that brought an item to its revision. */
const stateSchema = z.object({
  deleting: z.boolean().optional(),
  linkedTo: z.string().optional(),
  by: z.string().optional(),
});

const identitySchema = z.object({ userId: z.string() });

/** Tolerant where `settingsSchema` is strict: what a newer version stored must not stop an older one. */
const settingsItemSchema = z.object({ settings: z.object(settingsSchema.shape) });

/** `by` names the write: a failed condition that finds it is our own lost answer. */
export function toUserItem(user: User, by?: string): Key & Item {
  const { id, ...attributes } = user;
  return {
    ...userKey(id),
    ...userIndexKey(id),
    v: 1,
    ...attributes,
    ...(by !== undefined && { by }),
  };
}

/** `undefined` while the user is being deleted. */
export function fromUserItem(item: Item): User | undefined {
  if (isDeleting(item)) return undefined;
  return readUser(item);
}

/** Also a user that is being deleted. */
export function readUser(item: Item): User {
  const { PK, v: _, ...user } = userSchema.parse(item);
  return { ...user, id: PK.slice('USER#'.length) };
}

export function isDeleting(item: Item): boolean {
  return stateSchema.parse(item).deleting === true;
}

/** The user that a former one turned out to be; what was theirs moves there. */
export function linkedTo(item: Item): string | undefined {
  return stateSchema.parse(item).linkedTo;
}

/** Which write an item was last changed by. */
export function writerOf(item: Item): string | undefined {
  return stateSchema.parse(item).by;
}

export function toIdentityItem(identity: string, userId: string): Key & Item {
  return { ...identityKey(identity), v: 1, userId };
}

export function fromIdentityItem(item: Item): string {
  return identitySchema.parse(item).userId;
}

export function toSettingsItem(userId: string, settings: Settings): Key & Item {
  return { ...settingsKey(userId), v: 1, settings };
}

/** Without an item nothing is decided. */
export function fromSettingsItem(item: Item | undefined): Settings {
  if (!item) return {};
  return settingsItemSchema.parse(item).settings;
}
