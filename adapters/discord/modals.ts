/**
 * The windows in which a draft is edited: every field, a few at a time, because Discord's hold five.
 * A window remembers the revision it showed. What was typed is kept for a while, so that a window that
 * is refused, or closed by mistake after a refusal, opens again with it.
 */
import {
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  type ModalSubmitInteraction,
} from 'discord.js';
import type { Command } from '../../src/core/action.ts';
import { toChanges } from '../../src/core/commands.ts';
import { cutText } from '../../src/core/cut-text.ts';
import {
  MAX_TITLE_LENGTH,
  TICKET_PRIORITIES,
  TICKET_TYPES,
  type Ticket,
  type TicketChanges,
} from '../../src/core/ticket.ts';
import { type CardAction, formatCardAction } from './card-action.ts';
import {
  choice,
  type Input,
  joinInputs,
  longInputs,
  MOST_INPUTS,
  textInput,
} from './modal-input.ts';

export type Opening = Extract<CardAction, { kind: 'open' }>;

/** What a window is about. */
export interface About {
  userId: string;
  ticket: Ticket;
  /** Where it would be filed, the conversation's default included. */
  project: string | undefined;
  /** Names that the project has. */
  names(field: 'labels' | 'milestone' | 'assignees'): Promise<string[]>;
}

export interface Modals {
  /** A sentence where no window can hold it. */
  render(opening: Opening, about: About): Promise<APIModalInteractionResponseCallbackData | string>;
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
  const { ticket, project } = about;
  switch (modal) {
    case 'text': {
      const title = textInput({
        id: 'title',
        label: 'Title',
        value: ticket.title,
        most: MAX_TITLE_LENGTH,
      });
      const description = longInputs('description', 'Description', ticket.description);
      return description && [title, ...description];
    }
    case 'acceptanceCriteria':
    case 'tasks':
      return longInputs(modal, `${TITLES[modal]}, one a line`, ticket[modal].join('\n'));
    case 'fill':
      return missing
        .slice(0, 1)
        .map((field) => textInput({ id: 'fill', label: field, value: '', long: true }));
    case 'project':
      return [
        textInput({
          id: 'project',
          label: 'Project',
          value: ticket.project ?? '',
          ...{ optional: true },
          placeholder: project ?? 'github:owner/repository',
        }),
        ...(await namesInput(about, 'labels', 'Labels')),
        ...(await namesInput(about, 'assignees', 'Assignees')),
        ...(await namesInput(about, 'milestone', 'Milestone')),
      ];
    default:
      return [
        choice({ id: 'type', label: 'Type', options: [...TICKET_TYPES], chosen: [ticket.type] }),
        choice({
          id: 'priority',
          label: 'Priority',
          options: [...TICKET_PRIORITIES],
          chosen: [ticket.priority],
        }),
        textInput({
          id: 'estimate',
          label: 'Estimate',
          value: ticket.estimate ?? '',
          most: 50,
          optional: true,
        }),
        textInput({
          id: 'parent',
          label: 'Number of the epic’s draft',
          value: String(ticket.parent ?? ''),
          most: 6,
          optional: true,
        }),
        textInput({
          id: 'reasoning',
          label: 'Why it is one ticket',
          value: ticket.reasoning ?? '',
          most: 2_000,
          long: true,
          optional: true,
        }),
      ];
  }
}

/** A select where the project has at most as many names as one holds; else what is typed is checked at the project. */
async function namesInput(
  { ticket, names }: About,
  field: 'labels' | 'assignees' | 'milestone',
  label: string,
): Promise<Input[]> {
  const chosen = [ticket[field] ?? []].flat();
  const known = await names(field);
  const options = [...new Set([...chosen, ...known])].filter((name) => name.length <= 100);
  const fits = known.length > 0 && options.length <= 25 && options.length >= chosen.length;
  if (fits)
    return [
      choice({ id: field, label, options, chosen, several: field !== 'milestone', optional: true }),
    ];
  return [
    textInput({
      id: field,
      label: field === 'milestone' ? label : `${label}, separated by commas`,
      value: chosen.join(', '),
      optional: true,
    }),
  ];
}

// --- What was entered ----------------------------------------------------------------------------

/** Several choices are kept one a line. */
function readValues({ fields }: ModalSubmitInteraction): Map<string, string> {
  const values = new Map<string, string>();
  for (const [id, field] of fields.fields) {
    if (field.type === ComponentType.TextInput) values.set(id, field.value);
    else if ('values' in field) values.set(id, field.values.join('\n'));
  }
  return values;
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

/** Only what is different from the draft. */
function toTicketChanges(ticket: Ticket, values: Map<string, string>): TicketChanges {
  const entered: TicketChanges = {};
  for (const field of [
    'title',
    'type',
    'priority',
    'estimate',
    'parent',
    'reasoning',
    'project',
    'labels',
    'assignees',
    'milestone',
  ] as const) {
    const value = values.get(field);
    if (value !== undefined) Object.assign(entered, toChanges(field, value));
  }
  const description = joinInputs(values, 'description', ticket.description);
  if (description !== undefined) entered.description = description;
  for (const field of ['acceptanceCriteria', 'tasks'] as const) {
    const text = joinInputs(values, field, ticket[field].join('\n'));
    if (text !== undefined) Object.assign(entered, toChanges(field, text));
  }
  return Object.fromEntries(
    Object.entries(entered).filter(
      ([field, value]) =>
        Number.isNaN(value) ||
        JSON.stringify(value) !== JSON.stringify(ticket[field as keyof TicketChanges] ?? null),
    ),
  ) as TicketChanges;
}
