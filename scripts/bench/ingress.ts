/**
 * `bench ingress`: what it costs to acknowledge a signed Slack event that concerns nobody, beside Bolt,
 * the Chat SDK and a bare route. Each server is a process of its own, and the load is in this one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { BOT_SCOPES } from '../../adapters/slack/scopes.ts';
import { startEngine } from '../../test/engine.ts';
import { startSlack } from '../../test/fakes/slack-server.ts';
import { addChannel, addUser } from '../../test/fakes/slack-world.ts';
import type { Measure } from './index.ts';
import { quantile } from './measure.ts';
import { type Program, startProgram } from './program.ts';
import type { Limit, Report } from './report.ts';
import { type EventPlace, sendEvents, signMessage } from './slack-events.ts';
import { versionsOf } from './versions.ts';

interface Server {
  name: string;
  file: string;
  /** Its events are of a thread, so that the table is asked. */
  threaded?: true;
}

const BARE = 'bare Hono route';
const SERVERS: Server[] = [
  { name: 'product', file: 'src/main.ts' },
  { name: 'Bolt', file: 'scripts/bench/peers/ingress-bolt.ts' },
  { name: BARE, file: 'scripts/bench/peers/ingress-hono.ts' },
  { name: 'Chat SDK', file: 'scripts/bench/peers/ingress-chat.ts' },
];
const WITH_TABLE: Server = {
  name: 'product, asking the table',
  file: 'src/main.ts',
  threaded: true,
};
const WIDTHS = [1, 16, 64];
/** CPU of an event, at most this share of theirs. */
const LIMITS = { Bolt: 0.6, 'Chat SDK': 0.25 };

interface Running extends Server {
  program: Program;
  pool: Pool;
}

interface Round {
  cpuMicros: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

interface Result {
  name: string;
  width: number;
  rounds: Round[];
}

export const measureIngress: Measure = async ({ quick }) => {
  const slack = await startSlack({ scopes: new Set(BOT_SCOPES) });
  const engine = await startEngine();
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-ingress-'));
  const { world } = slack;
  addUser(world, 'UANN', 'Ann');
  addChannel(world, 'C1', 'channel', ['UANN']);
  const running: Running[] = [];
  try {
    const env = {
      ...{ DATA_DIR: dataDir, DYNAMODB_ENDPOINT: engine.endpoint, LOG_LEVEL: 'warn' },
      ...{ SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: world.botToken },
      ...{ SLACK_SIGNING_SECRET: world.signingSecret, DEFAULT_PROVIDER: 'offline' },
    };
    for (const server of [...SERVERS, WITH_TABLE]) {
      const program = await startProgram({ file: server.file, env });
      const pool = new Pool(program.origin, { connections: Math.max(...WIDTHS) });
      running.push({ ...server, program, pool });
    }
    const place = { ...world, channel: 'C1' };
    const events = quick ? 300 : 1_000;
    const rounds = quick ? 8 : 24;
    for (const one of running) await runRound(one, place, events * 4, 16);
    const results: Result[] = [];
    for (const width of WIDTHS) {
      results.push(...(await compare(running, place, { width, events, rounds })));
    }
    return toReport(results, events);
  } finally {
    await Promise.all(running.map(({ pool }) => pool.close()));
    await Promise.all(running.map(({ program }) => program.stop()));
    await engine.stop();
    await slack.stop();
    await rm(dataDir, { recursive: true });
  }
};

/** In changing order, round by round. */
async function compare(
  running: Running[],
  place: EventPlace,
  { width, events, rounds }: { width: number; events: number; rounds: number },
): Promise<Result[]> {
  const results = running.map(({ name }): Result => ({ name, width, rounds: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < running.length; turn += 1) {
      const index = (round + turn) % running.length;
      const one = running[index];
      if (one) results[index]?.rounds.push(await runRound(one, place, events, width));
    }
  }
  return results;
}

async function runRound(
  { program, pool, threaded }: Running,
  place: EventPlace,
  count: number,
  width: number,
): Promise<Round> {
  const about = { ...place, ...(threaded && { thread: '1700000000.000001' }) };
  const events = Array.from({ length: count }, () => signMessage(about));
  const before = await program.usage();
  const took = await sendEvents(pool, events, width);
  const after = await program.usage();
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / count,
    ...{ p50: quantile(took, 0.5), p99: quantile(took, 0.99) },
  };
}

function toReport(results: Result[], events: number): Report {
  const quiet = (name: string, width: number, pick: (round: Round) => number, q = 0.25) => {
    const found = results.find((one) => one.name === name && one.width === width);
    return quantile(found?.rounds.map(pick) ?? [], q);
  };
  const cpuOf = (name: string, width: number, q?: number) =>
    quiet(name, width, ({ cpuMicros }) => cpuMicros, q);
  const limits = WIDTHS.flatMap((width): Limit[] => [
    ...Object.entries(LIMITS).map(([peer, limit]) => ({
      what: `${width} at once: CPU of an event, product / ${peer}`,
      reached: cpuOf('product', width) / cpuOf(peer, width),
      limit,
    })),
    {
      what: `${width} at once: p99, product / Bolt`,
      reached: quiet('product', width, ({ p99 }) => p99) / quiet('Bolt', width, ({ p99 }) => p99),
      limit: 1,
    },
  ]);
  return {
    bench: 'ingress',
    about: `Signed messages that address nobody, acknowledged: ${events} a round, each server in a process of its own and the load in another on the same machine; first quartile of the rounds. Below each, the same of a thread that nobody follows: the table is asked.`,
    columns: ['at once', 'by', 'CPU µs', '÷ product', 'p50 ms', 'p99 ms', 'spread'],
    rows: results.map(({ name, width }) => [
      ...[String(width), name, cpuOf(name, width), cpuOf(name, width) / cpuOf('product', width)],
      ...[quiet(name, width, ({ p50 }) => p50), quiet(name, width, ({ p99 }) => p99)],
      cpuOf(name, width, 0.75) / cpuOf(name, width),
    ]),
    limits,
    versions: [
      'Bolt 5.1.0',
      ...versionsOf('chat', '@chat-adapter/slack', '@chat-adapter/state-memory'),
    ],
    bars: results.map(({ name, width }) => ({
      label: `${name}, ${width} at once`,
      value: cpuOf(name, width),
      unit: 'µs CPU',
    })),
  };
}
