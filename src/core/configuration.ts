/** What applies where: every level's settings, read from the table and cached for seconds. */
import type { SettingsScope } from './action.ts';
import { createCache } from './cache.ts';
import type { ThreadSettings } from './conversation.ts';
import type { LimitsReader } from './limits.ts';
import type { Author } from './message.ts';
import type { Repositories } from './repositories.ts';
import {
  type EffectiveSettings,
  resolveSettings,
  type Settings,
  type SettingsLevels,
} from './settings.ts';
import type { ProviderConfig, TrackerConfig } from './stored-config.ts';
import type { Place, PlatformName } from './thread.ts';
import type { User, UserConfiguration } from './user.ts';
import type { WorkspaceConfiguration } from './workspace.ts';

const BEGINNINGS_CACHE_MS = 60_000;
export const DEFAULT_REACTION = 'ticket';

export interface Scope {
  platform: PlatformName;
  place: Place;
}

/** What begins a conversation in a place besides speaking to the bot. */
export interface Beginnings {
  /** Every new message does. */
  intake: boolean;
  /** This emoji on a message does. */
  reaction: string | undefined;
}

/** What applies, and the stored config of the provider it names, if it is one that people entered. */
export interface AppliedSettings extends EffectiveSettings {
  providerConfig: ProviderConfig | undefined;
}

export interface Configuration {
  /** The author's user, made at first sight. */
  userOf(author: Author): Promise<User>;
  resolve(scope: Scope, author: Author, conversation: ThreadSettings): Promise<AppliedSettings>;
  /** What each level says. */
  levelsOf(scope: Scope, author: Author, conversation: ThreadSettings): Promise<SettingsLevels>;
  /** The accesses to trackers that count here: the author's own, and the workspace's. */
  trackersOf(
    scope: Scope,
    author: Author,
  ): Promise<Record<'person' | 'workspace', TrackerConfig[]>>;
  /** Whether a bound thread answers messages that do not address the bot. */
  answersEvery(scope: Scope): Promise<boolean>;
  /** Whether what is said in a thread becomes comments on its issue. */
  commentsReplies(scope: Scope): Promise<boolean>;
  /** Asked for every message of every channel, so it may be a minute old. */
  beginnings(scope: Scope): Promise<Beginnings>;
  /** What this person may choose at this level, by name: connected by people, or by the environment. */
  providerNames(scope: Scope, author: Author, level: SettingsScope): Promise<string[]>;
  /** What was changed here is seen at once. */
  forget(): void;
}

export interface ConfigurationOptions {
  repositories: Pick<Repositories, 'users' | 'workspaces'>;
  environment: Settings;
  /** What may be spent in all, by the environment and by admins. */
  limits: LimitsReader;
  /** Names of the providers that the environment connects. */
  providers?: string[];
}

export function createConfiguration({
  repositories,
  environment,
  limits,
  providers = [],
}: ConfigurationOptions): Configuration {
  const users = createCache((author: Author) => repositories.users.ensureUser(author));
  const known = createCache((account: string) => repositories.users.getUserByIdentity(account));
  const people = createCache((userId: string) => repositories.users.getConfiguration(userId));
  const workspaces = createCache(({ platform, place }: Scope) =>
    repositories.workspaces.getConfiguration(platform, place.workspaceId),
  );

  const rules = createCache(
    ({ platform, place }: Scope) =>
      repositories.workspaces.getConfiguration(platform, place.workspaceId),
    BEGINNINGS_CACHE_MS,
  );

  const userOf = (author: Author) => users.get(author.identity, author);
  const workspaceOf = (scope: Scope) =>
    workspaces.get(`${scope.platform}:${scope.place.workspaceId}`, scope);

  /** Nobody becomes a user by being asked about: a draft outlives who asked for it. */
  async function personOf({ identity }: Author): Promise<UserConfiguration | undefined> {
    const user = await (users.peek(identity) ?? known.get(identity, identity));
    return user && people.get(user.id, user.id);
  }

  async function read(scope: Scope, author: Author, conversation: ThreadSettings) {
    const asked = [workspaceOf(scope), personOf(author), limits.read()] as const;
    const [workspace, person, { spendCapDaily, spendCapMonthly }] = await Promise.all(asked);
    const levels = {
      conversation,
      channel: channelOf(workspace, scope),
      user: person?.settings ?? {},
      workspace: workspace.settings,
      environment: { ...environment, spendCapDaily, spendCapMonthly },
    };
    return { levels, workspace, person };
  }

  const levelsOf: Configuration['levelsOf'] = async (scope, author, conversation) =>
    (await read(scope, author, conversation)).levels;

  async function resolve(scope: Scope, author: Author, conversation: ThreadSettings) {
    const { levels, workspace, person } = await read(scope, author, conversation);
    const settings = resolveSettings(levels, scope.place.visibility !== 'dm');
    const own = settings.personalProviders ? (person?.providers ?? []) : [];
    const configs = [...own, ...workspace.providers];
    const providerConfig = configs.find(({ name }) => name === settings.provider);
    return { ...settings, providerConfig };
  }

  async function providerNames(scope: Scope, author: Author, level: SettingsScope) {
    const [workspace, person] = await Promise.all([workspaceOf(scope), personOf(author)]);
    // What is chosen for a shared thread has to answer everybody in it.
    const direct = level === 'conversation' && scope.place.visibility === 'dm';
    const personal = level === 'user' || direct;
    const stored = [...(personal ? (person?.providers ?? []) : []), ...workspace.providers];
    return [...new Set([...stored.map(({ name }) => name), ...providers])].sort();
  }

  async function trackersOf(scope: Scope, author: Author) {
    const [workspace, person] = await Promise.all([workspaceOf(scope), personOf(author)]);
    return { person: person?.trackers ?? [], workspace: workspace.trackers };
  }

  async function answersEvery(scope: Scope): Promise<boolean> {
    const workspace = await workspaceOf(scope);
    const levels = [channelOf(workspace, scope), workspace.settings, environment];
    return levels.find((level) => level.answer !== undefined)?.answer !== 'mentions';
  }

  async function commentsReplies(scope: Scope): Promise<boolean> {
    const workspace = await workspaceOf(scope);
    const levels = [channelOf(workspace, scope), workspace.settings, environment];
    return levels.find((level) => level.replyComments !== undefined)?.replyComments === true;
  }

  async function beginnings(scope: Scope): Promise<Beginnings> {
    const key = `${scope.platform}:${scope.place.workspaceId}`;
    const workspace = await rules.get(key, scope);
    const levels = [channelOf(workspace, scope), workspace.settings, environment];
    const reaction = levels.find((level) => level.reaction !== undefined)?.reaction;
    return {
      intake: levels.find((level) => level.intake !== undefined)?.intake === true,
      reaction: reaction === 'none' ? undefined : (reaction ?? DEFAULT_REACTION),
    };
  }

  function forget(): void {
    for (const cache of [users, known, people, workspaces, rules]) cache.clear();
    limits.forget();
  }

  return {
    userOf,
    resolve,
    levelsOf,
    trackersOf,
    answersEvery,
    beginnings,
    commentsReplies,
    providerNames,
    forget,
  };
}

function channelOf(workspace: WorkspaceConfiguration, { place }: Scope): Settings {
  return workspace.channels.get(place.channelId) ?? {};
}
