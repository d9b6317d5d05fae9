/**
 * The bot's own messages in Slack: posted once, found again by what they carry. Slack has no idempotency for posts,
 * so after a lost answer the thread is looked at before anything is posted again.
 */
import type { ConversationsRepliesResponse, KnownBlock } from '@slack/web-api';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { Line, Patience } from './line.ts';
import { isAmbiguous, KEPT_MESSAGE, refusalOf } from './refusals.ts';

/** The SDK's type does not know of streams. */
export type SlackMessage = NonNullable<ConversationsRepliesResponse['messages']>[number] & {
  streaming_state?: string;
};

/** What a message of ours is, carried in its metadata. Every member app can read it: ids only. */
export type Mark =
  | { kind: 'reply'; turnId: string; part: number }
  | { kind: 'card'; ticketId: string }
  | { kind: 'notice'; noticeId: string }
  | { kind: 'root'; startId: string };

export interface OwnMessage {
  ts: string;
  mark: Mark | undefined;
  /** Begun as a stream, which may still be running. */
  streamed: boolean;
}

export interface Post {
  thread: Pick<ThreadRef, 'workspaceId' | 'channelId'> & { threadId?: string };
  /** What notifications say. */
  text: string;
  blocks?: KnownBlock[];
  mark: Mark;
}

export interface OwnMessages {
  /** Resolves with the message's `ts`. Posted once, whatever becomes of the answer. */
  post(post: Post, patience: Patience): Promise<string>;
  /** One of ours. Already gone is gone; false where the workspace's rules keep it. */
  remove(thread: Post['thread'], ts: string, patience: Patience): Promise<boolean>;
  /** Ours in a thread, after this `ts`, oldest first. */
  list(thread: ThreadRef, after: string, patience: Patience): Promise<OwnMessage[]>;
  /** One of ours by its mark; `threadId` absent: at the top of the channel. */
  find(
    thread: Post['thread'],
    mark: Mark,
    after: string,
    patience?: Patience,
  ): Promise<string | undefined>;
}

export interface OwnMessagesOptions {
  line: Line;
  /** What a post that went silent may still need to appear, in milliseconds. */
  settleMs: number;
}

const PATIENCE: Patience = { patienceMs: 30_000 };
const PAGE = 200;
/** Where a thread's later messages are: far more than a turn's or a draft's lifetime brings. */
const MAX_PAGES = 20;

export function createOwnMessages({ line, settleMs }: OwnMessagesOptions): OwnMessages {
  const bots = new Map<string, Promise<string>>();

  /** Asked once for each workspace; after a failure, again. */
  function botIdOf(workspaceId: string): Promise<string> {
    const known = bots.get(workspaceId);
    if (known) return known;
    const asked = line
      .call(workspaceId, 'auth.test', PATIENCE, (client) => client.auth.test())
      .then(({ bot_id = '' }) => bot_id);
    asked.catch(() => bots.delete(workspaceId));
    bots.set(workspaceId, asked);
    return asked;
  }

  async function listIn(
    where: Post['thread'],
    after: string,
    patience: Patience,
  ): Promise<OwnMessage[]> {
    const { workspaceId, channelId: channel, threadId } = where;
    const botId = await botIdOf(workspaceId);
    const found: OwnMessage[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const asked = {
        ...{ channel, oldest: after, limit: PAGE, include_all_metadata: true },
        ...(cursor && { cursor }),
      };
      const answer = await (threadId
        ? line.call(workspaceId, 'conversations.replies', patience, (client) =>
            client.conversations.replies({ ...asked, ts: threadId }),
          )
        : line.call(workspaceId, 'conversations.history', patience, (client) =>
            client.conversations.history(asked),
          ));
      const messages = (answer.messages ?? []) as SlackMessage[];
      found.push(...messages.filter(({ bot_id }) => bot_id === botId).map(toOwn));
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) break;
    }
    return found.filter(({ ts }) => ts > after).sort((one, other) => (one.ts < other.ts ? -1 : 1));
  }

  async function find(where: Post['thread'], mark: Mark, after: string, patience = PATIENCE) {
    const own = await listIn(where, after, patience);
    return own.find((one) => isSame(one.mark, mark))?.ts;
  }

  async function post(message: Post, patience: Patience): Promise<string> {
    const after = toTs(Date.now() - CLOCK_SKEW_MS);
    try {
      return await postOnce(message, patience);
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      // Where it cannot be looked for, it is not posted again.
      const found = await find(message.thread, message.mark, after, patience);
      return found ?? (await postOnce(message, patience));
    }
  }

  async function postOnce({ thread, text, blocks, mark }: Post, patience: Patience) {
    const { workspaceId, channelId, threadId } = thread;
    const { ts } = await line.call(workspaceId, 'chat.postMessage', patience, (client) =>
      client.chat.postMessage({
        channel: channelId,
        text,
        ...(blocks && { blocks }),
        ...(threadId && { thread_ts: threadId }),
        metadata: toMetadata(mark),
        parse: 'none',
        unfurl_links: false,
        unfurl_media: false,
      }),
    );
    return ts ?? '';
  }

  async function remove(thread: Post['thread'], ts: string, patience: Patience): Promise<boolean> {
    const { workspaceId, channelId: channel } = thread;
    try {
      await line.call(workspaceId, 'chat.delete', patience, (client) =>
        client.chat.delete({ channel, ts }),
      );
      return true;
    } catch (error) {
      const code = refusalOf(error) ?? '';
      if (code === 'message_not_found') return true;
      if (KEPT_MESSAGE.includes(code)) return false;
      throw error;
    }
  }

  return { post, remove, list: listIn, find };
}

/** What our clock and Slack's may differ by. */
const CLOCK_SKEW_MS = 60_000;
const EVENT_TYPE = 'prompt_to_issue';

export function toMetadata(mark: Mark) {
  return { event_type: EVENT_TYPE, event_payload: { ...mark } };
}

function toOwn({ ts = '', metadata, streaming_state }: SlackMessage): OwnMessage {
  const payload = (metadata?.event_payload ?? {}) as Partial<Mark>;
  const isOurs = metadata?.event_type === EVENT_TYPE && typeof payload.kind === 'string';
  return {
    ts,
    mark: isOurs ? (payload as Mark) : undefined,
    streamed: streaming_state !== undefined,
  };
}

function isSame(one: Mark | undefined, other: Mark): boolean {
  if (one?.kind !== other.kind) return false;
  return Object.entries(other).every(([name, value]) => one[name as keyof typeof one] === value);
}

/** Slack's `ts` of a moment. */
export function toTs(epochMs: number): string {
  return `${Math.floor(epochMs / 1_000)}.${String(Math.floor(epochMs % 1_000)).padStart(3, '0')}000`;
}

/** The `ts` that a message id begins with; ids of interactions may have none. */
export function tsIn(messageId: string): string | undefined {
  return /^\d{10}\.\d{6}/.exec(messageId)?.[0];
}

/** ISO 8601 of a `ts`. */
export function timeOf(ts: string): string {
  return new Date(Math.floor(Number(ts) * 1_000)).toISOString();
}
