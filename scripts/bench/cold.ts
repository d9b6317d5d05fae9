/**
 * `bench cold`: from the start of a process to what it is ready for, by what is configured, beside the
 * same process with every SDK imported at once; and how many modules each loads.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measure } from './index.ts';
import { quantile } from './measure.ts';
import type { Limit, Report } from './report.ts';

interface Start {
  name: string;
  /** What the process imports before it is ready. */
  entries: string[];
  /** At most this share of the eager start. */
  limit?: number;
  /** None of the product's own modules: what a start can never be below while it uses these SDKs. */
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
  { name: 'everything configured', entries: [...CORE, SLACK, DISCORD], limit: 0.55 },
  { name: 'Slack only', entries: [...CORE, SLACK], limit: 0.37 },
  { name: 'Discord only', entries: [...CORE, DISCORD], limit: 0.46 },
  { name: 'terminal', entries: TERMINAL, limit: 0.2 },
  { name: 'SDKs of Slack only', entries: [...SDKS, 'hono', '@slack/bolt'], floor: true },
  { name: 'SDKs of Discord only', entries: [...SDKS, 'hono', 'discord.js'], floor: true },
  { name: 'SDKs of terminal', entries: SDKS, floor: true },
];
const PROVIDER_OR_TRACKER =
  /\/node_modules\/(?:openai|@anthropic-ai|@google\/genai|ollama|@octokit|@gitbeaker|sharp)\//;

export const measureCold: Measure = async ({ quick }) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  try {
    const kept = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    // The first start of an installation is not what is measured: what it compiles is kept.
    for (const start of STARTS) startOnce(start, kept);
    const samples = new Map<string, Sample[]>(STARTS.map(({ name }) => [name, []]));
    const rounds = quick ? 5 : 20;
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < STARTS.length; turn += 1) {
        const start = STARTS[(round + turn) % STARTS.length];
        if (start) samples.get(start.name)?.push(startOnce(start, kept));
      }
    }
    const unused = STARTS.filter(({ name, floor }) => name !== EAGER && !floor).map((start) => ({
      name: start.name,
      ...countModules(start, join(folder, 'modules.txt')),
    }));
    return toReport(samples, unused);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The child reports its own CPU and clock, from its start to the last import, in microseconds. */
function startOnce({ entries }: Start, env: Record<string, string>): Sample {
  return JSON.parse(runChild(entries, [], env));
}

function countModules({ entries }: Start, file: string): { modules: number; idle: number } {
  runChild(entries, ['--import', RECORDER], { RECORD_MODULES: file });
  const urls = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return { modules: urls.length, idle: urls.filter((url) => PROVIDER_OR_TRACKER.test(url)).length };
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
      'CPU from the start of a process until everything it needs to be ready is loaded, code compiled by an earlier start; first quartile. Below, the SDKs of a start alone, without one module of the product.',
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
