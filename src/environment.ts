/**
 * Every environment variable by name, with its form. `.env.example` explains each to people, and a
 * test holds the two together. What depends on several variables at once is in `config.ts`.
 */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { projectRefSchema } from './core/settings.ts';
import { pricesSchema } from './core/usage.ts';
import { LOG_LEVELS } from './log.ts';
import { decodeSecretsKey } from './secrets.ts';

/** The names `DEFAULT_PROVIDER` and `FALLBACK_PROVIDER` may take. */
export const PROVIDERS = ['offline', 'openai', 'anthropic', 'google', 'ollama'] as const;

/** Shards of this process, of all there are; `auto` asks Discord how many and runs them all. */
export type DiscordShards = 'auto' | { ids: number[]; total: number };

const text = z.string();
const flag = z.stringbool({ error: 'must be true or false' });
const url = z
  .url({
    protocol: /^https?$/,
    error: 'must be an http or https address, such as https://example.com',
  })
  .transform((value) => value.replace(/\/+$/, ''));
/** As its SDK takes it: an end slash may matter. */
const baseUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https address, such as https://example.com',
});
const port = z
  .stringFormat('port', /^\d{1,5}$/, { error: 'must be a number from 0 to 65535' })
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a number from 0 to 65535');
const proxies = z
  .stringFormat('proxies', /^\d$/, { error: 'must be a number from 0 to 9' })
  .transform(Number);
const dollars = z
  .stringFormat('amount', /^\d{1,9}(?:\.\d{1,6})?$/, {
    error: 'must be an amount such as 25 or 7.50',
  })
  .transform(Number);
const prices = z
  .string()
  .transform(parseJson)
  .refine(
    (value) => pricesSchema.safeParse(value).success,
    'must be JSON such as {"my-model":{"input":2.5,"cachedInput":0.25,"output":10}}, in US dollars per million tokens',
  )
  .transform((value) => pricesSchema.parse(value));
const contextTokens = z
  .string()
  .transform(parseJson)
  .refine(
    (value) => contextTokensSchema.safeParse(value).success,
    'must be JSON such as {"my-model":32768}, in tokens',
  )
  .transform((value) => contextTokensSchema.parse(value));
const days = z
  .stringFormat('days', /^[1-9]\d{0,4}$/, { error: 'must be a whole number of days, at least 1' })
  .transform(Number);
const beginning = (...prefixes: string[]) =>
  z
    .string()
    .refine(
      (value) => prefixes.some((prefix) => value.startsWith(prefix)),
      `must begin with ${prefixes.join(' or ')}`,
    );
const digits = z.stringFormat('digits', /^\d+$/, { error: 'must be a number' });
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
/** Several keys may stand one after the other. Many places that hold variables allow one line only. */
const privateKeys = (type: 'ed25519' | 'rsa', problem: string) =>
  z
    .string()
    .transform((value) => splitKeys(value.replaceAll('\\n', '\n')))
    .refine((keys) => keys.length > 0 && keys.every((key) => isPrivateKey(key, type)), problem)
    .transform((keys) => keys as [string, ...string[]]);
const PEM_BLOCK = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g;
const secretsKey = z
  .string()
  .refine(isSecretsKey, 'must be 32 bytes in base64; `openssl rand -base64 32` makes one');
const secretsKeys = z
  .string()
  .transform((value) => value.split(',').map((key) => key.trim()))
  .refine(
    (keys) => keys.every(isSecretsKey),
    'must be keys of 32 bytes in base64, joined by commas',
  );
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const shards = z
  .stringFormat('shards', /^(?:auto|\d+(?:,\d+)*\/[1-9]\d*)$/, {
    error: 'must be auto, or shard numbers and their total, such as 0,1/4',
  })
  .transform(toShards)
  .refine(
    (value) => value === 'auto' || value.ids.every((id) => id < value.total),
    'must name shards below the total: 0,1/4 runs the first two of four',
  );

const contextTokensSchema = z.record(z.string(), z.int().min(2_048));

