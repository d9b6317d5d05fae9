/**
 * The windows in which a draft is edited: every field, a few at a time, because Discord's hold five. A window carries
 * the revision and what it showed, so any process takes what is entered. What was typed is kept for a while, so that a
 * window that is refused, or closed by mistake after a refusal, opens again with it.
 */
import type { ModalSubmitInteraction } from 'discord.js';
import type { Command, SeenTicket } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import { ChatError } from '../../src/core/errors.ts';
import type { Attachment } from '../../src/core/message.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { MAX_DESCRIPTION_LENGTH } from '../../src/core/ticket-fields.ts';
import { formatCardAction, type ModalName } from './card-action.ts';
import {
  editInputs,
  fieldOfPart,
  fileInputs,
  LONG_PARTS,
  type LongPart,
  textOfPart,
} from './edit-modal.ts';
import { toTicketChanges } from './entered-ticket.ts';
import {
  type About,
  digestShown,
  type Input,
  MOST_INPUTS,
  type ModalView,
  type Opening,
  pickTyped,
  readFile,
  readValues,
} from './modal.ts';
import { filledIn, fillInputs, projectInputs } from './small-modals.ts';

export type Shown =
  | { kind: 'window'; view: ModalView }
  /** Longer than any window: the text as it is, and what opens the window that takes it back. */
  | { kind: 'file'; sentence: string; name: string; text: string; back: Opening }
  /** There is nothing to show. */
  | { kind: 'sentence'; sentence: string };

/** What was entered, for the revision it is to be done to. */
export type ToCommand = (target: SeenTicket) => Command;

export interface Modals {
  render(opening: Opening, about: About): Promise<Shown>;
  /**
   * What was changed, each command on the revision that the one before left; a sentence when nothing was.
   * Rejects with `ChatError` for a file that cannot be taken.
   */
  parse(
    submitted: ModalSubmitInteraction,
    opening: Opening,
    about: Pick<About, 'ticket' | 'missing'>,
  ): Promise<ToCommand[] | string>;
  /** What was typed is shown when this person opens the window again. */
  keep(submitted: ModalSubmitInteraction, opening: Opening): void;
  /** What was typed, where nobody would like to write it again; for whoever opens the window in another process. */
  typedIn(submitted: ModalSubmitInteraction, opening: Opening): string | undefined;
  forget(userId: string, opening: Opening): void;
}

export interface ModalsOptions {
  /** The file itself, of at most so many bytes; rejects with `ChatError`. */
  readFile(file: Attachment, maxBytes: number): Promise<Uint8Array>;
}

export const DRAFT_GONE = 'That draft is not there any more.';

const TITLES: Record<ModalName, string> = {
  text: 'Edit text',
  edit: 'Details',
  project: 'Project and people',
  acceptanceCriteria: 'Acceptance criteria',
  tasks: 'Tasks',
  fill: 'Fill in',
  'text-file': 'Title and description',
  'acceptanceCriteria-file': 'Acceptance criteria',
  'tasks-file': 'Tasks',
};
const FILLED = 'There is nothing to fill in any more.';
const UNCHANGED = 'Nothing was changed.';
const NOT_TEXT =
  'That file is no text in UTF-8, so nothing was changed. Save it as that and try again.';
/** Milliseconds, and windows kept; a person who comes back later begins from the draft as it is. */
const KEPT_MS = 900_000;
const MOST_KEPT = 500;
/** Characters that are soon typed again. */
const EASY_LENGTH = 200;
const MAX_MODAL_TITLE = 45;
/** A character takes four at most. */
const MAX_FILE_BYTES = 4 * MAX_DESCRIPTION_LENGTH;

