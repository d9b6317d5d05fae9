/**
 * A real engine for tests: dynoxide in memory on a free port of loopback, a fresh one for each test
 * file. It ends with `stop`, and with this process however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createTable, type Table } from '../src/db/client.ts';
import { ensureTable } from '../src/db/table.ts';

export interface TestEngine {
  endpoint: string;
  /** Of the process that keeps the engine; absent where it was not started here. */
  keeperPid?: number | undefined;
  /** A connection to a table with our schema, made if it is missing; without a name, to a new one. */
  table(name?: string): Promise<Table>;
  /** Closes every connection given out, and ends the engine if it was started here. */
  stop(): Promise<void>;
}

/** Uses what listens at `endpoint`, DynamoDB Local for instance. */
export function connectEngine(endpoint: string): TestEngine {
  const tables: Table[] = [];

  async function table(name = `test-${randomUUID()}`): Promise<Table> {
    const options = { tableName: name, region: 'us-east-1', endpoint, deadlineMs: 20_000 };
    const connected = createTable(options);
    tables.push(connected);
    await ensureTable(connected);
    return connected;
  }

  async function stop(): Promise<void> {
    for (const one of tables) one.close();
  }

  return { endpoint, table, stop };
}

/** Up in some ten milliseconds. With `TEST_DYNAMODB_ENDPOINT`, what listens there is used instead. */
export async function startEngine(): Promise<TestEngine> {
  const { TEST_DYNAMODB_ENDPOINT: endpoint } = process.env;
  if (endpoint) return connectEngine(endpoint);
  const { keeper, port } = await spawnEngine();
  const connected = connectEngine(`http://127.0.0.1:${port}`);

  async function stop(): Promise<void> {
    await connected.stop();
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    const ended = once(keeper, 'exit');
    keeper.stdin?.end();
    await ended;
  }

  return { ...connected, keeperPid: keeper.pid, stop };
}

/** Between finding a free port and listening on it, somebody else may take it. */
async function spawnEngine(tries = 3): Promise<{ keeper: ChildProcess; port: number }> {
  const port = await findFreePort();
  const keeper = spawnKept(dynoxidePath(), ['serve', '--host', '127.0.0.1', '--port', `${port}`]);
  const line = await firstLineOf(keeper);
  if (/listening on/i.test(line)) return { keeper, port };
  keeper.stdin?.end();
  if (tries > 1 && /already in use/.test(line)) return spawnEngine(tries - 1);
  throw new Error(`the engine for the tests did not start: ${line}`);
}

/**
 * A shell that ends the program when its own input closes, and only then: so it ends with us however we
 * end. It is deaf to Ctrl-C, which it would get too and die of without having ended the program.
 */
export function spawnKept(command: string, args: string[]): ChildProcess {
  const script =
    'trap "" INT HUP TERM; "$@" 2>&1 & program=$!; exec 2>&-; read -r _; kill -KILL "$program"; wait "$program"';
  return spawn('sh', ['-c', script, 'sh', command, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
}

async function firstLineOf(keeper: ChildProcess): Promise<string> {
  if (!keeper.stdout) throw new TypeError('the engine has no output');
  const [output] = await once(keeper.stdout, 'data');
  keeper.stdout.resume();
  return String(output).trim();
}

function dynoxidePath(): string {
  const manifest = `@dynoxide/${process.platform}-${process.arch}/package.json`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(manifest)), 'dynoxide');
  } catch {
    return 'dynoxide';
  }
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no free port on loopback');
  return address.port;
}
