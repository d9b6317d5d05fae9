/** What a person does to a draft: approve, edit, discard. The card follows whatever happens. */
import type { Action, ActionOutcome, Command, TicketTarget } from './action.ts';
import { type ApprovalOptions, describePublished, rule, type Wish } from './approval.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import { addToProject, type NameWish, type NewNameOptions } from './new-name.ts';
import { accountsOf, mayEdit } from './permission.ts';
import type { PublishOutcome } from './publish.ts';
import type { Repositories } from './repositories.ts';
import { allowsProject, describeNotAllowed } from './settings.ts';
import { DRAFT_GONE, findTarget, NO_DRAFT, openDrafts } from './targets.ts';
import { answerField } from './template.ts';
import type { Ticket } from './ticket.ts';
import { applyChanges, sayProblem, type TicketChanges, type TicketField } from './ticket-fields.ts';
import type { SaveOutcome } from './ticket-repository.ts';
import { askTogether, findWarned, ticketsOf } from './warning.ts';

export interface ReviewOptions extends ApprovalOptions, NewNameOptions {
  repositories: Repositories;
  facts: ApprovalOptions['facts'] & NewNameOptions['facts'];
}

export type AllWish = Pick<Extract<Command, { kind: 'approve-all' }>, 'confirmed' | 'warned'>;

export interface Review {
  /** Files it, or adds it to an issue that is there. */
  approve(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    wish?: Wish,
  ): Promise<ActionOutcome>;
  /** What was confirmed is filed; of anything else that is warned of all the same. */
  approveAll(action: Action, thread: ThreadState, wish: AllWish): Promise<ActionOutcome>;
  edit(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    changes: TicketChanges,
  ): Promise<ActionOutcome>;
  fill(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    answer: { field: string; text: string },
  ): Promise<ActionOutcome>;
  discard(action: Action, thread: ThreadState, target: TicketTarget): Promise<ActionOutcome>;
  /** Makes what the draft names and its project does not have. */
  createName(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    wish: NameWish,
  ): Promise<ActionOutcome>;
}

export function createReview(options: ReviewOptions): Review {
  const { repositories, cards } = options;

  async function approve(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    wish: Wish = {},
  ): Promise<ActionOutcome> {
    const ticket = await findTarget(repositories, thread, target);
    return approveTicket(options, action, thread, ticket, { ...wish, target });
  }

  async function approveAll(
    action: Action,
    thread: ThreadState,
    { confirmed, warned }: AllWish,
  ): Promise<ActionOutcome> {
    const drafts = await openDrafts(repositories, thread);
    if (drafts.length === 0) throw new ChatError(NO_DRAFT);
    const first = await approveEach(action, thread, inFilingOrder(drafts), confirmed);
    const meant = warned === undefined ? undefined : findWarned(first, warned);
    const outcomes = meant
      ? [...meant.others, ...(await approveEach(action, thread, meant.tickets, meant.project))]
      : first;
    const said = askTogether(outcomes);
    const asked = said.filter(({ confirm }) => confirm);
    const sentences = said.map(({ message }) => message);
    const isStale = warned !== undefined && !meant && asked.length > 0;
    return {
      kind: said.every(({ kind }) => kind === 'done') ? 'done' : 'refused',
      message: [...(isStale ? [ALL_CHANGED] : []), ...sentences].join('\n'),
      tickets: ticketsOf(said),
      // One button confirms one project.
      ...(asked.length === 1 && { confirm: asked[0]?.confirm }),
    };
  }

  async function approveEach(
    action: Action,
    thread: ThreadState,
    drafts: Ticket[],
    confirmed: string | undefined,
  ): Promise<ActionOutcome[]> {
    const outcomes: ActionOutcome[] = [];
    for (const ticket of drafts) {
      outcomes.push(await approveOne(action, thread, ticket, confirmed));
    }
    return outcomes;
  }

  /** What is wrong with one draft keeps none of the others from being filed. */
  async function approveOne(
    action: Action,
    thread: ThreadState,
    ticket: Ticket,
    confirmed: string | undefined,
  ): Promise<ActionOutcome> {
    try {
      const wish = { target: seen(ticket), confirmed };
      return await approveTicket(options, action, thread, ticket, wish);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const message = `Draft ${ticket.ordinal}: ${error.message}`;
      return { kind: 'refused', message, tickets: [ticket] };
    }
  }

  /** The answer becomes a section of the description, under the field's name. */
  async function fill(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    answer: { field: string; text: string },
  ): Promise<ActionOutcome> {
    const { description } = await findTarget(repositories, thread, target);
    const changes = { description: answerField(description, answer.field, answer.text) };
    return edit(action, thread, target, changes);
  }

  /** On the draft as the person saw it; else it is shown again. */
  async function onFresh(
    thread: ThreadState,
    target: TicketTarget,
    work: (ticket: Ticket) => Promise<ActionOutcome>,
  ): Promise<ActionOutcome> {
    const ticket = await findTarget(repositories, thread, target);
    const stale = staleness(ticket, target);
    return stale ? refuse(options, thread, ticket, stale) : work(ticket);
  }

  async function edit(
    { actor }: Action,
    thread: ThreadState,
    target: TicketTarget,
    changes: TicketChanges,
  ): Promise<ActionOutcome> {
    return onFresh(thread, target, async (ticket) => {
      const accounts = accountsOf(await options.configuration.userOf(actor), actor);
      if (!mayEdit(actor, ticket, accounts)) throw new ChatError('Only members edit drafts here.');
      const changed = applyChanges(ticket, changes);
      if (!changed.ok)
        throw new ChatError(`That does not fit: ${changed.problems.map(sayProblem).join('; ')}.`);
      const { project } = changed.fields;
      if (changes.project && project) await checkAllowed(options, thread, actor, project);
      const edited = [
        ...new Set([...ticket.editedFields, ...(Object.keys(changes) as TicketField[])]),
      ];
      const { tickets } = repositories;
      const saved = await tickets.editTicket(ticket, changed.fields, edited, thread.owner);
      return settle(saved, thread, (now) => `Changed draft ${now.ordinal}.`);
    });
  }

  async function discard({ actor }: Action, thread: ThreadState, target: TicketTarget) {
    return onFresh(thread, target, async (ticket) => {
      const accounts = accountsOf(await options.configuration.userOf(actor), actor);
      if (!mayEdit(actor, ticket, accounts))
        throw new ChatError('Only members discard drafts here.');
      const saved = await repositories.tickets.discardTicket(ticket, thread.owner);
      return settle(saved, thread, (now) => `Discarded draft ${now.ordinal}.`);
    });
  }

  async function createName(
    action: Action,
    thread: ThreadState,
    target: TicketTarget,
    wish: NameWish,
  ): Promise<ActionOutcome> {
    return onFresh(thread, target, async (ticket) => {
      return addToProject(options, action, thread, ticket, wish);
    });
  }

  async function settle(
    saved: SaveOutcome,
    thread: ThreadState,
    say: (ticket: Ticket) => string,
  ): Promise<ActionOutcome> {
    if (saved.kind === 'missing') throw new ChatError(DRAFT_GONE);
    if (saved.kind === 'outdated') return refuse(options, thread, saved.ticket, CHANGED);
    await cards.show(thread, saved.ticket.id, { resumed: true });
    return { kind: 'done', message: say(saved.ticket), tickets: [saved.ticket] };
  }

  return { approve, approveAll, edit, fill, discard, createName };
}

