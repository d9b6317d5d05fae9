import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { InvalidInputError } from '../src/core/errors.ts';
import { VARIABLES } from '../src/environment.ts';

const SECRETS_KEY = randomBytes(32).toString('base64');
const toPem = (key: KeyObject) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n');
const PEM = toPem(generateKeyPairSync('ed25519').privateKey);
const RSA_PEM = toPem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const PRODUCTION = {
  NODE_ENV: 'production',
  SECRETS_KEY,
  DYNAMODB_TABLE_NAME: 'prompt-to-issue-prod',
  AWS_REGION: 'eu-central-1',
};

function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

describe('parseConfig', () => {
  it('needs nothing for the embedded defaults', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      http: { host: '127.0.0.1', port: 3000 },
      logLevel: 'info',
      dataDir: '.data',
      table: { kind: 'embedded', name: 'prompt-to-issue-local', region: 'us-east-1' },
      secrets: { oldKeys: [] },
      jwt: undefined,
      slack: undefined,
      discord: undefined,
      providers: { default: 'offline' },
      trackers: { defaultProject: undefined, github: undefined, gitlab: undefined },
      allowPrivateAddresses: false,
      spendCaps: { daily: undefined, monthly: undefined },
      prices: {},
      retentionDays: undefined,
    });
  });

  it("takes the guide's local and production environments as they are written", () => {
    const local = {
      NODE_ENV: 'development',
      DYNAMODB_ENDPOINT: 'http://localhost:8000',
      DYNAMODB_TABLE_NAME: 'prompt-to-issue-local',
      AWS_ACCESS_KEY_ID: 'fakeMyKeyId',
      AWS_SECRET_ACCESS_KEY: 'fakeSecretAccessKey',
      AWS_REGION: 'us-east-1',
      OLLAMA_BASE_URL: 'http://localhost:11434',
    };
    expect(parseConfig(local).table).toEqual({
      kind: 'endpoint',
      endpoint: 'http://localhost:8000',
      name: 'prompt-to-issue-local',
      region: 'us-east-1',
      credentials: { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' },
    });
    const production = { ...PRODUCTION, AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's' };
    expect(parseConfig(production)).toMatchObject({
      production: true,
      http: { host: '0.0.0.0' },
      table: { kind: 'aws', name: 'prompt-to-issue-prod', region: 'eu-central-1' },
    });
  });

  it('names every problem at once, and repeats no value', () => {
    const environment = {
      NODE_ENV: 'production',
      PORT: '70000-value',
      LOG_LEVEL: 'loud-value',
      ALLOW_LOCAL_TABLE: 'maybe-value',
      SECRETS_KEY: 'short-value',
      SLACK_BOT_TOKEN: 'xapp-value',
      GITHUB_APP_ID: '12',
      JWT_SECRET: 'short-value',
      DEFAULT_PROJECT: 'somewhere-value',
    };
    const problems = problemsOf(environment);
    const named = problems.map((problem) => problem.split(' ')[0]);
    expect(named.sort()).toEqual([
      'ALLOW_LOCAL_TABLE',
      'AWS_REGION',
      'DEFAULT_PROJECT',
      'DYNAMODB_TABLE_NAME',
      'GITHUB_APP_PRIVATE_KEY',
      'JWT_SECRET',
      'LOG_LEVEL',
      'PORT',
      'SECRETS_KEY',
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
    ]);
    expect(() => parseConfig(environment)).not.toThrow(/-value/);
  });

  it('takes blank variables as not set', () => {
    const blank = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ' ']));
    expect(parseConfig(blank)).toEqual(parseConfig({}));
  });

  it.each([
    ['not a url', 'OPENAI_BASE_URL must be an http or https address'],
    ['file:///etc/passwd', 'OPENAI_BASE_URL must be an http or https address'],
  ])('refuses %j as a base URL', (value, problem) => {
    expect(problemsOf({ OPENAI_BASE_URL: value }).join()).toContain(problem);
  });

  it.each([
    ['3 days', 1],
    ['0', 1],
    ['30', 0],
  ])('reads %j as days to keep: %d problems', (value, count) => {
    expect(problemsOf({ RETENTION_DAYS: value })).toHaveLength(count);
  });
});

