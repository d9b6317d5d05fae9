/**
 * Deletes conversations that nobody has touched for the retention period, archived or not, with
 * everything beneath; filed issues stay at their tracker. Any number of processes may do it at once:
 * each deletion is the resumable one that people use.
 *
 * A sweep costs nothing but a read where everything is kept; else a query for each of 16 shards, and two reads and one to two writes for each
 * conversation whose period is over or that was touched since it was last looked at: once a period for each.
 */
import type { LimitsReader } from './limits.ts';
import type { Log } from './log.ts';
import type { Repositories } from './repositories.ts';
import { RETENTION_SHARDS, type RetainedConversation } from './retention-repository.ts';

const DAY_MS = 86_400_000;
/** Conversations looked at together. */
const BATCH = 100;

export interface RetentionOptions {
  repositories: Pick<Repositories, 'retention' | 'threads' | 'conversations'>;
  /** Says how many days a conversation is kept after it was last touched; asked for each sweep. */
  limits: Pick<LimitsReader, 'read'>;
  log: Log;
}

/** Resolves with how many conversations were deleted. */
export function createRetentionSweep(options: RetentionOptions): () => Promise<number> {
  const { repositories, limits, log } = options;

  return async function sweep(): Promise<number> {
    const { retentionDays: days } = await limits.read();
    if (days === undefined) return 0;
    const before = dayOf(Date.now() - days * DAY_MS);
    let deleted = 0;
    for (let shard = 0; shard < RETENTION_SHARDS; shard += 1) {
      let found: RetainedConversation[];
      do {
        found = await repositories.retention.listRetained(shard, before, BATCH);
        for (const one of found) if (await settle(repositories, one, before)) deleted += 1;
      } while (found.length === BATCH);
    }
    if (deleted > 0) log.info('retention-swept', { deleted });
    return deleted;
  };
}

/** True when it was deleted. Whatever comes of it, it is not found for the same day again. */
async function settle(
  { retention, threads, conversations }: RetentionOptions['repositories'],
  retained: RetainedConversation,
  before: string,
): Promise<boolean> {
  const thread = await threads.get(retained.conversationId);
  const conversation = thread && (await conversations.getConversation(thread.owner));
  if (!thread || !conversation) {
    await retention.forgetRetained(retained);
    return false;
  }
  const isBusy = thread.claim !== undefined || thread.waiting.length > 0;
  const touched = isBusy ? dayOf(Date.now()) : conversation.updatedAt.slice(0, 10);
  if (touched >= before) {
    await retention.moveRetained(retained, touched);
    return false;
  }
  // Somebody writes in it at this moment, it passed on, or another process deletes it: the next look tells.
  if (!(await conversations.deleteUntouched(conversation))) return false;
  await retention.forgetRetained(retained);
  return true;
}

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
