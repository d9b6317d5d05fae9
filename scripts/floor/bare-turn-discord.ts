/**
 * What `bench stream-discord` shows beside the product: a script on the same SDKs that makes the same requests to the
 * table and the same of Discord for a turn, and nothing else.
 */
import { createServer } from 'node:http';
import { type APIMessage, Client, GatewayIntentBits, type Message, Routes } from 'discord.js';
import { ask } from './bare-model.ts';
import * as table from './bare-table.ts';

const env = process.env;
/** Between two edits, in milliseconds. */
const CADENCE_MS = 1_250;
/** Characters of a message, and messages of an answer, which then goes on in a file. */
const PIECE = 1_900;
const PIECES = 3;
const PIECE_PATTERN = new RegExp(`[^]{1,${PIECE}}`, 'g');

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
const client = new Client({
  intents: [Guilds, GuildMessages, MessageContent],
  rest: { api: env.DISCORD_API_URL ?? '' },
});
client.on('messageCreate', (message) => {
  if (client.user && message.mentions.has(client.user)) void answer(message);
});
await client.login(env.DISCORD_TOKEN);

async function answer({ id, channelId, content, author, createdAt }: Message): Promise<void> {
  const { rest } = client;
  const said = { thread: id, id, user: author.id, text: content, sentAt: createdAt.toISOString() };
  await table.begin(said);
  const opened = rest.post(Routes.threads(channelId, id), { body: { name: 'tell me.' } });
  void opened.then(() => rest.post(Routes.channelTyping(id)));
  const posted: { id: string; content: string }[] = [];

  async function show(text: string, isLast: boolean): Promise<void> {
    const pieces = (text.match(PIECE_PATTERN) ?? []).slice(0, PIECES);
    await opened;
    for (const [n, piece] of pieces.entries()) {
      const goesOn = isLast && n === PIECES - 1;
      const sent = {
        body: { content: piece },
        ...(goesOn && { files: [{ name: 'answer.md', data: Buffer.from(text) }] }),
      };
      const known = posted[n];
      if (!known) {
        const message = await rest.post(Routes.channelMessages(id), sent);
        posted.push({ id: (message as APIMessage).id, content: piece });
      } else if (known.content !== piece || goesOn) {
        await rest.patch(Routes.channelMessage(id, known.id), sent);
        known.content = piece;
      }
    }
  }

  async function showNext(before: Promise<void> | undefined, text: string, isFirst: boolean) {
    await before;
    await show(text, false);
    if (isFirst) await table.record(said, posted[0]?.id ?? '');
  }

  let text = '';
  let showing: Promise<void> | undefined;
  let shownAt = 0;
  for await (const { choices } of await ask(content)) {
    text += choices[0]?.delta.content ?? '';
    if (!text || performance.now() - shownAt < CADENCE_MS) continue;
    const isFirst = shownAt === 0;
    shownAt = performance.now();
    showing = showNext(showing, text, isFirst);
  }
  await showing;
  await show(text, true);
  await table.close(said, text);
}

createServer((_, response) => response.end()).listen(Number(env.PORT), '127.0.0.1');
