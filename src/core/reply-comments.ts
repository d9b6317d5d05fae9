/**
 * Where a channel wants it, what people say in a thread is added to its issue as comments: each
 * message once, in their name, unable to do anything there but be read. What is said to the bot stays
 * in the thread, as do its own words; edits and deletions in the chat do not reach the issue. Nor does
 * anything from a private channel reach a public one, until somebody confirms that for the thread.
 */
import type { Handled } from './action.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import type { ErrandTask } from './errand.ts';
import type { CarryOut, Errands, ErrandsOptions } from './errands.ts';
import { ChatError } from './errors.ts';
import { markerOf, renderName } from './issue-body.ts';
import { type IncomingMessage, messageKeyOf } from './message.ts';
import { neutraliseLine, neutraliseMarkdown } from './neutralise-markdown.ts';
import type { ChatPlatform } from './platform.ts';
import type { ProjectFacts } from './project-facts.ts';
import { toMessage } from './received.ts';
import type { Repositories } from './repositories.ts';
import { allowsProject } from './settings.ts';
import { conversationIdOf, digestOf } from './thread.ts';
import { TrackerError } from './tracker.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';

/** Characters of a message that become the comment: trackers take some 65,000 with what is around. */
const MAX_TEXT = 30_000;
const KEPT_MEMORY_MS = 7 * 86_400_000;

export interface ReplyCommentsOptions {
  repositories: Pick<Repositories, 'threads' | 'tickets'>;
  configuration: Configuration;
  errands: Pick<Errands, 'begin'>;
}

export interface ReplyComments {
  /** Resolves when what is to become a comment is stored. */
  note(message: IncomingMessage, handled: Handled): Promise<void>;
}

export function createReplyComments(options: ReplyCommentsOptions): ReplyComments {
  const { repositories, configuration, errands } = options;

  async function note(message: IncomingMessage, handled: Handled): Promise<void> {
    const { thread, place, author, addressed } = message;
    const isStored = handled.kind === 'stored' || handled.kind === 'duplicate';
    if (!isStored || addressed || author.standing === 'bot') return;
    if (!(await configuration.commentsReplies({ platform: thread.platform, place }))) return;
    const target = await findTarget(repositories, conversationIdOf(thread));
    if (!target) return;
    const { conversationId, text, attachments = [], permalink } = toMessage(message);
    const id = digestOf(['comment', messageKeyOf(message)]);
    const { identity, name, standing } = author;
    const task: ErrandTask = {
      kind: 'comment',
      ...target,
      author: { identity, name, standing },
      text: text.slice(0, MAX_TEXT).toWellFormed(),
      attachments: attachments.map((attachment) => attachment.name),
      ...(permalink && { permalink }),
    };
    await errands.begin({ conversationId, id, task });
  }

  return { note };
}

/** The issue the thread was linked to, else the one that was filed here: of several nobody could tell which is meant. */
async function findTarget(
  { threads, tickets }: Pick<Repositories, 'threads' | 'tickets'>,
  conversationId: string,
): Promise<{ project: string; number: string } | undefined> {
  const thread = await threads.get(conversationId);
  if (!thread) return undefined;
  if (thread.issue) return toTarget(thread.issue);
  if (thread.ticketCount === 0) return undefined;
  const { items } = await tickets.listTickets(conversationId, { status: 'published', limit: 2 });
  const [only, other] = items;
  return only?.status === 'published' && !other ? toTarget(only.issue) : undefined;
}

const toTarget = (issue: { tracker: string; project: string; number: string }) => ({
  project: `${issue.tracker}:${issue.project}`,
  number: issue.number,
});

export interface CommentingOptions {
  repositories: Pick<Repositories, 'marks'>;
  configuration: Configuration;
  trackerAccess: Pick<TrackerAccess, 'open'>;
  facts: Pick<ProjectFacts, 'project'>;
  platformOf(thread: Pick<ThreadState, 'thread'>): ChatPlatform;
  markerKeys: [Uint8Array, ...Uint8Array[]];
}

