/** Delivers a message until it is stored, as the chat platforms do when they are not acknowledged. */
import type { Bot } from '../../src/core/bot.ts';
import { ChatError, StoreUnavailableError } from '../../src/core/errors.ts';
import { pause } from '../../src/core/lease.ts';
import type { IncomingMessage } from '../../src/core/message.ts';

/** How often, and how long after one another, in milliseconds. */
const DELIVERIES = 10;
const PAUSE_MS = 1_000;

/** Rejects with `ChatError` when the message cannot be taken, or after the last delivery. */
export async function deliver(bot: Bot, message: IncomingMessage): Promise<void> {
  const patience = new AbortController().signal;
  for (let delivery = 1; ; delivery += 1) {
    try {
      await bot.handleMessage(message);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (delivery === DELIVERIES) {
        throw new ChatError(
          'The table does not answer, so this was not stored. Send it again later.',
        );
      }
      await pause(PAUSE_MS, patience);
    }
  }
}
