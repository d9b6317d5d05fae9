/**
 * `bench turn`: a whole turn in Slack, from the signed message to the stored answer, beside a bare script on the
 * same SDKs and the Chat SDK; and the memory of the product over many of them.
 */
import type { Measure } from './index.ts';
import { quantile, shuffle } from './measure.ts';
import type { Program } from './program.ts';
import type { Limit, Report } from './report.ts';
import { createSlackStage, type SlackStage } from './slack-stage.ts';
import { createTurnLoad, type TurnLoad } from './turn-load.ts';
import { versionsOf } from './versions.ts';

const BARE = 'bare script';
const CHAT = 'Chat SDK';
const PRODUCT = { name: 'product', file: 'scripts/bench/turn-product.ts' };
const PROGRAMS = [
  PRODUCT,
  { name: BARE, file: 'scripts/floor/bare-turn.ts' },
  { name: CHAT, file: 'scripts/bench/peers/turn-chat.ts' },
];
/** CPU of a turn, at most this share of theirs. */
const LIMITS = { [BARE]: 1, [CHAT]: 0.85 };
const PACE = { tokens: 200, burst: 20, pauseMs: 5 };
const WIDTH = 8;
const THREADS = 64;
/** Milliseconds between two messages of a thread: nobody reads an answer faster. */
const BREATH_MS = 2_200;
/** Turns in each thread before others take its place, while it warms up and while memory is watched. */
const TURNS_OF_THREAD = 10;
/** How many threads there are while memory is watched. */
const WATCHED_THREADS = 250;
const FLAT_TURNS = 20_000;
/** What memory may grow by from half of the turns to all of them. */
const FLAT = 1.05;

/**
 * Processes of each, one after the other, because two of the same program may differ by a third for as long as they
 * live; rounds before anything is measured, because a process that runs for years has its code compiled; and rounds.
 */
const FULL = { lives: 3, warming: 40, rounds: 12 };
const QUICK = { lives: 1, warming: 10, rounds: 6 };

interface Running {
  name: string;
  program: Program;
  load: TurnLoad;
  /** Microseconds of CPU for a turn, round by round. */
  cpu: number[];
  endedAt: number;
}

/** Microseconds of CPU for a turn in each of a program's processes: the first quartile of its rounds. */
interface Lived {
  name: string;
  cpu: number[];
}

interface Memory {
  turns: number;
  residentBytes: number;
  heapBytes: number;
}

export const measureTurn: Measure = async ({ quick, turns = quick ? 1_000 : FLAT_TURNS }) => {
  const stage = await createSlackStage(PACE);
  try {
    const lived = PROGRAMS.map(({ name }): Lived => ({ name, cpu: [] }));
    const { lives, warming, rounds } = quick ? QUICK : FULL;
    for (let life = 1; life <= lives; life += 1) {
      const running = await Promise.all(PROGRAMS.map((one) => start(stage, one, life)));
      await Promise.all(running.map((one, n) => warmUp(one, `CW${n}R`, warming)));
      await compare(running, rounds);
      for (const { name, program, cpu } of running) {
        lived.find((one) => one.name === name)?.cpu.push(quantile(cpu, 0.25));
        await program.stop();
      }
    }
    const watched = await start(stage, PRODUCT, 0);
    return toReport(lived, warming * THREADS, await watchMemory(watched, turns));
  } finally {
    await stage.close();
  }
};

async function start(
  stage: SlackStage,
  { name, file }: typeof PRODUCT,
  life: number,
): Promise<Running> {
  const program = await stage.start(file, `turn-${name.replaceAll(' ', '-')}-${life}`);
  const load = createTurnLoad({ slack: stage.slack, origin: program.origin, width: WIDTH });
  return { name, program, load, cpu: [], endedAt: 0 };
}

async function warmUp({ load }: Running, channel: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    if (round % TURNS_OF_THREAD === 0) await load.begin(`${channel}${round}`, THREADS);
    await breathe({ endedAt: performance.now() });
    await load.round();
  }
}

