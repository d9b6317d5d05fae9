/** Threads of Discord: read from their newest message on, and opened for what was asked outside of any. */
import { type APIMessage, MessageType, type REST, Routes } from 'discord.js';
import { cutText } from '../../src/core/cut-text.ts';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { ChatPlatform, EarlierMessages, OpenedThread } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import type { ThreadStart } from '../../src/core/start.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { PlatformParts } from './adapter.ts';
import { snowflakeAt, threadRefOf, timeOf } from './inbound.ts';
import { escapeDiscord, toDiscordMarkdown } from './markdown.ts';
import type { OwnMessages } from './own-messages.ts';
import { toChatError } from './refusals.ts';

/** Discord gives a hundred messages a page. */
const PAGE = 100;
const ROOT_LENGTH = 1_800;
/** What clocks may differ by when a root is looked for, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

export interface ThreadsOptions extends Pick<PlatformParts, 'rest' | 'threads' | 'readMessage'> {
  own: OwnMessages;
  isBound: PlatformParts['isBound'];
}

export interface Threads {
  read: ChatPlatform['readThread'];
  open: ChatPlatform['openThread'];
}

export function createThreads(options: ThreadsOptions): Threads {
  const { rest, threads, readMessage, own, isBound } = options;

  /** The newest `limit` messages before `before`, without the bot's own. */
  async function read(thread: ThreadRef, before: string, limit: number): Promise<EarlierMessages> {
    const messages: IncomingMessage[] = [];
    // Ids of interactions are no place in a thread: then everything is before.
    let cursor = /^\d{15,20}/.exec(before)?.[0];
    for (;;) {
      const page = await readPage(rest, thread.threadId, cursor);
      for (const found of page) {
        const said = await readMessage(thread, await unfold(rest, found));
        if (said) messages.unshift(said);
        if (messages.length === limit)
          return { messages, omitted: page.at(-1) !== found || page.length === PAGE };
      }
      const oldest = page.at(-1);
      if (page.length < PAGE || !oldest) return { messages, omitted: false };
      cursor = oldest.id;
    }
  }

  async function open(start: ThreadStart, resumed: boolean): Promise<OpenedThread> {
    const { place, text } = start;
    const { channelId } = place;
    try {
      const content = renderRoot(start);
      const found = resumed ? await findRoot(start, content) : undefined;
      // Sent again within minutes it is the same message.
      const id =
        found ?? (await own.post({ threadId: channelId }, `root-${start.id}`, { content }));
      // That it has a thread already is success.
      await threads.prepare(id, { channelId, name: text }).open();
      return {
        ...{ thread: threadRefOf(id), messageId: id, sentAt: timeOf(id) },
        permalink: `https://discord.com/channels/${place.workspaceId || '@me'}/${channelId}/${id}`,
      };
    } catch (error) {
      throw toChatError(error);
    }
  }

  /**
   * Discord forgets nonces after some minutes, and a message has no place for a mark. A root that says
   * the same and whose thread is bound belongs to a start that has ended: ours has not.
   */
  async function findRoot({ place, givenAt }: ThreadStart, content: string) {
    const after = snowflakeAt(Date.parse(givenAt) - CLOCK_SKEW_MS);
    const mine = await own.list({ threadId: place.channelId }, after);
    for (const message of mine.filter((one) => one.content === content.trim())) {
      if (!(await isBound(message.id))) return message.id;
    }
    return undefined;
  }

  return { read, open };
}

/** Who asked, and their words; of a very long text the beginning, all of it is in the conversation. */
function renderRoot({ author, text }: ThreadStart): string {
  const [first = '', ...more] = splitText(toDiscordMarkdown(text), ROOT_LENGTH);
  const name = escapeDiscord(cutText(author.name, 80));
  return `**${name}** asked:\n${first}${more.length > 0 ? '\n…' : ''}`;
}

/** Newest first. */
async function readPage(
  rest: REST,
  threadId: string,
  before: string | undefined,
): Promise<APIMessage[]> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(before && { before }) });
  try {
    return (await rest.get(Routes.channelMessages(threadId), { query })) as APIMessage[];
  } catch (error) {
    throw toChatError(error);
  }
}

/** A thread that began with a message shows it at its beginning by a message of Discord's. */
async function unfold(rest: REST, message: APIMessage): Promise<APIMessage> {
  if (message.type !== MessageType.ThreadStarterMessage) return message;
  const { channel_id, message_id } = message.message_reference ?? {};
  if (message.referenced_message) return message.referenced_message;
  if (!channel_id || !message_id) return message;
  const found = await rest.get(Routes.channelMessage(channel_id, message_id)).catch(() => message);
  return found as APIMessage;
}
