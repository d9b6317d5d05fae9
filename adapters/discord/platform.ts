/** The ChatPlatform port on Discord's REST API. */
import { randomUUID } from 'node:crypto';
import { type APIMessage, type REST, Routes } from 'discord.js';
import { cutText } from '../../src/core/cut-text.ts';
import type { Author } from '../../src/core/message.ts';
import type { Card, ChatPlatform, Notice, OpenedThread } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import type { ThreadStart } from '../../src/core/start.ts';
import type { PlatformParts } from './adapter.ts';
import { createReadAttachment } from './attachments.ts';
import { renderCard } from './card.ts';
import { readThread } from './history.ts';
import { threadRefOf, timeOf } from './inbound.ts';
import { escapeDiscord, toDiscordMarkdown } from './markdown.ts';
import { GONE, refusalOf, toChatError } from './refusals.ts';
import { createDiscordReply } from './reply.ts';
import { toThreadName } from './thread-opening.ts';
import { createWriting, type Writing } from './writing.ts';

/** Discord lets a message be edited some five times in five seconds; others write in the channel too. */
const EDIT_INTERVAL_MS = 1_250;
const PIECE_LENGTH = 1_900;

export function createDiscordPlatform(options: PlatformParts): ChatPlatform {
  const { rest, threads, log, readMessage } = options;
  const writing = createWriting({ rest, threads });
  const renamed = new Set<string>();

  async function showCard(card: Card): Promise<string> {
    const { thread, ticket, resumed } = card;
    const spot = { threadId: thread.threadId };
    const content = renderCard(card);
    options.onCard?.(ticket.id, card.missing ?? []);
    const known = ticket.cardId ?? (resumed ? await findCard(writing, card) : undefined);
    if (known) {
      try {
        await writing.edit(spot, known, content);
        return known;
      } catch (error) {
        if (refusalOf(error) !== GONE[0]) throw error;
      }
    }
    const id = await writing.post(spot, `card-${ticket.id}-${known ?? 'first'}`, content);
    // A rename may have to wait for minutes; the card is there.
    void nameThread(options, card, renamed);
    return id;
  }

  return {
    name: 'discord',
    editIntervalMs: EDIT_INTERVAL_MS,
    openReply: (target) =>
      createDiscordReply({
        ...{ target, writing, rest, log },
        async onRefused(sentence) {
          if (!target.author) return;
          const text = `I could not answer you in the thread you wrote in. ${sentence}`;
          await tell(rest, target.author, text).catch((error: unknown) =>
            log.warn('discord-person-not-told', {}, error),
          );
        },
      }),
    showCard,
    postNotice: (notice) => postNotice(rest, writing, notice),
    linkTo: ({ threadId }, { workspaceId }) =>
      `https://discord.com/channels/${workspaceId || '@me'}/${threadId}`,
    readThread: (thread, before, limit) => readThread({ rest, readMessage }, thread, before, limit),
    openThread: (start) => openThread(options, start),
    readAttachment: createReadAttachment({ rest, apiUrl: options.apiUrl }),
  };
}

/** By the ticket that its buttons name; a card without buttons is found by its nonce for some minutes only. */
async function findCard(writing: Writing, { thread, ticket }: Card): Promise<string | undefined> {
  const own = await writing.listOwn({ threadId: thread.threadId }, thread.threadId);
  return own.find(({ components }) => JSON.stringify(components ?? []).includes(ticket.id))?.id;
}

/** After the first draft, once: Discord lets a thread be renamed twice in ten minutes. */
async function nameThread(
  { rest, log }: PlatformParts,
  { thread, ticket }: Card,
  renamed: Set<string>,
): Promise<void> {
  const { threadId } = thread;
  if (ticket.ordinal !== 1 || thread.channelId !== '' || renamed.has(threadId)) return;
  renamed.add(threadId);
  const body = { name: toThreadName(ticket.title) };
  await rest
    .patch(Routes.channel(threadId), { body })
    // The name is an extra, and takes a right that not every server gives.
    .catch((error: unknown) =>
      log.info('discord-thread-not-renamed', { code: refusalOf(error) ?? 0 }),
    );
}

/** For one person: by a direct message, for a thread has no other way; what is no secret may stand in the thread. */
async function postNotice(rest: REST, writing: Writing, notice: Notice): Promise<void> {
  const { thread, text, to, secret } = notice;
  try {
    if (to && secret) return await tell(rest, to, text);
    for (const content of splitText(toDiscordMarkdown(text), PIECE_LENGTH)) {
      await writing.post({ threadId: thread.threadId }, `notice-${randomUUID()}`, { content });
    }
  } catch (error) {
    throw toChatError(error);
  }
}

async function tell(rest: REST, { identity }: Author, text: string): Promise<void> {
  const recipient_id = identity.split(':')[2] ?? '';
  const { id } = (await rest.post(Routes.userChannels(), { body: { recipient_id } })) as {
    id: string;
  };
  for (const content of splitText(toDiscordMarkdown(text), PIECE_LENGTH)) {
    await rest.post(Routes.channelMessages(id), {
      body: { content, allowed_mentions: { parse: [] } },
    });
  }
}

/** Sent again after a crash within minutes it is the same root, and "already has a thread" is success. */
async function openThread(
  { rest, threads }: PlatformParts,
  { id, place, author, text }: ThreadStart,
): Promise<OpenedThread> {
  const [first = '', ...more] = splitText(toDiscordMarkdown(text), PIECE_LENGTH - 100);
  const content = `**${escapeDiscord(cutText(author.name, 80))}** asked:\n${first}${more.length > 0 ? '\n…' : ''}`;
  const body = {
    content,
    allowed_mentions: { parse: [] },
    nonce: id.slice(-25),
    enforce_nonce: true,
  };
  try {
    const root = (await rest.post(Routes.channelMessages(place.channelId), { body })) as APIMessage;
    await threads.prepare(root.id, { channelId: place.channelId, name: text }).open();
    return {
      thread: threadRefOf(root.id),
      messageId: root.id,
      sentAt: timeOf(root.id),
      permalink: `https://discord.com/channels/${place.workspaceId || '@me'}/${place.channelId}/${root.id}`,
    };
  } catch (error) {
    throw toChatError(error);
  }
}
