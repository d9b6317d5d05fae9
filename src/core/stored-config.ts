/** What people connect by themselves: their access to AI vendors and trackers, under a user or a workspace. */
import { z } from 'zod';
import type { PlatformName } from './thread.ts';

/** Whose a config is: it counts for this person, or for everybody in this workspace. */
export type ConfigOwner = { userId: string } | { platform: PlatformName; workspaceId: string };

interface StoredConfig {
  owner: ConfigOwner;
  /** What people choose it by: `openai`, `github`, … or a name of their own, such as `office-vllm`. */
  name: string;
  kind: string;
  baseUrl?: string;
  createdAt: string;
  updatedAt: string;
  /** Grows with every change; a change names the one it saw. */
  revision: number;
}

/** A stored choice of AI vendor. The key is encrypted before it gets here and never read back to people. */
export interface ProviderConfig extends StoredConfig {
  model?: string;
  /** JWE; see `src/secrets.ts`. */
  encryptedKey?: string;
  /** The last four characters, all that is ever shown. */
  keyEnding?: string;
}

/** A stored access to an issue tracker; the token is kept like a provider's key. */
export interface TrackerConfig extends StoredConfig {
  /** Of a GitHub App; the token is then its private key. */
  appId?: string;
  /** On GitHub, files may be put on a branch of the repository. */
  attachments?: boolean;
  encryptedToken?: string;
  tokenEnding?: string;
}

/** Vendors that people can connect. `openai-compatible`: any server that speaks Chat Completions. */
export const PROVIDER_KINDS = [
  'openai',
  'openai-compatible',
  'anthropic',
  'google',
  'ollama',
] as const;

/** Trackers that people can connect. */
export const TRACKER_KINDS = ['github', 'gitlab'] as const;

/** The most configs of one sort that an owner may have. */
export const MAX_CONFIGS = 50;

/** Names mean something else already: no choice of one's own, and the drafter that needs no connection. */
const RESERVED_NAMES = ['default', 'offline'];

export const configNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'must be 1 to 63 small letters, digits, dots, dashes or underscores, and begin with a letter or digit',
  )
  .refine((name) => !RESERVED_NAMES.includes(name), 'is taken');

/** An address of a server, without a slash at its end. Where it leads is checked when it is called. */
export const baseUrlSchema = z
  .string()
  .max(2_000)
  .refine(
    isPlainAddress,
    'must be an http:// or https:// address without a user, a query or a fragment',
  )
  .transform((address) => new URL(address).href.replace(/\/+$/, ''));

function isPlainAddress(address: string): boolean {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && !/[?#]/.test(address);
}

/** Names the owner and the config: what was encrypted for one opens for no other. */
export function secretPurpose(
  entity: 'provider' | 'tracker',
  { owner, name }: Pick<StoredConfig, 'owner' | 'name'>,
): string {
  const whose =
    'userId' in owner ? ['user', owner.userId] : ['workspace', owner.platform, owner.workspaceId];
  return [entity, ...whose, name].map(encodeURIComponent).join('/');
}

/** What may be shown of a secret: its last four characters, or nothing when it is short. */
export function endingOf(secret: string): string {
  return secret.length < 12 ? '' : secret.slice(-4);
}

/** A config as it is to be: owner, times and revision come with the request. */
export type ConfigFields<Config extends StoredConfig> = Omit<
  Config,
  'owner' | 'createdAt' | 'updatedAt' | 'revision'
>;

export type SaveConfigOutcome<Config> =
  | { kind: 'saved'; config: Config }
  /** Somebody was faster, or the name is taken: this is how it stands. */
  | { kind: 'outdated'; config: Config }
  /** The user is gone, or the config that was seen is. */
  | { kind: 'missing' };

export type DeleteConfigOutcome<Config> =
  | { kind: 'deleted' }
  | { kind: 'outdated'; config: Config }
  | { kind: 'missing' };

/** A person's or a workspace's own AI vendors. */
export interface ProviderConfigRepository {
  getProviderConfig(owner: ConfigOwner, name: string): Promise<ProviderConfig | undefined>;
  /** All of the owner, by name. */
  listProviderConfigs(owner: ConfigOwner): Promise<ProviderConfig[]>;
  /** A new one without `seen`; with it, over that revision only. */
  saveProviderConfig(
    owner: ConfigOwner,
    fields: ConfigFields<ProviderConfig>,
    seen?: ProviderConfig,
  ): Promise<SaveConfigOutcome<ProviderConfig>>;
  /** Of the revision seen only. */
  deleteProviderConfig(seen: ProviderConfig): Promise<DeleteConfigOutcome<ProviderConfig>>;
}

/** A person's or a workspace's own accesses to trackers. */
export interface TrackerConfigRepository {
  getTrackerConfig(owner: ConfigOwner, name: string): Promise<TrackerConfig | undefined>;
  /** All of the owner, by name. */
  listTrackerConfigs(owner: ConfigOwner): Promise<TrackerConfig[]>;
  /** A new one without `seen`; with it, over that revision only. */
  saveTrackerConfig(
    owner: ConfigOwner,
    fields: ConfigFields<TrackerConfig>,
    seen?: TrackerConfig,
  ): Promise<SaveConfigOutcome<TrackerConfig>>;
  /** Of the revision seen only. */
  deleteTrackerConfig(seen: TrackerConfig): Promise<DeleteConfigOutcome<TrackerConfig>>;
}
