/** What a person does to a draft: approve, edit, discard. The card follows whatever happens. */
import type { Action, ActionOutcome, TicketTarget } from './action.ts';
import type { Cards } from './cards.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import { mayApprove, mayEdit } from './permission.ts';
import type { Publisher, PublishOutcome } from './publish.ts';
import type { Repositories, SaveOutcome } from './repositories.ts';
import { allowsProject } from './settings.ts';
import { findTarget, openDrafts } from './targets.ts';
import {
  applyChanges,
  type Ticket,
  type TicketChanges,
  type TicketField,
  ticketDigestOf,
} from './ticket.ts';

export interface ReviewOptions {
  repositories: Repositories;
  configuration: Configuration;
  publisher: Publisher;
  cards: Cards;
}

export interface Review {
  approve(action: Action, thread: ThreadState, target: TicketTarget): Promise<ActionOutcome>;
  approveAll(action: Action, thread: ThreadState): Promise<ActionOutcome>;
  edit(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    changes: TicketChanges,
  ): Promise<ActionOutcome>;
  discard(action: Action, thread: ThreadState, target: TicketTarget): Promise<ActionOutcome>;
}

export function createReview(options: ReviewOptions): Review {
  const { repositories, cards } = options;

  async function approve(action: Action, thread: ThreadState, target: TicketTarget) {
    const ticket = await findTarget(repositories, thread, target);
    return approveTicket(options, action, thread, ticket, target);
  }

  async function approveAll(action: Action, thread: ThreadState): Promise<ActionOutcome> {
    const drafts = await openDrafts(repositories, thread);
    if (drafts.length === 0) throw new ChatError('There is no open draft here.');
    const outcomes: ActionOutcome[] = [];
    for (const ticket of drafts) {
      outcomes.push(await approveTicket(options, action, thread, ticket, seen(ticket)));
    }
    return {
      kind: outcomes.every(({ kind }) => kind === 'done') ? 'done' : 'refused',
      message: outcomes.map(({ message }) => message).join('\n'),
      tickets: outcomes.flatMap(({ tickets }) => tickets),
    };
  }

  async function edit(
    { actor }: Action,
    thread: ThreadState,
    target: TicketTarget,
    changes: TicketChanges,
  ): Promise<ActionOutcome> {
    const ticket = await findTarget(repositories, thread, target);
    const stale = staleness(ticket, target);
    if (stale) return refuse(options, thread, ticket, stale);
    if (!mayEdit(actor, ticket)) throw new ChatError('Only members edit drafts here.');
    const changed = applyChanges(ticket, changes);
    if (!changed.ok) throw new ChatError(`That does not fit: ${changed.problems.join('; ')}.`);
    const { project } = changed.fields;
    if (changes.project && project) await checkAllowed(options, thread, actor, project);
    const edited = [
      ...new Set([...ticket.editedFields, ...(Object.keys(changes) as TicketField[])]),
    ];
    const { tickets } = repositories;
    const saved = await tickets.editTicket(ticket, changed.fields, edited, thread.owner);
    return settle(saved, thread, (now) => `Changed draft ${now.ordinal}.`);
  }

  async function discard({ actor }: Action, thread: ThreadState, target: TicketTarget) {
    const ticket = await findTarget(repositories, thread, target);
    const stale = staleness(ticket, target);
    if (stale) return refuse(options, thread, ticket, stale);
    if (!mayEdit(actor, ticket)) throw new ChatError('Only members discard drafts here.');
    const saved = await repositories.tickets.discardTicket(ticket, thread.owner);
    return settle(saved, thread, (now) => `Discarded draft ${now.ordinal}.`);
  }

  async function settle(
    saved: SaveOutcome,
    thread: ThreadState,
    say: (ticket: Ticket) => string,
  ): Promise<ActionOutcome> {
    if (saved.kind === 'missing') throw new ChatError('That draft is not there any more.');
    if (saved.kind === 'outdated') return refuse(options, thread, saved.ticket, CHANGED);
    await cards.show(thread, saved.ticket.id, { resumed: true });
    return { kind: 'done', message: say(saved.ticket), tickets: [saved.ticket] };
  }

  return { approve, approveAll, edit, discard };
}

