/** What the receiving side says by itself: a sentence to whoever just wrote, where they will see it. */
import { type Client, Routes } from 'discord.js';
import type { Log } from '../../src/core/log.ts';
import { refusalOf } from './refusals.ts';

export interface Voice {
  /** In reply to this message; where the bot may not write, as a direct message. Never rejects. */
  answer(to: { id: string; channelId: string; authorId: string }, text: string): Promise<void>;
  /** As a direct message; rejects when the person does not take any. */
  whisper(userId: string, text: string): Promise<void>;
}

const MAX_TEXT = 2_000;
const FORBIDDEN = 403;

export function createVoice({ client, log }: { client: Client; log: Log }): Voice {
  const post = (channelId: string, text: string, nonce?: string, replyTo?: string) =>
    client.rest.post(Routes.channelMessages(channelId), {
      body: {
        content: text.slice(0, MAX_TEXT).toWellFormed(),
        allowed_mentions: { parse: [] },
        ...(replyTo && { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
        // Two processes that say the same say it once.
        ...(nonce && { nonce, enforce_nonce: true }),
      },
    });

  async function answer(to: Parameters<Voice['answer']>[0], text: string): Promise<void> {
    const nonce = `a${to.id}`;
    try {
      await post(to.channelId, text, nonce, to.id);
    } catch (error) {
      const isForbidden = (error as { status?: unknown }).status === FORBIDDEN;
      log.warn('discord-answer-refused', { code: refusalOf(error) ?? 0 }, error);
      if (!isForbidden) return;
      await whisper(to.authorId, text, nonce).catch((failure: unknown) => {
        log.warn('discord-person-not-told', {}, failure);
      });
    }
  }

  async function whisper(userId: string, text: string, nonce?: string): Promise<void> {
    const opened = await client.rest.post(Routes.userChannels(), {
      body: { recipient_id: userId },
    });
    await post((opened as { id: string }).id, text, nonce);
  }

  return { answer, whisper: (userId, text) => whisper(userId, text) };
}
