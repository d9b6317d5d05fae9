/** The promises of the document the project grew from, S1 to S10: each by its name, on the guide's own words. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDbView } from '../scripts/db-view-app.ts';
import { createTableView } from '../scripts/db-view-table.ts';
import { createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import type { Repositories } from '../src/core/repositories.ts';
import { createRepositories, createTable, type Table } from '../src/db/index.ts';
import { VARIABLES } from '../src/environment.ts';
import { createProviders } from '../src/providers/index.ts';
import { createTrackers } from '../src/trackers/index.ts';
import { silent } from './core/bots.ts';
import { startEngine, type TestEngine } from './engine.ts';

const ROOT = join(import.meta.dirname, '..');
const TABLE = 'prompt-to-issue-local';

/** The guide's `.env.local`; the engine of this test listens elsewhere than on port 8000. */
const guideEnvironment = (endpoint: string) => ({
  NODE_ENV: 'development',
  DYNAMODB_ENDPOINT: endpoint,
  DYNAMODB_TABLE_NAME: TABLE,
  AWS_ACCESS_KEY_ID: 'fakeMyKeyId',
  AWS_SECRET_ACCESS_KEY: 'fakeSecretAccessKey',
  AWS_REGION: 'us-east-1',
  OLLAMA_BASE_URL: 'http://localhost:11434',
});

/** The guide's section on production. */
const GUIDE_PRODUCTION = {
  NODE_ENV: 'production',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAREALACCESSKEY000',
  AWS_SECRET_ACCESS_KEY: 'a-real-secret-access-key',
  DYNAMODB_TABLE_NAME: 'prompt-to-issue-prod',
};
const SECRETS_KEY = Buffer.alloc(32, 1).toString('base64');

