/** Buttons and selects under the bot's messages. */
import { ButtonStyle, Events, type MessageComponentInteraction, MessageFlags } from 'discord.js';
import type { ActionOutcome, Command } from '../../src/core/action.ts';
import { within } from '../../src/core/within.ts';
import {
  type CardAction,
  type CarriedCommand,
  digestOfConfirmed,
  digestOfName,
  parseCardAction,
  toButton,
  toRow,
} from './card-action.ts';
import { timeOf } from './inbound.ts';
import { type Answerable, acknowledge, sayBeside } from './interaction-answer.ts';
import type { Opening } from './modal.ts';
import { DRAFT_GONE, type Shown } from './modals.ts';
import { type RenderedOutcome, renderOutcome } from './outcome.ts';
import { act, type Given, type Receiving, readGiven, sentenceOf } from './receiving.ts';

/** What is left of Discord's three seconds for opening the modal. */
const READ_DEADLINE_MS = 2_000;
/** For names that the project has, out of that. */
const NAMES_DEADLINE_MS = 1_000;
/** One more than a select holds: then it is typed. */
const MOST_NAMES = 26;
const OLD = 'This button is from before an update of mine. Say `drafts` for a fresh card.';

export function listenToActions(receiving: Receiving): void {
  receiving.client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isMessageComponent()) void use(receiving, interaction);
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
        return act(receiving, given, await findCommand(receiving, given, action.command));
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
  let components: RenderedOutcome['components'] = [];
  const text = await sentenceOf(receiving, async () => {
    const given = await readGiven(receiving, interaction, interaction.message?.id);
    const outcome = await work(given);
    if (!outcome) return '';
    const rendered = renderOutcome(outcome);
    components = rendered.components;
    return rendered.text;
  });
  if (text) await sayBeside(receiving, interaction, { text, components });
}

/** What a button stands for, with the name that its draft has. */
async function findCommand(
  { bot }: Receiving,
  { thread }: Given,
  carried: CarriedCommand,
): Promise<Command> {
  if (carried.kind !== 'create-name') return carried;
  const { kind, target, field, digest } = carried;
  const ticket = await bot.readTicket(thread, target.ticketId);
  const names = field === 'labels' ? ticket?.labels : [ticket?.milestone ?? ''];
  // A draft that has no such name any more is of a later revision, and the core says so.
  const name = names?.find((one) => digestOfName(one) === digest) ?? '';
  return { kind, target, field, name };
}

/** The core says again what there is to confirm; it counts when it is what the person was shown. */
async function confirm(
  receiving: Receiving,
  given: Given,
  { command, digest }: Extract<CardAction, { kind: 'confirm' }>,
): Promise<ActionOutcome> {
  const meant = await findCommand(receiving, given, command);
  const outcome = await act(receiving, given, meant);
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
  const read = readModal(receiving, interaction, opening).catch(async (error: unknown) =>
    toSentence(await sentenceOf(receiving, () => Promise.reject(error))),
  );
  const shown = (await within(READ_DEADLINE_MS, read)) ?? toSentence(TOO_LATE);
  await acknowledge(receiving, () => {
    if (shown.kind === 'window') return interaction.showModal(shown.view);
    if (shown.kind === 'file') return replyWithFile(interaction, shown);
    return interaction.reply({ content: shown.sentence, flags: MessageFlags.Ephemeral });
  });
}

const TOO_LATE = 'That took too long. Try again.';
const toSentence = (sentence: string): Shown => ({ kind: 'sentence', sentence });

function replyWithFile(
  interaction: MessageComponentInteraction,
  { sentence, name, text, back }: Extract<Shown, { kind: 'file' }>,
) {
  const button = toButton('Bring it back', back, ButtonStyle.Primary);
  return interaction.reply({
    content: sentence,
    files: [{ name, attachment: Buffer.from(text) }],
    components: [toRow(button)],
    flags: MessageFlags.Ephemeral,
  });
}

async function readModal(
  receiving: Receiving,
  interaction: MessageComponentInteraction,
  opening: Opening,
): Promise<Shown> {
  const { bot, modals } = receiving;
  const { thread, place, actor } = await readGiven(receiving, interaction, interaction.message.id);
  const ticket = await bot.readTicket(thread, opening.ticket.ticketId);
  if (!ticket) return toSentence(DRAFT_GONE);
  const project = await bot.findProject(thread, ticket);
  return modals.render(opening, {
    ...{ userId: interaction.user.id, ticket, project },
    missing: () => bot.readMissing(thread, ticket),
    async names(field) {
      const of = project === undefined ? {} : { project };
      const asked = { thread, place, actor, field, text: '', limit: MOST_NAMES, ...of };
      const found = bot.suggest(asked).then((all) => all.map(({ value }) => value));
      return (await within(NAMES_DEADLINE_MS, found)) ?? [];
    },
  });
}
