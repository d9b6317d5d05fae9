/**
 * Every key of the table but those of usage (`usage-keys.ts`) and of the index of pending work
 * (`pending-keys.ts`). Letters and order are a contract (design, section 3): ranges are read by them, so
 * `THREAD` sorts before `TICKET#` and after `MSG#`, and `PROFILE`, `PROVIDER#`, `SETTINGS`, `TRACKER#`
 * lie in one range.
 */
import { createHash } from 'node:crypto';
import type { AuditPlace } from '../core/audit.ts';
import type { ConversationKey } from '../core/conversation.ts';
import type { ErrandRef } from '../core/errand.ts';
import { InvalidInputError } from '../core/errors.ts';
import type { IssueAddress } from '../core/issue-event.ts';
import type { MessageKey } from '../core/message.ts';
import { RETENTION_SHARDS } from '../core/retention-repository.ts';
import type { StartPlace } from '../core/start.ts';
import type { ConfigOwner } from '../core/stored-config.ts';
import { type ChannelRef, PLATFORMS } from '../core/thread.ts';

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
/** Stands where a platform's accounts or channels belong to no workspace. */
export const NO_WORKSPACE = '-';

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
  PK: retentionPartition(shardOf(conversationId, RETENTION_SHARDS)),
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

/** Lists that grow with everything are kept in so many partitions. */
export function shardOf(id: string, shards: number): number {
  const [byte = 0] = createHash('sha256').update(id).digest();
  return byte % shards;
}

/** One part of a key after the other; rejects what would be read back as another key. */
export function join(...parts: string[]): string {
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
