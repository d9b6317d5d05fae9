/** What there is to know about a draft, in lines below its card. */
import { type Advice, NAME_WORDS, type UnknownName } from '../../src/core/advice.ts';
import type { Card } from '../../src/core/platform.ts';

/** Plain text with Markdown's code marks; empty when there is nothing to say. */
export function describeAdvice({ ticket, ...advice }: Advice & Pick<Card, 'ticket'>): string {
  const { ordinal } = ticket;
  const {
    duplicates = [],
    unknown = [],
    missing = [],
    projects = [],
    waiting,
    warning,
    adds,
  } = advice;
  const lines = [
    ...duplicates.map(
      ({ issue, why }) =>
        `Like #${issue.number} ${issue.title} (${why}): ${issue.url}\n  \`add ${ordinal} to #${issue.number}\` adds it there instead`,
    ),
    ...unknown.map((one) => describeUnknown(ordinal, one)),
    ...missing.map((name) => `The template asks for "${name}": \`fill ${ordinal} ${name}: …\``),
    ...(adds === undefined ? [] : [`The template adds: ${adds}`]),
    ...(projects.length > 0
      ? [`Where should it go? \`project …\` with one of: ${projects.join(', ')}`]
      : []),
    ...(warning === undefined ? [] : [warning]),
    ...(waiting === undefined ? [] : [`Waits: ${waiting}`]),
  ];
  return lines.join('\n');
}

function describeUnknown(ordinal: number, { field, name }: UnknownName): string {
  const what = NAME_WORDS[field];
  const left = `The project has no ${what} "${name}": it is left out`;
  return field === 'assignees'
    ? left
    : `${left}\n  \`create ${ordinal} ${what}: ${name}\` creates it there`;
}
