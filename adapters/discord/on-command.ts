/** `/ticket`. */
import { type ChatInputCommandInteraction, Events } from 'discord.js';
import { parseCommand } from '../../src/core/commands.ts';
import type { ThreadSettings } from '../../src/core/conversation.ts';
import { quote } from '../../src/core/draft-request.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { MODES } from '../../src/core/settings.ts';
import { type Chosen, NEW, SAY, TICKET, toWords } from './commands.ts';
import { threadRefOf, timeOf } from './inbound.ts';
import { answer } from './interaction-answer.ts';
import { obstacleIn } from './on-message.ts';
import { renderOutcome } from './outcome.ts';
import { act, type Given, type Receiving, readGiven } from './receiving.ts';

export const UNSEEN = 'I cannot see this channel. Give my role View Channel here, then try again.';

export function listenToCommands(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isChatInputCommand() && interaction.commandName === TICKET) {
      void answer(receiving, interaction, () => runCommand(receiving, interaction));
    }
  });
}

async function runCommand(receiving: Receiving, interaction: ChatInputCommandInteraction) {
  const given = await readGiven(receiving, interaction);
  const subcommand = interaction.options.getSubcommand();
  const chosen = Object.fromEntries(
    (interaction.options.data[0]?.options ?? []).map(({ name, value }) => [name, value]),
  );
  if (subcommand === NEW) return begin(receiving, interaction, given, chosen);
  const command = parseCommand(toWords(subcommand, chosen));
  if (!command) return describeUnfit(subcommand);
  return renderOutcome(await act(receiving, given, command));
}

function describeUnfit(subcommand: string): string {
  return subcommand === SAY
    ? `That is none of the verbs that \`/${TICKET} help\` lists. To talk to me, mention me, or use \`/${TICKET} ${NEW}\`.`
    : `That does not fit \`/${TICKET} ${subcommand}\`. \`/${TICKET} help\` shows how it goes.`;
}

/** In a channel a thread opens; in a thread and in direct messages it is said there. */
async function begin(
  receiving: Receiving,
  { id }: ChatInputCommandInteraction,
  given: Given,
  { prompt, ...options }: Chosen,
): Promise<string> {
  const { spot, place, actor: author } = given;
  const text = String(prompt ?? '');
  if (!spot) return UNSEEN;
  if (spot.kind === 'dm' || spot.kind === 'thread') {
    if (Object.keys(options).length > 0) {
      return `Here, set these by \`/${TICKET} project\`, \`mode\` and \`provider\` first.`;
    }
    return sayHere(receiving, id, given, text);
  }
  const obstacle = obstacleIn(receiving, spot);
  if (obstacle) return obstacle;
  const started = await receiving.bot.handleStart({
    ...{ id, platform: 'discord', place, author, text, givenAt: timeOf(id) },
    settings: settingsOf(options),
  });
  if (started.kind === 'duplicate') return 'That has begun already.';
  const { thread } = await started.opened;
  return `Here: <#${thread.threadId}>`;
}

/** The words of a command are seen by nobody else, so they are shown with what is answered. */
async function sayHere(receiving: Receiving, id: string, given: Given, text: string) {
  const { spot, thread, place, actor } = given;
  const isDirect = spot?.kind === 'dm';
  if (isDirect) await receiving.direct.begin(thread.threadId, id);
  const message: IncomingMessage = {
    ...{ id, text, place, author: actor, sentAt: timeOf(id), addressed: true },
    thread: isDirect ? threadRefOf(thread.threadId, id) : thread,
    topLevel: isDirect,
  };
  await receiving.bot.handleMessage(message);
  return `Said here:\n${quote(text)}`;
}

function settingsOf({ project, mode, provider }: Chosen): ThreadSettings {
  const known = MODES.find((name) => name === mode);
  return {
    ...(project !== undefined && { project: String(project) }),
    ...(known && { mode: known }),
    ...(provider !== undefined && { provider: String(provider) }),
  };
}