describe('what models cost', () => {
  it('is read from JSON', () => {
    const prices = { 'some-model': { input: 2.5, cachedInput: 0.25, output: 10 } };
    expect(parseConfig({ MODEL_PRICES: JSON.stringify(prices) }).prices).toEqual(prices);
  });

  it.each(['cheap', '[]', '{"m":3}', '{"m":{"input":1}}', '{"m":{"input":-1,"output":1}}'])(
    'is refused when it is %s',
    (value) => {
      expect(problemsOf({ MODEL_PRICES: value })).toEqual([
        expect.stringMatching(/^MODEL_PRICES must be JSON such as .*per million tokens$/),
      ]);
    },
  );
});

describe('how much models take', () => {
  it('is read from JSON', () => {
    const { providers } = parseConfig({ MODEL_CONTEXT_TOKENS: '{"ollama:llama":65536}' });
    expect(providers.contextTokens).toEqual({ 'ollama:llama': 65_536 });
  });

  it.each(['much', '[]', '{"m":"4k"}', '{"m":0}'])('is refused when it is %s', (value) => {
    expect(problemsOf({ MODEL_CONTEXT_TOKENS: value })).toEqual([
      expect.stringMatching(/^MODEL_CONTEXT_TOKENS must be JSON such as .*in tokens$/),
    ]);
  });
});

describe('the table in production', () => {
  it('is refused on this machine, unless that is allowed', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]', '127.1', 'host.docker.internal']) {
      const local = {
        ...PRODUCTION,
        DYNAMODB_ENDPOINT: `http://${host}:8000`,
        AWS_ACCESS_KEY_ID: 'AKIA1',
        AWS_SECRET_ACCESS_KEY: 'real',
      };
      expect(problemsOf(local)).toEqual([expect.stringContaining('ALLOW_LOCAL_TABLE=true')]);
      expect(problemsOf({ ...local, ALLOW_LOCAL_TABLE: 'true' })).toEqual([]);
    }
  });

  it('is refused with fake credentials', () => {
    const fake = { AWS_ACCESS_KEY_ID: 'fakeMyKeyId', AWS_SECRET_ACCESS_KEY: 'fakeSecretAccessKey' };
    expect(problemsOf({ ...PRODUCTION, ...fake })).toEqual([expect.stringContaining('fake')]);
    expect(problemsOf(fake)).toEqual([]);
  });

  it('is in the embedded engine only when that is allowed', () => {
    const { NODE_ENV } = PRODUCTION;
    expect(problemsOf({ NODE_ENV, SECRETS_KEY })).toEqual([
      expect.stringMatching(/^DYNAMODB_TABLE_NAME is missing: .*ALLOW_EMBEDDED_ENGINE=true/),
      expect.stringMatching(/^AWS_REGION is missing/),
    ]);
    const allowed = parseConfig({ NODE_ENV, SECRETS_KEY, ALLOW_EMBEDDED_ENGINE: 'true' });
    expect(allowed.table.kind).toBe('embedded');
  });

  it('wants a key for secrets', () => {
    expect(problemsOf({ ...PRODUCTION, SECRETS_KEY: undefined })).toEqual([
      expect.stringMatching(/^SECRETS_KEY is missing: .*openssl/),
    ]);
  });
});

describe('tokens of the admin API', () => {
  it('come from one place, and from an issuer only with its name and audience', () => {
    const secret = { JWT_SECRET: 's'.repeat(32) };
    expect(parseConfig(secret).jwt).toMatchObject({ kind: 'secret' });
    expect(parseConfig({ JWT_PRIVATE_KEY: PEM }).jwt).toMatchObject({
      kind: 'private-key',
      privateKeys: [PEM.replaceAll('\\n', '\n')],
    });
    expect(problemsOf({ ...secret, JWT_PRIVATE_KEY: PEM })).toHaveLength(1);
    expect(problemsOf({ JWT_JWKS_URL: 'https://id.example.com/keys' })).toHaveLength(2);
  });

  it('are signed with Ed25519 keys only, each of them whole', () => {
    const ec = toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const damaged = PEM.replace('MC4C', 'MC4D');
    const cut = PEM.slice(0, -20);
    for (const key of [RSA_PEM, ec, damaged, cut, 'key', PEM + RSA_PEM, PEM + damaged, PEM + cut]) {
      expect(problemsOf({ JWT_PRIVATE_KEY: key })).toEqual([
        'JWT_PRIVATE_KEY must be Ed25519 keys in PEM form, whole; `openssl genpkey -algorithm ed25519` makes one',
      ]);
    }
    const { jwt } = parseConfig({ JWT_PRIVATE_KEY: PEM + PEM });
    expect(jwt?.kind === 'private-key' && jwt.privateKeys).toHaveLength(2);
  });
});