const CHANGED = 'It was changed in the meantime. Look at it again, then decide.';

async function approveTicket(
  options: ReviewOptions,
  { actor }: Action,
  thread: ThreadState,
  ticket: Ticket,
  target: TicketTarget,
): Promise<ActionOutcome> {
  const { configuration, publisher } = options;
  const stale = staleness(ticket, target);
  if (stale) return refuse(options, thread, ticket, stale);
  const scope = { platform: thread.thread.platform, place: thread.place };
  const settings = await configuration.resolve(scope, ticket.origin.requester, thread.settings);
  if (!mayApprove(settings.approvers, actor, ticket)) {
    throw new ChatError('You may not approve drafts here. Ask somebody who may.');
  }
  const project = ticket.project ?? settings.project;
  if (!project) throw new ChatError('Where should it go? Say `project github:owner/repo` first.');
  await checkAllowed(options, thread, actor, project);
  const approval = {
    by: actor,
    at: new Date().toISOString(),
    revision: ticket.revision,
    digest: ticketDigestOf(ticket),
    project,
  };
  return describePublishing(options, thread, await publisher.publish(thread, ticket, approval));
}

async function describePublishing(
  options: ReviewOptions,
  thread: ThreadState,
  outcome: PublishOutcome,
): Promise<ActionOutcome> {
  if (outcome.kind === 'missing') throw new ChatError('That draft is not there any more.');
  const { ticket } = outcome;
  if (outcome.kind === 'outdated')
    return refuse(options, thread, ticket, whyNot(ticket) ?? CHANGED);
  await options.cards.show(thread, ticket.id, { resumed: true });
  const message = describePublished(outcome);
  return { kind: outcome.kind === 'refused' ? 'refused' : 'done', message, tickets: [ticket] };
}

/** The sentence for the thread. */
export function describePublished(outcome: PublishOutcome): string {
  if (outcome.kind === 'missing' || outcome.kind === 'outdated') return CHANGED;
  const { ticket } = outcome;
  if (outcome.kind === 'refused') {
    return `Draft ${ticket.ordinal} was not filed: ${outcome.reason} It is a draft again.`;
  }
  if (ticket.status !== 'published' || outcome.kind === 'unfinished') {
    return `Draft ${ticket.ordinal} is being filed, but the tracker did not answer clearly. I go on by myself and never file it twice.`;
  }
  const { externalUrl, project, number } = ticket.issue;
  const dropped = outcome.dropped.map((sentence) => ` ${sentence}`).join('');
  return `Filed ${project}#${number}: ${externalUrl}${dropped}`;
}

async function checkAllowed(
  { configuration }: ReviewOptions,
  thread: ThreadState,
  actor: Ticket['origin']['requester'],
  project: string,
): Promise<void> {
  const scope = { platform: thread.thread.platform, place: thread.place };
  const { allowedProjects } = await configuration.resolve(scope, actor, thread.settings);
  if (allowsProject(allowedProjects, project)) return;
  throw new ChatError(`${project} is not one of the projects this place may file to.`);
}

/** The card is shown again, so that the person sees what they would have decided on. */
async function refuse(
  { cards }: ReviewOptions,
  thread: ThreadState,
  ticket: Ticket,
  message: string,
): Promise<ActionOutcome> {
  await cards.show(thread, ticket.id, { resumed: true });
  return { kind: 'refused', message, tickets: [ticket] };
}

function staleness(ticket: Ticket, target: TicketTarget): string | undefined {
  const state = whyNot(ticket);
  if (state) return state;
  return 'revision' in target && target.revision !== ticket.revision ? CHANGED : undefined;
}

function whyNot(ticket: Ticket): string | undefined {
  switch (ticket.status) {
    case 'published':
      return `Ticket ${ticket.ordinal} is filed already: ${ticket.issue.externalUrl}`;
    case 'publishing':
      return `Ticket ${ticket.ordinal} is being filed at this moment.`;
    case 'discarded':
      return `Ticket ${ticket.ordinal} was discarded.`;
    default:
      return undefined;
  }
}

function seen({ id, revision }: Ticket): TicketTarget {
  return { ticketId: id, revision };
}
