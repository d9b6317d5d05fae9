/** What happened to an issue at its tracker, whoever told us: a webhook, or a look at the issue itself. */

import { z } from 'zod';
import type { LinkedIssue, ThreadState } from './conversation.ts';
import { digestOf } from './thread.ts';

/** Where an issue is, by what stays the same when its project is renamed. */
const addressSchema = z.object({
  tracker: z.string(),
  /** The server, `github.com`. */
  host: z.string(),
  /** The project's own id in the tracker's database. */
  projectId: z.string(),
  number: z.string(),
});
export type IssueAddress = z.infer<typeof addressSchema>;

const placedSchema = z.object({
  address: addressSchema,
  /** As the project is called now: `owner/repo`. */
  project: z.string(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['open', 'closed']),
});
const snapshotSchema = placedSchema.extend({
  /** Of the issue itself: ISO 8601. A state of before is not written over a later one. */
  updatedAt: z.string(),
});
/** An issue as it stands. */
export type IssueSnapshot = z.infer<typeof snapshotSchema>;

export const CLOSE_REASONS = ['completed', 'not planned', 'duplicate', 'moved'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

const common = {
  issue: snapshotSchema,
  /** Who did it, as the tracker calls them; absent where it does not say. */
  actor: z.string().optional(),
  /** When: ISO 8601. */
  at: z.string(),
};

export const issueEventSchema = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('closed'), reason: z.enum(CLOSE_REASONS).optional() }),
  z.object({ ...common, kind: z.literal('reopened') }),
  z.object({ ...common, kind: z.literal('renamed'), before: z.string() }),
  z.object({
    ...common,
    kind: z.literal('commented'),
    commentId: z.string(),
    text: z.string(),
    url: z.string(),
    /** It carries our mark, so the thread knows it already. */
    ours: z.boolean(),
  }),
  z.object({ ...common, kind: z.literal('deleted') }),
  /** It is another issue from now on. */
  z.object({ ...common, kind: z.literal('transferred'), to: placedSchema }),
]);
export type IssueEvent = z.infer<typeof issueEventSchema>;

/**
 * The same for every delivery of one event: redelivered, sent by the hooks of the project and of its
 * group, or replayed under another delivery id, which no signature of GitHub's covers.
 */
export function eventIdOf(event: IssueEvent): string {
  const { tracker, host, projectId, number } = event.issue.address;
  return digestOf([tracker, host, projectId, number, ...whatOf(event)]);
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
      return [event.kind, event.issue.updatedAt, event.issue.title];
    default:
      return [event.kind, event.issue.updatedAt];
  }
}

/** What every comment and issue of ours carries, see `markerOf`. */
const MARK = /<!-- prompt-to-issue:[0-9a-f]{32}\b[^>]*-->/;

/** Whoever plants the mark in a comment of theirs only keeps it out of the thread. */
export function isOurs(body: string): boolean {
  return MARK.test(body);
}

/** A conversation that follows an issue: by tickets that were filed as it, or linked to it itself. */
export interface IssueFollower {
  conversationId: string;
  ticketIds: string[];
}

export interface IssueRepository {
  /** One range. */
  listFollowers(issue: IssueAddress): Promise<IssueFollower[]>;
  /** The thread hears of this issue from now on, and of no other it was linked to. False when the thread is gone. */
  linkThread(thread: ThreadState, issue: LinkedIssue): Promise<boolean>;
  unlinkThread(thread: ThreadState): Promise<void>;
}
