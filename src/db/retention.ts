/**
 * Which conversations nobody has touched since a day: `RETAINED#n` / `day#convId`. The row is made with
 * the conversation and moved only when somebody looks for old ones and finds it touched since: a turn
 * pays nothing for it, and a look reads the old ones only.
 */
import type { RetainedConversation, RetentionRepository } from '../core/retention-repository.ts';
import type { Table } from './client.ts';
import { retentionKey, retentionPartition } from './keys.ts';
import { batchWrite, queryAll, write } from './requests.ts';

/** The core's port, on the table. */
export function createRetentionRepository({ table }: { table: Table }): RetentionRepository {
  return {
    async listRetained(shard, before, limit) {
      const partition = retentionPartition(shard);
      const items = await queryAll(table, { partition, range: { from: '0', to: before }, limit });
      return items.map(({ SK }) => toRetained(String(SK)));
    },
    async moveRetained({ conversationId, day }, to) {
      await batchWrite(table, [
        { put: { ...retentionKey(conversationId, to), v: 1 } },
        { delete: retentionKey(conversationId, day) },
      ]);
    },
    async forgetRetained({ conversationId, day }) {
      await write(table, { delete: retentionKey(conversationId, day) });
    },
  };
}

function toRetained(sortKey: string): RetainedConversation {
  const [day = '', conversationId = ''] = sortKey.split('#');
  return { day, conversationId };
}
