/** The Tracker port: the issue system as the bot needs it. */
import type { ConnectionCheck } from './provider.ts';
import type { TicketType } from './ticket-fields.ts';

/** An issue ready to be filed. `body` is final Markdown, the marker included. */
export interface NewIssue {
  project: string;
  title: string;
  body: string;
  /** What did not fit into the body, in order: added as comments by `finishIssue`. */
  rest: string[];
  labels: string[];
  assignees: string[];
  milestone?: string;
  /** Becomes the tracker's own issue type where the project has one by that name. */
  type?: TicketType;
  /** What the project's template calls the type: taken before ours where there is one by that name. */
  typeName?: string;
  /** The estimate as a number, for trackers that keep a weight. */
  weight?: number;
  /** The number of the epic's issue in the same project, when this one is its child. */
  parent?: string;
  /** Hidden in the body; finds the issue again after an ambiguous failure. */
  marker: string;
}

export interface CreatedIssue {
  project: string;
  number: string;
  url: string;
  /** The server it is on, `github.com`; with the project's own id it outlives a renamed project. */
  host: string;
  projectId: string;
  /** What was asked for and silently not done, a sentence each: said to the person. */
  dropped: string[];
}

export interface IssueSummary {
  project: string;
  number: string;
  title: string;
  url: string;
  state: 'open' | 'closed';
  /** ISO 8601, where the tracker says. */
  updatedAt?: string;
}

/** A file from the chat, on its way into an issue. */
export interface UploadedFile {
  name: string;
  mimeType: string;
  content: Uint8Array;
}

export interface TrackerProject {
  project: string;
  name: string;
  /** The server it is on, and its own id there, as webhooks name it. */
  host: string;
  projectId: string;
  visibility: 'public' | 'private';
}

export interface TrackerPerson {
  username: string;
  name: string;
}

export interface IssueTemplate {
  name: string;
  description: string;
  /** What it asks for, in its order; no front matter. */
  fields: TemplateField[];
  /** What it sets by itself; absent: nothing. */
  presets?: TemplatePresets;
}

/** Names as the template has them: nobody looked yet whether the project does. */
export interface TemplatePresets {
  labels: string[];
  assignees: string[];
  /** What its titles begin with, the space included. */
  title?: string;
  /** The issue's type. */
  type?: string;
}

export interface TemplateField {
  title: string;
  /** The project takes no issue without it. */
  required: boolean;
  /** Answers to choose from. */
  options?: string[];
  /** What a person may tick; never required of a draft, for which nobody ticks. */
  boxes?: string[];
  /** Of its heading, where the template has headings: 1 to 6. */
  level?: number;
}

/** A proposed change of the code: a pull request, at GitLab a merge request. */
export interface PullRequestSummary {
  number: string;
  title: string;
  url: string;
  state: 'open' | 'merged' | 'closed';
  /** ISO 8601. */
  updatedAt?: string;
}

export interface PullRequest extends PullRequestSummary {
  /** Markdown; a long one is cut. */
  description: string;
  /** Paths, a hundred at most. */
  files: string[];
  /** Whether it changes more files than those. */
  moreFiles: boolean;
}

export interface CodeMatch {
  path: string;
  excerpt: string;
}

/** `there`: the project had one by that name already. */
export type MadeName = 'created' | 'there';

/**
 * `createIssue` either created an issue, or throws `TrackerError`: `refused` and the other certain
 * kinds mean that nothing was created; `ambiguous` means it may have been, and only
 * `findIssueByMarker` can tell.
 */
export interface Tracker {
  readonly name: string;
  createIssue(issue: NewIssue, signal: AbortSignal): Promise<CreatedIssue>;
  /**
   * Does what comes after the creation: the rest of a long text as comments, the link to the epic.
   * May be called again after a crash and does nothing twice. Resolves with what could not be done, a sentence each.
   */
  finishIssue(issue: NewIssue, created: CreatedIssue, signal: AbortSignal): Promise<string[]>;
  /** `undefined` when there is no such issue (any more). */
  getIssue(project: string, number: string, signal: AbortSignal): Promise<IssueSummary | undefined>;
  /** Reads the tracker's list, not its lagging search; only issues of our own account since `since` (ISO 8601). */
  findIssueByMarker(
    project: string,
    marker: string,
    since: string,
    signal: AbortSignal,
  ): Promise<CreatedIssue | undefined>;
  /** The likeliest first: open ones and those closed lately. */
  searchIssues(
    project: string,
    text: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<IssueSummary[]>;
  /** Whether a comment of our own account carries the marker: it was added before. */
  hasComment(
    project: string,
    number: string,
    marker: string,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Resolves with the comment's address. */
  comment(project: string, number: string, body: string, signal: AbortSignal): Promise<string>;
  /** Puts a file where readers of the issue can see it; resolves with its Markdown, or `undefined` where nobody allowed that. */
  uploadFile(project: string, file: UploadedFile, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the token works and may file there; the sentence names what is missing. */
  testConnection(project?: string): Promise<ConnectionCheck>;
  /** `undefined` when there is none, or it cannot be seen. */
  getProject(project: string): Promise<TrackerProject | undefined>;
  listProjects(): Promise<TrackerProject[]>;
  listLabels(project: string): Promise<string[]>;
  listMilestones(project: string): Promise<string[]>;
  /**
   * Makes a label the project does not have, as a write that is sent once; the project's own list
   * settles what a refused or lost answer left open. Rejects with `TrackerError`; after any of them
   * asking again does no harm: trackers keep no name twice.
   */
  createLabel(project: string, name: string, signal: AbortSignal): Promise<MadeName>;
  /** The same for an open milestone. */
  createMilestone(project: string, title: string, signal: AbortSignal): Promise<MadeName>;
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
  /** The likeliest first, in whatever state; those changed last where the text has no words. */
  searchPullRequests(
    project: string,
    text: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<PullRequestSummary[]>;
  /** `undefined` when there is none by that number. */
  getPullRequest(
    project: string,
    number: string,
    signal: AbortSignal,
  ): Promise<PullRequest | undefined>;
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
  /** Milliseconds to wait before trying again, where the tracker said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    tracker: string,
    kind: TrackerErrorKind,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.tracker = tracker;
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Splits `github:owner/repo` at the first colon. */
export function parseProjectRef(ref: string): { tracker: string; project: string } {
  const colon = ref.indexOf(':');
  return { tracker: ref.slice(0, colon), project: ref.slice(colon + 1) };
}
