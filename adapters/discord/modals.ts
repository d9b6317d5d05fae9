/**
 * The windows in which a draft is edited: every field, a few at a time, because Discord's hold five.
 * A window remembers the revision it showed. What was typed is kept for a while, so that a window that
 * is refused, or closed by mistake after a refusal, opens again with it.
 */
import type { ModalSubmitInteraction } from 'discord.js';
import type { Command } from '../../src/core/action.ts';
import { cutText } from '../../src/core/cut-text.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { formatCardAction } from './card-action.ts';
import { editInputs } from './edit-modal.ts';
import { toTicketChanges } from './entered-ticket.ts';
import {
  type About,
  type Input,
  MOST_INPUTS,
  type ModalView,
  type Opening,
  readValues,
} from './modal.ts';
import { fillInputs, projectInputs } from './small-modals.ts';

export interface Modals {
  /** A sentence where no window can hold it. */
  render(opening: Opening, about: About): Promise<ModalView | string>;
  /** What was changed; a sentence when nothing was. */
  parse(submitted: ModalSubmitInteraction, opening: Opening, ticket: Ticket): Command | string;
  /** What was typed is shown when this person opens the window again. */
  keep(submitted: ModalSubmitInteraction, opening: Opening): void;
  forget(userId: string, opening: Opening): void;
}

export interface ModalsOptions {
  /** Required fields of the ticket's template that nothing answers, as its card last showed them. */
  missingOf(ticketId: string): string[];
}

export const DRAFT_GONE = 'That draft is not there any more.';

const TITLES: Record<Opening['modal'], string> = {
  text: 'Edit text',
  edit: 'Details',
  project: 'Project and people',
  acceptanceCriteria: 'Acceptance criteria',
  tasks: 'Tasks',
  fill: 'Fill in',
};
/** Milliseconds, and windows kept; a person who comes back later begins from the draft as it is. */
const KEPT_MS = 900_000;
const MOST_KEPT = 500;
const MAX_MODAL_TITLE = 45;
const TOO_LONG =
  'This part of the draft is longer than a window of Discord can hold. Say in the thread what to change.';

export function createModals({ missingOf }: ModalsOptions): Modals {
  const kept = createMemory();
  /** What the draft had when a window was shown: only what differs is somebody's own. */
  const bases = createMemory();
  const keyOf = (userId: string, { modal, ticket }: Opening) =>
    [userId, modal, ticket.ticketId].join(':');

  async function render(opening: Opening, about: About) {
    const inputs = await inputsFor(opening, about, missingOf(about.ticket.id));
    if (inputs === undefined || inputs.length > MOST_INPUTS) return TOO_LONG;
    if (inputs.length === 0) return 'There is nothing to fill in any more.';
    const key = keyOf(about.userId, opening);
    const typed = kept.get(key);
    bases.set(key, new Map(inputs.map(({ id, value }) => [id, value])));
    // It shows the draft as it is now, whatever the button was made for.
    const ticket = { ...opening.ticket, revision: about.ticket.revision };
    return {
      custom_id: formatCardAction({ ...opening, ticket }),
      title: cutText(TITLES[opening.modal], MAX_MODAL_TITLE),
      components: inputs.map((input) => input(typed?.get(input.id))),
    };
  }

  function keep(submitted: ModalSubmitInteraction, opening: Opening): void {
    const key = keyOf(submitted.user.id, opening);
    const base = bases.get(key);
    const own = [...readValues(submitted)].filter(([id, value]) => base?.get(id) !== value);
    if (base) kept.set(key, new Map(own));
  }

  function parse(submitted: ModalSubmitInteraction, opening: Opening, ticket: Ticket) {
    return toCommand(opening, ticket, readValues(submitted), missingOf(ticket.id));
  }

  return {
    render,
    parse,
    keep,
    forget: (userId, opening) => kept.delete(keyOf(userId, opening)),
  };
}

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
async function inputsFor(
  { modal }: Opening,
  about: About,
  missing: string[],
): Promise<Input[] | undefined> {
  if (modal === 'fill') return fillInputs(missing);
  if (modal === 'project') return projectInputs(about);
  return editInputs(modal, about.ticket);
}

const UNCHANGED = 'Nothing was changed.';

function toCommand(
  { modal, ticket: target }: Opening,
  ticket: Ticket,
  values: Map<string, string>,
  missing: string[],
): Command | string {
  if (modal === 'fill') {
    const [field] = missing;
    const text = values.get('fill')?.trim();
    return field && text ? { kind: 'fill', target, field, text } : UNCHANGED;
  }
  const changes = toTicketChanges(ticket, values);
  return Object.keys(changes).length > 0 ? { kind: 'edit', target, changes } : UNCHANGED;
}
