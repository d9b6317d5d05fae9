/** What happened to an issue at its tracker, whoever told us: a webhook, or a look at the issue itself. */
import { digestOf } from './thread.ts';

/** Where an issue is, by what stays the same when its project is renamed. */
export interface IssueAddress {
  tracker: string;
  /** The server, `github.com`. */
  host: string;
  /** The project's own id in the tracker's database. */
  projectId: string;
  number: string;
}

/** An issue as it stands. */
export interface IssueSnapshot {
  address: IssueAddress;
  /** As the project is called now: `owner/repo`. */
  project: string;
  title: string;
  url: string;
  state: 'open' | 'closed';
  /** Of the issue itself: ISO 8601. A state of before is not written over a later one. */
  updatedAt: string;
}

export const CLOSE_REASONS = ['completed', 'not planned', 'duplicate', 'moved'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export type IssueEvent = {
  issue: IssueSnapshot;
  /** Who did it, as the tracker calls them; absent where it does not say. */
  actor?: string;
  /** When: ISO 8601. */
  at: string;
} & (
  | { kind: 'closed'; reason?: CloseReason }
  | { kind: 'reopened' }
  | { kind: 'renamed'; before: string }
  /** `ours`: it carries our mark, so the thread knows it already. */
  | { kind: 'commented'; commentId: string; text: string; url: string; ours: boolean }
  | { kind: 'deleted' }
  /** It is another issue from now on. */
  | { kind: 'transferred'; to: Omit<IssueSnapshot, 'updatedAt'> }
);

/**
 * The same for every delivery of one event: redelivered, sent by the hooks of the project and of its
 * group, or replayed under another delivery id, which no signature of GitHub's covers.
 */
export function eventIdOf({ issue, at, ...event }: IssueEvent): string {
  const { tracker, host, projectId, number } = issue.address;
  return digestOf([tracker, host, projectId, number, ...whatOf({ issue, at, ...event })]);
}

function whatOf(event: IssueEvent): string[] {
  switch (event.kind) {
    case 'commented':
      return [event.kind, event.commentId];
    case 'deleted':
      return [event.kind];
    case 'transferred':
      return [event.kind, event.to.address.projectId, event.to.address.number];
    case 'renamed':
      return [event.kind, event.at, event.issue.title];
    default:
      return [event.kind, event.at];
  }
}

/** What every comment and issue of ours carries, see `markerOf`. */
const MARK = /<!-- prompt-to-issue:[0-9a-f]{32}\b[^>]*-->/;

/** Whoever plants the mark in a comment of theirs only keeps it out of the thread. */
export function isOurs(body: string): boolean {
  return MARK.test(body);
}
