/**
 * Threads that begin with a message of a channel. Such a thread has its message's id, so the message
 * is stored before there is a thread; whoever writes to it first, even after a restart, finds it open.
 */
import { ChannelType, type REST, Routes, ThreadAutoArchiveDuration } from 'discord.js';
import type { Place } from '../../src/core/thread.ts';
import { GONE, refusalOf, THREAD_ARCHIVED, THREAD_EXISTS, toChatError } from './refusals.ts';

/** Where such a thread begins, and what it is called at first. */
export interface Beginning {
  channelId: string;
  name: string;
}

/** A thread that is about to be opened: who writes to it waits for this. */
export interface PreparedThread {
  /** Opens it; "already has a thread" is success. Rejects with `ChatError` where the place does not allow it. */
  open(): Promise<void>;
  /** It is not wanted after all. */
  cancel(): void;
}

export interface ThreadOpening {
  /** Announces the thread of this message before anything is known to write to it. */
  prepare(messageId: string, beginning: Beginning): PreparedThread;
  /**
   * Writes to a thread: waits while it is being opened, opens it if it is not there yet (`place` says
   * where), and opens it again if it is archived. `write` may run twice.
   */
  within<Value>(
    threadId: string,
    place: Place | undefined,
    write: () => Promise<Value>,
  ): Promise<Value>;
}

/** Discord's, in characters. */
const MAX_NAME = 100;
const UNNAMED = 'Ticket';

export function createThreadOpening({ rest }: { rest: REST }): ThreadOpening {
  const prepared = new Map<string, Promise<void>>();

  function prepare(messageId: string, beginning: Beginning): PreparedThread {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    prepared.set(messageId, promise);
    // Whoever waits for it hears of it; nobody has to.
    promise.catch(() => undefined);
    const settle = (work: () => void) => {
      prepared.delete(messageId);
      work();
    };
    async function open(): Promise<void> {
      try {
        await openFromMessage(rest, messageId, beginning);
        settle(resolve);
      } catch (error) {
        settle(() => reject(error));
        throw error;
      }
    }
    return { open, cancel: () => settle(resolve) };
  }

  async function within<Value>(
    threadId: string,
    place: Place | undefined,
    write: () => Promise<Value>,
  ): Promise<Value> {
    await prepared.get(threadId);
    try {
      return await write();
    } catch (error) {
      if (!(await makeWritable(rest, threadId, place, error))) throw error;
      return write();
    }
  }

  return { prepare, within };
}

/** Whether something was done about this refusal, so that another try may go better. */
async function makeWritable(
  rest: REST,
  threadId: string,
  place: Place | undefined,
  error: unknown,
): Promise<boolean> {
  const code = refusalOf(error);
  if (code === THREAD_ARCHIVED) {
    await rest.patch(Routes.channel(threadId), { body: { archived: false } });
    return true;
  }
  const isInDm = !place || place.visibility === 'dm' || place.channelId === threadId;
  if (code !== GONE[1] || isInDm) return false;
  // A forum's posts and threads without a message cannot be opened from one: then it was deleted.
  const parent = await rest.get(Routes.channel(place.channelId)).catch(() => undefined);
  const { type } = (parent ?? {}) as { type?: ChannelType };
  if (type !== ChannelType.GuildText && type !== ChannelType.GuildAnnouncement) return false;
  const opened = await openFromMessage(rest, threadId, {
    channelId: place.channelId,
    name: UNNAMED,
  }).catch(() => 'not there');
  return opened !== 'not there';
}

async function openFromMessage(
  rest: REST,
  messageId: string,
  { channelId, name }: Beginning,
): Promise<void> {
  const body = {
    name: toThreadName(name),
    auto_archive_duration: ThreadAutoArchiveDuration.ThreeDays,
  };
  try {
    await rest.post(Routes.threads(channelId, messageId), { body });
  } catch (error) {
    if (refusalOf(error) !== THREAD_EXISTS) throw toChatError(error);
  }
}

/** One line of at most 100 characters; never empty. */
export function toThreadName(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > MAX_NAME ? `${line.slice(0, MAX_NAME - 1).toWellFormed()}…` : line;
  return short || UNNAMED;
}
