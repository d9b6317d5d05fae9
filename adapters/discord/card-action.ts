/**
 * What buttons and selects carry, and what using one means. A `custom_id` holds 100 characters and
 * comes back from outside, so it is parsed like any input; a card's name the ticket and the revision
 * that it showed.
 */
import {
  type APIButtonComponent,
  type APIMessageTopLevelComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import { z } from 'zod';
import type { Command, SeenTicket } from '../../src/core/action.ts';
import type { NewName } from '../../src/core/advice.ts';
import { cutText } from '../../src/core/cut-text.ts';
import { digestOf } from '../../src/core/thread.ts';

/** What there is to open in a modal: a part of a ticket, or a file that takes the place of a part too long for one. */
export const MODALS = [
  ...(['edit', 'text', 'acceptanceCriteria', 'tasks', 'fill', 'project'] as const),
  ...(['text-file', 'acceptanceCriteria-file', 'tasks-file'] as const),
] as const;
export type ModalName = (typeof MODALS)[number];

type CreateName = Extract<Command, { kind: 'create-name' }>;

/** As a button carries it: a name of the draft, which may be longer than a button, by its digest. */
export type CarriedCommand =
  | Exclude<Command, CreateName>
  | { kind: 'create-name'; target: SeenTicket; field: NewName['field']; digest: string };

export type CardAction =
  /** Goes to the bot as it is. */
  | { kind: 'command'; command: CarriedCommand }
  /** The command again, by somebody who was warned of this: the digest of what they confirm. */
  | { kind: 'confirm'; command: CarriedCommand; digest: string }
  /** `shown`, of an open modal: what each of its inputs held, in few characters. */
  | { kind: 'open'; modal: ModalName; ticket: SeenTicket; shown?: string }
  /** A select whose value is where the ticket goes. */
  | { kind: 'choose-project'; ticket: SeenTicket }
  /** The turn is to be tried again: a message of its own, one for each turn however often it is pressed. */
  | { kind: 'retry'; turnId: string };

/** Discord's, in characters. */
const MAX_LENGTH = 100;
const MAX_LABEL = 80;
const DIGEST_LENGTH = 16;
const SEPARATOR = '|';
const ticketSchema = z.object({ ticketId: z.string().min(1), revision: z.coerce.number().int() });

export function toButton(
  label: string,
  action: CardAction,
  style: Exclude<ButtonStyle, ButtonStyle.Link | ButtonStyle.Premium> = ButtonStyle.Secondary,
): APIButtonComponent {
  const custom_id = formatCardAction(action);
  return { type: ComponentType.Button, label: cutText(label, MAX_LABEL), style, custom_id };
}

export function toRow(...components: APIButtonComponent[]): APIMessageTopLevelComponent {
  return { type: ComponentType.ActionRow, components };
}

/** Throws `RangeError` for what no `custom_id` can carry. */
export function formatCardAction(action: CardAction): string {
  const text = partsOf(action).join(SEPARATOR);
  if (text.length > MAX_LENGTH) throw new RangeError('a custom_id cannot carry that much');
  return text;
}

function partsOf(action: CardAction): (string | number)[] {
  switch (action.kind) {
    case 'command':
      return partsOfCommand(action.command);
    case 'confirm':
      return ['confirm', action.digest, ...partsOfCommand(action.command)];
    case 'open':
      return [
        ...['open', action.modal, action.ticket.ticketId, action.ticket.revision],
        ...(action.shown ? [action.shown] : []),
      ];
    case 'choose-project':
      return ['choose-project', action.ticket.ticketId, action.ticket.revision];
    case 'retry':
      return ['retry', action.turnId];
  }
}

function partsOfCommand(command: CarriedCommand): (string | number)[] {
  switch (command.kind) {
    case 'create-name': {
      const { target, field, digest } = command;
      return [command.kind, target.ticketId, target.revision, field, digest];
    }
    case 'approve':
    case 'discard':
    case 'add-to': {
      if (!('ticketId' in command.target)) break;
      const { ticketId, revision } = command.target;
      const issue = command.kind === 'add-to' ? [command.issue] : [];
      return [command.kind, ticketId, revision, ...issue];
    }
    case 'approve-all':
      return [command.kind, ...(command.warned ? [command.warned] : [])];
    case 'stop':
    case 'drafts':
      return [command.kind];
  }
  throw new RangeError(`no button carries ${command.kind}`);
}

/** For a command that was refused until somebody confirms it. */
export function toConfirmation(command: Command): CardAction {
  // It names by itself what is confirmed.
  if (command.kind === 'approve-all') return { kind: 'command', command };
  return { kind: 'confirm', command: toCarried(command), digest: digestOfConfirmed(command) };
}

/** Throws `RangeError` for a name without the ticket that has it. */
export function toCarried(command: Command): CarriedCommand {
  if (command.kind !== 'create-name') return command;
  const { kind, target, field, name } = command;
  if (!('ticketId' in target)) throw new RangeError('no button carries a number');
  return { kind, target, field, digest: digestOfName(name) };
}

export const digestOfName = (name: string) => digestOf([name]).slice(0, DIGEST_LENGTH);

/** Names what is confirmed, in few characters. */
export function digestOfConfirmed(command: Command): string {
  const confirmed = 'confirmed' in command ? command.confirmed : undefined;
  return digestOf([confirmed ?? '']).slice(0, DIGEST_LENGTH);
}

/** `undefined` when this is none of ours. */
export function parseCardAction(customId: string): CardAction | undefined {
  const [kind, ...rest] = customId.split(SEPARATOR);
  switch (kind) {
    case 'confirm': {
      const command = parseCommand(rest.slice(1));
      return command && { kind, command, digest: rest[0] ?? '' };
    }
    case 'open': {
      const modal = MODALS.find((name) => name === rest[0]);
      const ticket = parseTicket(rest.slice(1));
      const shown = rest[3] ? { shown: rest[3] } : {};
      return modal && ticket && { kind, modal, ticket, ...shown };
    }
    case 'choose-project': {
      const ticket = parseTicket(rest);
      return ticket && { kind, ticket };
    }
    case 'retry':
      return rest[0] ? { kind, turnId: rest[0] } : undefined;
    default: {
      const command = parseCommand([kind ?? '', ...rest]);
      return command && { kind: 'command', command };
    }
  }
}

function parseCommand([kind, ...rest]: string[]): CarriedCommand | undefined {
  if (kind === 'approve-all') return { kind, ...(rest[0] && { warned: rest[0] }) };
  if (kind === 'stop' || kind === 'drafts') return { kind };
  const target = parseTicket(rest);
  if (!target) return undefined;
  if (kind === 'approve' || kind === 'discard') return { kind, target };
  const [field, digest] = rest.slice(2);
  if (kind === 'create-name') {
    const isField = field === 'labels' || field === 'milestone';
    return isField && digest ? { kind, target, field, digest } : undefined;
  }
  const issue = rest.slice(2).join(SEPARATOR);
  return kind === 'add-to' && issue ? { kind, target, issue } : undefined;
}

function parseTicket([ticketId, revision]: string[]): SeenTicket | undefined {
  return ticketSchema.safeParse({ ticketId, revision }).data;
}
