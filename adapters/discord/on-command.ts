/** `/ticket`, and the command in the menu of a message. */
import {
  type ChatInputCommandInteraction,
  Events,
  type Message,
  type MessageContextMenuCommandInteraction,
} from 'discord.js';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import { parseCommand } from '../../src/core/commands.ts';
import type { ThreadSettings } from '../../src/core/conversation.ts';
import { ChatError, StoreUnavailableError } from '../../src/core/errors.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { describeOutcome } from '../../src/core/outcome-text.ts';
import { MODES } from '../../src/core/settings.ts';
import { type Given, readGiven } from './actor.ts';
import { type Chosen, DRAFT_FROM_MESSAGE, NEW, TICKET, toWords } from './commands.ts';
import { quote, type SaidMessage, threadRefOf, timeOf } from './inbound.ts';
import { type Answerable, deferHidden, say } from './interaction-answer.ts';
import { obstacleIn } from './on-message.ts';
import type { Receiving } from './receiver.ts';

const NO_TABLE = 'I cannot reach my memory right now, so nothing was done. Try again in a minute.';

export function listenToCommands(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isChatInputCommand() && interaction.commandName === TICKET) {
      void answer(receiving, interaction, () => runCommand(receiving, interaction));
    }
    if (
      interaction.isMessageContextMenuCommand() &&
      interaction.commandName === DRAFT_FROM_MESSAGE
    ) {
      void answer(receiving, interaction, () => draftFrom(receiving, interaction));
    }
  });
}

/** Acknowledged at once; whoever acknowledged it does it, and says what became of it. */
export async function answer(
  receiving: Receiving,
  interaction: Answerable,
  work: () => Promise<string>,
): Promise<void> {
  if (!(await deferHidden(receiving, interaction))) return;
  await say(receiving, interaction, { text: await sentenceOf(receiving, work) });
}

/** What to tell the person, also when it went wrong. */
export async function sentenceOf({ log }: Receiving, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChatError) return error.message;
    if (error instanceof StoreUnavailableError) return NO_TABLE;
    const reference = log.error('discord-interaction-failed', {}, error);
    return `Something went wrong on my side (reference ${reference}). Try again.`;
  }
}

async function runCommand(receiving: Receiving, interaction: ChatInputCommandInteraction) {
  const given = await readGiven(receiving, interaction);
  const subcommand = interaction.options.getSubcommand();
  const chosen = Object.fromEntries(
    (interaction.options.data[0]?.options ?? []).map(({ name, value }) => [name, value]),
  );
  if (subcommand === NEW) return begin(receiving, interaction, given, chosen);
  const command = parseCommand(toWords(subcommand, chosen));
  if (!command)
    return `That does not fit \`/${TICKET} ${subcommand}\`. \`/${TICKET} help\` shows how it goes.`;
  const outcome = await act(receiving, given, command);
  return describeOutcome(outcome);
}

export function act(
  { bot }: Receiving,
  { thread, place, actor }: Given,
  command: Command,
): Promise<ActionOutcome> {
  return bot.handleAction({ thread, place, actor, command });
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
  if (!spot) return 'I cannot see this channel. Give my role View Channel here, then try again.';
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

/** Its thread opens first: what is said in it already is part of what it is about. */
async function draftFrom(receiving: Receiving, interaction: MessageContextMenuCommandInteraction) {
  const { targetMessage: target, id } = interaction;
  const given = await readGiven(receiving, interaction, target.id);
  const { spot, place, actor } = given;
  if (!spot) return 'I cannot see this channel. Give my role View Channel here, then try again.';
  const text = receiving.inbound.textOf(toSaid(target));
  if (!text && target.attachments.size === 0)
    return 'There is nothing in that message to draft from.';
  const inChannel = spot.kind === 'channel';
  const obstacle = inChannel ? obstacleIn(receiving, spot) : undefined;
  if (obstacle) return obstacle;
  const threadId = inChannel ? target.id : spot.channelId;
  if (inChannel) {
    const beginning = { channelId: spot.channelId, name: text || DRAFT_FROM_MESSAGE };
    await receiving.threads.prepare(target.id, beginning).open();
  }
  const message: IncomingMessage = {
    ...{ id, place, author: actor, sentAt: timeOf(id), addressed: true, topLevel: false },
    thread: inChannel ? threadRefOf(threadId) : given.thread,
    text: `Draft a ticket from this message by ${target.author.displayName}:\n\n${quote(text)}`,
    attachments: target.attachments.map((file) => ({
      ...{ id: file.id, name: file.name, bytes: file.size, url: file.url },
      mimeType: file.contentType ?? 'application/octet-stream',
    })),
    permalink: target.url,
  };
  await receiving.bot.handleMessage(message);
  return spot.kind === 'dm' ? 'Drafting.' : `Drafting in <#${threadId}>`;
}

/** As much of the raw message as its words need. */
function toSaid({ content, mentions, guildId }: Message): SaidMessage {
  const users = [...mentions.users.values()].map((user) => ({
    ...{ id: user.id, username: user.username, global_name: user.globalName },
  }));
  return {
    content,
    mentions: users,
    ...(guildId && { guild_id: guildId }),
  } as unknown as SaidMessage;
}
