/**
 * The modal that edits a ticket: every field, whatever its length. What does not fit into Slack's 250 KB together is
 * edited in parts. It remembers the revision it showed: an edit of a draft that somebody changed meanwhile is refused.
 */
import type { KnownBlock } from '@slack/web-api';
import { splitLongText } from '../../src/core/long-text.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { MAX_TITLE_LENGTH, TICKET_PRIORITIES, TICKET_TYPES } from '../../src/core/ticket-fields.ts';
import { section } from './blocks.ts';
import { type EditPart, toButton } from './card-action.ts';
import {
  type InputBlock,
  MAX_INPUT,
  MODALS,
  type ModalContext,
  type ModalView,
  type Origin,
  PIECE_LENGTH,
  renderMessageModal,
  searchInput,
  selectInput,
  textInput,
  toModal,
} from './modal.ts';
import { toOption } from './select-option.ts';

export interface EditModalOptions extends Origin {
  ticket: Ticket;
  /** Where it would be filed, the conversation's default included. */
  project: string | undefined;
  part: EditPart;
}

/** Slack takes 250 KB. */
const MAX_VIEW_BYTES = 245_000;
const MAX_BLOCKS = 98;
const ESTIMATE_LENGTH = 50;
const REASONING_LENGTH = 2_000;
/** A list's items, one a line, go together into inputs of at most this length. */
const LIST_PIECE_LENGTH = 2_700;
/** Fields with one item a line. */
export const LISTS = { acceptanceCriteria: 'Acceptance criteria', tasks: 'Tasks' } as const;
export type ListField = keyof typeof LISTS;

export function renderEditModal(options: EditModalOptions): ModalView {
  const whole = renderPart(options);
  if (fits(whole)) return whole;
  if (options.part === 'all') return renderEditModal({ ...options, part: 'text' });
  return renderMessageModal(
    'Edit',
    'This draft is longer than a window of Slack can hold. Say in the thread what to change.',
  );
}

function fits(view: ModalView): boolean {
  return (
    view.blocks.length <= MAX_BLOCKS && Buffer.byteLength(JSON.stringify(view)) <= MAX_VIEW_BYTES
  );
}

function renderPart({ ticket, project, part, thread, place }: EditModalOptions): ModalView {
  const { pieces, joints } = splitLongText(ticket.description, PIECE_LENGTH);
  const seen = { ticketId: ticket.id, revision: ticket.revision };
  const ref = ticket.project ?? project;
  const context: ModalContext = {
    ...{ thread, place, ticket: seen, part },
    ...(ref && { project: ref }),
    ...(joints.length > 0 && part !== 'acceptanceCriteria' && part !== 'tasks' && { joints }),
  };
  return toModal({
    title: `Edit draft ${ticket.ordinal}`,
    submit: 'Save',
    callbackId: MODALS.edit,
    context,
    blocks: blocksOf(ticket, ref, part, pieces),
  });
}

function blocksOf(
  ticket: Ticket,
  project: string | undefined,
  part: EditPart,
  description: string[],
): KnownBlock[] {
  const lists = Object.keys(LISTS) as ListField[];
  if (part === 'acceptanceCriteria' || part === 'tasks') return listInputs(part, ticket[part]);
  return [
    textInput({ id: 'title', label: 'Title', value: ticket.title, most: MAX_TITLE_LENGTH }),
    oneOf('type', 'Type', TICKET_TYPES, ticket.type),
    oneOf('priority', 'Priority', TICKET_PRIORITIES, ticket.priority),
    ...longInputs('description', 'Description', description),
    ...lists.flatMap((field) =>
      part === 'all' ? listInputs(field, ticket[field]) : [renderOtherPart(ticket, field)],
    ),
    ...namesInputs(ticket, project),
    textInput({
      ...{ id: 'estimate', label: 'Estimate', value: ticket.estimate },
      ...{ most: ESTIMATE_LENGTH, optional: true },
    }),
    textInput({
      ...{ id: 'parent', label: 'Part of draft', most: 6, optional: true },
      value: ticket.parent === undefined ? undefined : String(ticket.parent),
      hint: 'The number of the epic’s draft in this thread.',
    }),
    textInput({
      ...{ id: 'reasoning', label: 'Why it is one ticket', value: ticket.reasoning },
      ...{ most: REASONING_LENGTH, multiline: true, optional: true },
    }),
  ];
}

function renderOtherPart(ticket: Ticket, field: ListField): KnownBlock {
  const seen = { ticketId: ticket.id, revision: ticket.revision };
  return section(
    `*${LISTS[field]}* (${ticket[field].length}) have a window of their own. Save this one first.`,
    toButton({
      id: `part-${field}`,
      text: 'Edit',
      action: { kind: 'open-edit', ticket: seen, part: field },
    }),
  );
}

function oneOf(id: string, label: string, names: readonly string[], value: string): InputBlock {
  const options = names.map((name) => toOption(name));
  return selectInput({ id, label, options, initial: toOption(value) });
}

/** An empty one at the end as soon as the last could get full. */
function longInputs(id: string, label: string, pieces: string[]): InputBlock[] {
  const [first = ''] = pieces;
  const isLong = pieces.length > 1 || first.length > MAX_INPUT / 2;
  return [...pieces, ...(isLong ? [''] : [])].map((value, index) =>
    textInput({
      ...{ id: `${id}-${index}`, label: index === 0 ? label : `${label}, continued` },
      ...{ value, multiline: true, optional: true },
    }),
  );
}

function listInputs(field: ListField, items: string[]): InputBlock[] {
  const pieces: string[] = [];
  for (const item of items) {
    const last = pieces.at(-1);
    const joined = last === undefined ? item : `${last}\n${item}`;
    if (last !== undefined && joined.length <= LIST_PIECE_LENGTH)
      pieces[pieces.length - 1] = joined;
    else pieces.push(item);
  }
  const inputs = longInputs(field, LISTS[field], pieces.length > 0 ? pieces : ['']);
  const [first, ...others] = inputs;
  return first ? [{ ...first, hint: { type: 'plain_text', text: 'One a line.' } }, ...others] : [];
}

function namesInputs(ticket: Ticket, project: string | undefined): InputBlock[] {
  const where = project ? `of ${project}` : 'once there is a project';
  return [
    searchInput({
      ...{ id: 'labels', label: 'Labels', field: 'labels', several: true },
      ...{ initial: ticket.labels.map((name) => toOption(name)), placeholder: `Labels ${where}` },
    }),
    searchInput({
      ...{ id: 'assignees', label: 'Assignees', field: 'assignees', several: true },
      ...{
        initial: ticket.assignees.map((name) => toOption(name)),
        placeholder: `People ${where}`,
      },
    }),
    searchInput({
      ...{ id: 'milestone', label: 'Milestone', field: 'milestone' },
      initial: ticket.milestone === undefined ? undefined : toOption(ticket.milestone),
      placeholder: `Milestones ${where}`,
    }),
    projectInput(ticket.project, project),
  ];
}

export function projectInput(own: string | undefined, project: string | undefined): InputBlock {
  return searchInput({
    ...{ id: 'project', label: 'Project', field: 'project' },
    initial: own === undefined ? undefined : toOption(own),
    placeholder: project ?? 'Search projects',
    ...(own === undefined && project && { hint: `Empty: ${project}, as decided here.` }),
  });
}
