import type { Repositories } from '../../src/core/repositories.ts';
import { PENDING_SHARDS } from '../../src/core/thread-repository.ts';

/** Nothing that a process began is left for others to find. */
export async function readPending({ threads }: Repositories): Promise<number> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => threads.listPending(shard));
  return (await Promise.all(shards)).flat().length;
}
