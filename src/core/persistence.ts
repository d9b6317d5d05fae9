/**
 * Keeps asking where that is safe: a request that failed before anything of it was shown is tried
 * again, as long and as often as the vendor and the deadline allow; then the fallback provider is
 * asked. What was partly shown is never asked twice.
 */
import { pause } from './lease.ts';
import {
  type ProviderChoice,
  ProviderError,
  type ProviderErrorKind,
  type ProviderEvent,
  type ProviderRequest,
} from './provider.ts';

export interface PersistenceOptions {
  /** In the order they are asked. */
  choices: ProviderChoice[];
  /** Tries of each, the first included. */
  maxTries: number;
  /** From the first try until nothing new is begun, in milliseconds. */
  deadlineMs: number;
  /** The first pause between two tries in milliseconds; it doubles, with jitter. */
  firstPauseMs: number;
  /** The next provider is asked from here on, because of this. */
  onFallback(from: ProviderChoice, to: ProviderChoice, error: ProviderError): void;
}

export const DEFAULT_PERSISTENCE = { maxTries: 3, deadlineMs: 45_000, firstPauseMs: 500 };

/** What may pass by itself; the others fail again however often they are asked. */
const PASSING: readonly ProviderErrorKind[] = [
  'rate-limited',
  'overloaded',
  'unreachable',
  'cut-off',
];

/** Whether asking again later may well help. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ProviderError && PASSING.includes(error.kind);

/** What another vendor may well do. A bad request or a refusal is about the content: it stays. */
const ELSEWHERE: readonly ProviderErrorKind[] = [
  ...PASSING,
  'unauthorised',
  'quota',
  'unknown-model',
  'wrong-address',
];

export type Stream = (
  request: Omit<ProviderRequest, 'model'>,
  signal: AbortSignal,
) => AsyncIterable<ProviderEvent>;

/** One stream for the turn's loop. Once a fallback was needed, the turn stays with it. */
export function createPersistentStream(options: PersistenceOptions): Stream {
  let current = 0;

  return async function* stream(request, signal) {
    const startedAt = performance.now();
    for (;;) {
      const choice = options.choices[current];
      if (!choice) throw new RangeError('there is no provider to ask');
      const failure = yield* tryChoice(options, choice, request, signal, startedAt);
      if (!failure) return;
      const next = options.choices[current + 1];
      if (!next || !ELSEWHERE.includes(failure.kind)) throw failure;
      options.onFallback(choice, next, failure);
      current += 1;
    }
  };
}

/** Streams one choice, trying again where that is safe; returns why it was given up, with nothing shown. */
async function* tryChoice(
  options: PersistenceOptions,
  { provider, model }: ProviderChoice,
  request: Omit<ProviderRequest, 'model'>,
  signal: AbortSignal,
  startedAt: number,
): AsyncGenerator<ProviderEvent, ProviderError | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    let shown = false;
    try {
      for await (const event of provider.stream({ ...request, model }, signal)) {
        shown = true;
        yield event;
        if (event.type === 'end') return undefined;
      }
      signal.throwIfAborted();
      throw new ProviderError(provider.name, 'cut-off', 'the answer ended without a stop reason');
    } catch (error) {
      if (shown || signal.aborted || !(error instanceof ProviderError)) throw error;
      const waitMs = pauseBefore(options, attempt, error);
      const elapsedMs = performance.now() - startedAt;
      const again = attempt < options.maxTries && mayPass(error);
      if (!again || elapsedMs + waitMs > options.deadlineMs) return error;
      await pause(waitMs, signal);
      signal.throwIfAborted();
    }
  }
}

function pauseBefore({ firstPauseMs }: PersistenceOptions, attempt: number, error: ProviderError) {
  const backOffMs = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.max(error.retryAfterMs ?? 0, backOffMs);
}
