/** What was said in a thread before the bot came. */
import { type APIMessage, MessageType, type REST, Routes } from 'discord.js';
import type { IncomingMessage } from '../../src/core/message.ts';
import type { EarlierMessages } from '../../src/core/platform.ts';
import type { ThreadRef } from '../../src/core/thread.ts';
import type { PlatformParts } from './adapter.ts';
import { toChatError } from './refusals.ts';

/** Discord gives a hundred messages a page. */
const PAGE = 100;

export interface HistoryOptions {
  rest: REST;
  readMessage: PlatformParts['readMessage'];
}

/** The newest `limit` messages before `before`, without the bot's own. */
export async function readThread(
  { rest, readMessage }: HistoryOptions,
  thread: ThreadRef,
  before: string,
  limit: number,
): Promise<EarlierMessages> {
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
