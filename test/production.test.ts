/** The policy in `docs/production.md` against the requests that the product makes: no more and no less. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../src/admin/index.ts';
import { type App, createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { Command } from '../src/core/action.ts';
import { conversationIdOf } from '../src/core/thread.ts';
import { place, silent, thread } from './core/bots.ts';
import { startEngine, type TestEngine } from './engine.ts';
import { type GuardedTable, guardTable, type Statement } from './fakes/guarded-table.ts';
import { createRecordingPlatform } from './fakes/recording-platform.ts';

const ROOT = join(import.meta.dirname, '..');
const [REGION, ACCOUNT] = ['eu-central-1', '123456789012'];
const ann = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' } as const;
const ben = { identity: 'terminal:w:ben', name: 'Ben', standing: 'member' } as const;

/** What AWS asks for each of the SDK's commands; a transaction needs the actions of its parts. */
const ACTIONS: Record<string, string[]> = {
  BatchGetCommand: ['BatchGetItem'],
  BatchWriteCommand: ['BatchWriteItem'],
  DeleteCommand: ['DeleteItem'],
  GetCommand: ['GetItem'],
  PutCommand: ['PutItem'],
  QueryCommand: ['Query'],
  TransactWriteCommand: ['ConditionCheckItem', 'DeleteItem', 'PutItem', 'UpdateItem'],
  UpdateCommand: ['UpdateItem'],
};
/** Make the table; that the process does not send them to Amazon's DynamoDB, the story below shows. */
const SETUP = [
  ...['CreateTableCommand', 'DescribeTableCommand'],
  ...['DescribeTimeToLiveCommand', 'UpdateTimeToLiveCommand'],
];

function readPolicy(table = 'TABLE'): { Version: string; Statement: Statement[] } {
  const document = readFileSync(join(ROOT, 'docs', 'production.md'), 'utf8');
  const json = /```json\n([\s\S]*?)```/.exec(document)?.[1] ?? '{}';
  const filled = json
    .replaceAll('REGION', REGION)
    .replaceAll('ACCOUNT', ACCOUNT)
    .replaceAll('TABLE', table);
  return JSON.parse(filled);
}

/** Every command of the SDK that the product's files import, and where. */
function readCommands() {
  const folders = ['src', 'adapters'].map((name) => join(ROOT, name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return files.flatMap((file) => {
    const imports = readFileSync(file, 'utf8').matchAll(
      /import\s*\{([^}]*)\}\s*from '@aws-sdk\/[^']+'/g,
    );
    const names = [...imports].flatMap(([, list = '']) => list.match(/\b\w+Command\b/g) ?? []);
    return names.map((command) => ({ command, file: relative(ROOT, file) }));
  });
}

