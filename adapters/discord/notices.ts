/** Sentences of the bot in Discord: in the thread, in reply to what somebody wrote, or by a direct message. */
import { randomUUID } from 'node:crypto';
import { type REST, Routes } from 'discord.js';
import type { Log } from '../../src/core/log.ts';
import type { Author } from '../../src/core/message.ts';
import type { Notice } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import { toDiscordMarkdown } from './markdown.ts';
import type { OwnMessages } from './own-messages.ts';
import { refusalOf, toChatError } from './refusals.ts';

export interface Notices {
  /** For one person: by a direct message, for a thread has no other way; what is no secret may stand in the thread. */
  post(notice: Notice): Promise<void>;
  /** By a direct message, whatever thread it is about; rejects when the person does not take any. */
  tell(author: Pick<Author, 'identity'>, text: string): Promise<void>;
  /** In reply to this message; where the bot may not write, as a direct message. Never rejects. */
  answer(to: { id: string; channelId: string; authorId: string }, text: string): Promise<void>;
}

export interface NoticesOptions {
  rest: REST;
  own: OwnMessages;
  log: Log;
}

const PIECE_LENGTH = 1_900;
const FORBIDDEN = 403;

export function createNotices({ rest, own, log }: NoticesOptions): Notices {
  /** Under `name`, two processes that say the same say it once. */
  async function write(
    threadId: string,
    text: string,
    name: string,
    replyTo?: string,
  ): Promise<void> {
    const pieces = splitText(toDiscordMarkdown(text), PIECE_LENGTH);
    for (const [part, content] of pieces.entries()) {
      const to = part === 0 && replyTo ? { replyTo } : {};
      await own.post({ threadId }, `${name}-${part}`, { content, ...to });
    }
  }

  async function tellAs(accountId: string, text: string, name: string): Promise<void> {
    const body = { recipient_id: accountId };
    const { id } = (await rest.post(Routes.userChannels(), { body })) as { id: string };
    await write(id, text, name);
  }

  const tell = ({ identity }: Pick<Author, 'identity'>, text: string) =>
    tellAs(identity.split(':')[2] ?? '', text, `notice-${randomUUID()}`);

  async function post({ thread, text, to, secret }: Notice): Promise<void> {
    try {
      if (to && secret) return await tell(to, text);
      await write(thread.threadId, text, `notice-${randomUUID()}`);
    } catch (error) {
      throw toChatError(error);
    }
  }

  async function answer(to: Parameters<Notices['answer']>[0], text: string): Promise<void> {
    const name = `answer-${to.id}`;
    try {
      await write(to.channelId, text, name, to.id);
    } catch (error) {
      log.warn('discord-answer-refused', { code: refusalOf(error) ?? 0 }, error);
      if ((error as { status?: unknown }).status !== FORBIDDEN) return;
      await tellAs(to.authorId, text, name).catch((failure: unknown) => {
        log.warn('discord-person-not-told', {}, failure);
      });
    }
  }

  return { post, tell, answer };
}
