/** Buttons and selects under the bot's messages. */
import {
  ButtonStyle,
  ComponentType,
  Events,
  type MessageComponentInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
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
import type { Opening } from './modals.ts';
import { act, sentenceOf } from './on-command.ts';
import type { Receiving } from './receiver.ts';

/** What is left of Discord's three seconds for opening the modal. */
const READ_DEADLINE_MS = 2_000;
/** For names that the project has, out of that. */
const NAMES_DEADLINE_MS = 1_000;
/** One more than a select holds: then it is typed. */
const MOST_NAMES = 26;
const GONE = 'That draft is not there any more.';
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
  opening: Opening,
): Promise<void> {
  const read = readModal(receiving, interaction, opening).catch((error: unknown) =>
    sentenceOf(receiving, () => Promise.reject(error)),
  );
  const shown = (await before(READ_DEADLINE_MS, read)) ?? 'That took too long. Try again.';
  await acknowledge(receiving, () =>
    typeof shown === 'string'
      ? interaction.reply({ content: shown, flags: MessageFlags.Ephemeral })
      : interaction.showModal(shown),
  );
}

async function readModal(
  receiving: Receiving,
  interaction: MessageComponentInteraction,
  opening: Opening,
) {
  const { bot, modals } = receiving;
  const { thread, place, actor } = await readGiven(receiving, interaction, interaction.message.id);
  const ticket = await bot.readTicket(thread, opening.ticket.ticketId);
  if (!ticket) return GONE;
  const project = await bot.findProject(thread, ticket);
  return modals.render(opening, {
    ...{ userId: interaction.user.id, ticket, project },
    async names(field) {
      const of = project === undefined ? {} : { project };
      const asked = { thread, place, actor, field, text: '', limit: MOST_NAMES, ...of };
      const found = bot.suggest(asked).then((all) => all.map(({ value }) => value));
      return (await before(NAMES_DEADLINE_MS, found)) ?? [];
    },
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
    if (!ticket) return GONE;
    const command = modals.parse(interaction, opening, ticket);
    if (typeof command === 'string') return command;
    outcome = await act(receiving, given, command);
    return outcome.message;
  });
  const isDone = outcome?.kind === 'done';
  if (isDone) modals.forget(interaction.user.id, opening);
  const components = isDone ? [] : [toOpenAgainRow(opening)];
  await sayBeside(receiving, interaction, { text, components });
}

function toOpenAgainRow(opening: Opening): object {
  const custom_id = formatCardAction(opening);
  const button = { type: ComponentType.Button, style: ButtonStyle.Primary, label: 'Open again' };
  return { type: ComponentType.ActionRow, components: [{ ...button, custom_id }] };
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