describe('the policy for production', () => {
  it('is two statements: what may be done to the table, and that the index may be queried', () => {
    const { Version, Statement: statements } = readPolicy();
    const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/TABLE`;
    expect(Version).toBe('2012-10-17');
    expect(statements).toEqual([
      { Effect: 'Allow', Action: expect.any(Array), Resource: table },
      { Effect: 'Allow', Action: ['dynamodb:Query'], Resource: `${table}/index/GSI1` },
    ]);
    for (const action of statements[0]?.Action ?? []) expect(action).toMatch(/^dynamodb:[A-Z]\w+$/);
  });

  it('allows every command that any file of the product imports, and nothing else', () => {
    const commands = readCommands();
    expect(commands.length).toBeGreaterThan(10);
    const sent = commands.filter(({ command }) => !SETUP.includes(command));
    expect(sent.filter(({ command }) => !(command in ACTIONS))).toEqual([]);
    const needed = [...new Set(sent.flatMap(({ command }) => ACTIONS[command] ?? []))].sort();
    const [table] = readPolicy().Statement;
    expect(table?.Action.map((action) => action.replace('dynamodb:', '')).sort()).toEqual(needed);
    const setup = commands.filter(({ command }) => SETUP.includes(command));
    expect(new Set(setup.map(({ file }) => file))).toEqual(new Set(['src/db/table.ts']));
  });
});

describe('the product on a table that allows what the policy says', () => {
  let engine: TestEngine;
  let guarded: GuardedTable;
  let app: App;
  const name = `test-${randomUUID()}`;
  const policy = readPolicy(name).Statement;

  beforeAll(async () => {
    engine = await startEngine();
    await engine.table(name);
    guarded = await guardTable({
      ...{ endpoint: engine.endpoint, region: REGION, account: ACCOUNT, policy },
    });
    // The SDK's own variables: the product is configured as it is on AWS, without an endpoint.
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', guarded.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const config = parseConfig({
      ...{ NODE_ENV: 'production', DYNAMODB_TABLE_NAME: name, AWS_REGION: REGION },
      ...{ SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'), DEFAULT_PROVIDER: 'offline' },
      ...{ PUBLIC_URL: 'https://bot.example.com', RETENTION_DAYS: '30' },
      ...{ DATA_DIR: mkdtempSync(join(tmpdir(), 'production-')), DEFAULT_PROJECT: 'local:issues' },
    });
    expect(config.table.kind).toBe('aws');
    app = await createApp({ config, log: silent, platforms: [createRecordingPlatform()] });
  });
  afterAll(async () => {
    await app?.close(0);
    await guarded?.stop();
    vi.unstubAllEnvs();
    await engine?.stop();
  });

  async function say(id: string, text: string, author = ann as typeof ann | typeof ben) {
    const at = { id, sentAt: new Date().toISOString(), thread, place, author, text };
    await app.bot.handleMessage({ ...at, addressed: true, topLevel: false });
    await app.bot.idle();
  }

  const command = (what: Command) =>
    app.bot.handleAction({ thread, place, actor: ann, command: what });

  /** As an admin, over the API. */
  async function asAdmin() {
    const admin = createAdmin({ ...app.admin, addressOf: () => 'here' });
    const made = await app.repositories.users.createUser({ name: 'Boss', role: 'admin' });
    if (made.kind !== 'created') throw new Error(made.kind);
    const authorization = `Bearer ${await app.tokens.issue?.(made.user.id, 5)}`;
    return async function ask(method: string, path: string, body?: object) {
      const headers = { authorization, 'content-type': 'application/json' };
      const sent = body ? { body: JSON.stringify(body) } : {};
      const { status } = await admin.request(path, { method, headers, ...sent });
      expect([path, status < 300]).toEqual([path, true]);
    };
  }

  it('works without a single refusal, and asks for everything that is allowed', async () => {
    const ask = await asAdmin();
    await ask('GET', '/readyz');
    await say('m1', 'The export drops the last row when a filter is set.');
    await say('m2', 'I see that too, with two filters.', ben);
    expect(await command({ kind: 'approve-all' })).toMatchObject({ kind: 'done' });
    for (const kind of ['share', 'unshare', 'archive', 'sign-in', 'link'] as const) {
      expect(await command({ kind })).toMatchObject({ kind: 'done' });
    }
    const owner = await app.repositories.users.getUserByIdentity(ann.identity);
    const conversation = `/v1/conversations/${conversationIdOf(thread)}`;
    await ask('GET', '/v1/users?name=a');
    await ask('PUT', `/v1/users/${owner?.id}/identities/slack:T1:U1`);
    await ask('DELETE', `/v1/users/${owner?.id}/identities/slack:T1:U1`);
    await ask('PUT', '/v1/users/me/providers/office', { kind: 'openai', apiKey: 'sk-0123456789' });
    await ask('DELETE', '/v1/users/me/providers/office');
    await ask('PATCH', '/v1/workspaces/slack/T1/settings', { mode: 'ticket' });
    await ask('GET', `${conversation}/tickets`);
    await ask('GET', '/v1/audit?platform=api');
    await app.bot.resumePending();
    await ask('DELETE', `/v1/users/${owner?.id}`);
    await ask('DELETE', conversation);
    await app.bot.close(0);

    expect(guarded.refused).toEqual([]);
    const allowed = policy.flatMap(({ Action, Resource }) =>
      Action.map((action) => `${action} ${Resource}`),
    );
    expect([...guarded.asked].sort()).toEqual(allowed.sort());
  });
});
