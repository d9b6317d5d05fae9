/** What Discord shows before there is a word: "is typing". */
import { type REST, Routes } from 'discord.js';
import type { Log } from '../../src/core/log.ts';
import type { ReplyTarget } from '../../src/core/platform.ts';
import { refusalOf } from './refusals.ts';

export interface Presence {
  /** The bot begins to work on this; call the result once there is a word. */
  begin(target: ReplyTarget): () => void;
}

/** Discord shows it for ten seconds. */
const EVERY_MS = 8_000;
/** For a minute at most. */
const MOST = 8;

export function createPresence({ rest, log }: { rest: REST; log: Log }): Presence {
  function begin({ thread, held }: ReplyTarget): () => void {
    let left = MOST;
    const type = () => {
      left -= 1;
      if (left < 0 || held?.() === false) return clearInterval(timer);
      rest.post(Routes.channelTyping(thread.threadId)).catch((error: unknown) => {
        // An extra: the thread may not be there yet.
        log.info('discord-typing-not-shown', { code: refusalOf(error) ?? 0 });
        clearInterval(timer);
      });
    };
    const timer = setInterval(type, EVERY_MS);
    timer.unref();
    type();
    return () => clearInterval(timer);
  }

  return { begin };
}
