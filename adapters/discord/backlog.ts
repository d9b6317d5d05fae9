/**
 * The gateway does not deliver again what was not stored, so whatever could not be is kept here and
 * tried until the table answers. If the process ends first, the history of the channels has it.
 */
import { StoreUnavailableError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log.ts';
import { byAge } from './direct.ts';

export interface Backlog {
  /** Runs `work` for the event with this snowflake, again and again while the table does not answer. */
  take(id: string, work: () => Promise<void>): Promise<void>;
  /** The oldest event that is not done with. */
  oldest(): string | undefined;
  /** Gives up waiting; what is running ends by itself. */
  stop(): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export function createBacklog({ log }: { log: Log }): Backlog {
  const open = new Map<symbol, string>();
  const stopping = new AbortController();

  async function take(id: string, work: () => Promise<void>): Promise<void> {
    const key = Symbol(id);
    open.set(key, id);
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      try {
        await work();
        break;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) {
          log.error('discord-event-failed', { id }, error);
          break;
        }
        // Stays open: the mark does not pass it, and the next process finds it in the history.
        if (stopping.signal.aborted) return;
        log.warn('discord-event-waits', { id }, error);
        await pause(delayMs * (0.5 + Math.random()), stopping.signal);
      }
    }
    open.delete(key);
  }

  return {
    take,
    oldest: () => [...open.values()].sort(byAge)[0],
    stop: () => stopping.abort(),
  };
}

/** Ends early when it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
