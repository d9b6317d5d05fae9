/**
 * One request to a vendor, whichever SDK makes it: ended by the caller's signal or when nothing
 * comes any more, redirects refused, only known headers sent, and whatever goes wrong turned into
 * `ProviderError`. SDKs differ in all of that; through this they do not.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ForbiddenAddressError } from '../core/errors.ts';
import { ProviderError, type ProviderEvent } from '../core/provider.ts';
import { createArrivals } from './arrivals.ts';
import { toProviderError, type VendorRefusal } from './vendor-refusal.ts';

export type Fetch = typeof globalThis.fetch;

export interface ExchangeOptions {
  /** Who is asked, for messages. */
  provider: string;
  signal: AbortSignal;
  /** Milliseconds without a byte until it is given up. */
  stallMs: number;
  fetch?: Fetch;
  /** Sees an answer that was not a success, before it becomes an error. */
  onRefusal?(refusal: VendorRefusal): void;
  /** What an SDK made of an error it was sent inside a stream, as far as it says so. */
  readStreamError?(error: unknown): VendorRefusal | undefined;
}

export const DEFAULT_STALL_MS = 60_000;
/** Milliseconds for a question with a short answer, such as the list of models. */
export const QUESTION_MS = 15_000;
/** Characters of a refusal that are read; the rest cannot matter for telling its kind. */
const MAX_REFUSAL_LENGTH = 20_000;

const WEB_PAGE = 'a web page is at this address: check the base URL';

/** SDKs add headers from the environment, and telemetry; a base URL is not always the vendor's. */
const SENT_HEADERS = [
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'authorization',
  'content-type',
  'user-agent',
  'x-api-key',
  'x-goog-api-client',
  'x-goog-api-key',
];

const underWay = new AsyncLocalStorage<Fetch>();

/**
 * The fetch of whichever exchange it is called in, for an SDK's client that is made once: to make one takes as much
 * as some fifty words of an answer.
 */
export const fetchInExchange: Fetch = (input, init) => {
  const fetch = underWay.getStore();
  if (!fetch) throw new TypeError('there is no exchange under way');
  return fetch(input, init);
};

/**
 * Streams what `read` makes of what `open` opens, read as fast as it comes. Rejects with `ProviderError`, or with the
 * signal's reason when aborted.
 */
export async function* exchange<Event>(
  options: ExchangeOptions,
  open: (fetch: Fetch, signal: AbortSignal) => Promise<AsyncIterable<Event>>,
  read: (events: AsyncIterable<Event>) => AsyncIterable<ProviderEvent>,
): AsyncGenerator<ProviderEvent> {
  const line = openLine(options);
  const arrivals = createArrivals();

  async function receive(): Promise<void> {
    const opened = await underWay.run(line.fetch, open, line.fetch, line.signal);
    for await (const event of read(opened)) arrivals.put(event);
    line.throwIfBroken();
  }

  line.wait(receive()).then(arrivals.end, (error) => arrivals.fail(line.explain(error)));
  try {
    for (;;) {
      const arrived = await arrivals.take();
      if (!arrived) return;
      yield* arrived;
    }
  } finally {
    line.close();
  }
}