export function createModals(options: ModalsOptions): Modals {
  const kept = createMemory();
  const keyOf = (userId: string, { modal, ticket }: Opening) =>
    [userId, modal, ticket.ticketId].join(':');

  async function render(opening: Opening, about: About): Promise<Shown> {
    const inputs = await inputsFor(opening.modal, about);
    const part = LONG_PARTS.find((one) => one === opening.modal);
    if (part && (!inputs || inputs.length > MOST_INPUTS)) return toFile(part, about.ticket);
    if (!inputs || inputs.length === 0) return { kind: 'sentence', sentence: FILLED };
    const typed = kept.get(keyOf(about.userId, opening));
    // It shows the draft as it is now, whatever the button was made for; a file is of when it was given.
    const { revision } = opening.modal.endsWith('-file') ? opening.ticket : about.ticket;
    const ticket = { ...opening.ticket, revision };
    const view = {
      custom_id: formatCardAction({ ...opening, ticket, shown: digestShown(inputs) }),
      title: cutText(TITLES[opening.modal], MAX_MODAL_TITLE),
      components: inputs.map((input) => input(typed?.get(input.id))),
    };
    return { kind: 'window', view };
  }

  function keep(submitted: ModalSubmitInteraction, opening: Opening): void {
    const typed = pickTyped(readValues(submitted), opening.shown ?? '');
    kept.set(keyOf(submitted.user.id, opening), typed);
  }

  function typedIn(submitted: ModalSubmitInteraction, opening: Opening): string | undefined {
    const typed = pickTyped(readValues(submitted), opening.shown ?? '');
    const text = [...typed.values()].filter((value) => value.trim() !== '').join('\n\n');
    return text.length > EASY_LENGTH ? text : undefined;
  }

  const parse: Modals['parse'] = async (submitted, { modal }, { ticket, missing }) => {
    const values = readValues(submitted);
    if (modal === 'fill') {
      const filled = filledIn(values, await missing());
      const commands = filled.map((answer) => (target: SeenTicket) => toFill(target, answer));
      return commands.length > 0 ? commands : UNCHANGED;
    }
    for (const part of LONG_PARTS) {
      const file = readFile(submitted, fieldOfPart(part));
      if (file) values.set(fieldOfPart(part), await readText(options, file));
    }
    const changes = toTicketChanges(ticket, values);
    if (Object.keys(changes).length === 0) return UNCHANGED;
    return [(target) => ({ kind: 'edit', target, changes })];
  };

  return {
    render,
    parse,
    keep,
    typedIn,
    forget: (userId, opening) => kept.delete(keyOf(userId, opening)),
  };
}

const toFill = (target: SeenTicket, answer: { field: string; text: string }): Command => ({
  kind: 'fill',
  target,
  ...answer,
});

/** For a while, and not for everybody for ever. */
function createMemory() {
  const entries = new Map<string, { values: Map<string, string>; until: number }>();
  return {
    get(key: string): Map<string, string> | undefined {
      const entry = entries.get(key);
      return entry && entry.until > Date.now() ? entry.values : undefined;
    },
    set(key: string, values: Map<string, string>): void {
      entries.delete(key);
      entries.set(key, { values, until: Date.now() + KEPT_MS });
      const [oldest] = entries.keys();
      if (entries.size > MOST_KEPT && oldest !== undefined) entries.delete(oldest);
    },
    delete: (key: string): void => void entries.delete(key),
  };
}

/** `undefined` when it does not fit into any window. */
async function inputsFor(modal: ModalName, about: About): Promise<Input[] | undefined> {
  switch (modal) {
    case 'fill':
      return fillInputs(await about.missing());
    case 'project':
      return projectInputs(about);
    case 'text-file':
      return fileInputs('text', about.ticket);
    case 'acceptanceCriteria-file':
      return fileInputs('acceptanceCriteria', about.ticket);
    case 'tasks-file':
      return fileInputs('tasks', about.ticket);
    default:
      return editInputs(modal, about.ticket);
  }
}

function toFile(part: LongPart, ticket: Ticket): Shown {
  const { id: ticketId, revision, ordinal } = ticket;
  const field = fieldOfPart(part);
  return {
    kind: 'file',
    sentence: `${part === 'text' ? 'This description is' : 'This list is'} longer than a window of Discord can hold. Here it is as a file: change it, then bring it back with the button below.`,
    name: `draft-${ordinal}-${field}.md`,
    text: textOfPart(part, ticket),
    back: { kind: 'open', modal: `${part}-file`, ticket: { ticketId, revision } },
  };
}

async function readText(options: ModalsOptions, file: Attachment): Promise<string> {
  const bytes = await options.readFile(file, MAX_FILE_BYTES);
  const text = decode(bytes).replaceAll('\r\n', '\n');
  if (text.trim() === '') throw new ChatError('That file is empty, so nothing was changed.');
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ChatError(NOT_TEXT, { cause: error });
  }
}
