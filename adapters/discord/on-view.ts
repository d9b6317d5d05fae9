/** Modals submitted. */
import { ButtonStyle, Events, MessageFlags, type ModalSubmitInteraction } from 'discord.js';
import type { ActionOutcome, SeenTicket } from '../../src/core/action.ts';
import { parseCardAction, toButton, toRow } from './card-action.ts';
import { acknowledge, sayBeside } from './interaction-answer.ts';
import type { Opening } from './modal.ts';
import { DRAFT_GONE, type ToCommand } from './modals.ts';
import { act, type Given, type Receiving, readGiven, sentenceOf } from './receiving.ts';

export function listenToViews(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isModalSubmit()) void submit(receiving, interaction);
  });
}

/**
 * What is refused is kept with what was typed: the window opens again with it. A long text is given back too,
 * because the process that kept it may be gone by then.
 */
async function submit(receiving: Receiving, interaction: ModalSubmitInteraction): Promise<void> {
  const { bot, modals } = receiving;
  const opening = parseCardAction(interaction.customId);
  if (opening?.kind !== 'open') return;
  if (!(await acknowledge(receiving, () => acknowledgeModal(interaction)))) return;
  modals.keep(interaction, opening);
  let isDone = false;
  let again: Opening = { ...opening, shown: '' };
  const text = await sentenceOf(receiving, async () => {
    const given = await readGiven(receiving, interaction, interaction.message?.id);
    const { thread } = given;
    const ticket = await bot.readTicket(thread, opening.ticket.ticketId);
    if (!ticket) return DRAFT_GONE;
    // Whoever is told that it was changed decides about what it is now.
    again = { ...again, ticket: { ticketId: ticket.id, revision: ticket.revision } };
    const missing = () => bot.readMissing(thread, ticket);
    const commands = await modals.parse(interaction, opening, { ticket, missing });
    if (typeof commands === 'string') return commands;
    const outcome = await carryOut(receiving, given, opening.ticket, commands);
    isDone = outcome.kind === 'done';
    return outcome.message;
  });
  if (isDone) modals.forget(interaction.user.id, opening);
  const components = isDone ? [] : [toRow(toButton('Open again', again, ButtonStyle.Primary))];
  const typed = isDone ? undefined : modals.typedIn(interaction, opening);
  const files = typed
    ? [{ name: 'what-you-typed.md', data: Buffer.from(typed.toWellFormed()) }]
    : [];
  await sayBeside(receiving, interaction, { text, components, files });
}

/** Each on the revision that the one before left, up to the first that is refused. */
async function carryOut(
  receiving: Receiving,
  given: Given,
  seen: SeenTicket,
  [first, ...more]: ToCommand[],
): Promise<ActionOutcome> {
  if (!first) return { kind: 'refused', message: 'Nothing was changed.', tickets: [] };
  const outcome = await act(receiving, given, first(seen));
  const [now] = outcome.tickets;
  if (outcome.kind !== 'done' || !now || more.length === 0) return outcome;
  return carryOut(receiving, given, { ticketId: now.id, revision: now.revision }, more);
}

const acknowledgeModal = (interaction: ModalSubmitInteraction) =>
  interaction.isFromMessage()
    ? interaction.deferUpdate()
    : interaction.deferReply({ flags: MessageFlags.Ephemeral });
