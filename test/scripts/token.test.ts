/** `npm run token`: how the first admin gets in, before anybody else is there. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmin } from '../../src/admin/index.ts';
import { type App, createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { silent } from '../core/bots.ts';
import { startEngine, type TestEngine } from '../engine.ts';

const LAUNCHER = new URL('../../scripts/run.mjs', import.meta.url).pathname;
const SCRIPT = new URL('../../scripts/token.ts', import.meta.url).pathname;
const PUBLIC_URL = 'https://bot.example.com';

describe('npm run token', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'token-'));
  let engine: TestEngine;
  let app: App;
  let env: Record<string, string>;

  beforeAll(async () => {
    engine = await startEngine();
    env = {
      ...{ DYNAMODB_ENDPOINT: engine.endpoint, DYNAMODB_TABLE_NAME: `test-${randomUUID()}` },
      ...{ DATA_DIR: dataDir, DEFAULT_PROVIDER: 'offline', PUBLIC_URL },
      SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    app = await createApp({ config: parseConfig(env), log: silent, platforms: [] });
  });
  afterAll(async () => {
    await app?.close(0);
    await engine?.stop();
  });

  function run(args: string[], more: Record<string, string> = {}) {
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { cwd: dataDir, env: { PATH: process.env.PATH, ...env, ...more } };
      execFile(process.execPath, [LAUNCHER, SCRIPT, ...args], options, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  }

  const admin = () => createAdmin({ ...app.admin, addressOf: () => 'here' });

  it('makes the first admin, whose token opens the API of a process on the same table', async () => {
    const { code, stdout, stderr } = await run(['--admin', 'Boss']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^For Boss \(admin, [\w-]+\), 15 min/),
    ]);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const me = await admin().request('/v1/users/me', { headers });
    expect(await me.json()).toMatchObject({ name: 'Boss', role: 'admin' });
    expect((await admin().request('/v1/users', { headers })).status).toBe(200);
    const audit = await admin().request('/v1/audit?platform=api', { headers });
    const { id } = (await app.repositories.users.listUsers({ name: 'Boss' })).items[0] ?? {};
    const { items } = (await audit.json()) as { items: unknown[] };
    expect(items).toMatchObject([
      { actor: 'api::operator', action: 'asked-to-sign-in', subject: `user ${id}: token` },
      { actor: 'api::operator', action: 'created', subject: `user ${id}` },
    ]);
  });

  it('takes the same admin when it is asked again, and nobody who only has the name', async () => {
    await app.repositories.users.createUser({ name: 'Twin', role: 'member' });
    const [first, again] = [await run(['--admin', 'Twin']), await run(['--admin', 'Twin'])];
    expect(again.stderr).toBe(first.stderr);
    const twins = (await app.repositories.users.listUsers({ name: 'Twin' })).items;
    expect(twins.map(({ role }) => role).sort()).toEqual(['admin', 'member']);
    for (const { id } of twins) await app.repositories.users.deleteUser(id);
  });

  it('gives a link to the console that works once, for somebody who is there', async () => {
    const [boss] = (await app.repositories.users.listUsers()).items;
    const { stdout } = await run(['--user', boss?.id ?? '', '--link']);
    expect(stdout).toMatch(/^https:\/\/bot\.example\.com\/sign-in\/[\w-]{43}\n$/);
    const path = new URL(stdout.trim()).pathname;
    const press = () => admin().request(path, { method: 'POST', headers: { origin: PUBLIC_URL } });
    expect((await press()).status).toBe(303);
    expect((await press()).status).toBe(403);
    expect((await app.repositories.users.listUsers()).items).toHaveLength(1);
  });

  it.each([
    [['--user', 'nobody'], {}, '--user: there is no such user'],
    [['--admin', 'Eve', '--minutes', '61'], {}, '--minutes: must be from 1 to 60'],
    [[], {}, 'say whose token it is'],
    [
      ['--user', 'BOSS'],
      {
        ...{ JWT_JWKS_URL: 'https://id.example.com/keys', JWT_ISSUER: 'https://id.example.com' },
        JWT_AUDIENCE: 'bot',
      },
      'use --link',
    ],
  ])('says what is wrong with %j, and makes nobody', async (args, more, sentence) => {
    const [boss] = (await app.repositories.users.listUsers()).items;
    const given = args.map((one) => (one === 'BOSS' ? (boss?.id ?? '') : one));
    const { code, stdout, stderr } = await run(given, more);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(sentence)]);
    expect((await app.repositories.users.listUsers()).items).toHaveLength(1);
  });
});
