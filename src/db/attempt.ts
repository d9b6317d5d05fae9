/** One request with what it takes to get an answer: a deadline, further tries, and a clear error. */
import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../core/errors.ts';
import type { Table } from './client.ts';

const MAX_TRIES = 6;
/** Milliseconds; doubles with each try, and a random part of it is waited. */
const FIRST_BACKOFF = 25;

/** Sends, and sends again what was refused for a reason that passes, until the deadline. */
export async function send<Output>(
  table: Table,
  operation: string,
  request: () => Promise<Output>,
): Promise<Output> {
  const endsAt = performance.now() + table.deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withinDeadline(request(), endsAt);
    } catch (error) {
      if (!passesSoon(error)) throw unavailable(operation, error);
      await backOff(operation, attempt, error, endsAt);
    }
  }
}

/**
 * The client's own time-outs end the request itself; an abort signal for each would cost a fifteenth
 * of the request's CPU.
 */
async function withinDeadline<Output>(sent: Promise<Output>, endsAt: number): Promise<Output> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new DOMException('no answer before the deadline', 'TimeoutError')),
    endsAt - performance.now(),
  );
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
const PASSING_ERRORS = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/**
 * The SDK does not retry conflicts. One reason that passes is enough: a conflict hides the item it
 * met, so a failed condition beside it does not tell the whole.
 */
function passesSoon(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) {
    return error instanceof Error && PASSING_ERRORS.has(error.name);
  }
  return (error.CancellationReasons ?? []).some(({ Code }) => PASSING_REASONS.has(Code ?? ''));
}

const UNAVAILABLE_NAMES = new Set([
  'AbortError',
  'TimeoutError',
  'InternalServerError',
  'ServiceUnavailable',
]);

/** `StoreUnavailableError` for what passes or is out of reach; any other error as it is. */
export function unavailable(operation: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown };
  const status = $metadata?.httpStatusCode;
  const passes =
    UNAVAILABLE_NAMES.has(error.name) ||
    (status !== undefined && status >= 500) ||
    (status === undefined && typeof code === 'string' && /^E[A-Z_]+$/.test(code)) ||
    // An answer that was cut off: the SDK's parser gives up and adds what it got.
    ('$response' in error && error instanceof SyntaxError);
  return passes ? new StoreUnavailableError(operation, error) : error;
}

/** Waits a random part of a doubling time; throws once the tries or the time are used up. */
export async function backOff(
  operation: string,
  attempt: number,
  cause?: unknown,
  endsAt = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (attempt >= MAX_TRIES || performance.now() >= endsAt)
    throw new StoreUnavailableError(operation, cause);
  await delay(Math.random() * FIRST_BACKOFF * 2 ** attempt);
}
