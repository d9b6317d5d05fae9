/**
 * What Slack shows before there is a word: "is thinking…" under the thread, and an agent session that is
 * processing, with Slack's own Stop button. Both are extras: where Slack has none, the reply says it all.
 */
import type { Log } from '../../src/core/log.ts';
import type { ReplyTarget } from '../../src/core/platform.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { BusyError, type Line } from './line.ts';
import { isAmbiguous, OF_ONE_PLACE, refusalOf } from './refusals.ts';

export interface Presence {
  /** The bot begins to work on this. */
  begin(target: ReplyTarget): void;
  /** The bot is done. */
  end(thread: ThreadRef): void;
}

const NOW = { patienceMs: 0 };
/** A session that is said to run must not be forgotten: it waits for a whole window of Slack's limits. */
const PATIENTLY = { patienceMs: 65_000 };

export function createPresence({ line, log }: { line: Line; log: Log }): Presence {
  /** What a workspace does not have is not asked for again by this process. */
  const missing = new Set<string>();
  /** Sessions begun here; whether Slack took them is known once it answers. */
  const sessions = new Map<string, Promise<boolean>>();

  function attempt(workspaceId: string, extra: string, work: () => Promise<unknown>): void {
    const key = `${workspaceId}:${extra}`;
    if (missing.has(key)) return;
    work().catch((error: unknown) => {
      if (error instanceof BusyError) return;
      const code = refusalOf(error);
      if (code && !OF_ONE_PLACE.includes(code) && !isAmbiguous(error)) missing.add(key);
      log.info('slack-presence-not-shown', { extra, code });
    });
  }

  function begin({ thread, author }: ReplyTarget): void {
    const { workspaceId, channelId: channel_id, threadId: thread_ts } = thread;
    attempt(workspaceId, 'status', () =>
      line.call(workspaceId, 'assistant.threads.setStatus', NOW, (client) =>
        client.assistant.threads.setStatus({ channel_id, thread_ts, status: 'is thinking…' }),
      ),
    );
    const initiator = author?.identity.split(':')[2];
    if (missing.has(`${workspaceId}:session`)) return;
    const processing = line.call(workspaceId, 'agents.sessions.setStatus', NOW, (client) =>
      client.agents.sessions.setStatus({
        ...{ channel_id, thread_ts, status: 'processing' },
        ...(initiator && { initiator_user_id: decodeURIComponent(initiator) }),
      }),
    );
    attempt(workspaceId, 'session', () => processing);
    const isTaken = processing.then(
      () => true,
      () => false,
    );
    sessions.set(keyOf(thread), isTaken);
  }

  function end(thread: ThreadRef): void {
    const { workspaceId, channelId: channel_id, threadId: thread_ts } = thread;
    const isTaken = sessions.get(keyOf(thread));
    sessions.delete(keyOf(thread));
    attempt(workspaceId, 'session', async () => {
      if (!(await isTaken)) return;
      await line.call(workspaceId, 'agents.sessions.setStatus', PATIENTLY, (client) =>
        client.agents.sessions.setStatus({ channel_id, thread_ts, status: 'active' }),
      );
    });
  }

  return { begin, end };
}

const keyOf = ({ workspaceId, channelId, threadId }: ThreadRef) =>
  [workspaceId, channelId, threadId].join(':');
