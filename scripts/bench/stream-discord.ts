/**
 * `bench stream-discord`: 2,000 tokens from a model over HTTP, through its SDK and the whole product in a process of
 * its own, to the stand-in Discord, which keeps Discord's limits; beside the Chat SDK, a bare script, and the model's
 * stream read and shown to nobody.
 */
import type { DiscordServer } from '../../test/fakes/discord-server.ts';
import { createDiscordStage, type DiscordStage } from './discord-stage.ts';
import type { Measure } from './index.ts';
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

/** What Discord's headers lead to with five edits in five seconds. */
const CADENCE_MS = 1_250;
const PROGRAMS = {
  [PRODUCT]: 'src/main.ts',
  [CHAT_SDK]: 'scripts/bench/peers/turn-chat-discord.ts',
  [BARE]: 'scripts/floor/bare-turn-discord.ts',
};
const REMARK = `Calls count when people see what they carry. Discord takes 2,000 characters in a message: of the answer's 10,000 the ${CHAT_SDK} shows the first 2,000, the product goes on in further messages and a file.`;

export const measureStreamDiscord: Measure = async ({ quick }) => {
  const stage = await createDiscordStage(STREAM_PACE);
  try {
    const start = async (life: number) => [
      ...(await Promise.all(
        Object.entries(PROGRAMS).map(([name, file]) => prepare(stage, { name, file, life })),
      )),
      await prepareAlone(stage, life),
    ];
    return await measureStreamTurns({
      ...{ chat: 'Discord', cadenceMs: CADENCE_MS, from: 'the mention', remark: REMARK },
      ...{ start, model: stage.model, quick },
      versions: versionsOf('chat', '@chat-adapter/discord', '@chat-adapter/state-memory'),
    });
  } finally {
    await stage.close();
  }
};

async function prepare(
  { startInDiscord }: DiscordStage,
  { name, file, life }: { name: string; file: string; life: number },
): Promise<StreamCandidate> {
  const tableName = `stream-${name.replace(' ', '-')}-${life}`;
  const { program, discord, say } = await startInDiscord(file, tableName);
  return { name, program, ask: () => say('tell me.'), shown: watchTexts(discord) };
}

/** It has nothing to do with Discord: a request has it read. */
async function prepareAlone({ start }: DiscordStage, life: number): Promise<StreamCandidate> {
  const program = await start('scripts/floor/model-alone.ts', `stream-alone-${life}`);
  const ask = () => fetch(program.origin, { method: 'POST' });
  return { name: ALONE, program, ask, shown: [] };
}

/** The bot's messages that carry the model's words, when people see them. */
function watchTexts({ gateway, world }: DiscordServer): ShownText[] {
  const shown: ShownText[] = [];
  const { dispatchMessage } = gateway;
  gateway.dispatchMessage = (name, message) => {
    const own = message.authorId === world.applicationId;
    const told = own && message.content.includes(TOKEN.trim());
    if (told) shown.push({ at: performance.now(), opens: name === 'MESSAGE_CREATE' });
    dispatchMessage(name, message);
  };
  return shown;
}
