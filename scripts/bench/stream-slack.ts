/**
 * `bench stream-slack`: 2,000 tokens from a model over HTTP, through its SDK and the whole product in a
 * process of its own, to the stand-in Slack. Both ends are in this process, on one clock.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BOT_SCOPES } from '../../adapters/slack/scopes.ts';
import { startEngine } from '../../test/engine.ts';
import { createDelivery } from '../../test/fakes/slack-delivery.ts';
import { createPeople } from '../../test/fakes/slack-people.ts';
import { type SlackServer, startSlack } from '../../test/fakes/slack-server.ts';
import { addChannel, addUser } from '../../test/fakes/slack-world.ts';
import type { Measure } from './index.ts';
import { quantile } from './measure.ts';
import { startProgram } from './program.ts';
import type { Report } from './report.ts';
import { startTokenServer, TOKEN } from './token-server.ts';

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

export const measureStreamSlack: Measure = async ({ quick }) => {
  const slack = await startSlack({ scopes: new Set(BOT_SCOPES) });
  const [engine, model] = await Promise.all([startEngine(), startTokenServer(TOKEN_PACE)]);
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-stream-'));
  const { world } = slack;
  addUser(world, 'UANN', 'Ann');
  addChannel(world, 'C1', 'channel', ['UANN']);
  const program = await startProgram({
    file: 'src/main.ts',
    env: {
      ...{ DATA_DIR: dataDir, DYNAMODB_ENDPOINT: engine.endpoint, LOG_LEVEL: 'warn' },
      ...{ SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: world.botToken },
      ...{ SLACK_SIGNING_SECRET: world.signingSecret, ALLOW_PRIVATE_ADDRESSES: 'true' },
      ...{ OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: model.baseUrl, OPENAI_MODEL: 'm' },
    },
  });
  try {
    const delivery = createDelivery({ slack, requestUrl: `${program.origin}/slack/events` });
    const people = createPeople({ slack, delivery });
    const shown = watchTexts(slack);

    async function takeTurn(): Promise<Turn> {
      shown.length = 0;
      const before = await program.usage();
      await people.say('UANN', 'C1', `<@${world.botUser}> tell me.`);
      const asked = performance.now();
      while (!isOver() && performance.now() - asked < TURN_MS) await wait(50);
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

    function isOver(): boolean {
      const latest = Math.max(model.moments().last, shown.at(-1) ?? Number.NaN);
      return performance.now() - latest > QUIET_MS;
    }

    for (let warm = 0; warm < 3; warm += 1) await takeTurn();
    const turns: Turn[] = [];
    for (let turn = 0; turn < (quick ? 8 : 40); turn += 1) turns.push(await takeTurn());
    return toReport(turns);
  } finally {
    await program.stop();
    await Promise.all([engine.stop(), model.stop(), slack.stop()]);
    await rm(dataDir, { recursive: true });
  }
};

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

function toReport(turns: Turn[]): Report {
  const quartiles = (pick: (turn: Turn) => number) =>
    [0.25, 0.5, 0.75].map((q) => quantile(turns.map(pick), q));
  const firstText = quartiles((turn) => turn.firstText);
  return {
    bench: 'stream-slack',
    about: `${TOKENS} tokens of a model over HTTP through a whole turn in Slack, ${turns.length} turns: from the signed mention to the last edit, table included.`,
    columns: ['', 'first quartile', 'median', 'third quartile'],
    rows: [
      ['ms from the first token to the first text in Slack', ...firstText],
      ['ms from the last token to the last text', ...quartiles((turn) => turn.lastText)],
      ['calls with text', ...quartiles((turn) => turn.edits)],
      ['CPU ms of the process', ...quartiles((turn) => turn.cpuMs)],
    ],
    limits: [
      {
        what: 'ms from the first token to the first text in Slack, median',
        ...{ reached: firstText[1] ?? Number.NaN, limit: 3 },
      },
      {
        what: 'edits beyond the first, the last and one per cadence, the most',
        ...{ reached: Math.max(...turns.map(({ excess }) => excess)), limit: 0 },
      },
    ],
    versions: [],
    bars: [{ label: 'product, first text', value: firstText[1] ?? 0, unit: 'ms' }],
  };
}
