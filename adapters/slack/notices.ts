/** Sentences of the bot in Slack: in the thread, for one person there, or by a direct message. */
import { randomUUID } from 'node:crypto';
import type { KnownBlock } from '@slack/web-api';
import type { Log } from '../../src/core/log.ts';
import type { Author } from '../../src/core/message.ts';
import type { Notice } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { Line } from './line.ts';
import { toFallbackText, toSlackMarkdown } from './markdown.ts';
import type { OwnMessages } from './own-messages.ts';
import { isAmbiguous, refusalOf } from './refusals.ts';

export interface Notices {
  post(notice: Notice): Promise<void>;
  /** By a direct message, whatever thread it is about. */
  tell(workspaceId: string, author: Author, text: string): Promise<void>;
}

export interface NoticesOptions {
  line: Line;
  own: OwnMessages;
  log: Log;
}

const PATIENCE = { patienceMs: 30_000 };
const PIECE_LENGTH = 11_000;
const FALLBACK_LENGTH = 2_000;

export function createNotices({ line, own, log }: NoticesOptions): Notices {
  async function post({ thread, text, to, secret }: Notice): Promise<void> {
    const user = to && accountOf(to);
    // A direct message with the bot is read by one person anyway, and stays.
    const isDirect = thread.channelId.startsWith('D');
    if (!user || isDirect) return postIn(thread, text);
    if (thread.channelId !== '' && (await postEphemeral(thread, user, text))) return;
    if (secret) await tell(thread.workspaceId, to, text);
    else await postIn(thread, text);
  }

  async function postIn(
    thread: Pick<ThreadRef, 'workspaceId' | 'channelId'> & { threadId?: string },
    text: string,
  ): Promise<void> {
    for (const piece of renderPieces(text)) {
      await own.post(
        { thread, ...piece, mark: { kind: 'notice', noticeId: randomUUID() } },
        PATIENCE,
      );
    }
  }

  /** False where Slack does not show it to that person there. */
  async function postEphemeral(thread: ThreadRef, user: string, text: string): Promise<boolean> {
    const { workspaceId, channelId: channel, threadId: thread_ts } = thread;
    try {
      for (const piece of renderPieces(text)) {
        await line.call(workspaceId, 'chat.postEphemeral', PATIENCE, (client) =>
          client.chat.postEphemeral({
            ...{ channel, user, ...piece, parse: 'none' },
            ...(thread_ts && { thread_ts }),
          }),
        );
      }
      return true;
    } catch (error) {
      if (isAmbiguous(error)) {
        // It may have been shown, and nobody can look: once too few is better than twice.
        log.warn('slack-notice-not-certain', { channel }, error);
        return true;
      }
      if (refusalOf(error)) return false;
      throw error;
    }
  }

  async function tell(workspaceId: string, author: Author, text: string): Promise<void> {
    const users = accountOf(author);
    if (!users) return;
    const { channel } = await line.call(workspaceId, 'conversations.open', PATIENCE, (client) =>
      client.conversations.open({ users }),
    );
    if (channel?.id) await postIn({ workspaceId, channelId: channel.id }, text);
  }

  return { post, tell };
}

/** The account in an identity of Slack; `undefined` for people of other platforms. */
export function accountOf({ identity }: Author): string | undefined {
  const [platform, , account] = identity.split(':');
  return platform === 'slack' && account ? decodeURIComponent(account) : undefined;
}

export function renderPieces(text: string): { text: string; blocks: KnownBlock[] }[] {
  return splitText(toSlackMarkdown(text), PIECE_LENGTH).map((piece) => ({
    text: toFallbackText(piece, FALLBACK_LENGTH),
    blocks: [{ type: 'markdown', text: piece }],
  }));
}
