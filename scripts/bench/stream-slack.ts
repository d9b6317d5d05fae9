/**
 * `bench stream-slack`: 2,000 tokens from a model over HTTP, through its SDK and the whole product in a process of
 * its own, to the stand-in Slack; beside the Chat SDK, and the model's stream read and shown to nobody. Both ends are
 * in this process, on one clock.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createDelivery } from '../../test/fakes/slack-delivery.ts';
import { createPeople } from '../../test/fakes/slack-people.ts';
import type { SlackServer } from '../../test/fakes/slack-server.ts';
import { addChannel } from '../../test/fakes/slack-world.ts';
import type { Measure } from './index.ts';
import { quantile } from './measure.ts';
import type { Limit, Report } from './report.ts';
import { createSlackStage, type SlackStage, SPEAKER } from './slack-stage.ts';
import { TOKEN } from './token-server.ts';
import { versionsOf } from './versions.ts';

const TOKENS = 2_000;
/** Models take longer than this to think of a first word: by then nothing else is under way. */
const TOKEN_PACE = { thinkMs: 100, tokens: TOKENS, burst: 20, pauseMs: 20 };
/** Between two edits of a message in Slack, as the adapter asks for, in milliseconds. */
const CADENCE_MS = 1_500;
/** Nothing said for so long after the last token: the turn is over. */
const QUIET_MS = 1_000;
const TURN_MS = 60_000;

interface Turn {
  /** Milliseconds from the first token to the first text in Slack. */
  firstText: number;
  /** Milliseconds from the last token to the last text in Slack. */
  lastText: number;
  /** Calls that carry text. */
  edits: number;
  /** Edits beyond the first, the last and one per cadence. */
  excess: number;
  cpuMs: number;
}

const CHAT = 'Chat SDK';
const ALONE = 'model alone';
const PROGRAMS = [
  { name: 'product', file: 'src/main.ts' },
  { name: CHAT, file: 'scripts/bench/peers/turn-chat.ts' },
  { name: ALONE, file: 'scripts/floor/model-alone.ts' },
];

interface Taker {
  name: string;
  take(): Promise<Turn>;
  turns: Turn[];
}

export const measureStreamSlack: Measure = async ({ quick }) => {
  const stage = await createSlackStage(TOKEN_PACE);
  try {
    const shown = watchTexts(stage.slack);
    const takers: Taker[] = [];
    for (const program of PROGRAMS) takers.push(await prepare(stage, program, shown));
    for (const { take } of takers) {
      for (let warm = 0; warm < 3; warm += 1) await take();
    }
    for (let round = 0; round < (quick ? 6 : 24); round += 1) {
      for (let turn = 0; turn < takers.length; turn += 1) {
        const taker = takers[(round + turn) % takers.length];
        taker?.turns.push(await taker.take());
      }
    }
    return toReport(takers);
  } finally {
    await stage.close();
  }
};

/** Each in a channel of its own; one turn at a time. */
async function prepare(
  { slack, model, start }: SlackStage,
  { name, file }: (typeof PROGRAMS)[number],
  shown: number[],
): Promise<Taker> {
  const program = await start(file, `stream-${name.replaceAll(' ', '-')}`);
  const channel = `C${name.replaceAll(' ', '').toUpperCase()}`;
  addChannel(slack.world, channel, 'channel', [SPEAKER]);
  const delivery = createDelivery({ slack, requestUrl: `${program.origin}/slack/events` });
  const people = createPeople({ slack, delivery });

  async function take(): Promise<Turn> {
    shown.length = 0;
    const before = await program.usage();
    const asked = performance.now();
    await people.say(SPEAKER, channel, `<@${slack.world.botUser}> tell me.`);
    while (!isOver(asked) && performance.now() - asked < TURN_MS) await wait(50);
    const { cpuMicros } = await program.usage();
    const { first, last } = model.moments();
    const [firstShown = Number.NaN] = shown;
    const lastShown = shown.at(-1) ?? Number.NaN;
    return {
      ...{ firstText: firstShown - first, lastText: lastShown - last, edits: shown.length },
      excess: shown.length - 2 - (lastShown - first) / CADENCE_MS,
      cpuMs: (cpuMicros - before.cpuMicros) / 1_000,
    };
  }

  /** Neither the model nor the chat says anything any more; the model's moments may be of the turn before. */
  function isOver(asked: number): boolean {
    const { first, last } = model.moments();
    if (!(first > asked)) return false;
    return performance.now() - Math.max(last, shown.at(-1) ?? last) > QUIET_MS;
  }

  return { name, take, turns: [] };
}

/** When calls that carry the model's words were answered. */
function watchTexts({ calls }: SlackServer): number[] {
  const shown: number[] = [];
  const push = calls.push.bind(calls);
  calls.push = (...made) => {
    const told = made.some(({ args }) => JSON.stringify(args).includes(TOKEN.trim()));
    if (told) shown.push(performance.now());
    return push(...made);
  };
  return shown;
}

function toReport(takers: Taker[]): Report {
  const of = (name: string, pick: (turn: Turn) => number, q = 0.5) =>
    quantile(takers.find((one) => one.name === name)?.turns.map(pick) ?? [], q);
  const firstText = (name: string) => of(name, (turn) => turn.firstText);
  const cpuMs = (name: string) => of(name, (turn) => turn.cpuMs, 0.25);
  const excess = takers.find(({ name }) => name === 'product')?.turns.map((turn) => turn.excess);
  const limits: Limit[] = [
    {
      what: 'ms from the first token to the first text in Slack, median',
      ...{ reached: firstText('product'), limit: 3 },
    },
    {
      what: `ms to the first text, product / ${CHAT}`,
      ...{ reached: firstText('product') / firstText(CHAT), limit: 0.01 },
    },
    {
      what: `CPU of a turn, product / ${ALONE}`,
      ...{ reached: cpuMs('product') / cpuMs(ALONE), limit: 1.25 },
    },
    {
      what: 'edits beyond the first, the last and one per cadence, the most',
      ...{ reached: Math.max(...(excess ?? [])), limit: 0 },
    },
  ];
  const shows = takers.filter(({ name }) => name !== ALONE);
  return {
    bench: 'stream-slack',
    about: `${TOKENS} tokens of a model over HTTP through a whole turn in Slack, ${takers[0]?.turns.length} turns each: from the signed mention to the last edit, table included. Medians; of CPU the first quartile. "${ALONE}" reads the same stream with the same SDK and shows and stores nothing.`,
    columns: ['by', 'first text ms', 'last text ms', 'calls with text', 'CPU ms'],
    rows: takers.map(({ name }) => [
      name,
      ...(name === ALONE
        ? ['', '', '']
        : [firstText(name), of(name, (turn) => turn.lastText), of(name, (turn) => turn.edits)]),
      cpuMs(name),
    ]),
    limits,
    versions: versionsOf('chat', '@chat-adapter/slack', '@chat-adapter/state-memory'),
    bars: shows.map(({ name }) => ({
      label: `${name}, first text`,
      ...{ value: firstText(name), unit: 'ms' },
    })),
  };
}
