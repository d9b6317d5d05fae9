/** What the environment connects the bot to: chat platforms, AI providers, issue trackers. */
import type { DiscordShards, PROVIDERS, VariableName, Variables } from './environment.ts';

export type ProviderName = (typeof PROVIDERS)[number];

export interface SlackConfig {
  connection: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string };
  workspaces:
    | { kind: 'one'; botToken: string }
    | { kind: 'many'; clientId: string; clientSecret: string; stateSecret: string };
  apiUrl?: string;
}

export interface DiscordConfig {
  token: string;
  applicationId?: string;
  shards: DiscordShards;
  apiUrl?: string;
}

export interface VendorConfig {
  apiKey?: string;
  baseUrl?: string;
  model?: string;
}

export interface ProvidersConfig {
  /** `DEFAULT_PROVIDER`, else the first that has a key (or Ollama with a model), else `offline`. */
  default: ProviderName;
  /** `DEFAULT_PROVIDER` is set. */
  isExplicit: boolean;
  fallback?: ProviderName;
  /** Tokens of prompt and answer together, by model or `provider:model`; before what a vendor says. */
  contextTokens?: Record<string, number>;
  /** Present when there is enough to call it. */
  openai?: VendorConfig;
  anthropic?: VendorConfig;
  google?: VendorConfig;
  ollama?: { baseUrl?: string; model?: string };
}

/** The current one first, then those of before a rotation. */
export type WebhookSecrets = [string, ...string[]];

export interface TrackersConfig {
  /** `tracker:project`; absent: the composition's choice. */
  defaultProject?: string;
  github?: {
    access?: { kind: 'token'; token: string } | { kind: 'app'; appId: string; privateKey: string };
    apiUrl?: string;
    /** Files from the chat may be put on a branch of the repository. */
    attachments?: boolean;
    webhookSecrets?: WebhookSecrets;
  };
  gitlab?: { token?: string; url?: string; webhookSecrets?: WebhookSecrets };
}

/** The variables as read, and where problems with their combination go. */
export interface Check {
  values: Variables;
  isSet(name: VariableName): boolean;
  wrong(problem: string): void;
  /** The value, or a problem when it is not set. */
  need<Name extends VariableName>(name: Name, reason: string): Variables[Name];
}

const SLACK_NAMES = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
] as const;

export function toSlack(check: Check): SlackConfig | undefined {
  const { values, isSet } = check;
  if (!SLACK_NAMES.some(isSet)) return undefined;
  return {
    connection: toSlackConnection(check),
    workspaces: toSlackWorkspaces(check),
    apiUrl: values.SLACK_API_URL,
  };
}

function toSlackConnection({ values, isSet, need }: Check): SlackConfig['connection'] {
  if (isSet('SLACK_APP_TOKEN')) return { kind: 'socket', appToken: values.SLACK_APP_TOKEN ?? '' };
  const reason = 'Slack needs it over HTTP, or SLACK_APP_TOKEN for Socket Mode';
  return { kind: 'http', signingSecret: need('SLACK_SIGNING_SECRET', reason) ?? '' };
}

function toSlackWorkspaces({ isSet, need }: Check): SlackConfig['workspaces'] {
  if (!isSet('SLACK_CLIENT_ID') && !isSet('SLACK_CLIENT_SECRET')) {
    const reason = 'Slack needs it for one workspace, or SLACK_CLIENT_ID for many';
    return { kind: 'one', botToken: need('SLACK_BOT_TOKEN', reason) ?? '' };
  }
  const reason = 'many Slack workspaces need it';
  return {
    kind: 'many',
    clientId: need('SLACK_CLIENT_ID', reason) ?? '',
    clientSecret: need('SLACK_CLIENT_SECRET', reason) ?? '',
    stateSecret: need('SLACK_STATE_SECRET', reason) ?? '',
  };
}

export function toDiscord({ values, isSet, need }: Check): DiscordConfig | undefined {
  if (!isSet('DISCORD_TOKEN') && !isSet('DISCORD_APPLICATION_ID')) return undefined;
  return {
    token: need('DISCORD_TOKEN', 'Discord needs it') ?? '',
    applicationId: values.DISCORD_APPLICATION_ID,
    shards: values.DISCORD_SHARDS ?? 'auto',
    apiUrl: values.DISCORD_API_URL,
  };
}

