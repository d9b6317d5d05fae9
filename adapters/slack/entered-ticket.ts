/** What was entered into the modal that edits a ticket, as changes to it. */

import { joinLongText } from '../../src/core/long-text.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { applyChanges, pickChanged, type TicketChanges } from '../../src/core/ticket-fields.ts';
import { LISTS, type ListField } from './edit-modal.ts';
import { chosenIn, type ModalContext, type ModalValues, textIn } from './modal.ts';
import { NONE, nameOf, prefixToLookUp } from './select-option.ts';

export interface ParseEditOptions {
  values: ModalValues;
  context: ModalContext;
  /** As it stands now; if it is not the revision that was shown, the core refuses the edit. */
  ticket: Ticket;
  /** Names of the project that begin so, for the few that are longer than an option can be. */
  lookUp(field: 'labels' | 'assignees' | 'milestone' | 'project', text: string): Promise<string[]>;
}

export type ParsedEdit =
  /** Only what is different from the ticket; `{}` when nothing is. */
  | { ok: true; changes: TicketChanges }
  /** For the acknowledgement: `block_id` to a sentence. */
  | { ok: false; errors: Record<string, string> };

export async function parseEditModal(options: ParseEditOptions): Promise<ParsedEdit> {
  const { ticket, values } = options;
  const entered = { ...readTexts(options), ...(await readNames(options)) };
  const changes = pickChanged(ticket, entered);
  const applied = applyChanges(ticket, changes);
  if (applied.ok) return { ok: true, changes };
  return { ok: false, errors: toErrors(applied.problems, Object.keys(values)) };
}

function readTexts({ values, context, ticket }: ParseEditOptions): TicketChanges {
  const { part = 'all', joints = [] } = context;
  const lists = part === 'all' ? (Object.keys(LISTS) as ListField[]) : [];
  const read: TicketChanges = {};
  for (const field of lists) read[field] = readList(values, field, ticket[field]);
  if (part === 'acceptanceCriteria' || part === 'tasks') {
    return { [part]: readList(values, part, ticket[part]) };
  }
  const parent = textIn(values, 'parent').trim();
  return {
    ...read,
    title: textIn(values, 'title'),
    type: chosenIn(values, 'type')[0] as Ticket['type'],
    priority: chosenIn(values, 'priority')[0] as Ticket['priority'],
    description: joinLongText(piecesOf(values, 'description'), joints),
    estimate: textIn(values, 'estimate').trim() || null,
    parent: parent === '' ? null : Number(parent),
    reasoning: textIn(values, 'reasoning').trim() || null,
  };
}

function piecesOf(values: ModalValues, id: string): string[] {
  const pieces: string[] = [];
  for (let index = 0; `${id}-${index}` in values; index += 1) {
    pieces.push(textIn(values, `${id}-${index}`));
  }
  return pieces;
}

/** People bring marks of lists along; what was there before is left as it is. */
function readList(values: ModalValues, field: ListField, current: string[]): string[] {
  const known = new Set(current);
  return piecesOf(values, field)
    .flatMap((piece) => piece.split('\n'))
    .map((line) => line.trim())
    .map((line) =>
      known.has(line) ? line : line.replace(/^(?:[-*•]\s+(?:\[[ x]\]\s*)?|\d+[.)]\s+)/i, ''),
    )
    .filter((line) => line !== '');
}

async function readNames(options: ParseEditOptions): Promise<TicketChanges> {
  const { values, context, ticket } = options;
  if (context.part === 'acceptanceCriteria' || context.part === 'tasks') return {};
  const several = async (field: 'labels' | 'assignees') =>
    namesIn(options, field, chosenIn(values, field), ticket[field]);
  const one = async (field: 'milestone' | 'project') => {
    const current = ticket[field];
    const chosen = chosenIn(values, field).filter((value) => value !== NONE);
    const [name] = await namesIn(options, field, chosen, current === undefined ? [] : [current]);
    return name ?? null;
  };
  return {
    labels: await several('labels'),
    assignees: await several('assignees'),
    milestone: await one('milestone'),
    project: await one('project'),
  };
}

async function namesIn(
  { lookUp }: ParseEditOptions,
  field: 'labels' | 'assignees' | 'milestone' | 'project',
  chosen: string[],
  known: string[],
): Promise<string[]> {
  const names: string[] = [];
  for (const value of chosen) {
    const prefix = prefixToLookUp(value);
    const found =
      nameOf(value, known) ??
      (prefix === undefined ? undefined : nameOf(value, await lookUp(field, prefix)));
    if (found !== undefined) names.push(found);
  }
  return names;
}

/** What is chosen stands in no line. */
const ENTRY_WORDS: Partial<Record<string, string>> = { labels: 'Label', assignees: 'Assignee' };

/** The core's complaints, each at its field: `title must not be empty`, `tasks.3 must have…`. */
function toErrors(problems: string[], inputs: string[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const problem of problems) {
    const [, field = '', item, sentence = problem] =
      /^(\w+)(?:\.(\d+))?\s+([\s\S]+)$/.exec(problem) ?? [];
    const id = inputs.find((one) => one === field || one === `${field}-0`) ?? inputs[0] ?? '';
    const which =
      item === undefined ? 'This' : `${ENTRY_WORDS[field] ?? 'Line'} ${Number(item) + 1}`;
    errors[id] ??= `${which} ${sentence}.`;
  }
  return errors;
}
