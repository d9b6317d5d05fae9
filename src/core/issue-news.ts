/**
 * Brings what happened to an issue to everything that follows it: the tickets filed as it, their
 * cards, and the threads, which are told in one quiet sentence. Each event once, however often it is
 * delivered; and nothing of what came from the thread itself.
 */
import type { Cards } from './cards.ts';
import type { ThreadState } from './conversation.ts';
import type { CarryOut, Errands } from './errands.ts';
import { eventIdOf, type IssueEvent } from './issue-event.ts';
import type { ChatPlatform } from './platform.ts';
import type { Repositories } from './repositories.ts';
import type { IssueState } from './ticket.ts';

/** Of a comment's text, in characters; the whole is behind the link. */
const MAX_EXCERPT = 300;
/** What is older was told, or was forgotten to have been: GitHub delivers again for three days. */
const MAX_AGE_MS = 3 * 86_400_000;

export interface IssueNewsOptions {
  repositories: Pick<Repositories, 'issues' | 'tickets'>;
  cards: Cards;
  platformOf(thread: ThreadState): ChatPlatform;
}

/** `unfollowed`: no thread is about that issue, by the server and the numbers that the event names. */
export type EventOutcome = 'stored' | 'duplicate' | 'ignored' | 'unfollowed';

/** Resolves when the event is stored for every thread that follows the issue; they are told afterwards. */
export function createEventIntake(
  { issues }: Pick<Repositories, 'issues'>,
  errands: Pick<Errands, 'begin'>,
) {
  return async function receive(event: IssueEvent): Promise<EventOutcome> {
    if (event.kind === 'commented' && event.ours) return 'ignored';
    if (Date.parse(event.at) < Date.now() - MAX_AGE_MS) return 'ignored';
    const followers = await issues.listFollowers(event.issue.address);
    const task = { kind: 'tell' as const, event: shorten(event) };
    let stored = false;
    for (const { conversationId, ticketIds } of followers) {
      const errand = { conversationId, id: eventIdOf(event), task: { ...task, ticketIds } };
      stored = (await errands.begin(errand)) || stored;
    }
    return stored ? 'stored' : followers.length > 0 ? 'duplicate' : 'unfollowed';
  };
}

/** Only what is shown is kept. */
function shorten(event: IssueEvent): IssueEvent {
  return event.kind === 'commented' ? { ...event, text: toExcerpt(event.text) } : event;
}

function toExcerpt(text: string): string {
  const visible = text.replaceAll(/<!--[\s\S]*?-->/g, '').replaceAll(/\s+/g, ' ');
  const line = visible.trim();
  return line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT).toWellFormed()}…` : line;
}

/** The errand itself. What stands already as the event says is not told again, unless an attempt before may have died between the two. */
export function createIssueNews(options: IssueNewsOptions): CarryOut<'tell'> {
  const { cards, platformOf } = options;

  return async function tell(thread, { event, ticketIds }, { attempt }) {
    let isKnown = ticketIds.length > 0;
    for (const ticketId of ticketIds) {
      const outcome = await apply(options, thread, ticketId, event);
      if (outcome === 'changed') isKnown = false;
      if (outcome === 'changed' || attempt > 1) {
        await cards.show(thread, ticketId, { resumed: true });
      }
    }
    const follows = ticketIds.length > 0 || isLinkedTo(thread, event);
    if (!follows) return;
    if (isKnown && attempt === 1 && event.kind !== 'commented') return;
    await platformOf(thread).postNotice({ thread: thread.thread, text: describe(event) });
  };
}

/** A thread may have been unlinked after the event was stored. */
function isLinkedTo({ issue }: ThreadState, event: IssueEvent): boolean {
  const { address } = event.issue;
  return issue?.projectId === address.projectId && issue.number === address.number;
}

async function apply(
  { repositories: { tickets } }: IssueNewsOptions,
  { conversationId }: ThreadState,
  ticketId: string,
  event: IssueEvent,
) {
  if (event.kind === 'commented') return 'unchanged';
  const outcome = await tickets.recordIssueState(conversationId, ticketId, toState(event));
  if (event.kind !== 'transferred') return outcome;
  return tickets.moveIssue(conversationId, ticketId, event.to);
}

/** The event's own kind decides: what the snapshot says beside it may be of before. */
function toState(event: IssueEvent): IssueState {
  const { title, updatedAt, state } = event.issue;
  switch (event.kind) {
    case 'closed':
      return { state: 'closed', title, updatedAt, ...(event.reason && { reason: event.reason }) };
    case 'reopened':
      return { state: 'open', title, updatedAt };
    case 'deleted':
      return { state: 'deleted', title, updatedAt };
    case 'transferred':
      return { state: event.to.state, title: event.to.title, updatedAt };
    default:
      return { state, title, updatedAt };
  }
}

/** Markdown, one sentence and for comments a quote. Everything that others wrote stands as code or quote. */
function describe(event: IssueEvent): string {
  const { issue, actor } = event;
  const number = `[${issue.project}#${issue.address.number}](${issue.url})`;
  const by = actor ? ` by ${toCode(actor)}` : '';
  switch (event.kind) {
    case 'closed':
      return `${number} was closed${event.reason ? ` as ${event.reason}` : ''}${by}.`;
    case 'reopened':
      return `${number} was reopened${by}.`;
    case 'renamed':
      return `${number} is now called ${toCode(issue.title)}.`;
    case 'deleted':
      return `${issue.project}#${issue.address.number} was deleted${by}.`;
    case 'transferred': {
      const { project, address, url } = event.to;
      return `${issue.project}#${issue.address.number} was moved to [${project}#${address.number}](${url})${by}.`;
    }
    default:
      return `${actor ? toCode(actor) : 'Somebody'} commented on ${number}: [read it](${event.url})\n> ${event.text}`;
  }
}

function toCode(text: string): string {
  return `\`${text
    .replaceAll(/[`\s]+/g, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed()}\``;
}
