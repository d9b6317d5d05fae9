/**
 * Every key of the table, in one place. Letters and order are a contract (design, section 3): ranges
 * are read by them, so `THREAD` sorts before `TICKET#` and after `MSG#`, and `PROFILE`, `PROVIDER#`,
 * `SETTINGS`, `TRACKER#` lie in one range.
 */
import { createHash } from 'node:crypto';
import type { AuditPlace } from '../core/audit.ts';
import type { ConversationKey } from '../core/conversation.ts';
import type { ErrandRef } from '../core/errand.ts';
import { InvalidInputError } from '../core/errors.ts';
import type { IssueAddress } from '../core/issue-event.ts';
import type { MessageKey } from '../core/message.ts';
import type { StartPlace } from '../core/start.ts';
import type { ConfigOwner } from '../core/stored-config.ts';
import { type ChannelRef, PLATFORMS } from '../core/thread.ts';
import { PENDING_SHARDS, type PendingWork } from '../core/thread-repository.ts';
import type { UsageCounter, UsagePlace, UsageScope } from '../core/usage.ts';

export interface Key {
  PK: string;
  SK: string;
}

/** Where an item stands in GSI1; an item without one is not in the index. */
export interface IndexKey {
  GSI1PK: string;
  GSI1SK: string;
}

/** Sort keys from `from` to `to`, both included. */
export interface SortRange {
  from: string;
  to: string;
}

/** DynamoDB refuses sort keys above 1,024 bytes; ours join at most three parts. */
const MAX_PART_BYTES = 320;

/** All sort keys that begin with `prefix`, which ends with `#`: `$` is the next character. */
export function withPrefix(prefix: `${string}#`): SortRange {
  return { from: prefix, to: `${prefix.slice(0, -1)}$` };
}

// --- A person ------------------------------------------------------------------------------------

export const userPartition = (userId: string) => join('USER', userId);
export const userKey = (userId: string): Key => ({ PK: userPartition(userId), SK: 'PROFILE' });
export const settingsKey = (userId: string): Key => ({ PK: userPartition(userId), SK: 'SETTINGS' });
export const draftKey = (userId: string, ticketId: string): Key => ({
  PK: userPartition(userId),
  SK: join('DRAFT', ticketId),
});
export const participantKey = (userId: string, conversationId: string): Key => ({
  PK: userPartition(userId),
  SK: join('PART', conversationId),
});
/** The list of all users. */
export const userIndexKey = (userId: string): IndexKey => ({
  GSI1PK: 'USERS',
  GSI1SK: part(userId),
});

/** One account; `identity` is `identityOf`'s form. Discord's accounts are global and have no workspace. */
export function identityKey(identity: string): Key {
  const [platform = '', workspaceId = '', accountId = ''] = identity.split(':');
  const parts = workspaceId === '' ? [platform, accountId] : [platform, workspaceId, accountId];
  return { PK: join('IDENTITY', ...parts), SK: 'USER' };
}

/** A user's configuration: profile, providers, settings and trackers. */
export const CONFIGURATION_RANGE: SortRange = { from: 'PROFILE', to: 'TRACKER$' };
export const CONVERSATION_RANGE = withPrefix('CONV#');
export const DRAFT_RANGE = withPrefix('DRAFT#');
export const PARTICIPANT_RANGE = withPrefix('PART#');

// --- A conversation ------------------------------------------------------------------------------

/** The row under its owner, sorted by creation. */
export const conversationKey = (key: ConversationKey): Key => ({
  PK: userPartition(key.userId),
  SK: join('CONV', key.createdAt, key.conversationId),
});
/** Holds messages, bodies, tickets, summary and state of one conversation. */
export const conversationPartition = (conversationId: string) => join('CONV', conversationId);
export const threadKey = (conversationId: string): Key => ({
  PK: conversationPartition(conversationId),
  SK: 'THREAD',
});
export const contextKey = (conversationId: string): Key => ({
  PK: conversationPartition(conversationId),
  SK: 'CONTEXT',
});
export const ticketKey = (conversationId: string, ticketId: string): Key => ({
  PK: conversationPartition(conversationId),
  SK: join('TICKET', ticketId),
});

