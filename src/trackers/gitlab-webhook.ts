/**
 * What GitLab sends when an issue changes: issue and note events. Signed with a signing token
 * (`whsec_…`: Standard Webhooks, HMAC-SHA256 over id, time and body), or carrying a secret token.
 * What is confidential stays at GitLab.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import {
  type CloseReason,
  type IssueEvent,
  type IssueSnapshot,
  isOurs,
} from '../core/issue-event.ts';
import { digestOf } from '../core/thread.ts';
import type { Unverified } from '../core/unverified.ts';
import type { Webhook, WebhookReading } from '../core/webhook.ts';
import { instantSchema, parseJson } from './webhook-body.ts';

export interface GitLabWebhookOptions {
  /** Signing tokens begin with `whsec_`, all others are secret tokens. The order does not matter. */
  secrets: [string, ...string[]];
}

const SIGNING_PREFIX = 'whsec_';
/** How old, or early, a signature may be: what Standard Webhooks recommends, in seconds. */
const TOLERANCE_SECONDS = 300;

const userSchema = z.object({ username: z.string() });
const projectSchema = z.object({
  id: z.int(),
  path_with_namespace: z.string().min(1),
  web_url: z.url(),
});
const flag = z.boolean().nullish();

const issueHookSchema = z.object({
  object_kind: z.literal('issue'),
  user: userSchema,
  project: projectSchema,
  object_attributes: z.object({
    iid: z.int().positive(),
    title: z.string(),
    url: z.url(),
    state: z.string(),
    action: z.string().nullish(),
    updated_at: instantSchema,
    confidential: flag,
    moved_to_id: z.int().nullish(),
    duplicated_to_id: z.int().nullish(),
  }),
  changes: z.object({ title: z.object({ previous: z.string() }).nullish() }).nullish(),
});
const noteHookSchema = z.object({
  object_kind: z.literal('note'),
  user: userSchema,
  project: projectSchema,
  object_attributes: z.object({
    id: z.int(),
    note: z.string(),
    url: z.url(),
    created_at: instantSchema,
    action: z.string().nullish(),
    /** GitLab's own remarks: "changed the description". */
    system: flag,
    internal: flag,
    confidential: flag,
  }),
  issue: z.object({
    iid: z.int().positive(),
    title: z.string(),
    state: z.string(),
    updated_at: instantSchema,
    confidential: flag,
  }),
});
type IssueHook = z.infer<typeof issueHookSchema>;
type NoteHook = z.infer<typeof noteHookSchema>;

/** Tells which of GitLab's many events it is before its whole shape is asked for. */
const kindSchema = z.object({
  object_kind: z.string(),
  event_type: z.string().nullish(),
  object_attributes: z.object({ noteable_type: z.string().nullish() }).nullish(),
});

/** Accounts of project and group access tokens. */
const BOT_NAME = /^(?:project|group)_\d+_bot/;

export function createGitLabWebhook({ secrets }: GitLabWebhookOptions): Webhook {
  const signing = secrets.filter((secret) => secret.startsWith(SIGNING_PREFIX)).map(toKey);
  const tokens = secrets.filter((secret) => !secret.startsWith(SIGNING_PREFIX));
  return {
    tracker: 'gitlab',
    async read(headers, body) {
      const isTrusted = isSigned(headers, body, signing) || carriesToken(headers, tokens);
      if (!isTrusted) return { kind: 'refused', reason: whyNot(headers) };
      const payload = parseJson(body);
      return payload === undefined ? { kind: 'malformed' } : readPayload(payload);
    },
  };
}

const toKey = (secret: string) => Buffer.from(secret.slice(SIGNING_PREFIX.length), 'base64');

function isSigned(headers: Headers, body: string, keys: Buffer[]): boolean {
  const [id, time, signatures] = ['id', 'timestamp', 'signature'].map(
    (name) => headers.get(`webhook-${name}`) ?? '',
  );
  if (!id || !time || !signatures || !/^\d{1,12}$/.test(time)) return false;
  if (!isNow(time)) return false;
  const given = signatures.split(' ').filter((one) => one.startsWith('v1,'));
  return keys.some((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
    return given.some((signature) => isEqual(signature, `v1,${digest}`));
  });
}

