/** The way from a click on Approve to a filed issue: who may, where to, and what has to be confirmed. */
import type { Action, Command } from './action.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import type { Author } from './message.ts';
import { accountsOf, mayApprove } from './permission.ts';
import type { ProjectFacts } from './project-facts.ts';
import type { Publisher, PublishOutcome } from './publish.ts';
import { projectFor } from './routing.ts';
import { allowsProject, describeNotAllowed } from './settings.ts';
import type { Approval, Ticket } from './ticket.ts';
import { ticketDigestOf } from './ticket-fields.ts';
import { parseProjectRef, TrackerError } from './tracker.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';
import { describeLeak } from './warning.ts';

export interface ApprovalOptions {
  configuration: Configuration;
  publisher: Publisher;
  trackerAccess: TrackerAccess;
  facts: Pick<ProjectFacts, 'project'>;
  /** Fields of the project's template that nothing answers. */
  missingFields(ticket: Ticket, opened: OpenedProject): Promise<string[]>;
}

/** An approval that passed everything but the claim, or what has to be said first. */
export type Ruling =
  | { kind: 'approved'; approval: Approval }
  | { kind: 'unconfirmed'; message: string; confirm: Command };

export interface Wish {
  /** Instead of filing a new issue: the number of the one it is added to. */
  addTo?: string;
  /** The public project that was warned of. */
  confirmed?: string | undefined;
}

/** Rejects with `ChatError` for what is not allowed or not possible. */
export async function rule(
  options: ApprovalOptions,
  { actor }: Pick<Action, 'actor'>,
  thread: ThreadState,
  ticket: Ticket,
  { addTo, confirmed }: Wish,
): Promise<Ruling> {
  const opened = await openFor(options, actor, thread, ticket, 'approve drafts');
  const { ref: project } = opened;
  if (confirmed !== project && (await leaksWords(options, thread, opened))) {
    return warn(ticket, project, addTo);
  }
  if (addTo === undefined) await checkFields(options, ticket, opened);
  const { accessRef: access, server } = opened;
  const approval: Approval = {
    by: actor,
    at: new Date().toISOString(),
    revision: ticket.revision,
    digest: ticketDigestOf(ticket),
    project,
    ...(access && { access }),
    ...(server && { server }),
    ...(addTo !== undefined && { addTo }),
  };
  return { kind: 'approved', approval };
}

/** The project a draft goes to, for a person who may decide on it; `what` they want to do, for the refusal. */
export async function openFor(
  { configuration, trackerAccess }: Pick<ApprovalOptions, 'configuration' | 'trackerAccess'>,
  actor: Author,
  thread: ThreadState,
  ticket: Ticket,
  what: string,
): Promise<OpenedProject> {
  const scope = { platform: thread.thread.platform, place: thread.place };
  const settings = await configuration.resolve(scope, ticket.origin.requester, thread.settings);
  const accounts = accountsOf(await configuration.userOf(actor), actor);
  if (!mayApprove(settings.approvers, actor, ticket, accounts)) {
    throw new ChatError(`You may not ${what} here. Ask somebody who may.`);
  }
  const project = projectFor(settings, ticket);
  if (!project) throw new ChatError('Where should it go? Say `project github:owner/repo` first.');
  if (!allowsProject(settings.allowedProjects, project)) {
    throw new ChatError(describeNotAllowed(project, settings.allowedProjects));
  }
  return trackerAccess.open(project, scope, actor);
}

/** Words from a private channel would be read by the world. In a direct message they are the person's own. */
export async function leaksWords(
  { facts }: Pick<ApprovalOptions, 'facts'>,
  { place }: ThreadState,
  opened: OpenedProject,
): Promise<boolean> {
  if (place.visibility !== 'private') return false;
  try {
    return (await facts.project(opened))?.visibility === 'public';
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    throw new ChatError(
      `I could not see who can read ${opened.ref}: ${error.message} Try again in a while.`,
      { cause: error },
    );
  }
}

function warn({ id, revision, ordinal }: Ticket, project: string, addTo?: string): Ruling {
  const target = { ticketId: id, revision };
  const confirmed = { target, confirmed: project };
  const typed = addTo === undefined ? `approve ${ordinal}` : `add ${ordinal} to #${addTo}`;
  return {
    kind: 'unconfirmed',
    message: describeLeak(project, `draft ${ordinal}`, typed),
    confirm:
      addTo === undefined
        ? { kind: 'approve', ...confirmed }
        : { kind: 'add-to', issue: addTo, ...confirmed },
  };
}

async function checkFields(
  { missingFields }: ApprovalOptions,
  ticket: Ticket,
  opened: OpenedProject,
): Promise<void> {
  const missing = await missingFields(ticket, opened);
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(', ');
  throw new ChatError(
    `${opened.ref} asks for ${names}. Answer with \`fill ${ticket.ordinal} ${missing[0]}: …\`, then approve again.`,
  );
}

/** The sentence for the thread. */
export function describePublished(outcome: PublishOutcome): string {
  if (outcome.kind === 'missing' || outcome.kind === 'outdated') {
    return 'It was changed in the meantime. Look at it again, then decide.';
  }
  const { ticket } = outcome;
  if (outcome.kind === 'refused') {
    return `Draft ${ticket.ordinal} was not filed: ${outcome.reason} It is a draft again.`;
  }
  if (outcome.kind === 'unfinished') return describeWaiting(ticket);
  const dropped = outcome.dropped.map((sentence) => ` ${sentence}`).join('');
  if (ticket.status === 'discarded' && ticket.addedTo) {
    const { project, number, url } = ticket.addedTo;
    return `Added draft ${ticket.ordinal} to ${project}#${number}: ${url}${dropped}`;
  }
  if (ticket.status !== 'published') return describeWaiting(ticket);
  const { externalUrl, project, number } = ticket.issue;
  return `Filed ${project}#${number}: ${externalUrl}${dropped}`;
}

function describeWaiting(ticket: Ticket): string {
  const { ordinal } = ticket;
  const reason = ticket.status === 'publishing' ? ticket.claim.waits : undefined;
  const why = reason ?? 'The tracker did not answer clearly.';
  return `Draft ${ordinal} is approved and not filed yet. ${why} I go on by myself and never file it twice.`;
}

/** Why it is not filed yet, for its card. */
export function waitingOf(ticket: Ticket, ahead: number): string | undefined {
  if (ticket.status !== 'publishing') return undefined;
  const { waits } = ticket.claim;
  if (waits !== undefined) return waits;
  const { tracker } = parseProjectRef(ticket.approval.project);
  return ahead > 0 ? `${ahead} approved before it go to ${tracker} first.` : undefined;
}
