/**
 * The windows that edit a ticket: every field, a few at a time, because Discord's hold five inputs. They remember the
 * revision they showed: an edit of a draft that somebody changed meanwhile is refused.
 */
import type { Ticket } from '../../src/core/ticket.ts';
import { MAX_TITLE_LENGTH, TICKET_PRIORITIES, TICKET_TYPES } from '../../src/core/ticket-fields.ts';
import { choice, fileInput, type Input, longInputs, textInput } from './modal.ts';

const titleInput = ({ title: value }: Ticket) =>
  textInput({ id: 'title', label: 'Title', value, most: MAX_TITLE_LENGTH });

/** Fields with one item a line. */
export const LISTS = { acceptanceCriteria: 'Acceptance criteria', tasks: 'Tasks' } as const;

/** Parts that may be longer than a window holds; then they are edited as files. */
export type LongPart = 'text' | keyof typeof LISTS;
export const LONG_PARTS: readonly LongPart[] = ['text', 'acceptanceCriteria', 'tasks'];

/** `undefined` when it does not fit into any window. */
export function editInputs(part: 'edit' | LongPart, ticket: Ticket): Input[] | undefined {
  switch (part) {
    case 'text': {
      const description = longInputs('description', 'Description', ticket.description);
      return description && [titleInput(ticket), ...description];
    }
    case 'acceptanceCriteria':
    case 'tasks':
      return longInputs(part, `${LISTS[part]}, one a line`, textOfPart(part, ticket));
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

// --- As a file -------------------------------------------------------------------------------------

/** Its name in a ticket, as an input and as a file. */
export const fieldOfPart = (part: LongPart) => (part === 'text' ? 'description' : part);

export function textOfPart(part: LongPart, ticket: Ticket): string {
  return part === 'text' ? ticket.description : ticket[part].join('\n');
}

export function fileInputs(part: LongPart, ticket: Ticket): Input[] {
  if (part === 'text') {
    return [titleInput(ticket), fileInput('description', 'Description, as a text file', true)];
  }
  return [fileInput(part, `${LISTS[part]}, one a line, as a text file`, false)];
}
