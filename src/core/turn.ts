/**
 * One turn from its reading to its close: answer, show, write. Everything that must survive a crash
 * is in the claim, or written by the one closing transaction.
 */
import { describeFailure } from './answer.ts';
import type { Compose, Composed } from './compose.ts';
import type { Configuration } from './configuration.ts';
import type { TurnClaim } from './conversation.ts';
import { ChatError, StoreUnavailableError } from './errors.ts';
import { type Lease, pause, whileHeld } from './lease.ts';
import type { Log } from './log.ts';
import { type Message, messageKeyOf, replyPlaceOf, type TurnOutcome } from './message.ts';
import type { ChatPlatform, ReplyView } from './platform.ts';
import { ProviderError } from './provider.ts';
import { type Reading, requesterOf } from './reading.ts';
import { createRelay, type Pace, type Relay } from './relay.ts';
import type { Repositories } from './repositories.ts';
import { SpendCapError } from './spend-cap.ts';
import type { CloseTurn } from './thread-repository.ts';
import type { Ticket } from './ticket.ts';

/** Starts of the same turn before it is given up: a poisonous message must not kill the fleet. */
export const MAX_ATTEMPTS = 3;
/** Milliseconds before each further try to show the end of a reply: a platform may be away for a moment. */
const FINAL_EDIT_PAUSES = [300, 1_500];

/** The signal's reason when a person stopped the turn. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

/** The signal's reason when a message that is being answered was changed. */
export class RestartedError extends Error {
  override name = 'RestartedError';
}

export interface TurnOptions {
  repositories: Repositories;
  platform: ChatPlatform;
  configuration: Configuration;
  compose: Compose;
  pace: Pace;
  log: Log;
  reading: Reading;
  claim: TurnClaim;
  lease: Lease;
  /** Aborts on stop, on time-out, on shutdown and when the lease ends. */
  signal: AbortSignal;
  /** The claim to go on with when other messages came meanwhile. */
  nextClaim(): TurnClaim;
  /** The model said its first word. */
  onFirstText?(): void;
}

export type TurnEnd = {
  /** To be shown as cards. */
  tickets: Ticket[];
  /** What is left to do when nothing is held any more. */
  afterwards?(): Promise<void>;
} & (
  | { kind: 'closed'; outcome: TurnOutcome }
  /** Closed, and the claim goes on under this one for the messages that came meanwhile. */
  | { kind: 'continues'; outcome: TurnOutcome; claim: TurnClaim }
  /** Nothing was closed: what it answers has changed, and the reply begun goes on under this claim. */
  | { kind: 'restarted'; claim: TurnClaim }
);

