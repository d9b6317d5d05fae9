/**
 * The `THREAD` item: the small state a thread carries between turns. It is written on every open and
 * close, so it stays below 2 KB with twenty open drafts; nested names are one letter.
 *
 * | Attribute | Meaning |
 * | --- | --- |
 * | `owner` | `u` user id, `c` the conversation's creation (the rest of its row's key) |
 * | `thread`, `place` | the thread's string form; `w` workspace, `c` channel, `v` visibility |
 * | `settings` | map, as in `ThreadSettings` |
 * | `drafts` | map from ticket id to `ordinal\|revision\|status letter\|title` |
 * | `issue` | the issue it was linked to, as in `LinkedIssue` |
 * | `ticketCount`, `endedAt`, `forgottenAt`, `historyPending`, `deleting`, `listed` | as in `ThreadState` |
 * | `waiting` | string set of message keys; absent when nothing waits |
 * | `claim` | `t` token, `i` turn id, `a` attempt, `s` claimed at, `x` expires at, `r` reply id |
 * | `GSI1PK`, `GSI1SK` | the pending marker, while a claim is held or `deleting` |
 */
import { z } from 'zod';
import type {
  ConversationKey,
  ThreadSettings,
  ThreadState,
  TurnClaim,
} from '../core/conversation.ts';
import { MODES } from '../core/settings.ts';
import { formatThreadRef, type Place, parseThreadRef, type ThreadRef } from '../core/thread.ts';
import type { DraftSummary, Ticket, TicketStatus } from '../core/ticket.ts';
import { type Key, threadKey } from './keys.ts';
import { boundaryAt } from './message-item.ts';
import type { Item } from './requests.ts';

/** Open drafts kept in short. */
export const MAX_DRAFTS = 20;
/** Bytes of UTF-8. */
const MAX_DRAFT_TITLE = 40;
const ELLIPSIS = '...';

const STATUS_LETTERS = { draft: 'd', publishing: 'p', published: 'f', discarded: 'x' } as const;

const placeSchema = z
  .object({ w: z.string(), c: z.string(), v: z.enum(['public', 'private', 'dm']) })
  .transform(({ w, c, v }): Place => ({ workspaceId: w, channelId: c, visibility: v }));

const claimSchema = z
  .object({
    t: z.string(),
    i: z.string(),
    a: z.number(),
    s: z.number(),
    x: z.number(),
    r: z.string().optional(),
  })
  .transform(
    ({ t, i, a, s, x, r }): TurnClaim => ({
      token: t,
      turnId: i,
      attempt: a,
      claimedAt: s,
      expiresAt: x,
      ...(r !== undefined && { replyId: r }),
    }),
  );

const threadRefSchema = z.string().transform((text, context): ThreadRef => {
  const thread = parseThreadRef(text);
  if (thread) return thread;
  context.addIssue({ code: 'custom', message: 'must be a thread' });
  return z.NEVER;
});

export const threadSettingsSchema = z.object({
  mode: z.enum(MODES).optional(),
  project: z.string().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  language: z.string().optional(),
});

const linkedIssueSchema = z.object({
  tracker: z.string(),
  host: z.string(),
  projectId: z.string(),
  number: z.string(),
  project: z.string(),
  url: z.string(),
  confirmed: z.boolean().optional(),
});

const itemSchema = z.object({
  PK: z.string(),
  v: z.literal(1),
  owner: z.object({ u: z.string(), c: z.string() }),
  thread: threadRefSchema,
  place: placeSchema,
  settings: threadSettingsSchema,
  drafts: z.record(z.string(), z.string()),
  ticketCount: z.number(),
  claim: claimSchema.optional(),
  waiting: z.set(z.string()).default(new Set<string>()),
  endedAt: z.number().optional(),
  forgottenAt: z.number().optional(),
  issue: linkedIssueSchema.optional(),
  historyPending: z.boolean().default(false),
  deleting: z.boolean().default(false),
  listed: z.boolean().default(false),
});

/** What a new thread begins with. */
export interface NewThread {
  owner: ConversationKey;
  thread: ThreadRef;
  place: Place;
  historyPending: boolean;
  settings?: ThreadSettings;
}

/** Without claim, marker and waiting messages; to be written with its line in its channel's list. */
export function toThreadItem({
  owner,
  thread,
  place,
  historyPending,
  settings = {},
}: NewThread): Key & Item {
  return {
    ...threadKey(owner.conversationId),
    v: 1,
    owner: { u: owner.userId, c: owner.createdAt },
    thread: formatThreadRef(thread),
    place: toPlaceMap(place),
    settings,
    drafts: {},
    ticketCount: 0,
    listed: true,
    ...(historyPending && { historyPending }),
  };
}

export function fromThreadItem(item: Item): ThreadState {
  const { PK, v: _, owner, drafts, waiting, ...fields } = itemSchema.parse(item);
  const conversationId = PK.slice('CONV#'.length);
  return {
    ...fields,
    conversationId,
    owner: { userId: owner.u, createdAt: owner.c, conversationId },
    drafts: Object.entries(drafts)
      .map(([ticketId, text]) => parseDraft(ticketId, text))
      .sort((one, other) => one.ordinal - other.ordinal),
    waiting: [...waiting].sort(),
  };
}

export const toPlaceMap = ({ workspaceId, channelId, visibility }: Place) => ({
  w: workspaceId,
  c: channelId,
  v: visibility,
});

export const fromPlaceMap = (map: unknown): Place => placeSchema.parse(map);

export function toClaimMap(claim: TurnClaim) {
  return {
    t: claim.token,
    i: claim.turnId,
    a: claim.attempt,
    s: claim.claimedAt,
    x: claim.expiresAt,
    ...(claim.replyId !== undefined && { r: claim.replyId }),
  };
}

/** The value of a ticket's entry in `drafts`. */
export function toDraftText(ticket: Ticket): string {
  const { ordinal, revision, status } = ticket;
  return [ordinal, revision, STATUS_LETTERS[status], cutTitle(ticket.title)].join('|');
}

/** The settings that differ from what was read: only these are written, so others' changes stay. */
export function changedSettings(before: ThreadSettings, after: ThreadSettings): ThreadSettings {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name as keyof ThreadSettings] !== value),
  );
}

function parseDraft(ticketId: string, text: string): DraftSummary {
  const [ordinal = '', revision = '', letter = '', ...title] = text.split('|');
  const statuses = Object.keys(STATUS_LETTERS) as TicketStatus[];
  return {
    ticketId,
    ordinal: Number(ordinal),
    revision: Number(revision),
    status: statuses.find((status) => STATUS_LETTERS[status] === letter) ?? 'draft',
    title: title.join('|'),
  };
}

function cutTitle(title: string): string {
  const bytes = Buffer.from(title);
  if (bytes.length <= MAX_DRAFT_TITLE) return title;
  return `${bytes.toString('utf8', 0, boundaryAt(bytes, MAX_DRAFT_TITLE - ELLIPSIS.length)).trimEnd()}${ELLIPSIS}`;
}