export const errandKey = ({ conversationId, id }: ErrandRef): Key => ({
  PK: conversationPartition(conversationId),
  SK: join('ERRAND', id),
});

/** `key` is the message's place, `sentAt#id`. */
export function messageKey(conversationId: string, key: MessageKey): Key {
  const [sentAt = '', ...id] = key.split('#');
  return { PK: conversationPartition(conversationId), SK: join('MSG', sentAt, id.join('#')) };
}

/** The n-th part of a long message's rest, from 0. */
export const bodyKey = (conversationId: string, messageId: string, n: number): Key => ({
  PK: conversationPartition(conversationId),
  SK: `${join('BODY', messageId)}#${n}`,
});
export const bodyRange = (messageId: string): SortRange =>
  withPrefix(`${join('BODY', messageId)}#`);

export const ERRAND_RANGE = withPrefix('ERRAND#');
export const MESSAGE_RANGE = withPrefix('MSG#');
export const TICKET_RANGE = withPrefix('TICKET#');
/** Read descending: the state first, then the newest messages; no tickets, summary or bodies. */
export const TAIL_RANGE: SortRange = { from: 'MSG#', to: 'THREAD' };

/** While shared: found by the link's id. */
export const shareIndexKey = (shareId: string, conversationId: string): IndexKey => ({
  GSI1PK: join('SHARE', shareId),
  GSI1SK: conversationPartition(conversationId),
});

/** Who follows an issue: the tickets that were filed as it, and the threads linked to it. */
export const issuePartition = ({ tracker, host, projectId, number }: IssueAddress) =>
  join('ISSUE', tracker, host, projectId, number);
/** From the tracker's issue back to the ticket. */
export const issueKey = (issue: IssueAddress, conversationId: string, ticketId: string): Key => ({
  PK: issuePartition(issue),
  SK: join('CONV', conversationId, 'TICKET', ticketId),
});
/** From the tracker's issue back to a thread that was linked to it. */
export const issueThreadKey = (issue: IssueAddress, conversationId: string): Key => ({
  PK: issuePartition(issue),
  SK: join('CONV', conversationId, 'THREAD'),
});

/** `digest` of the secret: whoever reads the table cannot use what is in it. */
export const oneTimeKey = (purpose: string, digest: string): Key => ({
  PK: join('ONCE', purpose, digest),
  SK: 'USER',
});

/** `digest` of who tries what. */
export const attemptsKey = (digest: string): Key => ({ PK: join('ATTEMPTS', digest), SK: 'COUNT' });

export const sessionKey = (digest: string): Key => ({ PK: join('SESSION', digest), SK: 'USER' });

// --- What a person leaves elsewhere --------------------------------------------------------------

/** `person`: a user's id or an account. */
export const tracesPartition = (person: string) => join('TRACES', person);
export const traceKey = (person: string, kind: string, id: string): Key => ({
  PK: tracesPartition(person),
  SK: join(kind.toUpperCase(), id),
});

// --- A conversation that has no thread yet -------------------------------------------------------

export const startKey = ({ platform, workspaceId, id }: StartPlace): Key => ({
  PK: join('START', platform, workspaceId || NO_WORKSPACE, id),
  SK: 'START',
});

// --- A workspace ---------------------------------------------------------------------------------

export const workspacePartition = (platform: string, workspaceId: string) =>
  join('WORKSPACE', platform, workspaceId);
export const workspaceSettingsKey = (platform: string, workspaceId: string): Key => ({
  PK: workspacePartition(platform, workspaceId),
  SK: 'SETTINGS',
});
/** The list of all workspaces with settings. */
export const workspaceIndexKey = (platform: string, workspaceId: string): IndexKey => ({
  GSI1PK: 'WORKSPACES',
  GSI1SK: join(platform, workspaceId),
});
export function parseWorkspaceIndexKey(GSI1SK: string) {
  const [platform = '', workspaceId = ''] = GSI1SK.split('#');
  return { platform, workspaceId };
}
export const installKey = (platform: string, workspaceId: string): Key => ({
  PK: workspacePartition(platform, workspaceId),
  SK: 'INSTALL',
});
export const channelKey = (platform: string, workspaceId: string, channelId: string): Key => ({
  PK: workspacePartition(platform, workspaceId),
  SK: join('CHANNEL', channelId),
});
/** Conversations of a channel. */
export const threadsPartition = ({ platform, workspaceId, channelId }: ChannelRef) =>
  join('THREADS', platform, workspaceId || NO_WORKSPACE, channelId);