/** What there is to say and to write, whichever way the turn went. */
interface Ending {
  text: string;
  outcome: TurnOutcome;
  /** Trying again would end the same way. */
  final?: boolean;
  /** Where it was shown. */
  replyId?: string;
  composed?: Composed;
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
    return await close(options, relay, { ...ending, ...(replyId && { replyId }) });
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
    signal.throwIfAborted();
    const composed = await compose({
      reading,
      platform,
      turnId: claim.turnId,
      signal,
      onProgress: (readText, status) => {
        readWritten = readText;
        if (!begun && readText() !== '') {
          begun = true;
          options.onFirstText?.();
        }
        relay.update(() => ({
          ...{ text: readText(), state: 'streaming' },
          ...(status && { status }),
        }));
      },
    });
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

/** The last view is forced; a platform that refuses it does not keep the reply from being stored. */
async function showEnding({ lease, log, reading }: TurnOptions, relay: Relay, ending: Ending) {
  for (let attempt = 1; lease.held(); attempt += 1) {
    try {
      return await relay.finish(toView(ending));
    } catch (error) {
      const { conversationId } = reading.thread;
      log.warn('reply-not-finished', { conversationId, attempt }, error);
      const pauseMs = FINAL_EDIT_PAUSES[attempt - 1];
      if (pauseMs === undefined) return;
      await pause(pauseMs, lease.signal);
    }
  }
}

function toView({ text, outcome, final }: Ending): ReplyView {
  if (outcome === 'answered' || outcome === 'stopped') return { text, state: outcome };
  return { text, state: 'failed', ...(!final && { retry: true }) };
}

async function close(options: TurnOptions, relay: Relay, ending: Ending): Promise<TurnEnd> {
  const { repositories, lease, nextClaim } = options;
  let current = ending;
  let input = await toClose(options, current);
  for (;;) {
    const attempted = input;
    const outcome = await whileHeld(
      lease,
      () => repositories.threads.close(attempted),
      (error) => error instanceof StoreUnavailableError,
    );
    switch (outcome.kind) {
      case 'closed': {
        const tickets = [...input.newTickets, ...input.changedTickets];
        const { outcome: ended, composed } = current;
        if (input.continueAs) {
          return { kind: 'continues', outcome: ended, tickets, claim: input.continueAs };
        }
        const afterwards = composed?.afterwards;
        return { kind: 'closed', outcome: ended, tickets, ...(afterwards && { afterwards }) };
      }
      case 'more-waiting':
        input = { ...input, continueAs: nextClaim() };
        break;
      case 'outdated':
        current = withoutOutdated(current, outcome.ticketIds);
        input = { ...(await toClose(options, current)), ...pickContinue(input) };
        await showEnding(options, relay, current);
        break;
      default:
        lease.lose();
        throw lease.signal.reason;
    }
  }
}

function pickContinue({ continueAs }: CloseTurn): Partial<CloseTurn> {
  return continueAs ? { continueAs } : {};
}

/** A person was faster: their version stays, and the reply says so. */
function withoutOutdated(ending: Ending, ticketIds: string[]): Ending {
  const { composed } = ending;
  if (!composed) return ending;
  const { changedTickets } = composed.effects;
  const dropped = changedTickets.filter(({ id }) => ticketIds.includes(id));
  const kept = changedTickets.filter(({ id }) => !ticketIds.includes(id));
  const numbers = dropped.map(({ ordinal }) => ordinal).join(', ');
  const notice = `_Draft ${numbers} was changed by somebody in the meantime, so my change was dropped._`;
  const effects = { ...composed.effects, changedTickets: kept };
  return { ...ending, text: `${ending.text}\n\n${notice}`, composed: { ...composed, effects } };
}

async function toClose(options: TurnOptions, ending: Ending): Promise<CloseTurn> {
  const { reading, claim } = options;
  const { thread, covers } = reading;
  const effects = ending.composed?.effects;
  return {
    thread,
    claim,
    reply: toReply(reading, claim, ending),
    covers,
    newTickets: effects?.newTickets ?? [],
    changedTickets: effects?.changedTickets ?? [],
    ...(effects?.settings && { settings: { ...thread.settings, ...effects.settings } }),
    newParticipants: await newParticipants(options),
    endedAt: Date.now(),
  };
}

function toReply(reading: Reading, claim: TurnClaim, ending: Ending): Message {
  const { text, outcome, composed, replyId } = ending;
  return {
    ...replyPlaceOf(reading.covers),
    conversationId: reading.thread.conversationId,
    role: 'assistant',
    text,
    answer: {
      turnId: claim.turnId,
      ...(replyId && { replyId }),
      covers: reading.covers,
      outcome,
      ...(composed && {
        usage: composed.usage,
        provider: composed.provider,
        model: composed.model,
        stopReason: composed.stopReason,
      }),
    },
  };
}

/**
 * People who are answered here for the first time, other than the owner: it becomes their thread too.
 * They may be known already from what was said here before the bot came, or past it.
 */
async function newParticipants({ reading, configuration }: TurnOptions): Promise<string[]> {
  const { messages, covers, thread } = reading;
  const authorsOf = (keys: Set<string>) =>
    messages.flatMap((message) => (keys.has(messageKeyOf(message)) ? (message.author ?? []) : []));
  const answered = new Set(messages.flatMap(({ answer }) => answer?.covers ?? []));
  const known = new Set(authorsOf(answered).map(({ identity }) => identity));
  const fresh = new Map(
    authorsOf(new Set(covers))
      .filter(({ identity }) => !known.has(identity))
      .map((author) => [author.identity, author]),
  );
  const users = await Promise.all([...fresh.values()].map((a) => configuration.userOf(a)));
  return [...new Set(users.map(({ id }) => id))].filter((id) => id !== thread.owner.userId);
}
