/** Modals submitted. */
import { ButtonStyle, Events, MessageFlags, type ModalSubmitInteraction } from 'discord.js';
import type { ActionOutcome } from '../../src/core/action.ts';
import { parseCardAction, toButton, toRow } from './card-action.ts';
import { acknowledge, sayBeside } from './interaction-answer.ts';
import { DRAFT_GONE } from './modals.ts';
import { act, type Receiving, readGiven, sentenceOf } from './receiving.ts';

export function listenToViews(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isModalSubmit()) void submit(receiving, interaction);
  });
}

/** What is refused is kept with what was typed: the window opens again with it. */
async function submit(receiving: Receiving, interaction: ModalSubmitInteraction): Promise<void> {
  const { bot, modals } = receiving;
  const opening = parseCardAction(interaction.customId);
  if (opening?.kind !== 'open') return;
  if (!(await acknowledge(receiving, () => acknowledgeModal(interaction)))) return;
  modals.keep(interaction, opening);
  let outcome: ActionOutcome | undefined;
  const text = await sentenceOf(receiving, async () => {
    const given = await readGiven(receiving, interaction, interaction.message?.id);
    const ticket = await bot.readTicket(given.thread, opening.ticket.ticketId);
    if (!ticket) return DRAFT_GONE;
    const command = modals.parse(interaction, opening, ticket);
    if (typeof command === 'string') return command;
    outcome = await act(receiving, given, command);
    return outcome.message;
  });
  const isDone = outcome?.kind === 'done';
  if (isDone) modals.forget(interaction.user.id, opening);
  const components = isDone ? [] : [toRow(toButton('Open again', opening, ButtonStyle.Primary))];
  await sayBeside(receiving, interaction, { text, components });
}

const acknowledgeModal = (interaction: ModalSubmitInteraction) =>
  interaction.isFromMessage()
    ? interaction.deferUpdate()
    : interaction.deferReply({ flags: MessageFlags.Ephemeral });