/** By name, in the order of `.env.example`. Each is optional here. */
export const VARIABLES = {
  ALLOW_EMBEDDED_ENGINE: flag,
  ALLOW_LOCAL_TABLE: flag,
  ALLOW_PRIVATE_ADDRESSES: flag,
  SPEND_CAP_DAILY: dollars,
  SPEND_CAP_MONTHLY: dollars,
  MODEL_PRICES: prices,
  MODEL_CONTEXT_TOKENS: contextTokens,
  RETENTION_DAYS: days,

  NODE_ENV: oneOf(['development', 'test', 'production']),
  HOST: text,
  PORT: port,
  PUBLIC_URL: url,
  TRUSTED_PROXIES: proxies,
  METRICS_TOKEN: text.regex(/^[\x21-\x7e]{16,}$/, 'must be 16 characters or more, without spaces'),
  LOG_LEVEL: oneOf(LOG_LEVELS),
  DATA_DIR: text,

  DYNAMODB_ENDPOINT: url,
  DYNAMODB_TABLE_NAME: z.stringFormat('table', /^[\w.-]{3,255}$/, {
    error: 'must be 3 to 255 letters, digits, dots, dashes or underscores',
  }),
  AWS_REGION: z.stringFormat('region', /^[a-z0-9-]+$/, { error: 'must look like us-east-1' }),
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,

  SECRETS_KEY: secretsKey,
  SECRETS_KEYS_OLD: secretsKeys,
  JWT_SECRET: text.min(32, 'must have at least 32 characters'),
  JWT_PRIVATE_KEY: privateKeys(
    'ed25519',
    'must be Ed25519 keys in PEM form, whole; `openssl genpkey -algorithm ed25519` makes one',
  ),
  JWT_JWKS_URL: url,
  JWT_ISSUER: text,
  JWT_AUDIENCE: text,

  SLACK_BOT_TOKEN: beginning('xoxb-', 'xoxe.xoxb-'),
  SLACK_APP_TOKEN: beginning('xapp-'),
  SLACK_SIGNING_SECRET: text,
  SLACK_CLIENT_ID: text,
  SLACK_CLIENT_SECRET: text,
  SLACK_STATE_SECRET: text,
  SLACK_API_URL: baseUrl,

  DISCORD_TOKEN: text,
  DISCORD_APPLICATION_ID: digits,
  DISCORD_SHARDS: shards,
  DISCORD_API_URL: baseUrl,

  DEFAULT_PROVIDER: oneOf(PROVIDERS),
  FALLBACK_PROVIDER: oneOf(PROVIDERS),
  OPENAI_API_KEY: text,
  OPENAI_BASE_URL: baseUrl,
  OPENAI_MODEL: text,
  ANTHROPIC_API_KEY: text,
  ANTHROPIC_BASE_URL: baseUrl,
  ANTHROPIC_MODEL: text,
  GOOGLE_API_KEY: text,
  GOOGLE_BASE_URL: baseUrl,
  GOOGLE_MODEL: text,
  OLLAMA_BASE_URL: baseUrl,
  OLLAMA_MODEL: text,

  DEFAULT_PROJECT: projectRefSchema,
  GITHUB_TOKEN: text,
  GITHUB_API_URL: baseUrl,
  GITHUB_APP_ID: digits,
  GITHUB_APP_PRIVATE_KEY: privateKeys(
    'rsa',
    'must be the RSA key in PEM form, whole, that GitHub makes on the page of the app',
  ).transform(([key]) => key),
  GITHUB_ATTACHMENTS: flag,
  GITHUB_WEBHOOK_SECRET: text,
  GITHUB_WEBHOOK_SECRETS_OLD: list,
  GITLAB_TOKEN: text,
  GITLAB_URL: baseUrl,
  GITLAB_WEBHOOK_SECRET: text,
  GITLAB_WEBHOOK_SECRETS_OLD: list,
};

export type VariableName = keyof typeof VARIABLES;
export type Variables = { [Name in VariableName]?: z.output<(typeof VARIABLES)[Name]> };

export interface ReadVariables {
  /** What is set and well-formed. */
  values: Variables;
  /** Set at all, well-formed or not: what is malformed is not also missing. */
  isSet(name: VariableName): boolean;
  /** One sentence for each malformed variable, without its value. */
  problems: string[];
}

/** Reads each variable by itself. Blank counts as absent, as in `NAME=`. */
export function readVariables(environment: Record<string, string | undefined>): ReadVariables {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const problems: string[] = [];
  const entries = Object.entries(VARIABLES).flatMap(([name, schema]) => {
    const raw = given(name);
    if (raw === undefined) return [];
    const parsed = schema.safeParse(raw);
    if (parsed.success) return [[name, parsed.data] as const];
    problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is malformed'}`);
    return [];
  });
  const values: Variables = Object.fromEntries(entries);
  return { values, problems, isSet: (name) => given(name) !== undefined };
}

/** `undefined` for what is no JSON, which no schema here takes. */
function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** None when something is left over: a key that was cut short. */
function splitKeys(pem: string): string[] {
  return pem.replace(PEM_BLOCK, '').trim() === '' ? (pem.match(PEM_BLOCK) ?? []) : [];
}

function isPrivateKey(pem: string, type: 'ed25519' | 'rsa'): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === type;
  } catch {
    return false;
  }
}

function isSecretsKey(value: string): boolean {
  try {
    decodeSecretsKey(value);
    return true;
  } catch {
    return false;
  }
}

function toShards(value: string): DiscordShards {
  if (value === 'auto') return value;
  const [ids = '', total] = value.split('/');
  return { ids: ids.split(',').map(Number), total: Number(total) };
}