describe('chat platforms', () => {
  it('reads Slack by socket, by HTTP and for many workspaces', () => {
    const one = { SLACK_BOT_TOKEN: 'xoxb-1' };
    expect(parseConfig({ ...one, SLACK_APP_TOKEN: 'xapp-1' }).slack).toMatchObject({
      connection: { kind: 'socket', appToken: 'xapp-1' },
      workspaces: { kind: 'one', botToken: 'xoxb-1' },
    });
    const many = {
      SLACK_CLIENT_ID: '1.2',
      SLACK_CLIENT_SECRET: 'c',
      SLACK_STATE_SECRET: 's',
      SLACK_SIGNING_SECRET: 'g',
    };
    expect(parseConfig(many).slack).toMatchObject({
      connection: { kind: 'http', signingSecret: 'g' },
      workspaces: { kind: 'many', clientId: '1.2' },
    });
    expect(problemsOf(one)).toEqual([expect.stringContaining('SLACK_SIGNING_SECRET is missing')]);
    expect(problemsOf({ SLACK_APP_TOKEN: 'xapp-1' })).toEqual([
      expect.stringContaining('SLACK_BOT_TOKEN is missing'),
    ]);
  });

  it('reads Discord with its shards', () => {
    const token = { DISCORD_TOKEN: 't' };
    expect(parseConfig(token).discord?.shards).toBe('auto');
    expect(parseConfig({ ...token, DISCORD_SHARDS: '0,1/4' }).discord?.shards).toEqual({
      ids: [0, 1],
      total: 4,
    });
    expect(problemsOf({ ...token, DISCORD_SHARDS: '4/4' })).toHaveLength(1);
    expect(problemsOf({ ...token, DISCORD_SHARDS: 'two' })).toHaveLength(1);
  });
});

describe('providers and trackers', () => {
  it('chooses the first provider that can be called, or the one that was named', () => {
    const keys = { ANTHROPIC_API_KEY: 'a', GOOGLE_API_KEY: 'g' };
    expect(parseConfig(keys).providers.default).toBe('anthropic');
    expect(parseConfig({ ...keys, DEFAULT_PROVIDER: 'google' }).providers.default).toBe('google');
    expect(parseConfig({ OLLAMA_BASE_URL: 'http://localhost:11434' }).providers.default).toBe(
      'offline',
    );
    expect(parseConfig({ OLLAMA_MODEL: 'qwen3' }).providers.default).toBe('ollama');
    expect(problemsOf({ DEFAULT_PROVIDER: 'openai', FALLBACK_PROVIDER: 'ollama' })).toEqual([
      'OPENAI_API_KEY is missing: DEFAULT_PROVIDER is openai',
      'OLLAMA_MODEL is missing: FALLBACK_PROVIDER is ollama',
    ]);
  });

  it('reads GitHub by token or as an app, never both', () => {
    const app = { GITHUB_APP_ID: '12', GITHUB_APP_PRIVATE_KEY: RSA_PEM };
    expect(parseConfig({ GITHUB_TOKEN: 't' }).trackers.github?.access?.kind).toBe('token');
    expect(parseConfig(app).trackers.github?.access?.kind).toBe('app');
    expect(problemsOf({ ...app, GITHUB_TOKEN: 't' })).toHaveLength(1);
  });

  it.each([
    ['of another kind', PEM],
    ['damaged', RSA_PEM.replace('MII', 'MIJ')],
  ])('refuses the key of a GitHub app when it is %s', (_, key) => {
    const app = { GITHUB_APP_ID: '12', GITHUB_APP_PRIVATE_KEY: key };
    expect(problemsOf(app)).toEqual([
      expect.stringMatching(/^GITHUB_APP_PRIVATE_KEY must be the RSA key in PEM form, whole/),
    ]);
  });
});

describe('.env.example', () => {
  it('names the variables that are read, in their order, and is itself valid', () => {
    const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
    const assignments = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('='));
    expect(assignments.map(([name]) => name)).toEqual(Object.keys(VARIABLES));
    const copied = Object.fromEntries(assignments.map(([name = '', value]) => [name, value]));
    expect(parseConfig(copied)).toEqual(parseConfig({}));
  });
});
