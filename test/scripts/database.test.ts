import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTable } from '../../src/db/client.ts';
import { findRunningEngine, stopEngine, useEngine } from '../../src/db/engine.ts';
import { createRepositories } from '../../src/db/index.ts';
import { findFreePort, startEngine, type TestEngine } from '../engine.ts';

const LAUNCHER = new URL('../../scripts/run.mjs', import.meta.url).pathname;
const SCRIPTS = new URL('../../scripts/', import.meta.url).pathname;

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'scripts-'));
});

afterEach(async () => {
  await stopEngine({ dataDir });
  rmSync(dataDir, { recursive: true });
});

/** Runs a script in an empty folder, so that no `.env` of this checkout is read. */
function run(script: string, env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [LAUNCHER, join(SCRIPTS, script)],
      { cwd: dataDir, env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function dump(): Promise<Record<string, unknown>[]> {
  const engine = await useEngine({ dataDir });
  const table = createTable({
    tableName: 'prompt-to-issue-local',
    region: 'us-east-1',
    endpoint: engine.endpoint,
  });
  const { Items = [] } = await table.documents.send(new ScanCommand({ TableName: table.name }));
  table.close();
  await engine.release();
  return Items.sort((one, other) => `${one.PK}${one.SK}`.localeCompare(`${other.PK}${other.SK}`));
}

describe('dynamodb:setup and db:seed', () => {
  it('make the table and the demo data, and change nothing the second time', async () => {
    expect((await run('dynamodb-setup.ts')).stdout).toMatch(/^Table prompt-to-issue-local created/);
    expect((await run('dynamodb-setup.ts')).stdout).toMatch(/is there already/);
    expect(await run('db-seed.ts')).toMatchObject({ code: 0, stderr: '' });
    const first = await dump();
    expect((await run('db-seed.ts')).stdout).toMatch(/is there already/);
    expect(await dump()).toEqual(first);
  });

  it('make what the guide promises: a demo user, a conversation, messages and tickets', async () => {
    await run('db-seed.ts');
    const engine = await useEngine({ dataDir });
    const table = createTable({
      tableName: 'prompt-to-issue-local',
      region: 'us-east-1',
      endpoint: engine.endpoint,
    });
    const { users, conversations, messages, tickets, threads } = createRepositories(table);
    expect(await users.getUserById('demo')).toMatchObject({ name: 'Demo User', status: 'active' });
    const { items } = await conversations.listConversations('demo');
    expect(items).toHaveLength(1);
    const id = items[0]?.id ?? '';
    expect((await messages.listMessages(id)).items.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const drafts = (await tickets.listTickets(id)).items;
    expect(drafts.map(({ ordinal }) => ordinal).sort()).toEqual([1, 2, 3]);
    const state = await threads.get(id);
    expect(state).toMatchObject({ waiting: [], ticketCount: 3 });
    expect(state?.claim).toBeUndefined();
    table.close();
    await engine.release();
  });

  it('seeds once when two run at the same time', async () => {
    await run('dynamodb-setup.ts');
    const outcomes = await Promise.all([run('db-seed.ts'), run('db-seed.ts')]);
    expect(outcomes.some(({ code }) => code === 0)).toBe(true);
    for (const { code, stderr } of outcomes.filter((outcome) => outcome.code !== 0)) {
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('run this again'),
      });
    }
    const messages = (await dump()).filter(({ SK }) => String(SK).startsWith('MSG#'));
    expect(messages).toHaveLength(4);
  });
});

describe('in production', () => {
  const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');
  let engine: TestEngine;
  let env: Record<string, string>;

  beforeEach(async () => {
    engine = await startEngine();
    env = {
      ...{ NODE_ENV: 'production', SECRETS_KEY, DEFAULT_PROJECT: 'github:acme/shop' },
      ...{ AWS_REGION: 'us-east-1', DYNAMODB_TABLE_NAME: 'bot' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's' },
      // The SDK's own way to another address; the product takes it for Amazon's.
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    };
  });
  afterEach(() => engine.stop());

  const makeTable = (GSI1SK: string) => {
    const table = createTable({ tableName: 'bot', region: 'us-east-1', endpoint: engine.endpoint });
    const names = ['PK', 'SK', 'GSI1PK', GSI1SK];
    const keysOf = ([hash, range]: string[]) => [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ];
    const made = table.documents.send(
      new CreateTableCommand({
        TableName: table.name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keysOf(names),
        AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'GSI1',
            KeySchema: keysOf(names.slice(2)),
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    return made.finally(() => table.close());
  };

  it('no demo data is stored', async () => {
    const outcome = await run('db-seed.ts', env);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^db:seed: .*not for production; npm run dynamodb:setup/);
  });

  it('doctor says how a missing table is made, without demo data', async () => {
    const { stdout } = await run('doctor.ts', env);
    expect(stdout).toMatch(/^wrong +table +bot is not there; npm run dynamodb:setup makes it$/m);
    await run('dynamodb-setup.ts', env);
    expect((await run('doctor.ts', env)).stdout).toMatch(/^ok +table +bot, active$/m);
  });

  it('doctor looks at the keys, the index and the time to live of the table', async () => {
    await makeTable('GSI1');
    expect((await run('doctor.ts', env)).stdout).toMatch(
      /^wrong +table +bot is not one of ours: its index GSI1 is .*; set DYNAMODB_TABLE_NAME$/m,
    );
  });

  it('doctor says how the time to live of a restored table is switched on', async () => {
    await makeTable('GSI1SK');
    expect((await run('doctor.ts', env)).stdout).toMatch(
      /^wrong +table +bot keeps what has expired; npm run dynamodb:setup switches/m,
    );
  });

  it('doctor does not ask for a folder that nothing needs, and looks at the table without it', async () => {
    await run('dynamodb-setup.ts', env);
    const file = join(dataDir, 'file');
    writeFileSync(file, '', { mode: 0o600 });
    const closed = { ...env, DATA_DIR: join(file, 'data') };
    const { stdout } = await run('doctor.ts', closed);
    expect(stdout).toMatch(/^note +data .*nothing that is set here needs it$/m);
    expect(stdout).toMatch(/^ok +table +bot, active$/m);
    const none = await run('doctor.ts', { ...closed, DEFAULT_PROJECT: '' });
    expect(none.stdout).toMatch(/^note +data .*nothing that is set here needs it$/m);
    const local = await run('doctor.ts', { ...closed, DEFAULT_PROJECT: 'local:issues' });
    expect(local.stdout).toMatch(/^wrong +data .*set DATA_DIR to another folder$/m);
    expect(local.stdout).toMatch(/^ok +table +bot, active$/m);
  });
});

describe('dynamodb:start and dynamodb:stop', () => {
  it('start once, say so the second time, and stop', async () => {
    const port = await findFreePort();
    const env = { DYNAMODB_ENDPOINT: `http://localhost:${port}` };
    const first = await run('dynamodb-start.ts', env);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`started in the background at http://localhost:${port}`);
    expect((await run('dynamodb-start.ts', env)).stdout).toContain(
      `runs already at http://localhost:${port}`,
    );
    expect((await run('dynamodb-setup.ts', env)).stdout).toContain(`(http://localhost:${port})`);
    expect((await run('dynamodb-stop.ts', env)).stdout).toContain('stopped');
    expect(await findRunningEngine(dataDir)).toBeUndefined();
    expect(await run('dynamodb-stop.ts', env)).toMatchObject({ code: 0 });
  });

  it('refuses to start an engine on another machine', async () => {
    const env = { DYNAMODB_ENDPOINT: 'https://dynamodb.eu-central-1.amazonaws.com' };
    const outcome = await run('dynamodb-start.ts', env);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^DYNAMODB_ENDPOINT is [^\n]* not on this machine[^\n]*\n$/);
  });
});

describe('doctor', () => {
  it('is content with nothing configured, and makes nothing', async () => {
    const outcome = await run('doctor.ts');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toContain('\nReady.\n');
    expect(await findRunningEngine(dataDir)).toBeUndefined();
  });

  it('says what to do about each thing that is wrong', async () => {
    const env = { DYNAMODB_ENDPOINT: `http://localhost:${await findFreePort()}` };
    const unreachable = await run('doctor.ts', { ...env, DEFAULT_PROJECT: 'github:acme/shop' });
    expect(unreachable.code).toBe(1);
    expect(unreachable.stdout).toMatch(/^wrong +engine .*npm run dynamodb:start/m);
    expect(unreachable.stdout).toMatch(/^wrong +tracker .*GITHUB_TOKEN/m);
    const capped = { SPEND_CAP_DAILY: '0', OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' };
    const refused = { OPENAI_BASE_URL: env.DYNAMODB_ENDPOINT };
    const unpriced = await run('doctor.ts', { ...env, ...capped, ...refused });
    expect(unpriced.stdout).toMatch(/^wrong +spending .*the price of openai:m; set MODEL_PRICES/m);
    const misconfigured = await run('doctor.ts', { PORT: 'x', LOG_LEVEL: 'loud' });
    expect(misconfigured.code).toBe(1);
    expect(misconfigured.stdout.match(/^wrong +configuration/gm)).toHaveLength(2);
  });
});
