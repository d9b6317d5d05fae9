/** Users, their settings and their accounts. */
import { randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '../core/errors.ts';
import type { Author } from '../core/message.ts';
import type { Page } from '../core/page.ts';
import type { Settings } from '../core/settings.ts';
import type {
  CreateUserOutcome,
  LinkOutcome,
  NewUser,
  UpdateUserOutcome,
  User,
  UserChanges,
  UserConfiguration,
  UserIdentityOutcome,
  UserListRequest,
  UserRepository as UserPort,
  UserTrace,
} from '../core/user.ts';
import type { ChangeSettings } from '../core/workspace.ts';
import type { Table } from './client.ts';
import { fromProviderItem, fromTrackerItem, withEntity } from './config-item.ts';
import {
  changeIdentities,
  checkUser,
  createUser,
  ensureUser,
  findNames,
  findUserByIdentity,
  USER_ALIVE,
} from './identity.ts';
import { defaultTable } from './index.ts';
import { CONFIGURATION_RANGE, settingsKey, userIndexKey, userKey, userPartition } from './keys.ts';
import { decodeCursor, encodeCursor, limitOf } from './page.ts';
import { batchGet, getItem, queryAll, transact, write } from './requests.ts';
import { changeStored } from './settings-change.ts';
import { readTraces } from './trace-reading.ts';
import { finishUserDeletion, markUserDeleting } from './user-deletion.ts';
import {
  fromSettingsItem,
  fromUserItem,
  toSettingsItem,
  toUserItem,
  writerOf,
} from './user-item.ts';
import { markLinked } from './user-linking.ts';

/** Rounds of reading and marking before giving up: each means somebody else changed a user. */
const MAX_ROUNDS = 5;

/** Every user id: the index's sort key is the id alone. */
const ALL_IDS = { from: '\u0000', to: '\u{10ffff}' };

/** Users looked at together, and in all, in search of a name. */
const CHUNK = 200;
const MAX_SEARCHED = 2_000;

/** A user that is being deleted is gone already for every method but `finishDeletion`. */
export class UserRepository implements UserPort {
  readonly #table: Table | undefined;

  /** Without a table: the one the environment names. */
  constructor(table?: Table) {
    this.#table = table;
  }

  get #db(): Table {
    return this.#table ?? defaultTable();
  }

  async createUser(input: NewUser): Promise<CreateUserOutcome> {
    return createUser(this.#db, input);
  }

  async getUserById(userId: string): Promise<User | undefined> {
    const item = await getItem(this.#db, userKey(userId));
    return item && fromUserItem(item);
  }

  /** Two requests: the account, then its user. */
  async getUserByIdentity(identity: string): Promise<User | undefined> {
    return findUserByIdentity(this.#db, identity);
  }

  /** Two batch reads, of any number of accounts. */
  async findNames(accounts: string[]): Promise<Map<string, string>> {
    return findNames(this.#db, accounts);
  }

  /** Two requests, known or new. */
  async ensureUser(author: Author): Promise<User> {
    return ensureUser(this.#db, author);
  }

  /** Writes over the revision of `seen` only. */
  async updateUser(seen: User, changes: UserChanges): Promise<UpdateUserOutcome> {
    const { email, ...rest } = { ...seen, ...changes };
    const updatedAt = new Date().toISOString();
    const revision = seen.revision + 1;
    const user: User = { ...rest, ...(email != null && { email }), updatedAt, revision };
    const by = randomUUID();
    const outcome = await write(this.#db, {
      put: toUserItem(user, by),
      condition: `${USER_ALIVE} AND revision = :seen`,
      values: { ':seen': seen.revision },
    });
    if (outcome.ok) return { kind: 'saved', user };
    const found = outcome.item && fromUserItem(outcome.item);
    if (!outcome.item || !found) return { kind: 'missing' };
    const ours = writerOf(outcome.item) === by;
    return ours ? { kind: 'saved', user } : { kind: 'outdated', user: found };
  }

  /**
   * By id. The index is asked for the ids, the users are read strongly, 100 a request. With `name`, so
   * many are looked at as it takes to fill the page, but 2,000 at most: then the page is short, and
   * the next one goes on.
   */
  async listUsers({ name = '', ...request }: UserListRequest = {}): Promise<Page<User>> {
    const limit = limitOf(request);
    const wanted = name.toLowerCase();
    const chunk = wanted === '' ? limit + 1 : CHUNK;
    const found: User[] = [];
    let after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, ALL_IDS);
    let isMore = true;
    for (let seen = 0; isMore && found.length <= limit && seen < MAX_SEARCHED; seen += chunk) {
      const ids = await this.#listIds(after, chunk);
      isMore = ids.length === chunk;
      after = ids.at(-1) ?? after;
      const users = (await batchGet(this.#db, ids.map(userKey))).flatMap(
        (item) => fromUserItem(item) ?? [],
      );
      found.push(...users.filter((user) => user.name.toLowerCase().includes(wanted)).sort(byId));
    }
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1)?.id : isMore && after;
    return { items, ...(last && { cursor: encodeCursor(last) }) };
  }

  async #listIds(after: string | undefined, limit: number): Promise<string[]> {
    const hits = await queryAll(this.#db, {
      index: 'GSI1',
      partition: userIndexKey('any').GSI1PK,
      range: ALL_IDS,
      limit,
      ...(after !== undefined && { after: { ...userKey(after), ...userIndexKey(after) } }),
    });
    return hits.map(({ GSI1SK }) => String(GSI1SK));
  }

  /** One range, whatever is configured. */
  async getConfiguration(userId: string): Promise<UserConfiguration | undefined> {
    const partition = userPartition(userId);
    const items = await queryAll(this.#db, { partition, range: CONFIGURATION_RANGE });
    const [profile] = withEntity(items, 'PROFILE');
    const [settings] = withEntity(items, 'SETTINGS');
    const user = profile && fromUserItem(profile);
    if (!user) return undefined;
    return {
      user,
      settings: fromSettingsItem(settings),
      providers: withEntity(items, 'PROVIDER').map(fromProviderItem),
      trackers: withEntity(items, 'TRACKER').map(fromTrackerItem),
    };
  }

  async getSettings(userId: string): Promise<Settings> {
    return fromSettingsItem(await getItem(this.#db, settingsKey(userId)));
  }

  /** Written whole: the last writer wins. False when there is no such user. */
  async saveSettings(userId: string, settings: Settings): Promise<boolean> {
    const put = toSettingsItem(userId, settings);
    return (await transact(this.#db, [{ put }, checkUser(userId)])).ok;
  }

  async changeSettings(userId: string, change: ChangeSettings): Promise<Settings | undefined> {
    const stored = { table: this.#db, key: settingsKey(userId), parse: fromSettingsItem };
    return changeStored(stored, change, async (settings, unchanged) => {
      const put = toSettingsItem(userId, settings);
      const outcome = await transact(this.#db, [{ put, ...unchanged }, checkUser(userId)]);
      if (outcome.ok) return 'saved';
      return outcome.reasons[1]?.code === 'None' ? 'changed' : 'missing';
    });
  }

  /**
   * With everything beneath, as `user-deletion.ts` tells. Gone for everybody after its first
   * transaction; what a dead process leaves, `finishDeletion` ends, or deleting once more. False when
   * there is no such user, or not any more.
   */
  async deleteUser(userId: string): Promise<boolean> {
    const marked = await markUserDeleting(this.#db, userId);
    await finishUserDeletion(this.#db, userId);
    return marked;
  }

  async addIdentity(userId: string, identity: string): Promise<UserIdentityOutcome> {
    return changeIdentities(this.#db, userId, identity, 'add');
  }

  async removeIdentity(userId: string, identity: string): Promise<UserIdentityOutcome> {
    return changeIdentities(this.#db, userId, identity, 'remove');
  }

  /** A read and a transaction until the accounts are handed over; the rest as `user-linking.ts` tells. */
  async linkUsers(from: string, into: string): Promise<LinkOutcome> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const outcome = await markLinked(this.#db, from, into);
      if (outcome.kind === 'changed') continue;
      if (outcome.kind === 'linked') await finishUserDeletion(this.#db, from);
      return outcome;
    }
    throw new StoreUnavailableError('link', new Error(`no decision after ${MAX_ROUNDS} rounds`));
  }

  /** As `trace-reading.ts` has it. */
  readTraces(user: User): AsyncIterable<UserTrace> {
    return readTraces(this.#db, user);
  }

  /** Goes on with a deletion that a dead process began. */
  async finishDeletion(userId: string): Promise<void> {
    await finishUserDeletion(this.#db, userId);
  }
}

function byId(one: User, other: User): number {
  return one.id < other.id ? -1 : 1;
}
