/**
 * What the benches of a stream through a whole chat share: 2,000 tokens from a model over HTTP to the chat, by each
 * candidate in a process of its own that is warm, one turn at a time. Both ends are in this process, on one clock.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { quantile, shuffle } from './measure.ts';
import type { Program } from './program.ts';
import type { Limit, Report } from './report.ts';
import type { TokenServer } from './token-server.ts';

/** A call of the chat that carries the model's words. */
export interface ShownText {
  /** On the clock of `performance`. */
  at: number;
  /** It opens a message; the others edit one. */
  opens: boolean;
}

export interface StreamCandidate {
  name: string;
  program: Program;
  /** Says something that has to be answered. */
  ask(): unknown;
  /** What the chat was shown, in order; emptied before each turn. */
  shown: ShownText[];
}

export interface StreamTurnsOptions {
  /** As people call it. */
  chat: string;
  /** Between two edits of a message, as the adapter asks for, in milliseconds. */
  cadenceMs: number;
  /** What a turn is counted from. */
  from: string;
  /** What else has to be known to read the table. */
  remark?: string;
  versions: string[];
  /** All of them in new processes, for the first time, the second and so on. */
  start(life: number): Promise<StreamCandidate[]>;
  model: TokenServer;
  quick: boolean;
}

export const PRODUCT = 'product';
export const CHAT_SDK = 'Chat SDK';
export const ALONE = 'model alone';
/** The same requests and calls without the product: what a whole turn takes at least. */
export const BARE = 'bare script';

const TOKENS = 2_000;
/** Models take longer than this to think of a first word: by then nothing else is under way. */
export const STREAM_PACE = { thinkMs: 100, tokens: TOKENS, burst: 20, pauseMs: 20 };
/** Nothing said for so long after the last token: the turn is over. */
const QUIET_MS = 1_000;
const TURN_MS = 60_000;
const LOOK_MS = 50;

/**
 * Processes of each, one after the other, because two of the same program may differ by a third for as long as they
 * live; rounds of turns at once before anything is measured, because a process that runs for years has its code
 * compiled; and measured turns of each process.
 */
const FULL = { lives: 3, warming: 8, measured: 12 };
const QUICK = { lives: 1, warming: 2, measured: 4 };
/** Turns at once while it warms up. */
const WIDTH = 8;

interface Turn {
  /** Milliseconds from the first token to the first text in the chat. */
  firstText: number;
  /** Milliseconds from the last token to the last text in the chat. */
  lastText: number;
  /** Calls that carry text. */
  calls: number;
  /** Edits beyond the first text, the last and one per cadence. */
  excess: number;
  cpuMs: number;
}

/** Of each candidate the turns of its processes, one after the other. */
type Lives = Record<string, Turn[][]>;

export async function measureStreamTurns(options: StreamTurnsOptions): Promise<Report> {
  const { model, start, quick } = options;
  const { lives, warming, measured } = quick ? QUICK : FULL;
  const lived: Lives = {};
  for (let life = 0; life < lives; life += 1) {
    const candidates = await start(life);
    for (const { name } of candidates) lived[name] = [...(lived[name] ?? []), []];
    for (const candidate of candidates) await warmUp(candidate, model, warming);
    for (let round = 0; round < measured; round += 1) {
      for (const candidate of shuffle(candidates)) {
        lived[candidate.name]?.at(-1)?.push(await takeTurn(candidate, options));
      }
    }
    await Promise.all(candidates.map(({ program }) => program.stop()));
  }
  return toReport(lived, options);
}

async function warmUp(
  { program, ask }: StreamCandidate,
  model: TokenServer,
  rounds: number,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const wanted = model.answered() + WIDTH;
    const until = performance.now() + TURN_MS;
    await Promise.all(Array.from({ length: WIDTH }, ask));
    while (model.answered() < wanted && performance.now() < until) await wait(LOOK_MS);
    await program.quiet();
  }
}

