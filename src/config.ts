/**
 * The environment as a plain value, checked once at the start. Everything missing or wrong is named
 * at once, in the words of `.env.example`, and no value appears in a message.
 */

import {
  type Check,
  type DiscordConfig,
  type ProvidersConfig,
  type SlackConfig,
  type TrackersConfig,
  toDiscord,
  toProviders,
  toSlack,
  toTrackers,
} from './connections.ts';
import { InvalidInputError } from './core/errors.ts';
import type { Prices } from './core/usage.ts';
import { readVariables } from './environment.ts';
import type { LogLevel } from './log.ts';

export interface Config {
  production: boolean;
  /** Where HTTP listens. Default 127.0.0.1, in production 0.0.0.0; port 3000. */
  http: { host: string; port: number; publicUrl?: string; trustedProxies: number };
  /** Opens `/metrics`; absent: nothing is measured. */
  metricsToken?: string;
  /** Default `info`. */
  logLevel: LogLevel;
  /** What the embedded defaults write. Default `.data`. */
  dataDir: string;
  table: TableConfig;
  secrets: SecretsConfig;
  /** Absent: tokens are signed under a key derived from the secrets key. */
  jwt?: JwtConfig;
  slack?: SlackConfig;
  discord?: DiscordConfig;
  providers: ProvidersConfig;
  trackers: TrackersConfig;
  /** Base URLs that people enter may point into private networks. */
  allowPrivateAddresses: boolean;
  /** US dollars; absent means no cap. */
  spendCaps: { daily?: number; monthly?: number };
  /** What models cost, by model or `provider:model`. Default: none is known. */
  prices: Prices;
  /** Absent: everything is kept. */
  retentionDays?: number;
}

/** Where the table is. The name defaults to `prompt-to-issue-local`, the region to us-east-1. */
export type TableConfig = { name: string; region: string } & (
  | { kind: 'embedded' }
  | { kind: 'endpoint'; endpoint: string; credentials?: AwsCredentials }
  /** Amazon DynamoDB, by the AWS default chain. */
  | { kind: 'aws' }
);

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface SecretsConfig {
  /** Absent outside production only: then a key file under the data directory is used. */
  key?: string;
  oldKeys: string[];
}

export type JwtConfig = { issuer?: string; audience?: string } & (
  | { kind: 'secret'; secret: string }
  | { kind: 'private-key'; privateKeys: [string, ...string[]] }
  | { kind: 'jwks'; url: string }
);

/** Throws `InvalidInputError` with every problem. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const { values, problems, isSet } = readVariables(environment);
  const check: Check = {
    values,
    isSet,
    wrong: (problem) => problems.push(problem),
    need: (name, reason) => {
      if (!isSet(name)) problems.push(`${name} is missing: ${reason}`);
      return values[name];
    },
  };
  const production = values.NODE_ENV === 'production';
  const config: Config = {
    production,
    http: {
      host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
      port: values.PORT ?? 3000,
      publicUrl: values.PUBLIC_URL,
      trustedProxies: values.TRUSTED_PROXIES ?? 0,
    },
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL ?? 'info',
    dataDir: values.DATA_DIR ?? '.data',
    table: toTable(check, production),
    secrets: toSecrets(check, production),
    jwt: toJwt(check),
    slack: toSlack(check),
    discord: toDiscord(check),
    providers: toProviders(check),
    trackers: toTrackers(check),
    allowPrivateAddresses: values.ALLOW_PRIVATE_ADDRESSES ?? false,
    spendCaps: { daily: values.SPEND_CAP_DAILY, monthly: values.SPEND_CAP_MONTHLY },
    prices: values.MODEL_PRICES ?? {},
    retentionDays: values.RETENTION_DAYS,
  };
  if (problems.length > 0) throw new InvalidInputError('configuration', problems);
  return config;
}

function toTable(check: Check, production: boolean): TableConfig {
  const { values, isSet, need } = check;
  const credentials = toCredentials(check);
  if (production) checkProductionTable(check, credentials);
  const place = {
    name: values.DYNAMODB_TABLE_NAME ?? 'prompt-to-issue-local',
    region: values.AWS_REGION ?? 'us-east-1',
  };
  if (isSet('DYNAMODB_ENDPOINT')) {
    return { ...place, kind: 'endpoint', endpoint: values.DYNAMODB_ENDPOINT ?? '', credentials };
  }
  if (!production || values.ALLOW_EMBEDDED_ENGINE) return { ...place, kind: 'embedded' };
  const reason = 'production uses Amazon DynamoDB (or set ALLOW_EMBEDDED_ENGINE=true)';
  need('DYNAMODB_TABLE_NAME', reason);
  need('AWS_REGION', reason);
  return { ...place, kind: 'aws' };
}

function checkProductionTable(
  { values, need, wrong }: Check,
  credentials: AwsCredentials | undefined,
): void {
  const endpoint = values.DYNAMODB_ENDPOINT;
  if (endpoint && values.ALLOW_LOCAL_TABLE) return;
  if (endpoint && isLoopback(endpoint)) {
    wrong(
      'DYNAMODB_ENDPOINT is on this machine, in production: remove it to use Amazon DynamoDB, or set ALLOW_LOCAL_TABLE=true',
    );
  } else if (endpoint) {
    need('AWS_ACCESS_KEY_ID', 'only without DYNAMODB_ENDPOINT is the AWS default chain used');
  }
  if (credentials && isFake(credentials)) {
    wrong(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the fake ones of local development, in production: set real ones, or none to use the role of the machine',
    );
  }
}

function toCredentials({ values, need }: Check): AwsCredentials | undefined {
  if (!values.AWS_ACCESS_KEY_ID && !values.AWS_SECRET_ACCESS_KEY) return undefined;
  const accessKeyId = need('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY is set');
  const secretAccessKey = need('AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID is set');
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return (
    /^(?:localhost|127\.[\d.]+|\[::1?\]|0\.0\.0\.0|host\.docker\.internal)$/.test(hostname) ||
    hostname.endsWith('.localhost')
  );
}

function isFake({ accessKeyId, secretAccessKey }: AwsCredentials): boolean {
  return /^(?:fake|dummy|test|local)/i.test(accessKeyId) || /^fake/i.test(secretAccessKey);
}

function toSecrets({ values, need, isSet }: Check, production: boolean): SecretsConfig {
  const oldKeys = values.SECRETS_KEYS_OLD ?? [];
  if (production) {
    need('SECRETS_KEY', 'it encrypts what people enter; `openssl rand -base64 32` makes one');
  } else if (isSet('SECRETS_KEYS_OLD')) {
    need('SECRETS_KEY', 'SECRETS_KEYS_OLD is set');
  }
  return { key: values.SECRETS_KEY, oldKeys };
}

function toJwt({ values, wrong, need }: Check): JwtConfig | undefined {
  const { JWT_SECRET: secret, JWT_PRIVATE_KEY: privateKeys, JWT_JWKS_URL: url } = values;
  const claims = { issuer: values.JWT_ISSUER, audience: values.JWT_AUDIENCE };
  if ([secret, privateKeys, url].filter(Boolean).length > 1) {
    wrong('JWT_SECRET, JWT_PRIVATE_KEY and JWT_JWKS_URL exclude one another: set one');
  }
  if (secret) return { ...claims, kind: 'secret', secret };
  if (privateKeys) return { ...claims, kind: 'private-key', privateKeys };
  if (!url) return undefined;
  const reason = 'with JWT_JWKS_URL, any token of that issuer would be accepted';
  need('JWT_ISSUER', reason);
  need('JWT_AUDIENCE', reason);
  return { ...claims, kind: 'jwks', url };
}
