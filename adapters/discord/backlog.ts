/**
 * The gateway does not deliver again what was not stored, so whatever could not be is kept here and
 * tried until the table answers. If the process ends first, the history of the channels has it.
 */
import { StoreUnavailableError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log.ts';
import { byAge } from './direct.ts';

/** Discord did not answer what had to be known first. */
export class UnansweredError extends Error {
  override name = 'UnansweredError';

  constructor(cause: unknown) {
    super('Discord did not answer', { cause });
  }
}

export interface Backlog {
  /**
   * Runs `work` for the event with this snowflake, again and again while the table (or Discord) does
   * not answer; after those of the same channel that came before it.
   */
  take(channelId: string, id: string, work: () => Promise<void>): Promise<void>;
  /** The oldest event that is not done with. */
  oldest(): string | undefined;
  /** Gives up waiting; what is running ends by itself. */
  stop(): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export function createBacklog({ log }: { log: Log }): Backlog {
  const open = new Map<symbol, string>();
  const lanes = new Map<string, Promise<unknown>>();
  const stopping = new AbortController();

  async function insist(id: string, work: () => Promise<void>): Promise<'done' | 'left'> {
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      if (stopping.signal.aborted) return 'left';
      try {
        await work();
        return 'done';
      } catch (error) {
        if (!(error instanceof StoreUnavailableError || error instanceof UnansweredError)) {
          log.error('discord-event-failed', { id }, error);
          return 'done';
        }
        log.warn('discord-event-waits', { id }, error);
        await pause(delayMs * (0.5 + Math.random()), stopping.signal);
      }
    }
  }

  async function take(channelId: string, id: string, work: () => Promise<void>): Promise<void> {
    const key = Symbol(id);
    open.set(key, id);
    const turn = (lanes.get(channelId) ?? Promise.resolve()).then(() => insist(id, work));
    lanes.set(channelId, turn);
    const end = await turn;
    if (lanes.get(channelId) === turn) lanes.delete(channelId);
    // What is left stays open: the mark does not pass it, and the next process finds it in the history.
    if (end === 'done') open.delete(key);
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
