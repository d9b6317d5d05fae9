/** The Tracker port: the issue system as the bot needs it. */

/** An issue ready to be filed. `body` is final Markdown, the marker included. */
export interface NewIssue {
  project: string;
  title: string;
  body: string;
  labels: string[];
  assignees: string[];
  milestone?: string;
  /** Hidden in the body; finds the issue again after an ambiguous failure. */
  marker: string;
}

export interface CreatedIssue {
  project: string;
  number: string;
  url: string;
  /** What was asked for and silently not done, a sentence each: said to the person. */
  dropped: string[];
}

export interface IssueSummary {
  project: string;
  number: string;
  title: string;
  url: string;
  state: 'open' | 'closed';
}

export interface TrackerProject {
  project: string;
  name: string;
  visibility: 'public' | 'private';
}

export interface TrackerPerson {
  username: string;
  name: string;
}

export interface IssueTemplate {
  name: string;
  description: string;
  /** The template's file as it stands. */
  content: string;
}

export interface CodeMatch {
  path: string;
  excerpt: string;
}

/**
 * `createIssue` either created an issue, or throws `TrackerError`: `refused` and the other certain
 * kinds mean that nothing was created; `ambiguous` means it may have been, and only
 * `findIssueByMarker` can tell.
 */
export interface Tracker {
  readonly name: string;
  createIssue(issue: NewIssue, signal: AbortSignal): Promise<CreatedIssue>;
  /** Reads the tracker's list, not its lagging search; only issues of our own account since `since` (ISO 8601). */
  findIssueByMarker(
    project: string,
    marker: string,
    since: string,
    signal: AbortSignal,
  ): Promise<CreatedIssue | undefined>;
  searchIssues(
    project: string,
    text: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<IssueSummary[]>;
  comment(project: string, number: string, body: string, signal: AbortSignal): Promise<string>;
  listProjects(): Promise<TrackerProject[]>;
  listLabels(project: string): Promise<string[]>;
  listMilestones(project: string): Promise<string[]>;
  listAssignees(project: string): Promise<TrackerPerson[]>;
  listTemplates(project: string): Promise<IssueTemplate[]>;
  /** `undefined` when there is no such file. */
  readFile(project: string, path: string, signal: AbortSignal): Promise<string | undefined>;
  listTree(project: string, path: string, signal: AbortSignal): Promise<string[]>;
  searchCode(
    project: string,
    text: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<CodeMatch[]>;
}

export type TrackerErrorKind =
  | 'refused'
  | 'unauthorised'
  | 'not-found'
  | 'rate-limited'
  | 'unreachable'
  | 'ambiguous';

/** The tracker did not do it, or nobody knows. The message may be shown in chat: it is the tracker's own reason. */
export class TrackerError extends Error {
  override name = 'TrackerError';
  readonly tracker: string;
  readonly kind: TrackerErrorKind;

  constructor(tracker: string, kind: TrackerErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.tracker = tracker;
    this.kind = kind;
  }
}

/** Splits `github:owner/repo` at the first colon. */
export function parseProjectRef(ref: string): { tracker: string; project: string } {
  const colon = ref.indexOf(':');
  return { tracker: ref.slice(0, colon), project: ref.slice(colon + 1) };
}
