/**
 * A label or milestone that a draft names and its project does not have, made there once a person who
 * may approve the draft says so. Nothing else ever makes one.
 */
import type { Action, ActionOutcome } from './action.ts';
import { NAME_WORDS, type NewName } from './advice.ts';
import { type ApprovalOptions, leaksWords, openFor } from './approval.ts';
import type { Cards } from './cards.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import type { Log } from './log.ts';
import type { ProjectFacts } from './project-facts.ts';
import type { Ticket } from './ticket.ts';
import { type MadeName, TrackerError } from './tracker.ts';
import type { OpenedProject } from './tracker-access.ts';

export interface NewNameOptions extends Pick<ApprovalOptions, 'configuration' | 'trackerAccess'> {
  facts: Pick<ProjectFacts, 'project' | 'forgetNames'>;
  cards: Cards;
  log: Log;
}

export interface NameWish extends NewName {
  /** The public project that was warned of. */
  confirmed?: string | undefined;
}

/** Made or not, it is settled by the tracker's own deadlines. */
const NEVER = new AbortController().signal;

/** The draft itself stays as it is. Rejects with `ChatError` for what is not allowed. */
export async function addToProject(
  options: NewNameOptions,
  { actor }: Pick<Action, 'actor'>,
  thread: ThreadState,
  ticket: Ticket,
  wish: NameWish,
): Promise<ActionOutcome> {
  const opened = await openFor(options, actor, thread, ticket, 'create labels or milestones');
  const made = { field: wish.field, name: spellAs(ticket, wish) };
  if (wish.confirmed !== opened.ref && (await leaksWords(options, thread, opened))) {
    return warn(ticket, opened.ref, made);
  }
  try {
    const how = await make(opened, made);
    settle(options, opened.ref, made);
    await options.cards.show(thread, ticket.id, { resumed: true });
    return { kind: 'done', message: describeMade(opened.ref, made, how), tickets: [ticket] };
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    options.log.warn('name-not-created', { ticketId: ticket.id, tracker: error.tracker }, error);
    settle(options, opened.ref);
    return { kind: 'refused', message: describeFailure(made, error), tickets: [ticket] };
  }
}

/** As the draft has it: only what a draft names is made. */
function spellAs({ labels, milestone, ordinal }: Ticket, { field, name }: NewName): string {
  const named = field === 'labels' ? labels : [milestone ?? ''];
  const found = named.find((one) => one.toLowerCase() === name.trim().toLowerCase());
  if (found) return found;
  throw new ChatError(
    `Draft ${ordinal} names no ${NAME_WORDS[field]} "${name}". Only what a draft names is created; \`edit ${ordinal} ${field}: …\` changes it.`,
  );
}

function make({ tracker, project }: OpenedProject, { field, name }: NewName): Promise<MadeName> {
  if (field === 'labels') return tracker.createLabel(project, name, NEVER);
  return tracker.createMilestone(project, name, NEVER);
}

function settle({ facts, cards }: NewNameOptions, project: string, made?: NewName): void {
  facts.forgetNames();
  cards.renewAdvice(project, made);
}

function warn(ticket: Ticket, project: string, made: NewName): ActionOutcome {
  const { id, revision, ordinal } = ticket;
  const typed = `create ${ordinal} ${NAME_WORDS[made.field]} in ${project}: ${made.name}`;
  return {
    kind: 'refused',
    message: `${project} is public, and this channel is private: everybody could read the name "${made.name}" there. To create it all the same, say \`${typed}\`.`,
    tickets: [ticket],
    confirm: {
      kind: 'create-name',
      target: { ticketId: id, revision },
      ...made,
      confirmed: project,
    },
  };
}

function describeMade(project: string, { field, name }: NewName, how: MadeName): string {
  const what = `${NAME_WORDS[field]} "${name}"`;
  return how === 'there'
    ? `${project} has the ${what} already.`
    : `Created the ${what} in ${project}.`;
}

function describeFailure({ field, name }: NewName, { kind, message, retryAfterMs }: TrackerError) {
  const what = `the ${NAME_WORDS[field]} "${name}"`;
  switch (kind) {
    case 'ambiguous':
      return `I do not know whether ${what} was created: ${message} Try again; it is never created twice.`;
    case 'rate-limited': {
      const minutes = Math.ceil((retryAfterMs ?? 60_000) / 60_000);
      const when = minutes > 1 ? `${minutes} minutes` : 'a minute';
      return `I could not create ${what}: ${message} Try again in ${when}.`;
    }
    case 'unreachable':
      return `I could not create ${what}: ${message} Try again in a while.`;
    default:
      return `I could not create ${what}: ${message}`;
  }
}
