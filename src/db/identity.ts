/** People by the accounts they use: one item per account leads to its user. */
import { randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '../core/errors.ts';
import type { Author } from '../core/message.ts';
import {
  type CreateUserOutcome,
  type NewUser,
  parseApiIdentity,
  type User,
  type UserIdentityOutcome,
} from '../core/user.ts';
import type { Table } from './client.ts';
import { identityKey, userKey } from './keys.ts';
import { type Action, batchGet, getItem, transact } from './requests.ts';
import { fromIdentityItem, fromUserItem, toIdentityItem, toUserItem } from './user-item.ts';

/** DynamoDB takes 100 actions in a transaction; a user and all accounts are written in one. */
export const MAX_IDENTITIES = 50;
/** Rounds of looking and making before giving up: each means somebody else made or deleted the user. */
const MAX_ROUNDS = 5;

/** For conditions: the user is there and not being deleted. */
export const USER_ALIVE = 'attribute_exists(PK) AND attribute_not_exists(deleting)';

/** The condition that nothing is written beneath a user who is gone, for a transaction. */
export function checkUser(userId: string): Action {
  return { check: userKey(userId), condition: USER_ALIVE };
}

/** One transaction: the user, and each account if it is free. */
export async function createUser(table: Table, input: NewUser): Promise<CreateUserOutcome> {
  const { id = randomUUID(), role = 'member', identities = [], ...fields } = input;
  const now = new Date().toISOString();
  const times = { createdAt: now, updatedAt: now };
  const user: User = { id, ...fields, role, status: 'active', identities, ...times, revision: 1 };
  const outcome = await transact(table, [
    { put: toUserItem(user), condition: 'attribute_not_exists(PK)' },
    ...identities.map((identity) => ({
      put: toIdentityItem(identity, id),
      condition: 'attribute_not_exists(PK)',
    })),
  ]);
  if (outcome.ok) return { kind: 'created', user };
  const taken = identities.find((_, n) => outcome.reasons[n + 1]?.code !== 'None');
  const exists = outcome.reasons[0]?.code !== 'None';
  return exists || taken === undefined
    ? { kind: 'exists' }
    : { kind: 'identity-taken', identity: taken };
}

/** Two reads, one after the other. */
export async function findUserByIdentity(
  table: Table,
  identity: string,
): Promise<User | undefined> {
  const account = await getItem(table, identityKey(identity));
  const item = account && (await getItem(table, userKey(fromIdentityItem(account))));
  return item && fromUserItem(item);
}

/** Two batch reads: the accounts, then their users. */
export async function findNames(table: Table, accounts: string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(accounts)];
  const owners = new Map(
    distinct.flatMap((account) => {
      const userId = parseApiIdentity(account);
      return userId === undefined ? [] : [[account, userId] as const];
    }),
  );
  const others = distinct.filter((account) => !owners.has(account));
  const byKey = new Map(others.map((account) => [identityKey(account).PK, account]));
  for (const item of await batchGet(table, others.map(identityKey))) {
    owners.set(byKey.get(String(item.PK)) ?? '', fromIdentityItem(item));
  }
  const users = await batchGet(table, [...new Set(owners.values())].map(userKey));
  const names = new Map(
    users.flatMap((item) => fromUserItem(item) ?? []).map(({ id, name }) => [id, name]),
  );
  return new Map(
    [...owners].flatMap(([account, userId]) => {
      const name = names.get(userId);
      return name === undefined ? [] : [[account, name] as const];
    }),
  );
}

/** The author's user, made at first sight; of several who make it at once, one wins. */
export async function ensureUser(table: Table, { identity, name }: Author): Promise<User> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const known = await findUserByIdentity(table, identity);
    if (known) return known;
    const made = await createUser(table, { name, identities: [identity] });
    if (made.kind === 'created') return made.user;
  }
  throw new StoreUnavailableError(
    'ensure user',
    new Error(`no decision after ${MAX_ROUNDS} rounds`),
  );
}

/** A read and a transaction: the user's list and the account itself. Doing it twice is doing it once. */
export async function changeIdentities(
  table: Table,
  userId: string,
  identity: string,
  change: 'add' | 'remove',
): Promise<UserIdentityOutcome> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await getItem(table, userKey(userId));
    const user = item && fromUserItem(item);
    if (!user) return { kind: 'missing' };
    if (user.identities.includes(identity) === (change === 'add')) return { kind: 'saved', user };
    const others = user.identities.filter((one) => one !== identity);
    const identities = change === 'add' ? [...others, identity] : others;
    if (identities.length > MAX_IDENTITIES) return { kind: 'too-many' };
    const updatedAt = new Date().toISOString();
    const next: User = { ...user, identities, updatedAt, revision: user.revision + 1 };
    const outcome = await transact(table, [
      {
        put: toUserItem(next),
        condition: `${USER_ALIVE} AND revision = :seen`,
        values: { ':seen': user.revision },
      },
      change === 'add'
        ? { put: toIdentityItem(identity, userId), condition: 'attribute_not_exists(PK)' }
        : {
            delete: identityKey(identity),
            condition: 'attribute_not_exists(PK) OR userId = :user',
            values: { ':user': userId },
          },
    ]);
    if (outcome.ok) return { kind: 'saved', user: next };
    if (change === 'add' && outcome.reasons[1]?.code !== 'None') return { kind: 'taken' };
  }
  throw new StoreUnavailableError(
    'change identities',
    new Error(`no decision after ${MAX_ROUNDS} rounds`),
  );
}
