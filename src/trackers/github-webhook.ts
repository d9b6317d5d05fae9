/**
 * What GitHub sends when an issue changes: `issues` and `issue_comment`, signed with HMAC-SHA256 over
 * the body. GitHub signs no time, so what is too old to be remembered as told is left out.
 */
import { verifyWithFallback } from '@octokit/webhooks-methods';
import { z } from 'zod';
import {
  type CloseReason,
  type IssueEvent,
  type IssueSnapshot,
  isOurs,
} from '../core/issue-event.ts';
import type { Webhook, WebhookReading } from '../core/webhook.ts';
import { instantSchema, parseJson } from './webhook-body.ts';

export interface GitHubWebhookOptions {
  /** The current one first, then those of before a rotation. */
  secrets: [string, ...string[]];
}

const repositorySchema = z.object({ id: z.int(), full_name: z.string(), html_url: z.url() });
const issueSchema = z.object({
  number: z.int().positive(),
  title: z.string(),
  html_url: z.url(),
  state: z.enum(['open', 'closed']),
  state_reason: z.string().nullish(),
  updated_at: instantSchema,
  /** Pull requests are issues too, and none of ours. */
  pull_request: z.unknown().optional(),
});
const senderSchema = z.object({ login: z.string(), type: z.string().nullish() });
const envelope = { issue: issueSchema, repository: repositorySchema, sender: senderSchema };

const issuesSchema = z.discriminatedUnion('action', [
  z.object({ ...envelope, action: z.literal('closed') }),
  z.object({ ...envelope, action: z.literal('reopened') }),
  z.object({ ...envelope, action: z.literal('deleted') }),
  z.object({
    ...envelope,
    action: z.literal('edited'),
    changes: z.object({ title: z.object({ from: z.string() }).nullish() }),
  }),
  z.object({
    ...envelope,
    action: z.literal('transferred'),
    changes: z.object({ new_issue: issueSchema, new_repository: repositorySchema }),
  }),
]);
const commentSchema = z.object({
  ...envelope,
  action: z.literal('created'),
  comment: z.object({
    id: z.int(),
    html_url: z.url(),
    body: z.string().nullish(),
    created_at: instantSchema,
  }),
});
const actionSchema = z.object({ action: z.string() });

const REASONS: Record<string, CloseReason> = {
  completed: 'completed',
  not_planned: 'not planned',
  duplicate: 'duplicate',
};
const ISSUE_ACTIONS = ['closed', 'reopened', 'deleted', 'edited', 'transferred'];

export function createGitHubWebhook({ secrets }: GitHubWebhookOptions): Webhook {
  const [current, ...former] = secrets;
  return {
    tracker: 'github',
    async read(headers, body) {
      const signature = headers.get('x-hub-signature-256') ?? '';
      // The library throws for an empty argument, and compares in constant time.
      const isForm = /^sha256=[0-9a-f]{64}$/.test(signature) && body !== '';
      if (!isForm) return { kind: 'refused', reason: 'no signature' };
      const signed = await verifyWithFallback(current, body, signature, former);
      if (!signed) return { kind: 'refused', reason: 'another secret' };
      const payload = parseJson(jsonOf(headers, body));
      if (payload === undefined) return { kind: 'malformed' };
      return readPayload(headers.get('x-github-event') ?? '', payload);
    },
  };
}

/** Hooks made by hand send a form unless told otherwise. */
function jsonOf(headers: Headers, body: string): string {
  const type = headers.get('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return body;
  return new URLSearchParams(body).get('payload') ?? '';
}

function readPayload(name: string, payload: unknown): WebhookReading {
  const { data: named } = actionSchema.safeParse(payload);
  const isIssue = name === 'issues' && ISSUE_ACTIONS.includes(named?.action ?? '');
  const isComment = name === 'issue_comment' && named?.action === 'created';
  if (!isIssue && !isComment) return { kind: 'ignored' };
  const parsed = isIssue ? issuesSchema.safeParse(payload) : commentSchema.safeParse(payload);
  if (!parsed.success) return { kind: 'ignored', unknown: true };
  const event = toEvent(parsed.data);
  return event ? { kind: 'event', event } : { kind: 'ignored' };
}

type Payload = z.infer<typeof issuesSchema> | z.infer<typeof commentSchema>;

function toEvent(payload: Payload): IssueEvent | undefined {
  if (payload.issue.pull_request) return undefined;
  const issue = toSnapshot(payload.issue, payload.repository);
  const what = { issue, actor: payload.sender.login, at: issue.updatedAt };
  switch (payload.action) {
    case 'closed': {
      const reason = REASONS[payload.issue.state_reason ?? ''];
      return { ...what, kind: 'closed', ...(reason && { reason }) };
    }
    case 'reopened':
      return { ...what, kind: 'reopened' };
    case 'deleted':
      return { ...what, kind: 'deleted' };
    case 'edited': {
      const before = payload.changes.title?.from;
      return before === undefined ? undefined : { ...what, kind: 'renamed', before };
    }
    case 'transferred': {
      const { new_issue: moved, new_repository: repository } = payload.changes;
      return { ...what, kind: 'transferred', to: toSnapshot(moved, repository) };
    }
    default:
      return toComment(what, payload);
  }
}

/** What programs say under an issue is not repeated: it would be most of what is said. */
function toComment(
  what: Pick<IssueEvent, 'issue' | 'actor' | 'at'>,
  { comment, sender }: z.infer<typeof commentSchema>,
): IssueEvent | undefined {
  if (sender.type === 'Bot') return undefined;
  const { id, body, html_url: url, created_at: at } = comment;
  const text = body ?? '';
  return { ...what, kind: 'commented', commentId: `${id}`, text, url, at, ours: isOurs(text) };
}

function toSnapshot(
  issue: z.infer<typeof issueSchema>,
  repository: z.infer<typeof repositorySchema>,
): IssueSnapshot {
  const { number, title, html_url: url, state, updated_at: updatedAt } = issue;
  const { host } = new URL(repository.html_url);
  const projectId = `${repository.id}`;
  return {
    address: { tracker: 'github', host, projectId, number: `${number}` },
    project: repository.full_name,
    ...{ title, url, state, updatedAt },
  };
}
