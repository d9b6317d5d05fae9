/**
 * One turn from its reading to its close: answer, show, write. Everything that must survive a crash
 * is in the claim, or written by the one closing transaction.
 */
import { describeFailure } from './answer.ts';
import type { Compose } from './compose.ts';
import { ChatError, StoreUnavailableError } from './errors.ts';
import { whileHeld } from './lease.ts';
import type { Log } from './log.ts';
import type { TurnOutcome } from './message.ts';
import type { ChatPlatform } from './platform.ts';
import { ProviderError } from './provider.ts';
import { requesterOf } from './reading.ts';
import { createRelay, type Pace, type Relay } from './relay.ts';
import { SpendCapError } from './spend-cap.ts';
import {
  closeTurn,
  type Ending,
  showEnding,
  type TurnClosingOptions,
  type TurnEnd,
} from './turn-closing.ts';

/** Starts of the same turn before it is given up: a poisonous message must not kill the fleet. */
export const MAX_ATTEMPTS = 3;

/** The signal's reason when a person stopped the turn. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

/** The signal's reason when a message that is being answered was changed. */
export class RestartedError extends Error {
  override name = 'RestartedError';
}

export interface TurnOptions extends TurnClosingOptions {
  platform: ChatPlatform;
  compose: Compose;
  pace: Pace;
  /** Aborts on stop, on time-out, on shutdown and when the lease ends. */
  signal: AbortSignal;
  /** The model said its first word. */
  onFirstText?(): void;
}

/** Rejects with the signal's reason when the claim is no longer ours: then somebody else goes on. */
export async function takeTurn(options: TurnOptions): Promise<TurnEnd> {
  const { repositories, platform, pace, log, reading, claim, lease } = options;
  const { conversationId, place, thread } = reading.thread;
  const leavePace = pace.join(thread, place);
  let recorded: Promise<unknown> = Promise.resolve();
  let replyId = claim.replyId;
  const relay = createRelay({
    reply: platform.openReply({
      thread,
      place,
      turnId: claim.turnId,
      after: reading.messages.at(-1)?.id ?? '',
      author: requesterOf(reading).author,
      held: lease.held,
      others: reading.messages.flatMap(({ answer }) => answer?.replyId ?? []),
      resumed: claim.attempt > 1,
      ...(claim.replyId && { replyId: claim.replyId }),
    }),
    intervalMs: () => platform.editIntervalMs(thread, pace.running(thread, place)),
    held: lease.held,
    onPosted: (posted) => {
      replyId = posted;
      if (replyId === claim.replyId) return;
      recorded = repositories.threads
        .recordReply(conversationId, claim, posted)
        .catch((error: unknown) => log.warn('reply-not-recorded', { conversationId }, error));
    },
    onFailed: (error) => log.warn('reply-edit-failed', { conversationId }, error),
  });
  try {
    const ending = await reachEnding(options, relay);
    if (ending === 'restarted') {
      await Promise.all([relay.leave(), recorded]);
      return { kind: 'restarted', tickets: [], claim: { ...claim, ...(replyId && { replyId }) } };
    }
    await showEnding(options, relay, ending);
    await recorded;
    return await closeTurn(options, relay, { ...ending, ...(replyId && { replyId }) });
  } finally {
    leavePace();
  }
}

async function reachEnding(options: TurnOptions, relay: Relay): Promise<Ending | 'restarted'> {
  const { claim, reading, compose, platform, lease, signal, log } = options;
  const { conversationId } = reading.thread;
  if (claim.attempt > MAX_ATTEMPTS && !signal.aborted) {
    log.warn('turn-given-up', { conversationId, turnId: claim.turnId });
    return { text: GAVE_UP, outcome: 'gave-up' };
  }
  let readWritten = () => '';
  let begun = false;
  try {
    const onProgress = (readText: () => string, status?: string) => {
      readWritten = readText;
      if (!begun && readText() !== '') {
        begun = true;
        options.onFirstText?.();
      }
      relay.update(() => ({
        ...{ text: readText(), state: 'streaming' },
        ...(status && { status }),
      }));
    };
    const act = async () => {
      signal.throwIfAborted();
      return compose({ reading, platform, turnId: claim.turnId, signal, onProgress });
    };
    // Composing writes nothing: before a word was said it may begin again.
    const passes = (error: unknown) => error instanceof StoreUnavailableError && !begun;
    const composed = await whileHeld(lease, act, passes);
    if (signal.reason instanceof RestartedError) return 'restarted';
    return { text: composed.text, outcome: composed.outcome, composed };
  } catch (error) {
    if (!lease.held()) throw error;
    if (signal.reason instanceof RestartedError) return 'restarted';
    const { sentence, outcome } = describeEnd(error, signal, log, conversationId);
    const final = error instanceof SpendCapError;
    const written = readWritten();
    return { text: written ? `${written}\n\n${sentence}` : sentence, outcome, final };
  }
}

const GAVE_UP =
  'I began to answer this three times and failed each time, so I stop here. Try again, or say it in other words.';

function describeEnd(
  error: unknown,
  signal: AbortSignal,
  log: Log,
  conversationId: string,
): { sentence: string; outcome: TurnOutcome } {
  if (signal.reason instanceof StoppedError) return { sentence: 'Stopped.', outcome: 'stopped' };
  if (error instanceof ChatError) return { sentence: error.message, outcome: 'failed' };
  const reference = log.error('turn-failed', { conversationId }, error);
  const tooLong = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  const sentence = tooLong
    ? 'That took too long, so I stopped.'
    : error instanceof ProviderError
      ? describeFailure(error)
      : 'Something went wrong on my side.';
  return { sentence: `${sentence} (reference ${reference})`, outcome: 'failed' };
}
