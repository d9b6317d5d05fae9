/** A thread made to follow an issue that was there before: what happens to it is told here from then on. */
import type { Action, Command } from './action.ts';
import type { Configuration } from './configuration.ts';
import type { ThreadState } from './conversation.ts';
import { ChatError } from './errors.ts';
import { mayConfigure, mayRelease } from './permission.ts';
import { hasGuests } from './project-binding.ts';
import { TAIL_LIMIT } from './reading.ts';
import { describeKept } from './reply-comments.ts';
import type { Repositories } from './repositories.ts';
import { type Approvers, allowsProject, describeNotAllowed } from './settings.ts';
import { parseProjectRef, TrackerError } from './tracker.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';

const ASK_MS = 10_000;

export interface FollowingOptions {
  repositories: Pick<Repositories, 'issues' | 'threads'>;
  configuration: Configuration;
  trackerAccess: Pick<TrackerAccess, 'open'>;
}

export type FollowWish = Pick<Extract<Command, { kind: 'follow' }>, 'issue' | 'confirmed'>;

export interface Following {
  /** Resolves with a sentence; rejects with `ChatError`. */
  follow(action: Action, thread: ThreadState, wish: FollowWish): Promise<string>;
  unfollow(action: Action, thread: ThreadState): Promise<string>;
}

export function createFollowing(options: FollowingOptions): Following {
  const { repositories, configuration, trackerAccess } = options;

  async function follow(
    { actor }: Action,
    thread: ThreadState,
    { issue: text, confirmed: agreed }: FollowWish,
  ): Promise<string> {
    if (!mayConfigure(actor)) throw new ChatError('Only members link threads to issues.');
    const scope = { platform: thread.thread.platform, place: thread.place };
    const settings = await configuration.resolve(scope, actor, thread.settings);
    const named = parseIssue(text, agreed ?? settings.project);
    if (!allowsProject(settings.allowedProjects, named.ref)) {
      throw new ChatError(describeNotAllowed(named.ref, settings.allowedProjects));
    }
    const opened = await trackerAccess.open(named.ref, scope, actor);
    const { issue, title, tracker, visibility } = await find(opened, named);
    const isBound = settings.isProjectBound && settings.project === named.ref;
    if (visibility !== 'public' && !isBound) await checkNoGuests(thread, named.ref);
    const leaks = thread.place.visibility === 'private' && visibility === 'public';
    const confirmed = leaks && agreed === named.ref;
    if (confirmed) checkMayRelease(settings.approvers, actor, named.ref);
    if (!(await repositories.issues.linkThread(thread, { tracker, ...issue, confirmed }))) {
      throw new ChatError('This conversation was deleted.');
    }
    const name = `[${issue.project}#${issue.number}](${issue.url})`;
    const shown = title.replaceAll('`', "'");
    const follows = `This thread follows ${name}: \`${shown}\`. What happens there is told here; \`unlink\` ends it.`;
    if (!leaks || !(await configuration.commentsReplies(scope))) return follows;
    return `${follows} ${confirmed ? ADDED : describeKept(named.ref, named.number)}`;
  }

  /** What is told of an issue is for everybody in the thread; what is private is for the place to bind. */
  async function checkNoGuests({ conversationId }: ThreadState, ref: string): Promise<void> {
    const tail = await repositories.threads.readTail(conversationId, TAIL_LIMIT);
    if (!hasGuests(tail ?? { messages: [] })) return;
    throw new ChatError(
      `${ref} is private, and guests read this thread. Somebody who may can make it this channel's project: \`set channel project ${ref}\`.`,
    );
  }

  async function unfollow({ actor }: Action, thread: ThreadState): Promise<string> {
    if (!mayConfigure(actor)) throw new ChatError('Only members unlink threads from issues.');
    if (!thread.issue) throw new ChatError('This thread follows no issue.');
    await repositories.issues.unlinkThread(thread);
    return `This thread does not follow ${thread.issue.project}#${thread.issue.number} any more.`;
  }

  return { follow, unfollow };
}

function checkMayRelease(approvers: Approvers, actor: Action['actor'], ref: string): void {
  if (mayRelease(approvers, actor)) return;
  throw new ChatError(
    `You may not add what is said here to ${ref}, which is public. Ask somebody who may approve drafts.`,
  );
}

const ADDED = 'What people say here is added to it, where everybody can read it.';

interface NamedIssue {
  /** `tracker:project`. */
  ref: string;
  number: string;
  /** The server of an address: the tracker must be that one. */
  host?: string;
}

/** GitLab puts `/-/` before what is not a group or a project; GitHub does not know it. */
const ADDRESS =
  /^https?:\/\/([^/\s]+)\/(\S+?)(\/-)?\/(?:issues|work_items)\/(\d{1,9})(?:[/?#]\S*)?$/;

export function parseIssue(text: string, project: string | undefined): NamedIssue {
  // Slack shows addresses as `<https://…|…>`.
  const plain = text.replace(/^<([^|>]+)(?:\|[^>]*)?>$/, '$1');
  const own = /^#(\d+)$/.exec(plain)?.[1];
  if (own) {
    if (project) return { ref: project, number: own };
    throw new ChatError('Of which project? Say `link github:owner/repo#12`.');
  }
  const [, ref, number] = /^((?:github|gitlab|local):[^\s:#]+)#(\d{1,9})$/.exec(plain) ?? [];
  if (ref && number) return { ref, number };
  const [, host, path, dash, linked] = ADDRESS.exec(plain) ?? [];
  if (host && path && linked) {
    return { ref: `${dash ? 'gitlab' : 'github'}:${path}`, number: linked, host };
  }
  throw new ChatError(
    'Which issue? Say `link #12`, `link github:owner/repo#12` or `link` and its address.',
  );
}

async function find({ tracker, project }: OpenedProject, { ref, number, host }: NamedIssue) {
  const signal = AbortSignal.timeout(ASK_MS);
  try {
    const [place, found] = await Promise.all([
      tracker.getProject(project),
      tracker.getIssue(project, number, signal),
    ]);
    const isThere = place && found && (!host || new URL(found.url).host === host.toLowerCase());
    if (isThere) {
      const { projectId } = place;
      const issue = { host: place.host, projectId, number: found.number, project, url: found.url };
      const { visibility } = place;
      return { issue, title: found.title, tracker: parseProjectRef(ref).tracker, visibility };
    }
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    throw new ChatError(error.message, { cause: error });
  }
  throw new ChatError(
    host
      ? `I cannot see that issue: it is not there, or not on the ${tracker.name} server I know.`
      : `There is no issue ${number} in ${project}, or I may not see it.`,
  );
}
