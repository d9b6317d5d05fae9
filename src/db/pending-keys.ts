/** Work that somebody must finish, in GSI1: by when it was begun, in shards. */
import type { StartPlace } from '../core/start.ts';
import { PLATFORMS } from '../core/thread.ts';
import { PENDING_SHARDS, type PendingWork } from '../core/thread-repository.ts';
import { type IndexKey, join, type Key, NO_WORKSPACE, shardOf } from './keys.ts';

/** `id` of the conversation, or of a user; `claimedAt` in milliseconds since the epoch; 13 digits sort rightly until the year 2286. */
export const pendingIndexKey = (id: string, claimedAt: number): IndexKey => ({
  GSI1PK: pendingPartition(shardOf(id, PENDING_SHARDS)),
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
