/**
 * `bench stream-slack`: 2,000 tokens from a model over HTTP, through its SDK and the whole product in a process of
 * its own, to the stand-in Slack; beside the Chat SDK, a bare script, and the model's stream read and shown to nobody.
 */
import { createDelivery } from '../../test/fakes/slack-delivery.ts';
import { createPeople } from '../../test/fakes/slack-people.ts';
import type { SlackServer } from '../../test/fakes/slack-server.ts';
import { addChannel } from '../../test/fakes/slack-world.ts';
import type { Measure } from './index.ts';
import { createSlackStage, type SlackStage, SPEAKER } from './slack-stage.ts';
import {
  ALONE,
  BARE,
  CHAT_SDK,
  measureStreamTurns,
  PRODUCT,
  type ShownText,
  STREAM_PACE,
  type StreamCandidate,
} from './stream-turns.ts';
import { TOKEN } from './token-server.ts';
import { versionsOf } from './versions.ts';

const CADENCE_MS = 1_500;
const PROGRAMS = {
  [PRODUCT]: 'scripts/bench/turn-product.ts',
  [CHAT_SDK]: 'scripts/bench/peers/turn-chat.ts',
  [BARE]: 'scripts/floor/bare-turn.ts',
  [ALONE]: 'scripts/floor/model-alone.ts',
};

export const measureStreamSlack: Measure = async ({ quick }) => {
  const stage = await createSlackStage(STREAM_PACE);
  try {
    const shown = watchTexts(stage.slack);
    const start = (life: number) =>
      Promise.all(
        Object.entries(PROGRAMS).map(
          async ([name, file]): Promise<StreamCandidate> => ({
            ...{ name, shown },
            ...(await prepare(stage, `${name.replaceAll(' ', '-')}-${life}`, file)),
          }),
        ),
      );
    return await measureStreamTurns({
      ...{ chat: 'Slack', cadenceMs: CADENCE_MS, from: 'the signed mention' },
      ...{ start, model: stage.model, quick },
      versions: versionsOf('chat', '@chat-adapter/slack', '@chat-adapter/state-memory'),
    });
  } finally {
    await stage.close();
  }
};

/** Each in a channel of its own. */
async function prepare({ slack, start }: SlackStage, name: string, file: string) {
  const program = await start(file, `stream-${name}`);
  const channel = `C${name.replaceAll('-', '').toUpperCase()}`;
  addChannel(slack.world, channel, 'channel', [SPEAKER]);
  const delivery = createDelivery({ slack, requestUrl: `${program.origin}/slack/events` });
  const people = createPeople({ slack, delivery });
  const ask = () => people.say(SPEAKER, channel, `<@${slack.world.botUser}> tell me.`);
  return { program, ask };
}

/** When calls that carry the model's words were answered. */
function watchTexts({ calls }: SlackServer): ShownText[] {
  const shown: ShownText[] = [];
  const push = calls.push.bind(calls);
  calls.push = (...made) => {
    const told = made.find(({ args }) => JSON.stringify(args).includes(TOKEN.trim()));
    const opens = /^chat\.(postMessage|startStream)$/.test(told?.method ?? '');
    if (told) shown.push({ at: performance.now(), opens });
    return push(...made);
  };
  return shown;
}