const isNow = (time: string) => Math.abs(Date.now() / 1000 - Number(time)) <= TOLERANCE_SECONDS;

function whyNot(headers: Headers): Unverified {
  const timestamp = headers.get('webhook-timestamp');
  const isSigned = timestamp !== null && headers.has('webhook-signature');
  if (!isSigned) return headers.has('x-gitlab-token') ? 'another secret' : 'no signature';
  return isNow(timestamp) ? 'another secret' : 'clock';
}

function carriesToken(headers: Headers, tokens: string[]): boolean {
  const given = headers.get('x-gitlab-token') ?? '';
  return given !== '' && tokens.some((token) => isEqual(given, token));
}

/** Digests are of one length, so the comparison takes as long whatever was given. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf([one])), Buffer.from(digestOf([other])));
}

function readPayload(payload: unknown): WebhookReading {
  const { data: kind } = kindSchema.safeParse(payload);
  if (kind?.event_type?.startsWith('confidential_')) return { kind: 'ignored' };
  if (kind?.object_kind === 'issue') return readAs(issueHookSchema, payload, toIssueEvent);
  const isNote = kind?.object_kind === 'note' && kind.object_attributes?.noteable_type === 'Issue';
  return isNote ? readAs(noteHookSchema, payload, toNoteEvent) : { kind: 'ignored' };
}

function readAs<Shape extends z.ZodType>(
  shape: Shape,
  payload: unknown,
  toEvent: (hook: z.infer<Shape>) => IssueEvent | undefined,
): WebhookReading {
  const parsed = shape.safeParse(payload);
  if (!parsed.success) return { kind: 'ignored', unknown: true };
  const event = toEvent(parsed.data);
  return event ? { kind: 'event', event } : { kind: 'ignored' };
}

function toIssueEvent(hook: IssueHook): IssueEvent | undefined {
  const { user, project, object_attributes: issue, changes } = hook;
  if (issue.confidential) return undefined;
  const snapshot = toSnapshot(project, issue, issue.url);
  const what = { issue: snapshot, actor: user.username, at: snapshot.updatedAt };
  switch (issue.action) {
    case 'close': {
      const reason = reasonOf(issue);
      return { ...what, kind: 'closed', ...(reason && { reason }) };
    }
    case 'reopen':
      return { ...what, kind: 'reopened' };
    case 'update': {
      const before = changes?.title?.previous;
      return before === undefined ? undefined : { ...what, kind: 'renamed', before };
    }
    default:
      return undefined;
  }
}

function reasonOf(issue: IssueHook['object_attributes']): CloseReason | undefined {
  if (issue.moved_to_id) return 'moved';
  return issue.duplicated_to_id ? 'duplicate' : undefined;
}

function toNoteEvent({ user, project, object_attributes: note, issue }: NoteHook) {
  const isPrivate = note.internal || note.confidential || issue.confidential;
  const isNew = note.action === undefined || note.action === null || note.action === 'create';
  if (note.system || isPrivate || !isNew || BOT_NAME.test(user.username)) return undefined;
  const event: IssueEvent = {
    kind: 'commented',
    issue: toSnapshot(project, issue, note.url.replace(/#.*$/, '')),
    actor: user.username,
    at: note.created_at,
    commentId: `${note.id}`,
    text: note.note,
    url: note.url,
    ours: isOurs(note.note),
  };
  return event;
}

function toSnapshot(
  { id, path_with_namespace: project, web_url: projectUrl }: z.infer<typeof projectSchema>,
  { iid, title, state, updated_at: updatedAt }: NoteHook['issue'] | IssueHook['object_attributes'],
  url: string,
): IssueSnapshot {
  // An installation may live under a path of its server: everything before the project's own.
  const { host: server, pathname } = new URL(projectUrl);
  const path = pathname.endsWith(`/${project}`) ? pathname.slice(0, -project.length - 1) : pathname;
  return {
    address: { tracker: 'gitlab', host: `${server}${path}`, projectId: `${id}`, number: `${iid}` },
    ...{ project, title, url, updatedAt },
    state: state === 'closed' ? 'closed' : 'open',
  };
}