export function toProviders(check: Check): ProvidersConfig {
  const { values } = check;
  const vendor = (name: 'OPENAI' | 'ANTHROPIC' | 'GOOGLE'): VendorConfig | undefined => {
    const apiKey = values[`${name}_API_KEY`];
    const baseUrl = values[`${name}_BASE_URL`];
    if (!apiKey && !baseUrl) return undefined;
    return { apiKey, baseUrl, model: values[`${name}_MODEL`] };
  };
  const ollama = { baseUrl: values.OLLAMA_BASE_URL, model: values.OLLAMA_MODEL };
  const vendors = {
    openai: vendor('OPENAI'),
    anthropic: vendor('ANTHROPIC'),
    google: vendor('GOOGLE'),
    ollama: ollama.baseUrl || ollama.model ? ollama : undefined,
  };
  checkChosen(check, 'DEFAULT_PROVIDER', vendors);
  checkChosen(check, 'FALLBACK_PROVIDER', vendors);
  return {
    default: values.DEFAULT_PROVIDER ?? firstReady(vendors) ?? 'offline',
    isExplicit: values.DEFAULT_PROVIDER !== undefined,
    fallback: values.FALLBACK_PROVIDER,
    contextTokens: values.MODEL_CONTEXT_TOKENS,
    ...vendors,
  };
}

type Vendors = Pick<ProvidersConfig, 'openai' | 'anthropic' | 'google' | 'ollama'>;

function checkChosen(
  { values, isSet, wrong }: Check,
  variable: 'DEFAULT_PROVIDER' | 'FALLBACK_PROVIDER',
  vendors: Vendors,
): void {
  const name = values[variable];
  if (name === undefined || name === 'offline' || vendors[name]) return;
  const needed =
    name === 'ollama' ? 'OLLAMA_MODEL' : (`${name.toUpperCase()}_API_KEY` as VariableName);
  if (!isSet(needed)) wrong(`${needed} is missing: ${variable} is ${name}`);
}

function firstReady({ openai, anthropic, google, ollama }: Vendors): ProviderName | undefined {
  if (openai?.apiKey) return 'openai';
  if (anthropic?.apiKey) return 'anthropic';
  if (google?.apiKey) return 'google';
  return ollama?.model ? 'ollama' : undefined;
}

export function toTrackers(check: Check): TrackersConfig {
  const { values } = check;
  const github = {
    access: toGitHubAccess(check),
    apiUrl: values.GITHUB_API_URL,
    attachments: values.GITHUB_ATTACHMENTS,
    webhookSecrets: toWebhookSecrets(check, 'GITHUB'),
  };
  const gitlab = {
    token: values.GITLAB_TOKEN,
    url: values.GITLAB_URL,
    webhookSecrets: toWebhookSecrets(check, 'GITLAB'),
  };
  return {
    defaultProject: values.DEFAULT_PROJECT,
    github: hasAny(github) ? github : undefined,
    gitlab: hasAny(gitlab) ? gitlab : undefined,
  };
}

function toWebhookSecrets(
  { values, isSet, need }: Check,
  tracker: 'GITHUB' | 'GITLAB',
): WebhookSecrets | undefined {
  const former = values[`${tracker}_WEBHOOK_SECRETS_OLD`] ?? [];
  if (former.length > 0) {
    need(`${tracker}_WEBHOOK_SECRET`, `${tracker}_WEBHOOK_SECRETS_OLD is set`);
  }
  if (!isSet(`${tracker}_WEBHOOK_SECRET`)) return undefined;
  return [values[`${tracker}_WEBHOOK_SECRET`] ?? '', ...former];
}

function toGitHubAccess({ values, isSet, need, wrong }: Check) {
  const token = values.GITHUB_TOKEN;
  if (!isSet('GITHUB_APP_ID') && !isSet('GITHUB_APP_PRIVATE_KEY')) {
    return token ? { kind: 'token' as const, token } : undefined;
  }
  if (token) wrong('GITHUB_TOKEN and GITHUB_APP_ID exclude one another: set one');
  const appId = need('GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY is set') ?? '';
  const privateKey = need('GITHUB_APP_PRIVATE_KEY', 'GITHUB_APP_ID is set') ?? '';
  return { kind: 'app' as const, appId, privateKey };
}

function hasAny(value: object): boolean {
  return Object.values(value).some((each) => each !== undefined);
}
