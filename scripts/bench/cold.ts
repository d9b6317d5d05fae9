/**
 * `bench cold`: from the start of a process to what it is ready for, by what is configured, as `npm run build` makes
 * it and from the sources, beside the same process with every SDK imported at once; and how many modules each loads.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle } from '../bundle.ts';
import type { Measure } from './index.ts';
import { quantile } from './measure.ts';
import type { Limit, Report } from './report.ts';

interface Start {
  name: string;
  /** What the process imports before it is ready. */
  entries: string[];
  /** From `dist/`, as `npm run build` makes it. */
  built?: boolean;
  /** At most this share of the eager start. */
  limit?: number;
  /** None of the product's own modules: what a start from packages as they are installed can never be below. */
  floor?: boolean;
}

interface Sample {
  cpu: number;
  wall: number;
}

const ROOT = join(import.meta.dirname, '..', '..');
const RECORDER = join(ROOT, 'test', 'fakes', 'record-modules.mjs');
/** What `src/main.ts` imports itself, and `npm run chat`. */
const CORE = [
  './src/app.ts',
  './src/config.ts',
  './src/log.ts',
  './src/server.ts',
  './adapters/terminal/unwatched.ts',
];
const TERMINAL = ['./src/app.ts', './src/config.ts', './adapters/terminal/terminal.ts'];
const SLACK = './adapters/slack/adapter.ts';
const DISCORD = './adapters/discord/adapter.ts';
const PROVIDERS = ['openai', 'anthropic', 'google', 'ollama', 'offline'].map(
  (name) => `./src/providers/${name}.ts`,
);
const TRACKERS = ['github', 'github-webhook', 'gitlab', 'gitlab-webhook', 'local'].map(
  (name) => `./src/trackers/${name}.ts`,
);
/** Loaded by whichever part first has a use for it. */
const ON_DEMAND = ['sharp', 'undici', 'prom-client', 'jose', 'markdown-it'];
const EAGER = 'everything at once';
/** Of the table, of what is read at every boundary, and of the log: each start has them. */
const SDKS = ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', 'zod', 'pino'];

const STARTS: Start[] = [
  {
    name: EAGER,
    entries: [...CORE, ...TERMINAL, SLACK, DISCORD, ...PROVIDERS, ...TRACKERS, ...ON_DEMAND],
  },
  { name: 'everything configured', entries: [...CORE, SLACK, DISCORD], built: true, limit: 0.55 },
  { name: 'Slack only', entries: [...CORE, SLACK], built: true, limit: 0.37 },
  { name: 'Discord only', entries: [...CORE, DISCORD], built: true, limit: 0.46 },
  { name: 'terminal', entries: TERMINAL, built: true, limit: 0.2 },
  { name: 'everything configured, not built', entries: [...CORE, SLACK, DISCORD] },
  { name: 'Slack only, not built', entries: [...CORE, SLACK] },
  { name: 'Discord only, not built', entries: [...CORE, DISCORD] },
  { name: 'terminal, not built', entries: TERMINAL },
  { name: 'SDKs of Slack only', entries: [...SDKS, 'hono', '@slack/bolt'], floor: true },
  { name: 'SDKs of Discord only', entries: [...SDKS, 'hono', 'discord.js'], floor: true },
  { name: 'SDKs of terminal', entries: SDKS, floor: true },
];
const PROVIDER_OR_TRACKER =
  /node_modules\/(?:openai|@anthropic-ai|@google\/genai|ollama|@octokit|@gitbeaker|sharp)\//;

export const measureCold: Measure = async ({ quick }) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  try {
    const built = await buildStarts(join(folder, 'dist'));
    const kept = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    // The first start of an installation is not what is measured: what it compiles is kept.
    for (const start of STARTS) built.startOnce(start, kept);
    const samples = new Map<string, Sample[]>(STARTS.map(({ name }) => [name, []]));
    const rounds = quick ? 5 : 20;
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < STARTS.length; turn += 1) {
        const start = STARTS[(round + turn) % STARTS.length];
        if (start) samples.get(start.name)?.push(built.startOnce(start, kept));
      }
    }
    const unused = STARTS.filter(({ name, floor }) => name !== EAGER && !floor).map((start) => ({
      name: start.name,
      ...built.countModules(start, join(folder, 'modules.txt')),
    }));
    return toReport(samples, unused);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The same modules as the programs have, in the same way; only that nothing begins to run. */
