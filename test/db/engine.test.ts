import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRunningEngine, pinEngine, stopEngine, useEngine } from '../../src/db/engine.ts';
import { findProcesses } from '../../src/db/engine-process.ts';
import { choosePort } from '../../src/db/engine-start.ts';

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'engine-')));
});

afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  await stopEngine({ dataDir });
  expect(enginesOf(dataDir)).toEqual([]);
  rmSync(dataDir, { recursive: true });
});

const enginesOf = (directory: string) => findProcesses(`--db-path ${join(directory, 'engine.db')}`);

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Another process that uses the engine until `leave` is called or it is killed. */
async function startUser(directory: string) {
  const program = `
    import { useEngine } from ${JSON.stringify(new URL('../../src/db/engine.ts', import.meta.url).href)};
    const use = await useEngine({ dataDir: ${JSON.stringify(directory)} });
    console.log(JSON.stringify({ endpoint: use.endpoint, pid: use.pid, shared: use.shared }));
    process.stdin.once('data', () => use.release().then(() => process.exit()));
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  const use: { endpoint: string; pid: number; shared: boolean } = JSON.parse(line);
  return {
    ...use,
    async leave() {
      child.stdin.write('leave\n');
      await once(child, 'exit');
    },
    kill: () => end(child),
  };
}

function connect(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

async function listTables(endpoint: string): Promise<string[] | undefined> {
  return (await connect(endpoint).send(new ListTablesCommand())).TableNames;
}

async function createTable(endpoint: string, name: string): Promise<void> {
  await connect(endpoint).send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
    }),
  );
}

describe('useEngine', () => {
  it('starts an engine, keeps what was written, and stops it at the end', async () => {
    const use = await useEngine({ dataDir });
    expect(use).toMatchObject({ engine: 'dynoxide', shared: false });
    expect(use.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await createTable(use.endpoint, 'kept');
    await Promise.all([use.release(), use.release()]);
    expect(enginesOf(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'engine.json'))).toBe(false);

    const again = await useEngine({ dataDir });
    expect(await listTables(again.endpoint)).toEqual(['kept']);
    await again.release();
  });

  it('is shared within a process and stops with the last user', async () => {
    const [first, second] = await Promise.all([useEngine({ dataDir }), useEngine({ dataDir })]);
    expect([first.shared, second.shared].sort()).toEqual([false, true]);
    expect(second.pid).toBe(first.pid);
    await first.release();
    expect(await listTables(second.endpoint)).toEqual([]);
    await second.release();
    expect(enginesOf(dataDir)).toEqual([]);
  });

  it('gives different data directories different engines', async () => {
    const other = realpathSync(mkdtempSync(join(tmpdir(), 'engine-')));
    const [one, two] = await Promise.all([useEngine({ dataDir }), useEngine({ dataDir: other })]);
    expect(one.pid).not.toBe(two.pid);
    await two.release();
    expect(await listTables(one.endpoint)).toEqual([]);
    await one.release();
  });

  it('starts one engine when several processes start at once, and the last to leave stops it', async () => {
    const users = await Promise.all([1, 2, 3].map(() => startUser(dataDir)));
    expect(new Set(users.map((user) => user.pid)).size).toBe(1);
    expect(users.filter((user) => !user.shared)).toHaveLength(1);
    expect(enginesOf(dataDir)).toHaveLength(1);
    const [first, second, third] = users;
    await Promise.all([first?.leave(), second?.leave()]);
    expect(enginesOf(dataDir)).toHaveLength(1);
    await third?.leave();
    expect(enginesOf(dataDir)).toEqual([]);
  });

  it('survives the SIGKILL of the user that started it; the next one finds and ends it', async () => {
    const killed = await startUser(dataDir);
    await createTable(killed.endpoint, 'kept');
    await killed.kill();
    const next = await useEngine({ dataDir });
    expect(next).toMatchObject({ pid: killed.pid, endpoint: killed.endpoint, shared: true });
    expect(await listTables(next.endpoint)).toEqual(['kept']);
    await next.release();
    expect(enginesOf(dataDir)).toEqual([]);
  });

  it('does not count a killed user as one that still uses it', async () => {
    const [killed, other] = await Promise.all([startUser(dataDir), startUser(dataDir)]);
    await killed?.kill();
    await other?.leave();
    expect(enginesOf(dataDir)).toEqual([]);
  });

  it('restarts an engine that was killed on the same port, once for all users', async () => {
    const [use, other] = await Promise.all([useEngine({ dataDir }), startUser(dataDir)]);
    await createTable(use.endpoint, 'kept');
    const diedPid = use.pid;
    process.kill(diedPid, 'SIGKILL');
    await vi.waitUntil(() => use.pid !== diedPid, { timeout: 10_000 });
    expect(await listTables(other.endpoint)).toEqual(['kept']);
    expect(enginesOf(dataDir)).toEqual([use.pid]);
    await other.leave();
    await use.release();
  });

  it('starts anew when the recorded process is another program', async () => {
    const record = {
      port: await choosePort(undefined, false),
      engine: 'dynoxide',
      mark: '--db-path x',
    };
    writeFileSync(
      join(dataDir, 'engine.json'),
      JSON.stringify({ ...record, pid: process.pid, pinned: false }),
    );
    const use = await useEngine({ dataDir });
    expect(use.shared).toBe(false);
    expect(await listTables(use.endpoint)).toEqual([]);
    await use.release();
  });

  it('moves when another program has taken the recorded port', async () => {
    const stranger = createServer((_, response) => response.end('not DynamoDB'));
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const { port } = stranger.address() as AddressInfo;
    const record = { port, pid: 4_194_000, engine: 'dynoxide', mark: '--db-path x', pinned: false };
    writeFileSync(join(dataDir, 'engine.json'), JSON.stringify(record));
    const use = await useEngine({ dataDir });
    expect(use.endpoint).not.toContain(`:${port}`);
    expect(await listTables(use.endpoint)).toEqual([]);
    await use.release();
    stranger.close();
  });

  it('ends an engine nobody has a record of before it starts one on the same file', async () => {
    const lost = await startUser(dataDir);
    await lost.kill();
    rmSync(join(dataDir, 'engine.json'));
    const use = await useEngine({ dataDir });
    expect(use.pid).not.toBe(lost.pid);
    expect(enginesOf(dataDir)).toEqual([use.pid]);
    await use.release();
  });

  it('makes a data directory that nobody else can read', async () => {
    const fresh = join(dataDir, 'fresh');
    const use = await useEngine({ dataDir: fresh });
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
    await use.release();
  });

  it('says in one sentence that the data directory cannot be used', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(useEngine({ dataDir: join(file, 'x') })).rejects.toThrow(
      /^Cannot write to the data directory .*: set DATA_DIR to a folder/,
    );
  });

  it.runIf(process.platform === 'linux')(
    'says so too on a file system that denies folders as if their parents were missing',
    async () => {
      await expect(useEngine({ dataDir: '/proc/prompt-to-issue/data' })).rejects.toThrow(
        /^Cannot write to the data directory/,
      );
    },
  );

  it('gives a copied data directory an engine of its own while the first one runs', async () => {
    const [original, copied] = [join(dataDir, 'original'), join(dataDir, 'copied')];
    const first = await useEngine({ dataDir: original });
    cpSync(original, copied, { recursive: true });
    const second = await useEngine({ dataDir: copied });
    expect(second.pid).not.toBe(first.pid);
    await second.release();
    expect(enginesOf(original)).toEqual([first.pid]);
    await first.release();
  });

  it('says why the engine did not start, and lets go of its locks', async () => {
    writeFileSync(join(dataDir, 'engine.db'), 'this is not a database, whatever its name says');
    await expect(useEngine({ dataDir })).rejects.toThrow(/did not start: .*database.*engine\.log/);
    rmSync(join(dataDir, 'engine.db'));
    const use = await useEngine({ dataDir });
    await use.release();
  });
});

describe('pinEngine and stopEngine', () => {
  it('keeps the engine until it is stopped, and finds it running the second time', async () => {
    const port = (await choosePort(undefined, false)) ?? 0;
    const first = await pinEngine({ dataDir, port });
    expect(first).toMatchObject({
      started: true,
      engine: { endpoint: `http://127.0.0.1:${port}` },
    });
    const second = await pinEngine({ dataDir, port });
    expect(second).toEqual({ started: false, engine: first.engine });
    const use = await useEngine({ dataDir });
    expect(use).toMatchObject({ shared: true, pid: first.engine.pid });
    await use.release();
    expect(await findRunningEngine(dataDir)).toEqual(first.engine);
    expect(await stopEngine({ dataDir })).toMatchObject({ kind: 'stopped' });
    expect(await stopEngine({ dataDir })).toEqual({ kind: 'not-running' });
    expect(await findRunningEngine(dataDir)).toBeUndefined();
  });

  it('does not stop an engine under those who use it', async () => {
    const use = await useEngine({ dataDir });
    await pinEngine({ dataDir, port: 1 });
    expect(await stopEngine({ dataDir })).toMatchObject({ kind: 'in-use' });
    expect(await listTables(use.endpoint)).toEqual([]);
    await use.release();
    expect(enginesOf(dataDir)).toEqual([]);
  });

  it('says that another program has the port', async () => {
    const stranger = createServer();
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const { port } = stranger.address() as AddressInfo;
    await expect(pinEngine({ dataDir, port })).rejects.toThrow(
      `Port ${port} is taken by another program`,
    );
    stranger.close();
  });
});
