/** What was entered into a window that edits a ticket, as changes to it. */
import { toChanges } from '../../src/core/commands.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { pickChanged, type TicketChanges } from '../../src/core/ticket-fields.ts';
import { joinInputs } from './modal.ts';

const SHORT = [
  ...(['title', 'type', 'priority', 'estimate', 'parent', 'reasoning', 'project'] as const),
  ...(['labels', 'assignees', 'milestone'] as const),
];

/** Only what is different from the draft. A part that came as a file stands under its name alone, typed ones under `name-0` and so on. */
export function toTicketChanges(ticket: Ticket, values: Map<string, string>): TicketChanges {
  const entered: TicketChanges = {};
  for (const field of SHORT) {
    const value = values.get(field);
    if (value !== undefined) Object.assign(entered, toChanges(field, value));
  }
  const description =
    values.get('description') ?? joinInputs(values, 'description', ticket.description);
  if (description !== undefined) entered.description = description;
  for (const field of ['acceptanceCriteria', 'tasks'] as const) {
    const text = values.get(field) ?? joinInputs(values, field, ticket[field].join('\n'));
    if (text !== undefined) Object.assign(entered, toChanges(field, text));
  }
  return pickChanged(ticket, entered);
}