async function buildStarts(folder: string) {
  const nameOf = (entry: string) => entry.slice(2, -3).replaceAll('/', '-');
  const own = [...new Set(STARTS.flatMap(({ entries }) => entries.filter(isOwn)))];
  const entries = Object.fromEntries(own.map((entry) => [nameOf(entry), entry]));
  const { files } = await bundle({ root: ROOT, folder, entries });
  const addressOf = (entry: string) => (isOwn(entry) ? join(folder, `${nameOf(entry)}.js`) : entry);
  const importsOf = (start: Start) => (start.built ? start.entries.map(addressOf) : start.entries);

  return {
    /** The child reports its own CPU and clock, from its start to the last import, in microseconds. */
    startOnce: (start: Start, env: Record<string, string>): Sample =>
      JSON.parse(runChild(importsOf(start), [], env)),
    countModules(start: Start, file: string): { modules: number; idle: number } {
      runChild(importsOf(start), ['--import', RECORDER], { RECORD_MODULES: file });
      const modules = modulesOf(readFileSync(file, 'utf8').split('\n'), files);
      const idle = modules.filter((path) => PROVIDER_OR_TRACKER.test(path));
      return { modules: modules.length, idle: idle.length };
    },
  };
}

const isOwn = (entry: string) => entry.startsWith('./');

/** Of a built file, what is in it. */
function modulesOf(urls: string[], files: Bundle['files']): string[] {
  const paths = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  return paths.flatMap((path) => files[basename(path)] ?? [path]);
}

function runChild(entries: string[], options: string[], env: Record<string, string>): string {
  const imports = entries.map((entry) => `import(${JSON.stringify(entry)})`).join(', ');
  const code = `await Promise.all([${imports}]);
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ cpu: user + system, wall: performance.now() * 1000 }), () => process.exit(0));`;
  const args = [...options, '--input-type=module', '--eval', code];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  if (status !== 0) throw new Error(`a process did not start: ${stderr}`);
  return stdout;
}

function toReport(
  samples: Map<string, Sample[]>,
  counted: { name: string; modules: number; idle: number }[],
): Report {
  const quiet = (name: string, pick: (sample: Sample) => number, q = 0.25) =>
    quantile((samples.get(name) ?? []).map(pick), q);
  const cpuOf = (name: string) => quiet(name, ({ cpu }) => cpu);
  const share = (name: string) => cpuOf(name) / cpuOf(EAGER);
  const limits = STARTS.flatMap(({ name, limit }): Limit[] =>
    limit ? [{ what: `${name}: CPU, product / ${EAGER}`, reached: share(name), limit }] : [],
  );
  const idle = counted.map((one) => ({
    what: `${one.name}: modules of providers and trackers that nobody asked yet`,
    reached: one.idle,
    limit: 0,
  }));
  return {
    bench: 'cold',
    about:
      'CPU from the start of a process until everything it needs to be ready is loaded, code compiled by an earlier start; first quartile. Built: as `npm run build` makes it. "Everything at once" is not built. Below, the SDKs of a start alone as they are installed, without one module of the product.',
    columns: ['start', 'CPU ms', 'share', 'clock ms', 'spread', 'modules'],
    rows: STARTS.map(({ name }) => [
      name,
      cpuOf(name) / 1_000,
      share(name),
      quiet(name, ({ wall }) => wall) / 1_000,
      quiet(name, ({ cpu }) => cpu, 0.75) / cpuOf(name),
      String(counted.find((one) => one.name === name)?.modules ?? ''),
    ]),
    limits: [...idle, ...limits],
    versions: [],
    bars: STARTS.map(({ name }) => ({ label: name, value: cpuOf(name) / 1_000, unit: 'ms CPU' })),
  };
}
