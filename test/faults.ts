/**
 * Puts back what a local engine hides, at the SDK's middleware: transaction conflicts, answers lost
 * after the commit, throttling, stale eventual reads and an index that lags. Seeded, so that a run
 * can be repeated.
 */
import {
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { Table } from '../src/db/client.ts';

/** The share of requests that meet each fault, 0 to 1. */
export interface FaultRates {
  conflict: number;
  lostAnswer: number;
  throttled: number;
  stale: number;
}

export const SOME_FAULTS: FaultRates = {
  conflict: 0.05,
  lostAnswer: 0.05,
  throttled: 0.03,
  stale: 0.2,
};

export interface Faults {
  /** How often each was injected. */
  counts: Record<keyof FaultRates, number>;
}

const WRITES = /^(?:TransactWrite|Put|Update|Delete|BatchWrite)/;

interface ReadInput {
  ConsistentRead?: boolean;
  IndexName?: string;
}

export function injectFaults({ documents }: Table, rates: FaultRates, seed: number): Faults {
  const random = createRandom(seed);
  const counts = { conflict: 0, lostAnswer: 0, throttled: 0, stale: 0 };
  /** The last answer to each eventual read. */
  const earlier = new Map<string, unknown>();
  const meets = (fault: keyof FaultRates) => {
    const met = random() < rates[fault];
    if (met) counts[fault] += 1;
    return met;
  };

  documents.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName);
      if (meets('throttled')) throw throttled();
      if (name.startsWith('TransactWrite') && meets('conflict')) throw conflict();
      const input = args.input as ReadInput;
      const eventual = !WRITES.test(name) && input.ConsistentRead !== true;
      const key = JSON.stringify(input);
      if (eventual && earlier.has(key) && meets('stale')) return earlier.get(key) as never;
      const result = await next(args);
      if (eventual) earlier.set(key, result);
      if (WRITES.test(name) && meets('lostAnswer')) throw lost();
      return result;
    },
    { step: 'initialize', name: 'faults' },
  );
  return { counts };
}

const METADATA = { $metadata: { httpStatusCode: 400 } };

function conflict(): Error {
  const CancellationReasons = [{ Code: 'TransactionConflict' }];
  return new TransactionCanceledException({
    message: 'cancelled',
    CancellationReasons,
    ...METADATA,
  });
}

function throttled(): Error {
  return new ProvisionedThroughputExceededException({ message: 'slow down', ...METADATA });
}

function lost(): Error {
  return Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
}

/** mulberry32, by Tommy Ettinger, in the public domain: small, seeded, good enough for tests. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
