/**
 * The windows that edit a ticket: every field, a few at a time, because Discord's hold five inputs. They remember the
 * revision they showed: an edit of a draft that somebody changed meanwhile is refused.
 */
import {
  MAX_TITLE_LENGTH,
  TICKET_PRIORITIES,
  TICKET_TYPES,
  type Ticket,
} from '../../src/core/ticket.ts';
import { choice, type Input, longInputs, textInput } from './modal.ts';

/** Fields with one item a line. */
export const LISTS = { acceptanceCriteria: 'Acceptance criteria', tasks: 'Tasks' } as const;

/** `undefined` when it does not fit into any window. */
export function editInputs(
  part: 'edit' | 'text' | 'acceptanceCriteria' | 'tasks',
  ticket: Ticket,
): Input[] | undefined {
  switch (part) {
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
      return longInputs(part, `${LISTS[part]}, one a line`, ticket[part].join('\n'));
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
