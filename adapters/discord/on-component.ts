/** Buttons and selects under the bot's messages. */
import {
  type APIModalInteractionResponseCallbackData,
  ButtonStyle,
  ComponentType,
  Events,
  type MessageComponentInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { type Given, readGiven } from './actor.ts';
import {
  type CardAction,
  digestOfConfirmed,
  formatCardAction,
  parseCardAction,
  toConfirmation,
} from './card-action.ts';
import { timeOf } from './inbound.ts';
import { type Answerable, acknowledge, sayBeside } from './interaction-answer.ts';
import { act, sentenceOf } from './on-command.ts';
import type { Receiving } from './receiver.ts';

/** What the writing half knows of modals. */
export interface Modals {
  /** Shown as the first answer. */
  render(
    open: Extract<CardAction, { kind: 'open' }>,
    about: Given & { ticket: Ticket },
  ): APIModalInteractionResponseCallbackData;
  /** What was submitted; `undefined` when it is none of ours, a sentence when it does not fit. */
  parse(submitted: ModalSubmitInteraction): Command | string | undefined;
}

/** What is left of Discord's three seconds for opening the modal. */
const READ_DEADLINE_MS = 2_000;
const OLD = 'This button is from before an update of mine. Say `drafts` for a fresh card.';

export function listenToComponents(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isMessageComponent()) void use(receiving, interaction);
    if (interaction.isModalSubmit()) void submit(receiving, interaction);
  });
}

async function use(receiving: Receiving, interaction: MessageComponentInteraction): Promise<void> {
  const action = parseCardAction(interaction.customId);
  if (action?.kind === 'open') return open(receiving, interaction, action);
  if (!(await acknowledge(receiving, () => interaction.deferUpdate()))) return;
  if (!action) return sayBeside(receiving, interaction, { text: OLD });
  await attempt(receiving, interaction, async (given) => {
    switch (action.kind) {
      case 'command':
        return act(receiving, given, action.command);
      case 'confirm':
        return confirm(receiving, given, action);
      case 'choose-project': {
        const [project = ''] = interaction.isStringSelectMenu() ? interaction.values : [];
        return act(receiving, given, { kind: 'edit', target: action.ticket, changes: { project } });
      }
      case 'retry':
        return retry(receiving, interaction, given, action.turnId);
    }
  });
}

/** Does it, and tells the person alone what became of it. */
async function attempt(
  receiving: Receiving,
  interaction: Answerable & { message?: { id: string } | null },
  work: (given: Given) => Promise<ActionOutcome | undefined>,
): Promise<void> {
  let asked: Command | undefined;
  const text = await sentenceOf(receiving, async () => {
    const given = await readGiven(receiving, interaction, interaction.message?.id);
    const outcome = await work(given);
    asked = outcome?.confirm;
    return outcome?.message ?? '';
  });
  if (!text) return;
  const components = asked ? [toConfirmRow(asked)] : [];
  await sayBeside(receiving, interaction, { text, components });
}

function toConfirmRow(command: Command): object {
  const custom_id = formatCardAction(toConfirmation(command));
  const button = { type: ComponentType.Button, style: ButtonStyle.Danger, label: 'Yes, go on' };
  return { type: ComponentType.ActionRow, components: [{ ...button, custom_id }] };
}

/** The core says again what there is to confirm; it counts when it is what the person was shown. */
async function confirm(
  receiving: Receiving,
  given: Given,
  { command, digest }: Extract<CardAction, { kind: 'confirm' }>,
): Promise<ActionOutcome> {
  const outcome = await act(receiving, given, command);
  const same = outcome.confirm && digestOfConfirmed(outcome.confirm) === digest;
  return same && outcome.confirm ? act(receiving, given, outcome.confirm) : outcome;
}

/** A message of its own; pressed twice, or on two processes, it is the same one. */
async function retry(
  receiving: Receiving,
  { message }: MessageComponentInteraction,
  { thread, place, actor }: Given,
  turnId: string,
): Promise<undefined> {
  await receiving.bot.handleMessage({
    ...{ id: turnId, sentAt: timeOf(message.id), thread, place, author: actor },
    ...{ text: 'Try again.', addressed: true, topLevel: false },
  });
}

/** A modal must be the first answer: what it shows has to be read before. */
async function open(
  receiving: Receiving,
  interaction: MessageComponentInteraction,
  action: Extract<CardAction, { kind: 'open' }>,
): Promise<void> {
  const { bot, modals } = receiving;
  let sentence = 'That took too long. Try again.';
  let modal: APIModalInteractionResponseCallbackData | undefined;
  const read = sentenceOf(receiving, async () => {
    const given = await readGiven(receiving, interaction, interaction.message.id);
    const ticket = await bot.readTicket(given.thread, action.ticket.ticketId);
    modal = ticket && modals?.render(action, { ...given, ticket });
    return 'That draft is not there any more.';
  });
  sentence = (await before(READ_DEADLINE_MS, read)) ?? sentence;
  await acknowledge(receiving, () =>
    modal
      ? interaction.showModal(modal)
      : interaction.reply({ content: sentence, flags: MessageFlags.Ephemeral }),
  );
}

async function submit(receiving: Receiving, interaction: ModalSubmitInteraction): Promise<void> {
  const command = receiving.modals?.parse(interaction);
  if (command === undefined) return;
  if (!(await acknowledge(receiving, () => acknowledgeModal(interaction)))) return;
  if (typeof command === 'string') return sayBeside(receiving, interaction, { text: command });
  await attempt(receiving, interaction, (given) => act(receiving, given, command));
}

const acknowledgeModal = (interaction: ModalSubmitInteraction) =>
  interaction.isFromMessage()
    ? interaction.deferUpdate()
    : interaction.deferReply({ flags: MessageFlags.Ephemeral });

/** `undefined` when it takes longer. */
function before<Value>(ms: number, work: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