/** The same for a request with one answer. */
export async function ask<Answer>(
  options: ExchangeOptions,
  call: (fetch: Fetch, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const line = openLine(options);
  try {
    return await line.wait(underWay.run(line.fetch, call, line.fetch, line.signal));
  } catch (error) {
    throw line.explain(error);
  } finally {
    line.close();
  }
}

/** Made once: an error of its own for every exchange would cost as much as some twenty words of it. */
const OVER = new DOMException('the exchange is over', 'AbortError');

interface Line {
  fetch: Fetch;
  signal: AbortSignal;
  /** Rejects when the caller aborts or nothing comes while this is waited for. */
  wait<Value>(promise: Promise<Value>): Promise<Value>;
  throwIfBroken(): void;
  explain(error: unknown): unknown;
  close(): void;
}

function openLine(options: ExchangeOptions): Line {
  const { provider, signal, stallMs, fetch = globalThis.fetch } = options;
  signal.throwIfAborted();
  const controller = new AbortController();
  /** Ends what is waited for; absent while nothing is. */
  let giveUp: ((reason: unknown) => void) | undefined;
  let answered = false;
  let failure: unknown;
  let broken = false;

  function breakOff(reason: unknown): void {
    failure ??= reason;
    broken = true;
    giveUp?.(failure);
    controller.abort(failure);
  }
  const onAbort = () => breakOff(signal.reason);
  // One timer for the whole exchange: every piece that comes puts it off.
  const timer = setTimeout(() => giveUp && breakOff(stalled(provider, stallMs, answered)), stallMs);
  signal.addEventListener('abort', onAbort, { once: true });

  const watchedFetch: Fetch = async (input, init) => {
    const headers = keepKnown(new Headers(init?.headers));
    const response = await fetch(input, { ...init, headers, redirect: 'manual' });
    timer.refresh();
    if (!response.ok) {
      failure ??= await refuse(options, response);
      throw failure;
    }
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      throw new ProviderError(provider, 'bad-request', WEB_PAGE);
    }
    answered = true;
    return watchBody(response, () => timer.refresh());
  };

  return {
    fetch: watchedFetch,
    signal: controller.signal,
    wait<Value>(promise: Promise<Value>) {
      timer.refresh();
      return new Promise<Value>((resolve, reject) => {
        if (broken) reject(failure);
        giveUp = reject;
        promise.then(
          (value) => {
            giveUp = undefined;
            resolve(value);
          },
          (error) => {
            giveUp = undefined;
            reject(error);
          },
        );
      });
    },
    throwIfBroken() {
      if (failure !== undefined) throw failure;
    },
    explain: (error) => failure ?? toFailure(options, error, answered),
    close() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      controller.abort(OVER);
    },
  };
}

function keepKnown(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => SENT_HEADERS.includes(name)));
}

async function refuse(options: ExchangeOptions, response: Response): Promise<ProviderError> {
  const { status, headers } = response;
  const refusal = { status, headers, body: await readStart(response) };
  options.onRefusal?.(refusal);
  return toProviderError(options.provider, refusal);
}

async function readStart(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.length >= MAX_REFUSAL_LENGTH) break;
  }
  return text;
}

function watchBody(response: Response, onBytes: () => void): Response {
  const reader = response.body?.getReader();
  if (!reader) return response;
  const body = new ReadableStream<Uint8Array>({
    async pull(out) {
      const { done, value } = await reader.read();
      onBytes();
      if (done) out.close();
      else out.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}

function stalled(provider: string, stallMs: number, answered: boolean): ProviderError {
  const message = `sent nothing for ${stallMs / 1_000} seconds`;
  return new ProviderError(provider, answered ? 'cut-off' : 'unreachable', message);
}

function toFailure(options: ExchangeOptions, error: unknown, answered: boolean): unknown {
  const { provider, readStreamError } = options;
  const known = causesOf(error).find((cause) => cause instanceof ProviderError);
  if (known) return known;
  const forbidden = causesOf(error).find((cause) => cause instanceof ForbiddenAddressError);
  if (forbidden) {
    return new ProviderError(provider, 'wrong-address', forbidden.message, { cause: error });
  }
  const refusal = readStreamError?.(error);
  if (refusal) return toProviderError(provider, refusal);
  if (error instanceof SyntaxError) {
    return new ProviderError(provider, 'cut-off', 'sent something that cannot be read');
  }
  const code = codeOf(error);
  const detail = code ? ` (${code})` : '';
  return answered
    ? new ProviderError(provider, 'cut-off', `the connection broke${detail}`, { cause: error })
    : new ProviderError(provider, 'unreachable', `could not be reached${detail}`, { cause: error });
}

function causesOf(error: unknown): unknown[] {
  const causes = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(cause);
  }
  return causes;
}

/** Node's own code for what happened, `ECONNREFUSED` for instance. */
function codeOf(error: unknown): string | undefined {
  const codes = causesOf(error).map((cause) => (cause as { code?: unknown }).code);
  return codes.find((code): code is string => typeof code === 'string');
}
