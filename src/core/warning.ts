/** What is said before words from a private place go where everybody reads them, and what confirms it. */
import type { ActionOutcome, Command } from './action.ts';
import { digestOf } from './thread.ts';
import type { Ticket } from './ticket.ts';

/** Hexadecimal digits, of which a Discord button holds few: 128 bits. */
const DIGEST_LENGTH = 32;

export function describeLeak(project: string, what: string, typed: string): string {
  return `${project} is public, and this channel is private: everybody could read what was said here. To file ${what} there all the same, say \`${typed} in ${project}\`.`;
}

/** Drafts that wait for the same confirmation ask for it once, and first: what stands above a button is cut off at the end. */
export function askTogether(outcomes: ActionOutcome[]): ActionOutcome[] {
  const asked = waitingIn(outcomes).map(({ project, waiting }): ActionOutcome => {
    const [one] = waiting;
    if (one && waiting.length === 1) return one;
    const tickets = ticketsOf(waiting);
    return { kind: 'refused', ...warnOfAll(tickets, project), tickets };
  });
  return [...asked, ...outcomes.filter((outcome) => !projectOf(outcome))];
}

/** What this digest names, where it is what waits now: the same drafts, each as it was shown. */
export function findWarned(outcomes: ActionOutcome[], warned: string) {
  for (const { project, waiting } of waitingIn(outcomes)) {
    const tickets = ticketsOf(waiting);
    if (digestOfWarning(tickets, project) !== warned) continue;
    return { project, tickets, others: outcomes.filter((outcome) => !waiting.includes(outcome)) };
  }
  return undefined;
}

interface Waiting {
  project: string;
  waiting: ActionOutcome[];
}

/** For each project by itself. */
function waitingIn(outcomes: ActionOutcome[]): Waiting[] {
  const byProject = Map.groupBy(outcomes, projectOf);
  return [...byProject].flatMap(([project, waiting]) => (project ? [{ project, waiting }] : []));
}

const projectOf = ({ confirm }: ActionOutcome) =>
  confirm && 'confirmed' in confirm ? confirm.confirmed : undefined;

export const ticketsOf = (outcomes: ActionOutcome[]) => outcomes.flatMap(({ tickets }) => tickets);

function warnOfAll(tickets: Ticket[], project: string) {
  const ordinals = tickets.map(({ ordinal }) => ordinal).sort((a, b) => a - b);
  const last = ordinals.at(-1);
  const drafts = `drafts ${ordinals.slice(0, -1).join(', ')} and ${last}`;
  const confirm: Command = { kind: 'approve-all', warned: digestOfWarning(tickets, project) };
  return { message: describeLeak(project, drafts, 'approve all'), confirm };
}

function digestOfWarning(tickets: Ticket[], project: string): string {
  const seen = tickets.map(({ id, revision }) => `${id}:${revision}`).sort();
  return digestOf([project, ...seen]).slice(0, DIGEST_LENGTH);
}