export const channelThreadKey = (channel: ChannelRef, conversationId: string): Key => ({
  PK: threadsPartition(channel),
  SK: conversationPartition(conversationId),
});
/** What an adapter remembers about its platform. */
export const markKey = (platform: string, name: string): Key => ({
  PK: join('MARK', platform, name),
  SK: 'MARK',
});
/** Settings, channels, providers and trackers of a workspace. */
export const WORKSPACE_RANGE: SortRange = { from: 'CHANNEL#', to: 'TRACKER$' };

/** What bounds the whole deployment. */
export const LIMITS_KEY: Key = { PK: 'DEPLOYMENT', SK: 'LIMITS' };

// --- What people connect, under a user or a workspace --------------------------------------------

export const ownerPartition = (owner: ConfigOwner) =>
  'userId' in owner
    ? userPartition(owner.userId)
    : workspacePartition(owner.platform, owner.workspaceId);
export const providerKey = (owner: ConfigOwner, name: string): Key => ({
  PK: ownerPartition(owner),
  SK: join('PROVIDER', name),
});
export const trackerKey = (owner: ConfigOwner, name: string): Key => ({
  PK: ownerPartition(owner),
  SK: join('TRACKER', name),
});
export const PROVIDER_RANGE = withPrefix('PROVIDER#');
export const TRACKER_RANGE = withPrefix('TRACKER#');

/** Whose partition it is; `undefined` for one that is neither a user's nor a workspace's. */
export function parseOwnerPartition(PK: string): ConfigOwner | undefined {
  const [entity, first = '', workspaceId = ''] = PK.split('#');
  if (entity === 'USER') return { userId: first };
  const platform = PLATFORMS.find((name) => name === first);
  return entity === 'WORKSPACE' && platform ? { platform, workspaceId } : undefined;
}

// --- Retention -----------------------------------------------------------------------------------

export const retentionPartition = (shard: number) => `RETAINED#${shard}`;
/** By the day (`2026-03-01`) on which the conversation was touched, as far as anybody looked. */
export const retentionKey = (conversationId: string, day: string): Key => ({
  PK: retentionPartition(shardOf(conversationId)),
  SK: join(day, conversationId),
});

// --- Audit ---------------------------------------------------------------------------------------

/** A day (`2026-03-01`) of a workspace. */
export const auditPartition = ({ platform, workspaceId }: AuditPlace, day: string) =>
  join('AUDIT', platform, workspaceId || NO_WORKSPACE, day);
export const auditKey = (place: AuditPlace, at: string, id: string): Key => ({
  PK: auditPartition(place, at.slice(0, 10)),
  SK: join('AT', at, id),
});
export const AUDIT_RANGE = withPrefix('AT#');

// --- Usage ---------------------------------------------------------------------------------------

/**
 * Counters of a month lie in one partition for each workspace: a range of it is the days of all
 * channels, users or models, or of one. Totals of months are apart, under `MONTH#`.
 */
export function usageKey({ scope, period }: UsageCounter): Key {
  const [month, rest] = [period.slice(0, 7), period.length > 7 ? [period] : []];
  const total = rest.length > 0 ? [] : ['MONTH'];
  return { PK: usagePartition(scope, month), SK: join(...total, ...usageParts(scope), ...rest) };
}

export const usagePartition = (scope: { kind: 'deployment' } | UsagePlace, month: string) =>
  'platform' in scope
    ? join('USAGE', scope.platform, scope.workspaceId || NO_WORKSPACE, month)
    : join('USAGE', month);

/** All days of the month: of everything of this kind, or of one of them. */
export const usageRange = (kind: UsageScope['kind'], id?: string): SortRange =>
  withPrefix(`${id === undefined ? kind.toUpperCase() : join(kind.toUpperCase(), id)}#`);

