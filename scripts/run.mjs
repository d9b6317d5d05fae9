/**
 * Starts the program named on the command line: `node scripts/run.mjs [--watch] <file.ts> [arguments]`. What
 * `npm run build` made of it is started instead, if it was made of the sources as they are.
 * Plain JavaScript, because it is what an older Node meets first; the rest needs Node 24, which runs
 * TypeScript as it is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBuilt } from './built.mjs';

const ROOT = join(import.meta.dirname, '..');
const NEEDED_NODE = 24;
/** Whoever watches the sources changes them. */
const SOURCES = '--sources';
const UNKNOWN_OPTION = 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
/** Errors whose message was written for the person who started the program. */
const WRITTEN_FOR_PEOPLE = new Set([
  'ChatError',
  'EngineError',
  'InvalidInputError',
  'SecretError',
  'StoreUnavailableError',
  'UsageError',
  'WrongTableError',
]);

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** A program without a help of its own is explained by what its file begins with. */
function explain(path) {
  const [, header = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8')) ?? [];
  const lines = header.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
  process.stdout.write(`${lines.join('\n').trim()}\n`);
  process.exit(0);
}

function report(error) {
  if (process.env.LOG_LEVEL === 'debug') stop(error instanceof Error ? error.stack : String(error));
  if (error?.code === UNKNOWN_OPTION && process.argv.includes('--help')) explain(process.argv[1]);
  if (!(error instanceof Error))
    stop('It failed for an unknown reason; LOG_LEVEL=debug shows more.');
  const [sentence] = error.message.split('\n');
  if (isForPeople(error)) stop(sentence);
  stop(`It failed unexpectedly: ${sentence} (${error.name}; LOG_LEVEL=debug shows where).`);
}

/** Node's own complaints about arguments name the argument, and nothing else. */
function isForPeople({ name, code }) {
  return WRITTEN_FOR_PEOPLE.has(name) || String(code).startsWith('ERR_PARSE_ARGS');
}

/** Variables that are set already win over both files, and the first file over the second. */
function loadEnvironment() {
  for (const file of ['.env.local', '.env']) {
    if (existsSync(file)) process.loadEnvFile(file);
  }
}

/** Starts this launcher again under Node's own watcher, which restarts it when a source file changes. */
async function watch(args) {
  const { spawn } = await import('node:child_process');
  const watching = ['--watch', '--watch-preserve-output', import.meta.filename, SOURCES, ...args];
  const child = spawn(process.execPath, watching, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}

async function start([file, ...args], { sources = false } = {}) {
  if (!file) stop('Name the program to run: node scripts/run.mjs src/main.ts');
  const path = resolve(file);
  if (!existsSync(path)) stop(`There is no ${file} here; start it from the project's folder.`);
  process.argv = [process.argv[0], path, ...args];
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
  // Stripped types and compiled code are kept: a third of the time to start. Where it cannot write, it does not.
  enableCompileCache(join(ROOT, 'node_modules', '.cache', 'compiled'));
  loadEnvironment();
  const built = sources ? undefined : findBuilt(ROOT, path);
  await import(pathToFileURL(built ?? path).href);
}

if (Number(process.versions.node.split('.')[0]) < NEEDED_NODE) {
  stop(
    `prompt-to-issue needs Node ${NEEDED_NODE} and this is ${process.versions.node}: start it with \`npm run …\`, which uses the Node that \`npm ci\` installed, or install Node ${NEEDED_NODE}.`,
  );
}
const [first, ...rest] = process.argv.slice(2);
const begun =
  first === '--watch'
    ? watch(rest)
    : first === SOURCES
      ? start(rest, { sources: true })
      : start([first, ...rest]);
await begun.catch(report);
