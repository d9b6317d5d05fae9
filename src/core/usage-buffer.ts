/**
 * Counts usage in the process and writes it a little later, many turns in a few updates: a turn waits
 * for none of it. What could not be written is kept and written next time; what a process held when
 * it was killed is lost, a few seconds' worth.
 */
import type { Log } from './log.ts';
import { addCounts, type UsageAddition, type UsageCounter, type UsageRepository } from './usage.ts';

export interface UsageBuffer {
  add(additions: UsageAddition[]): void;
  /**
   * Writes what was added before, to these counters or to all; a failure is logged and kept for the
   * next time.
   */
  flush(only?: UsageCounter[]): Promise<void>;
}

export interface UsageBufferOptions {
  repository: Pick<UsageRepository, 'add'>;
  log: Log;
  /** Milliseconds until what was added is written. */
  flushAfterMs: number;
}

/** Updates in flight at once. */
const MAX_PARALLEL = 16;

export function createUsageBuffer({ repository, log, flushAfterMs }: UsageBufferOptions) {
  const waiting = new Map<string, UsageAddition>();
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function put(addition: UsageAddition): void {
    const key = keyOf(addition);
    const known = waiting.get(key);
    waiting.set(key, known ? join(known, addition) : addition);
  }

  function add(additions: UsageAddition[]): void {
    for (const addition of additions) put(addition);
    timer ??= setTimeout(() => void flush(), flushAfterMs).unref();
  }

  function take(keys: Iterable<string>): UsageAddition[] {
    return [...keys].flatMap((key) => {
      const addition = waiting.get(key);
      waiting.delete(key);
      return addition ?? [];
    });
  }

  async function write(only: UsageCounter[] | undefined): Promise<void> {
    const additions = take(only ? only.map(keyOf) : waiting.keys());
    const failures: unknown[] = [];
    while (additions.length > 0) {
      const some = additions.splice(0, MAX_PARALLEL);
      const writes = some.map((addition) =>
        repository.add(addition).catch((error: unknown) => {
          failures.push(error);
          add([addition]);
        }),
      );
      await Promise.all(writes);
    }
    if (failures.length > 0) log.warn('usage-not-written', { count: failures.length }, failures[0]);
  }

  function flush(only?: UsageCounter[]): Promise<void> {
    if (!only) {
      clearTimeout(timer);
      timer = undefined;
    }
    writing = writing.then(() => write(only));
    return writing;
  }

  return { add, flush } satisfies UsageBuffer;
}

function keyOf({ scope, period }: UsageCounter): string {
  return JSON.stringify([period, ...Object.values(scope)]);
}

function join(one: UsageAddition, other: UsageAddition): UsageAddition {
  return {
    ...one,
    counts: addCounts(one.counts, other.counts),
    committed: one.committed + other.committed,
  };
}