/** Where a user's counters of a month in a workspace lie: its days, and its total. */
export function usageKeysOf({ userId, month, ...place }: UserMonth) {
  const partition = join('USAGE', place.platform, place.workspaceId || NO_WORKSPACE, month);
  const total = join('MONTH', 'USER', userId);
  return [
    { partition, range: usageRange('user', userId) },
    { partition, range: { from: total, to: total } },
  ];
}

interface UserMonth {
  platform: string;
  workspaceId: string;
  userId: string;
  month: string;
}

/** Whose counter an item of a day is, read from its sort key. */
export function parseUsageKey(SK: string, place: UsagePlace | undefined): UsageCounter | undefined {
  const [kind, ...rest] = SK.split('#');
  const [period = '', ...ids] = rest.reverse();
  const [one = '', two = ''] = ids.reverse();
  if (kind === 'DEPLOYMENT') return { scope: { kind: 'deployment' }, period };
  if (!place) return undefined;
  switch (kind) {
    case 'WORKSPACE':
      return { scope: { kind: 'workspace', ...place }, period };
    case 'CHANNEL':
      return { scope: { kind: 'channel', ...place, channelId: one }, period };
    case 'USER':
      return { scope: { kind: 'user', ...place, userId: one }, period };
    case 'MODEL': {
      const [provider, model] = [decodeURIComponent(one), decodeURIComponent(two)];
      return { scope: { kind: 'model', ...place, provider, model }, period };
    }
    default:
      return undefined;
  }
}

const NO_WORKSPACE = '-';

function usageParts(scope: UsageScope): string[] {
  const kind = scope.kind.toUpperCase();
  switch (scope.kind) {
    case 'channel':
      return [kind, scope.channelId];
    case 'user':
      return [kind, scope.userId];
    case 'model':
      return [kind, encodeURIComponent(scope.provider), encodeURIComponent(scope.model)];
    default:
      return [kind];
  }
}

// --- Work that somebody must finish --------------------------------------------------------------

/** `id` of the conversation, or of a user; `claimedAt` in milliseconds since the epoch; 13 digits sort rightly until the year 2286. */
export const pendingIndexKey = (id: string, claimedAt: number): IndexKey => ({
  GSI1PK: pendingPartition(shardOf(id)),
  GSI1SK: join(String(Math.trunc(claimedAt)).padStart(13, '0'), id),
});
export const pendingPartition = (shard: number) => `PENDING#${shard}`;

/** What an index hit stands for, read from its keys; `undefined` for keys that are no such work. */
export function parsePendingKeys({ PK, SK, GSI1SK }: Key & IndexKey): PendingWork | undefined {
  const [time, id = ''] = GSI1SK.split('#');
  const [entity, own = ''] = SK.split('#');
  const claimedAt = Number(time);
  switch (entity) {
    case 'THREAD':
      return { kind: 'thread', conversationId: id, claimedAt };
    case 'TICKET':
      return { kind: 'ticket', conversationId: id, ticketId: own, claimedAt };
    case 'ERRAND':
      return { kind: 'errand', conversationId: id, id: own, claimedAt };
    case 'START': {
      const start = parseStartKey(PK);
      return start && { kind: 'start', claimedAt, ...start };
    }
    case 'PROFILE':
      return { kind: 'user', userId: id, claimedAt };
    default:
      return undefined;
  }
}

function parseStartKey(PK: string): StartPlace | undefined {
  const [, name, workspace = '', id = ''] = PK.split('#');
  const platform = PLATFORMS.find((one) => one === name);
  return platform && { platform, workspaceId: workspace === NO_WORKSPACE ? '' : workspace, id };
}

function shardOf(id: string): number {
  const [byte = 0] = createHash('sha256').update(id).digest();
  return byte % PENDING_SHARDS;
}

function join(...parts: string[]): string {
  return parts.map(part).join('#');
}

function part(value: string): string {
  const problem =
    value === ''
      ? 'must not be empty'
      : value.includes('#')
        ? 'must not contain "#"'
        : Buffer.byteLength(value) > MAX_PART_BYTES
          ? `must not be longer than ${MAX_PART_BYTES} bytes`
          : undefined;
  if (problem) throw new InvalidInputError(`the id "${value.slice(0, 40)}"`, [problem]);
  return value;
}