/** The errand itself. After an attempt that may have added it, the issue is asked before it is added again. */
export function createCommenting(options: CommentingOptions): CarryOut<'comment'> {
  const { configuration, trackerAccess, platformOf, markerKeys } = options;

  return async function comment(thread, task, { id, attempt, isLast, signal }) {
    const scope = { platform: thread.thread.platform, place: thread.place };
    const settings = await configuration.resolve(scope, task.author, thread.settings);
    if (!allowsProject(settings.allowedProjects, task.project)) return;
    const markers = markerKeys.map((key) => markerOf(key, `${thread.conversationId} ${id}`));
    try {
      const opened = await trackerAccess.open(task.project, scope, task.author);
      if (await leaksReplies(options, thread, task, opened)) {
        return await sayKept(options, thread, task);
      }
      const { tracker, project } = opened;
      for (const marker of attempt > 1 ? markers : []) {
        if (await tracker.hasComment(project, task.number, marker, signal)) return;
      }
      await tracker.comment(project, task.number, renderComment(task, markers[0] ?? ''), signal);
    } catch (error) {
      const reason = refusalOf(error) ?? (isLast ? lastWordOf(error) : undefined);
      if (reason === undefined) throw error;
      const text = `What ${renderName(task.author.name)} said ${reason}`;
      await platformOf(thread).postNotice({ thread: thread.thread, text });
    }
  };
}

type CommentTask = Extract<ErrandTask, { kind: 'comment' }>;

/** Asked for every comment: a project may have become public since the thread was linked. */
async function leaksReplies(
  { facts }: Pick<CommentingOptions, 'facts'>,
  { place, issue }: ThreadState,
  { project, number }: CommentTask,
  opened: OpenedProject,
): Promise<boolean> {
  if (place.visibility !== 'private') return false;
  const target = issue?.confirmed && toTarget(issue);
  if (target && target.project === project && target.number === number) return false;
  const found = await facts.project(opened);
  if (found) return found.visibility === 'public';
  throw new ChatError(`I cannot see who can read ${project}.`);
}

/** Once a week at most: they go on talking. */
async function sayKept(
  { repositories: { marks }, platformOf }: CommentingOptions,
  { thread, conversationId }: ThreadState,
  { project, number }: CommentTask,
): Promise<void> {
  const name = `replies-kept:${digestOf([conversationId, project, number])}`;
  if (!(await marks.take(thread.platform, name, Date.now() + KEPT_MEMORY_MS))) return;
  try {
    await platformOf({ thread }).postNotice({ thread, text: describeKept(project, number) });
  } catch (error) {
    await marks.giveBack(thread.platform, name);
    throw error;
  }
}

export function describeKept(project: string, number: string): string {
  return `What people say here is not added to ${project}#${number}: ${project} is public, and this channel is private. To add it all the same, say \`link #${number} in ${project}\`.`;
}

/** Nobody knows how far it got before the process that tried last fell silent. */
export function createCommentGivingUp({
  platformOf,
}: Pick<CommentingOptions, 'platformOf'>): ErrandsOptions['giveUp'] {
  return async function giveUp(thread, task) {
    // What happened to an issue is looked up again by whoever opens its card.
    if (task.kind !== 'comment') return;
    const text = `What ${renderName(task.author.name)} said may be missing from the issue, and I have stopped trying.`;
    await platformOf(thread).postNotice({ thread: thread.thread, text });
  };
}

/** What trying again would not change. */
function refusalOf(error: unknown): string | undefined {
  const isCertain =
    error instanceof ChatError ||
    (error instanceof TrackerError &&
      ['refused', 'unauthorised', 'not-found'].includes(error.kind));
  return isCertain ? `was not added to the issue: ${error.message}` : undefined;
}

/** Nobody is left to find out whether it got there. */
function lastWordOf(error: unknown): string | undefined {
  if (!(error instanceof TrackerError)) return undefined;
  return `may be missing from the issue, and I have stopped trying: ${error.message}`;
}

function renderComment(task: CommentTask, marker: string): string {
  const { author, text, attachments, permalink = '' } = task;
  const link = /^https?:\/\/[^\s()<>]+$/.test(permalink) ? `[in the thread](${permalink})` : '';
  const files = attachments.map((name) => `- ${neutraliseLine(name)}`);
  const parts = [
    `**${renderName(author.name)}** ${link || 'in the thread'}:`,
    neutraliseMarkdown(text.trim()),
    files.length > 0 ? `Attached there:\n\n${files.join('\n')}` : '',
    `<!-- ${marker} -->`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
