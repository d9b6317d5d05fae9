/** Who follows an issue: `ISSUE#tracker#host#projectId#number` / `CONV#convId#TICKET#ticketId` or `CONV#convId#THREAD`. */
import type { LinkedIssue, ThreadState } from '../core/conversation.ts';
import type { IssueFollower, IssueRepository } from '../core/issue-event.ts';
import type { Table } from './client.ts';
import { CONVERSATION_RANGE, issuePartition, issueThreadKey, threadKey } from './keys.ts';
import { type Action, queryAll, transact } from './requests.ts';
import { ALIVE } from './thread-open.ts';

/** The core's port, on the table. */
export function createIssueRepository({ table }: { table: Table }): IssueRepository {
  return {
    async listFollowers(issue) {
      const query = { partition: issuePartition(issue), range: CONVERSATION_RANGE };
      return toFollowers((await queryAll(table, query)).map(({ SK }) => String(SK)));
    },
    /** One transaction: the way there, the way back, and the way back from the issue before. */
    async linkThread(thread, issue) {
      const { conversationId } = thread;
      const outcome = await transact(table, [
        {
          update: threadKey(conversationId),
          change: 'SET issue = :issue',
          condition: ALIVE,
          values: { ':issue': issue },
        },
        { put: { ...issueThreadKey(issue, conversationId), v: 1 } },
        ...removeFormer(thread, issue),
      ]);
      return outcome.ok;
    },
    async unlinkThread(thread) {
      const { conversationId } = thread;
      const update = threadKey(conversationId);
      await transact(table, [
        { update, change: 'REMOVE issue', condition: 'attribute_exists(PK)' },
        ...removeFormer(thread),
      ]);
    },
  };
}

function removeFormer({ conversationId, issue }: ThreadState, next?: LinkedIssue): Action[] {
  if (!issue) return [];
  const key = issueThreadKey(issue, conversationId);
  return next && issueThreadKey(next, conversationId).PK === key.PK ? [] : [{ delete: key }];
}

function toFollowers(sortKeys: string[]): IssueFollower[] {
  const tickets = new Map<string, string[]>();
  for (const key of sortKeys) {
    const [, conversationId = '', , ticketId] = key.split('#');
    const known = tickets.get(conversationId) ?? [];
    tickets.set(conversationId, ticketId === undefined ? known : [...known, ticketId]);
  }
  return [...tickets].map(([conversationId, ticketIds]) => ({ conversationId, ticketIds }));
}