async function takeTurn(
  { program, ask, shown }: StreamCandidate,
  { model, cadenceMs }: StreamTurnsOptions,
): Promise<Turn> {
  shown.length = 0;
  const before = await program.usage();
  const asked = performance.now();
  await ask();
  while (!isOver() && performance.now() - asked < TURN_MS) await wait(LOOK_MS);
  const { cpuMicros } = await program.usage();
  const { first, last } = model.moments();
  const firstShown = shown[0]?.at ?? Number.NaN;
  const lastShown = shown.at(-1)?.at ?? Number.NaN;
  const opened = shown.filter(({ opens }) => opens).length;
  // Where an answer is longer than a message, what opens the next one is no edit.
  const edits = shown.length - Math.max(0, opened - 1);
  return {
    ...{ firstText: firstShown - first, lastText: lastShown - last },
    calls: shown.length,
    excess: edits - 2 - (lastShown - first) / cadenceMs,
    cpuMs: (cpuMicros - before.cpuMicros) / 1_000,
  };

  /** Neither the model nor the chat says anything any more; the model's moments may be of the turn before. */
  function isOver(): boolean {
    const { first, last } = model.moments();
    if (!(first > asked)) return false;
    return performance.now() - Math.max(last, shown.at(-1)?.at ?? last) > QUIET_MS;
  }
}

function toReport(lived: Lives, options: StreamTurnsOptions): Report {
  const { chat, from, remark, versions, quick } = options;
  const { lives, warming, measured } = quick ? QUICK : FULL;
  const names = Object.keys(lived);
  const shows = names.filter((name) => name !== ALONE);
  return {
    bench: `stream-${chat.toLowerCase()}`,
    about: [
      `${TOKENS} tokens of a model over HTTP through a whole turn in ${chat}, from ${from} to the last edit, table included: ${measured} turns, one at a time, in each of ${lives} processes, after ${warming * WIDTH} turns to warm up. Medians; CPU is the first quartile of each process's turns, and of all processes the median, the least and the most. "${ALONE}" reads the same stream with the same SDK and shows and stores nothing.`,
      ...(remark ? [remark] : []),
    ].join(' '),
    columns: [
      ...['by', 'first text ms', 'last text ms', 'calls with text'],
      ...['CPU ms', 'least', 'most'],
    ],
    rows: names.map((name) => {
      const told = (['firstText', 'lastText', 'calls'] as const).map((what) =>
        name === ALONE ? '' : of(lived[name], what),
      );
      return [name, ...told, ...[0.5, 0, 1].map((q) => cpuOf(lived[name], q))];
    }),
    ...{ limits: toLimits(lived, chat), versions },
    bars: shows.map((name) => ({
      label: `${name}, first text`,
      ...{ value: of(lived[name], 'firstText'), unit: 'ms' },
    })),
  };
}

function toLimits(lived: Lives, chat: string): Limit[] {
  const { [PRODUCT]: product = [], [CHAT_SDK]: peer, [ALONE]: alone } = lived;
  const turns = product.flat();
  return [
    {
      what: `ms from the first token to the first text in ${chat}, median`,
      ...{ reached: of(product, 'firstText'), limit: 3 },
    },
    {
      what: `ms to the first text, product / ${CHAT_SDK}`,
      ...{ reached: of(product, 'firstText') / of(peer, 'firstText'), limit: 0.01 },
    },
    {
      what: `CPU of a turn, product / ${ALONE}`,
      ...{ reached: cpuOf(product) / cpuOf(alone), limit: 1.25 },
    },
    {
      what: 'edits beyond the first, the last and one per cadence, the most',
      ...{ reached: Math.max(...turns.map((turn) => turn.excess)), limit: 0 },
    },
    {
      what: 'turns whose last words were never shown',
      ...{ reached: turns.filter(({ lastText }) => !(lastText >= 0)).length, limit: 0 },
    },
  ];
}

/** The median of all turns. */
function of(lives: Turn[][] = [], what: keyof Turn): number {
  return quantile(
    lives.flat().map((turn) => turn[what]),
    0.5,
  );
}

/** Milliseconds of CPU for a turn: a quantile of the processes, each by its quiet quartile. */
function cpuOf(lives: Turn[][] = [], q = 0.5): number {
  const quiet = lives.map((turns) =>
    quantile(
      turns.map(({ cpuMs }) => cpuMs),
      0.25,
    ),
  );
  return quantile(quiet, q);
}
