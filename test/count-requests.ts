/**
 * Counts what a piece of work asks of the table, at the SDK's middleware: the requests by name, and
 * the read and write units that the engine says they used, index included.
 */
import type { Table } from '../src/db/client.ts';

export interface RequestCounts {
  /** In the order they were sent: `Query`, `GetItem`, `BatchWriteItem`, `TransactWriteItems`, … */
  names: string[];
  readUnits: number;
  writeUnits: number;
}

export interface RequestCounter {
  /** Since the start or the last `reset`. */
  counts(): RequestCounts;
  reset(): void;
  /** Counts what `work` does, alone. */
  during(work: () => Promise<unknown>): Promise<RequestCounts>;
  /** Takes the counter out of the table's connection. */
  stop(): void;
}

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const NAME = 'count-requests';

/** One counter per table at a time. Retries of the SDK itself count once. */
export function countRequests({ documents }: Table): RequestCounter {
  let counted: RequestCounts = { names: [], readUnits: 0, writeUnits: 0 };
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName).replace(/Command$/, '');
      counted.names.push(name);
      const input = { ...args.input, ReturnConsumedCapacity: 'INDEXES' };
      const result = await next({ ...args, input } as typeof args);
      const units = READS.has(name) ? 'readUnits' : 'writeUnits';
      counted[units] += unitsOf(result.output);
      return result;
    },
    { step: 'initialize', name: NAME, override: true },
  );

  function counts(): RequestCounts {
    return { ...counted, names: [...counted.names] };
  }

  function reset(): void {
    counted = { names: [], readUnits: 0, writeUnits: 0 };
  }

  async function during(work: () => Promise<unknown>): Promise<RequestCounts> {
    reset();
    await work();
    return counts();
  }

  return { counts, reset, during, stop: () => void documents.middlewareStack.remove(NAME) };
}

interface Consumed {
  CapacityUnits?: number;
}

function unitsOf(output: object): number {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const all = (Array.isArray(consumed) ? consumed : [consumed ?? {}]) as Consumed[];
  return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** Milliseconds during which any request was under way, since it was last asked. */
export function timeRequests({ documents }: Table): () => number {
  let open = 0;
  let begunAt = 0;
  let total = 0;
  documents.middlewareStack.add(
    (next) => async (args) => {
      if (open === 0) begunAt = performance.now();
      open += 1;
      try {
        return await next(args);
      } finally {
        open -= 1;
        if (open === 0) total += performance.now() - begunAt;
      }
    },
    { step: 'initialize', name: 'time-requests', override: true },
  );
  return () => {
    const taken = total;
    total = 0;
    return taken;
  };
}

/** Requests that run at the same time are one wait: it counts how often all of them had ended. */
export function countWaves({ documents }: Table): () => number {
  let open = 0;
  let waves = 0;
  let since = 0;
  documents.middlewareStack.add(
    (next) => async (args) => {
      if (open === 0) waves += 1;
      open += 1;
      try {
        return await next(args);
      } finally {
        open -= 1;
      }
    },
    { step: 'initialize', name: 'count-waves', override: true },
  );
  return () => {
    const counted = waves - since;
    since = waves;
    return counted;
  };
}
