/** The ChatPlatform port on Discord's REST API. */
import { Routes } from 'discord.js';
import type { Author } from '../../src/core/message.ts';
import type { Card, ChatPlatform, ReplyTarget } from '../../src/core/platform.ts';
import type { PlatformParts } from './adapter.ts';
import { createReadAttachment } from './attachments.ts';
import { renderCard } from './card.ts';
import { createNotices } from './notices.ts';
import { createOwnMessages, type OwnMessages } from './own-messages.ts';
import { createPresence } from './presence.ts';
import { BLOCKED, describeRefusal, GONE, refusalOf } from './refusals.ts';
import { createDiscordReply } from './reply.ts';
import { toThreadName } from './thread-opening.ts';
import { createThreads } from './threads.ts';

export function createDiscordPlatform(options: PlatformParts): ChatPlatform {
  const { rest, log } = options;
  const own = createOwnMessages(options);
  const presence = createPresence(options);
  const notices = createNotices({ rest, own, log });
  const threads = createThreads({ ...options, own });
  const renamed = new Set<string>();
  /** Tickets whose card was refused for its words, and who asked for them knows. */
  const known = new Set<string>();

  const tell = (author: Author, text: string) =>
    notices.tell(author, text).catch((error: unknown) => {
      log.warn('discord-person-not-told', {}, error);
    });

  function openReply(target: ReplyTarget) {
    return createDiscordReply({
      ...{ target, own, presence },
      async onRefused(sentence) {
        if (!target.author) return;
        await tell(target.author, `I could not answer you in the thread you wrote in. ${sentence}`);
      },
    });
  }

  /** It is tried again later; the draft can be decided on by words meanwhile. */
  async function explain({ ticket }: Card, error: unknown): Promise<void> {
    const isBlocked = BLOCKED.includes(refusalOf(error) ?? -1);
    if (!isBlocked || known.has(ticket.id)) return;
    known.add(ticket.id);
    const text = `I could not show the card of draft ${ticket.ordinal} in its thread.`;
    await tell(ticket.origin.requester, `${text} ${describeRefusal(error)}`);
  }

  return {
    name: 'discord',
    editIntervalMs: ({ threadId }, running) => options.pace.intervalMs(threadId, running),
    openReply,
    showCard: (card) =>
      showCard(options, own, card, renamed).catch(async (error: unknown) => {
        await explain(card, error);
        throw error;
      }),
    postNotice: notices.post,
    linkTo: ({ threadId }, { workspaceId }) =>
      `https://discord.com/channels/${workspaceId || '@me'}/${threadId}`,
    readThread: threads.read,
    openThread: threads.open,
    readAttachment: createReadAttachment(options),
  };
}

/** Updates the card on record, or the one found again; where there is none any more, posts one. */
async function showCard(
  options: PlatformParts,
  own: OwnMessages,
  card: Card,
  renamed: Set<string>,
): Promise<string> {
  const { thread, ticket, resumed } = card;
  const spot = { threadId: thread.threadId };
  const content = renderCard(card);
  const known = ticket.cardId ?? (resumed ? await findCard(own, card) : undefined);
  if (known) {
    try {
      await own.edit(spot, known, content);
      return known;
    } catch (error) {
      if (refusalOf(error) !== GONE[0]) throw error;
    }
  }
  const id = await own.post(spot, `card-${ticket.id}-${known ?? 'first'}`, content);
  // A rename may have to wait for minutes; the card is there.
  void nameThread(options, card, renamed);
  return id;
}

/** By the ticket that its buttons name; a card without buttons is found by its nonce for some minutes only. */
async function findCard(own: OwnMessages, { thread, ticket }: Card): Promise<string | undefined> {
  const mine = await own.list({ threadId: thread.threadId }, thread.threadId);
  return mine.find(({ components }) => JSON.stringify(components ?? []).includes(ticket.id))?.id;
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
