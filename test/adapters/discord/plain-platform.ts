/**
 * The ChatPlatform port on Discord's REST API at its plainest, for tests of the receiving half: every
 * reply is one message, every card a line.
 */
import { type APIMessage, Routes } from 'discord.js';
import type { PlatformParts } from '../../../adapters/discord/adapter.ts';
import { threadRefOf, timeOf } from '../../../adapters/discord/inbound.ts';
import { ChatError } from '../../../src/core/errors.ts';
import type { ChatPlatform } from '../../../src/core/platform.ts';
import type { Place } from '../../../src/core/thread.ts';

const SILENT = { allowed_mentions: { parse: [] } };

export function createPlainPlatform({ rest, threads, readMessage }: PlatformParts): ChatPlatform {
  async function write(
    threadId: string,
    place: Place | undefined,
    nonce: string,
    content: string,
    id?: string,
  ): Promise<string> {
    const body = { ...SILENT, content: content.slice(0, 2_000) || '…' };
    return threads.within(threadId, place, async () => {
      if (id) {
        await rest.patch(Routes.channelMessage(threadId, id), { body });
        return id;
      }
      const once = { nonce: nonce.slice(0, 25), enforce_nonce: true };
      const sent = await rest.post(Routes.channelMessages(threadId), {
        body: { ...body, ...once },
      });
      return (sent as APIMessage).id;
    });
  }

  return {
    name: 'discord',
    editIntervalMs: 50,
    openReply({ thread, place, turnId, replyId }) {
      let id = replyId;
      return {
        async show({ text, status }) {
          id = await write(thread.threadId, place, turnId, text || (status ?? ''), id);
          return id;
        },
      };
    },
    showCard: ({ thread, ticket }) =>
      write(thread.threadId, undefined, ticket.id, `card: ${ticket.title}`, ticket.cardId),
    async postNotice({ thread, text }) {
      await write(thread.threadId, undefined, `${Math.random()}`, text);
    },
    async readThread(thread, before, limit) {
      const query = new URLSearchParams({ limit: String(Math.min(limit, 100)), before });
      const path = Routes.channelMessages(thread.threadId);
      const found = (await rest.get(path, { query })) as APIMessage[];
      const read = await Promise.all(found.toReversed().map((one) => readMessage(thread, one)));
      return { messages: read.filter((one) => one !== undefined), omitted: false };
    },
    async openThread({ id, place, text }) {
      const path = Routes.channelMessages(place.channelId);
      const body = { ...SILENT, content: text, nonce: id, enforce_nonce: true };
      const root = (await rest.post(path, { body })) as APIMessage;
      await threads.prepare(root.id, { channelId: place.channelId, name: text }).open();
      return { thread: threadRefOf(root.id), messageId: root.id, sentAt: timeOf(root.id) };
    },
    readAttachment: () => Promise.reject(new ChatError('not here')),
  };
}