describe('the seed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seed-'));
  const printed: string[] = [];
  let engine: TestEngine;
  let table: Table;
  let repositories: Repositories;

  /** In a folder with the guide's `.env.local` and nothing else in the environment. */
  function run(file: string): Promise<string> {
    const args = [join(ROOT, 'scripts/run.mjs'), resolve(ROOT, file)];
    const env = { PATH: process.env.PATH };
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) =>
        error ? reject(new Error(stderr)) : resolve(stdout),
      );
    });
  }

  beforeAll(async () => {
    engine = await startEngine();
    const lines = Object.entries(guideEnvironment(engine.endpoint)).map((pair) => pair.join('='));
    writeFileSync(join(folder, '.env.local'), lines.join('\n'));
    // `npm run db:setup` is these two, one after the other.
    printed.push(await run('scripts/dynamodb-setup.ts'), await run('scripts/db-seed.ts'));
    table = createTable({ tableName: TABLE, region: 'us-east-1', endpoint: engine.endpoint });
    repositories = createRepositories(table);
  });
  afterAll(async () => {
    table.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  async function keysUnder(partition: string): Promise<string[]> {
    const { Items = [] } = await table.documents.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'PK = :pk',
        ExpressionAttributeValues: { ':pk': partition },
      }),
    );
    return Items.map(({ SK }) => String(SK));
  }

  it('S1: one table with PK and SK, and GSI1 on GSI1PK and GSI1SK, called prompt-to-issue-local', async () => {
    expect(parseConfig({}).table.name).toBe(TABLE);
    const described = await table.documents.send(new DescribeTableCommand({ TableName: TABLE }));
    const names = (keys: { AttributeName?: string | undefined }[] = []) =>
      keys.map(({ AttributeName }) => AttributeName);
    expect(names(described.Table?.KeySchema)).toEqual(['PK', 'SK']);
    const indexes = described.Table?.GlobalSecondaryIndexes ?? [];
    expect(indexes.map(({ IndexName }) => IndexName)).toEqual(['GSI1']);
    expect(names(indexes[0]?.KeySchema)).toEqual(['GSI1PK', 'GSI1SK']);
  });

  it("S2: the six entities lie under the guide's keys", async () => {
    await repositories.users.saveSettings('demo', { mode: 'assistant' });
    const config = { name: 'openai', kind: 'openai' };
    await repositories.providerConfigs.saveProviderConfig({ userId: 'demo' }, config);
    const [conversation] = (await repositories.conversations.listConversations('demo')).items;
    const { id = '', createdAt } = conversation ?? {};
    const own = await keysUnder('USER#demo');
    for (const key of ['PROFILE', 'SETTINGS', 'PROVIDER#openai']) expect(own).toContain(key);
    expect(own).toContain(`CONV#${createdAt}#${id}`);
    const said = await keysUnder(`CONV#${id}`);
    expect(said).toContainEqual(expect.stringMatching(/^MSG#2026-01-12T09:00:00\.000Z#demo-1$/));
    expect(said.filter((key) => key.startsWith('TICKET#')).length).toBeGreaterThan(1);
  });

  it("S3: the five repositories, with the guide's example calls", async () => {
    const example = `
      import * as db from ${JSON.stringify(join(ROOT, 'src/db/index.ts'))};
      const user = await new db.UserRepository().getUserById('demo');
      const [conversation] = await new db.ConversationRepository().getUserConversations('demo');
      const messages = await new db.MessageRepository().getConversationMessages(conversation.id);
      const tickets = await new db.TicketRepository().listTickets(conversation.id);
      const configs = await new db.ProviderConfigRepository().listProviderConfigs({ userId: 'demo' });
      console.log(user.name, messages.length, tickets.items.length > 0, Array.isArray(configs));`;
    writeFileSync(join(folder, 'example.ts'), example);
    expect(await run(join(folder, 'example.ts'))).toBe('Demo User 4 true true\n');
  });

  it('S4: the scripts are there by their names, and start what exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['dynamodb:start', 'dynamodb:setup', 'db:seed', 'dev']) {
      const file = scripts[name]?.split(' ').at(-1) ?? 'nothing';
      expect([name, existsSync(join(ROOT, file))]).toEqual([name, true]);
    }
    expect(scripts['db:setup']).toBe('npm run dynamodb:setup && npm run db:seed');
  });

  it('S5: a demo user, a conversation, messages and tickets are put into it', async () => {
    expect(printed[0]).toMatch(/^Table prompt-to-issue-local created/);
    expect(printed[1]).toContain('with a conversation, messages and tickets, stored');
    expect(await repositories.users.getUserById('demo')).toMatchObject({ name: 'Demo User' });
    expect((await repositories.conversations.listConversations('demo')).items).toHaveLength(1);
  });

  it("S6: the guide's variables from .env.local decide; .env.example documents every one", () => {
    // The scripts above ran with nothing but that file, and reached the engine it names.
    expect(printed.join('')).toContain(engine.endpoint);
    const documented = readFileSync(join(ROOT, '.env.example'), 'utf8');
    for (const name of [...Object.keys(guideEnvironment('')), ...Object.keys(VARIABLES)]) {
      expect([name, new RegExp(`^${name}=`, 'm').test(documented)]).toEqual([name, true]);
    }
  });

  it('S7: local or AWS by variables alone; production refuses fake credentials and a table on this machine', () => {
    const local = guideEnvironment('http://localhost:8000');
    expect(parseConfig(local).table).toMatchObject({ kind: 'endpoint', name: TABLE });
    const production = { ...GUIDE_PRODUCTION, SECRETS_KEY };
    expect(parseConfig(production).table).toMatchObject({
      kind: 'aws',
      name: 'prompt-to-issue-prod',
      region: 'us-east-1',
    });
    expect(() => parseConfig({ ...local, NODE_ENV: 'production', SECRETS_KEY })).toThrow(
      /DYNAMODB_ENDPOINT is on this machine[\s\S]*fake ones/,
    );
    const told = { ...local, NODE_ENV: 'production', SECRETS_KEY, ALLOW_LOCAL_TABLE: 'true' };
    expect(() => parseConfig(told)).not.toThrow();
  });

  it('S8: OpenAI, Anthropic, Google and Ollama; GitHub and GitLab; JWT', async () => {
    const config = parseConfig({
      ...guideEnvironment(engine.endpoint),
      ...{ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', GOOGLE_API_KEY: 'k', OLLAMA_MODEL: 'm' },
      ...{ GITHUB_TOKEN: 't', GITLAB_TOKEN: 't', DATA_DIR: folder },
      JWT_SECRET: 'the secret of the guide, 32 characters',
    });
    const app = await createApp({ config, log: silent, platforms: [] });
    try {
      const { names } = await createProviders(config.providers);
      for (const name of ['openai', 'anthropic', 'google', 'ollama']) expect(names).toContain(name);
      const trackers = createTrackers(config);
      expect((await trackers.choose('github:acme/shop')).name).toBe('github');
      expect((await trackers.choose('gitlab:acme/shop')).name).toBe('gitlab');
      const token = (await app.tokens.issue?.('demo', 5)) ?? '';
      expect(await app.tokens.verify(token)).toBe('demo');
      expect(await app.tokens.verify(`${token}x`)).toBeUndefined();
    } finally {
      await app.close(0);
    }
  });

  it('S9: the table can be looked at in a browser', async () => {
    const view = createTableView(table);
    const app = createDbView({ view, tableName: TABLE, place: engine.endpoint, browse: true });
    const response = await app.request('/?pk=USER%23demo', { headers: { host: 'localhost' } });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('PROFILE');
  });

  it('S10: a shared conversation is found over GSI1, and only while it is shared', async () => {
    const { conversations } = repositories;
    const [conversation] = (await conversations.listConversations('demo')).items;
    const key = {
      userId: 'demo',
      createdAt: conversation?.createdAt ?? '',
      conversationId: conversation?.id ?? '',
    };
    await conversations.share(key, 'share-1');
    const { Items = [] } = await table.documents.send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :share',
        ExpressionAttributeValues: { ':share': 'SHARE#share-1' },
      }),
    );
    expect(Items.map(({ GSI1SK }) => GSI1SK)).toEqual([`CONV#${key.conversationId}`]);
    const found = await conversations.getSharedConversation('share-1');
    expect(found?.id).toBe(key.conversationId);
    await conversations.unshare(key);
    expect(await conversations.getSharedConversation('share-1')).toBeUndefined();
  });
});
