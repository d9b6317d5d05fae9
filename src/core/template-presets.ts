/** What a project's template sets by itself when an issue is filed: trackers do so only in their own editors. */
import type { TicketFields } from './ticket-fields.ts';
import type { TemplatePresets } from './tracker.ts';

/** What a ticket does not have already. */
export function addedBy(
  { labels, assignees, title, type }: TemplatePresets,
  ticket: Pick<TicketFields, 'title' | 'labels' | 'assignees'>,
): TemplatePresets {
  const begins = ticket.title.toLowerCase().startsWith((title ?? '').trim().toLowerCase());
  return {
    labels: without(labels, ticket.labels),
    assignees: without(assignees, ticket.assignees),
    ...(title && !begins && { title }),
    ...(type && { type }),
  };
}

function without(names: string[], there: string[]): string[] {
  const known = new Set(there.map((name) => name.toLowerCase()));
  return names.filter((name) => !known.has(name.toLowerCase()));
}

/** In a line; empty when it adds nothing that can be seen. */
export function describeAdded({ labels, assignees, title }: TemplatePresets): string {
  return [...(title ? [`${title.trim()} …`] : []), ...labels, ...assignees].join(', ');
}
