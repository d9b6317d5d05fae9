/** "Draft a ticket" in the menu of a message. */
import {
  Events,
  type Message,
  type MessageContextMenuCommandInteraction,
  type MessageSnapshot,
} from 'discord.js';
import { requestDraftFrom } from '../../src/core/draft-request.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import { DRAFT_FROM_MESSAGE } from './commands.ts';
import { attachmentsOf, type SaidMessage, threadRefOf, timeOf } from './inbound.ts';
import { answer } from './interaction-answer.ts';
import { UNSEEN } from './on-command.ts';
import { obstacleIn } from './on-message.ts';
import { type Receiving, readGiven } from './receiving.ts';

export function listenToShortcuts(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (
      interaction.isMessageContextMenuCommand() &&
      interaction.commandName === DRAFT_FROM_MESSAGE
    ) {
      void answer(receiving, interaction, () => draftFrom(receiving, interaction));
    }
  });
}

/** Its thread opens first: what is said in it already is part of what it is about. */
async function draftFrom(receiving: Receiving, interaction: MessageContextMenuCommandInteraction) {
  const { targetMessage: target, id } = interaction;
  const given = await readGiven(receiving, interaction, target.id);
  const { spot, place, actor } = given;
  if (!spot) return UNSEEN;
  const said = toSaid(target);
  const text = receiving.inbound.textOf(said);
  const attachments = attachmentsOf(said);
  if (!text && attachments.length === 0) return 'There is nothing in that message to draft from.';
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
    text: requestDraftFrom(text, target.author.displayName),
    attachments,
    permalink: target.url,
  };
  await receiving.bot.handleMessage(message);
  return spot.kind === 'dm' ? 'Drafting.' : `Drafting in <#${threadId}>`;
}

/** As much of the raw message as what it says needs. */
function toSaid(message: Message): SaidMessage {
  const { author, mentions, guildId, webhookId, messageSnapshots } = message;
  const users = [...mentions.users.values()].map((user) => ({
    ...{ id: user.id, username: user.username, global_name: user.globalName },
  }));
  return {
    ...toContents(message),
    author: { id: author.id, bot: author.bot },
    mentions: users,
    message_snapshots: messageSnapshots.map((snapshot) => ({ message: toContents(snapshot) })),
    ...(webhookId && { webhook_id: webhookId }),
    ...(guildId && { guild_id: guildId }),
  } as unknown as SaidMessage;
}

const toContents = ({ content, embeds, attachments }: Message | MessageSnapshot) => ({
  content,
  embeds: embeds.map((embed) => embed.toJSON()),
  attachments: attachments.map((file) => ({
    ...{ id: file.id, filename: file.name, size: file.size, url: file.url },
    content_type: file.contentType,
  })),
});
