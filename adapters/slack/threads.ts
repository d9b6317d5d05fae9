/** Threads of Slack: read once from their beginning, and opened for what was asked outside of any. */
import type { IncomingMessage } from '../../src/core/message.ts';
import type { EarlierMessages, OpenedThread } from '../../src/core/platform.ts';
import type { ThreadStart } from '../../src/core/start.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import { section } from './blocks.ts';
import { BusyError, type Line } from './line.ts';
import { escapeWithin } from './markdown.ts';
import { renderPieces } from './notices.ts';
import { type OwnMessages, type SlackMessage, timeOf, toTs, tsIn } from './own-messages.ts';
import { refusalOf, toChatError } from './refusals.ts';

/** `undefined` for what concerns nobody: the bot's own, joins and the like. */
export type ReadMessage = (
  thread: ThreadRef,
  message: SlackMessage,
) => Promise<IncomingMessage | undefined>;

export interface Threads {
  read(thread: ThreadRef, before: string, limit: number): Promise<EarlierMessages>;
  open(start: ThreadStart, resumed: boolean): Promise<OpenedThread>;
}

export interface ThreadsOptions {
  line: Line;
  own: OwnMessages;
  readMessage: ReadMessage;
}

/** Messages of a page; apps that Slack limits (2025-05-29) get 15, whatever they ask for. */
const PAGE = 500;
/** Pages that are read at most: where Slack gives 15 a page and a page a minute, waiting ends early. */
const MAX_PAGES = 20;
const READ_PATIENCE = { patienceMs: 10_000 };
const POST_PATIENCE = { patienceMs: 30_000 };
/** What clocks may differ by when a root is looked for, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

export function createThreads({ line, own, readMessage }: ThreadsOptions): Threads {
  async function read(thread: ThreadRef, before: string, limit: number): Promise<EarlierMessages> {
    const all = await readPages(thread, tsIn(before));
    const messages: IncomingMessage[] = [];
    // From the newest on, so that no author is looked up whose message is left out.
    let index = all.messages.length - 1;
    for (; index >= 0 && messages.length < limit; index -= 1) {
      const message = all.messages[index];
      const incoming = message && (await readMessage(thread, message));
      if (incoming) messages.unshift(incoming);
    }
    return { messages, omitted: index >= 0 || all.omitted };
  }

  /** Slack gives a thread from its beginning only, so all of it is paged through. */
  async function readPages(
    { workspaceId, channelId: channel, threadId: ts }: ThreadRef,
    latest?: string,
  ) {
    const messages: SlackMessage[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      try {
        const answer = await line.call(
          workspaceId,
          'conversations.replies',
          READ_PATIENCE,
          (client) =>
            client.conversations.replies({
              ...{ channel, ts, limit: PAGE, ...(latest && { latest }), ...(cursor && { cursor }) },
            }),
        );
        messages.push(...((answer.messages ?? []) as SlackMessage[]));
        cursor = answer.response_metadata?.next_cursor;
      } catch (error) {
        // Without its earlier messages a thread can still be answered.
        if (error instanceof BusyError || refusalOf(error))
          return { messages: sorted(messages), omitted: true };
        throw error;
      }
      if (!cursor) return { messages: sorted(messages), omitted: false };
    }
    return { messages: sorted(messages), omitted: true };
  }

  async function open(start: ThreadStart, resumed: boolean): Promise<OpenedThread> {
    try {
      return await openAt(start, resumed);
    } catch (error) {
      throw toChatError(error);
    }
  }

  async function openAt(start: ThreadStart, resumed: boolean): Promise<OpenedThread> {
    const { workspaceId, channelId } = start.place;
    const mark = { kind: 'root', startId: start.id } as const;
    const since = toTs(Date.parse(start.givenAt) - CLOCK_SKEW_MS);
    const where = { workspaceId, channelId };
    const found = resumed ? await own.find(where, mark, since) : undefined;
    const ts =
      found ?? (await own.post({ thread: where, ...renderRoot(start), mark }, POST_PATIENCE));
    const permalink = await line
      .call(workspaceId, 'chat.getPermalink', READ_PATIENCE, (client) =>
        client.chat.getPermalink({ channel: channelId, message_ts: ts }),
      )
      .catch((error: unknown) => {
        // The link is an extra.
        if (error instanceof Error) return { permalink: undefined };
        throw error;
      });
    return {
      thread: { platform: 'slack', workspaceId, channelId, threadId: ts },
      messageId: ts,
      sentAt: timeOf(ts),
      ...(permalink.permalink && { permalink: permalink.permalink }),
    };
  }

  return { read, open };
}

function sorted(messages: SlackMessage[]): SlackMessage[] {
  const unique = new Map(messages.map((message) => [message.ts ?? '', message]));
  return [...unique.values()].sort((one, other) => ((one.ts ?? '') < (other.ts ?? '') ? -1 : 1));
}

/** Who asked, and their words; of a very long text the beginning, all of it is in the conversation. */
function renderRoot({ author, text }: ThreadStart) {
  const [first] = renderPieces(text);
  const name = escapeWithin(author.name, 100);
  return {
    text: first?.text ?? name,
    blocks: [section(`:speech_balloon: *${name}* asked:`), ...(first?.blocks ?? [])],
  };
}
