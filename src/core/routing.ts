/** Where a ticket goes: what it names, what was said in its conversation, the routes of the place, the default. */
import type { EffectiveSettings, Route } from './settings.ts';
import type { TicketFields } from './ticket-fields.ts';

type RoutedTicket = Pick<TicketFields, 'project' | 'title' | 'description' | 'labels'>;

/** `tracker:project`; `undefined` when nobody decided. The allow-list is another matter. */
export function projectFor(
  settings: Pick<EffectiveSettings, 'project' | 'isProjectChosen' | 'routes'>,
  ticket: RoutedTicket,
): string | undefined {
  if (ticket.project) return ticket.project;
  if (settings.isProjectChosen) return settings.project;
  return settings.routes.find((route) => leads(route, ticket))?.project ?? settings.project;
}

function leads({ keyword, label }: Route, { title, description, labels }: RoutedTicket): boolean {
  if (label !== undefined) return labels.some((one) => isAlike(one, label));
  return keyword !== undefined && hasWord(`${title}\n${description}`, keyword);
}

const isAlike = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** As a word of its own where the script has such: `pay` is not in `payload`. */
function hasWord(text: string, word: string): boolean {
  const literal = word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const isSpaced = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}\s_.-]+$/u.test(word);
  const bounded = isSpaced ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal;
  return new RegExp(bounded, 'iu').test(text);
}

const ARROW = /\s*(?:->|→|=>)\s*/;

/** `payments -> github:acme/pay, label ux -> gitlab:acme/web`; `undefined` when it is not written so. */
export function parseRoutes(text: string): Route[] | undefined {
  const parts = text.split(/[,\n]/).map((part) => part.trim());
  const routes = parts.filter(Boolean).map((part) => {
    const [when = '', project = '', ...more] = part.split(ARROW);
    if (when === '' || project === '' || more.length > 0) return undefined;
    const label = /^label[:\s]\s*(.+)$/i.exec(when)?.[1];
    return label === undefined ? { keyword: when, project } : { label, project };
  });
  return routes.every((route) => route !== undefined) && routes.length > 0 ? routes : undefined;
}

export function formatRoute({ keyword, label, project }: Route): string {
  return `${label === undefined ? keyword : `label ${label}`} -> ${project}`;
}