const CHANGED = 'It was changed in the meantime. Look at it again, then decide.';
const ALL_CHANGED = 'The drafts were changed in the meantime. Look at them again, then decide.';

async function approveTicket(
  options: ReviewOptions,
  action: Action,
  thread: ThreadState,
  ticket: Ticket,
  wish: Wish & { target: TicketTarget },
): Promise<ActionOutcome> {
  const stale = staleness(ticket, wish.target);
  if (stale) return refuse(options, thread, ticket, stale);
  const ruling = await rule(options, action, thread, ticket, wish);
  if (ruling.kind === 'unconfirmed') {
    const { message, confirm } = ruling;
    return { kind: 'refused', message, tickets: [ticket], confirm };
  }
  const { publisher } = options;
  const outcome = await publisher.publish(thread, ticket, ruling.approval);
  return describePublishing(options, thread, outcome);
}

async function describePublishing(
  options: ReviewOptions,
  thread: ThreadState,
  outcome: PublishOutcome,
): Promise<ActionOutcome> {
  if (outcome.kind === 'missing') throw new ChatError(DRAFT_GONE);
  const { ticket } = outcome;
  if (outcome.kind === 'outdated')
    return refuse(options, thread, ticket, whyNot(ticket) ?? CHANGED);
  await options.cards.show(thread, ticket.id, { resumed: true });
  const message = describePublished(outcome);
  return { kind: outcome.kind === 'refused' ? 'refused' : 'done', message, tickets: [ticket] };
}

/** Epics before their children, which then name them. */
function inFilingOrder(drafts: Ticket[]): Ticket[] {
  const byOrdinal = new Map(drafts.map((ticket) => [ticket.ordinal, ticket]));
  function depthOf({ parent }: Ticket, seen: number[] = []): number {
    const above = parent === undefined || seen.includes(parent) ? undefined : byOrdinal.get(parent);
    return above ? 1 + depthOf(above, [...seen, above.ordinal]) : 0;
  }
  return drafts
    .map((ticket) => ({ ticket, depth: depthOf(ticket) }))
    .sort((one, other) => one.depth - other.depth || one.ticket.ordinal - other.ticket.ordinal)
    .map(({ ticket }) => ticket);
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
  throw new ChatError(describeNotAllowed(project, allowedProjects));
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
      if (ticket.addedTo) return `Ticket ${ticket.ordinal} was added to ${ticket.addedTo.url}`;
      return `Ticket ${ticket.ordinal} was discarded.`;
    default:
      return undefined;
  }
}

function seen({ id, revision }: Ticket): TicketTarget {
  return { ticketId: id, revision };
}