/** Round by round, in an order drawn anew. */
async function compare(running: Running[], rounds: number): Promise<void> {
  for (const [n, { load }] of running.entries()) await load.begin(`C${n}`, THREADS);
  for (let round = 0; round < rounds; round += 1) {
    for (const one of shuffle(running)) one.cpu.push(await runRound(one));
  }
}

async function runRound(one: Running): Promise<number> {
  const { program, load } = one;
  await breathe(one);
  const before = await program.usage();
  await load.round();
  await program.quiet();
  one.endedAt = performance.now();
  const after = await program.usage();
  return (after.cpuMicros - before.cpuMicros) / THREADS;
}

async function breathe({ endedAt }: Pick<Running, 'endedAt'>): Promise<void> {
  const ms = Math.max(0, endedAt + BREATH_MS - performance.now());
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Always new threads, as in a workspace; ten points in all. */
async function watchMemory({ program, load }: Running, turns: number): Promise<Memory[]> {
  const memory: Memory[] = [];
  const every = turns / 10;
  let next = every;
  for (let taken = 0, channel = 0; taken < turns; channel += 1) {
    await load.begin(`CM${channel}`, WATCHED_THREADS);
    taken += WATCHED_THREADS;
    for (let round = 1; round < TURNS_OF_THREAD && taken < turns; round += 1) {
      await breathe({ endedAt: performance.now() });
      await load.round();
      taken += WATCHED_THREADS;
      if (taken < next) continue;
      next += every;
      await program.quiet();
      const { residentBytes, heapBytes } = await program.settledUsage();
      memory.push({ turns: taken, residentBytes, heapBytes });
    }
  }
  return memory;
}

const MEGABYTE = 1_048_576;

function toReport(lived: Lived[], warmed: number, memory: Memory[]): Report {
  const of = (name: string, q = 0.5) =>
    quantile(lived.find((one) => one.name === name)?.cpu ?? [], q);
  const limits = Object.entries(LIMITS).map(
    ([peer, limit]): Limit => ({
      what: `CPU of a turn, product / ${peer}`,
      ...{ reached: of('product') / of(peer), limit },
    }),
  );
  const last = memory.at(-1);
  const middle = memory.find(({ turns }) => turns >= (last?.turns ?? 0) / 2);
  if (last && middle && last.turns >= FLAT_TURNS) {
    limits.push({
      what: `resident memory after ${last.turns} turns / after ${middle.turns}`,
      ...{ reached: last.residentBytes / middle.residentBytes, limit: FLAT },
    });
  }
  return {
    bench: 'turn',
    about: `A whole turn in Slack from the signed message to the stored answer, ${PACE.tokens} tokens of a model over HTTP: CPU of the program alone, ${WIDTH} turns at once in ${THREADS} threads, after ${warmed} turns to warm up. Of each process the first quartile of its rounds, and of all processes of a program the median, the least and the most. The bare script makes the same requests to the table and the same calls of Slack; the Chat SDK keeps its state in memory and stores both messages with two puts. Below, the product's memory over many turns in ever new threads, once the garbage was collected.`,
    columns: ['', 'CPU ms of a turn', '÷ product', 'least', 'most', 'resident MB', 'heap MB'],
    rows: [
      ...lived.map(({ name }) => [
        ...[name, of(name) / 1_000, of(name) / of('product')],
        ...[of(name, 0) / 1_000, of(name, 1) / 1_000, '', ''],
      ]),
      ...memory.map(({ turns, residentBytes, heapBytes }) => [
        ...[`product after ${turns} turns`, '', '', '', ''],
        ...[residentBytes / MEGABYTE, heapBytes / MEGABYTE],
      ]),
    ],
    limits,
    versions: versionsOf('chat', '@chat-adapter/slack', '@chat-adapter/state-memory'),
    bars: lived.map(({ name }) => ({
      label: name,
      value: of(name) / 1_000,
      unit: 'ms CPU',
    })),
  };
}
