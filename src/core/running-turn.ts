/**
 * What a process does with a turn whose claim it holds: waits for room, reads what is to be answered,
 * takes the turn, and goes on with the next one under the same claim.
 */
import { randomUUID } from 'node:crypto';
import type { Admission } from './admission.ts';
import type { Audit } from './audit.ts';
import type { Cards } from './cards.ts';
import type { Compose } from './compose.ts';
import type { Configuration } from './configuration.ts';
import type { Tail, ThreadState, TurnClaim } from './conversation.ts';
import { StoreUnavailableError } from './errors.ts';
import { type Lease, type LeaseTiming, pause, whileHeld } from './lease.ts';
import type { Log } from './log.ts';
import type { Message } from './message.ts';
import { type Observe, secondsSince, type TurnEnding } from './observer.ts';
import type { ChatPlatform } from './platform.ts';
import { type Reading, readAfter, readBeside, withHistory } from './reading.ts';
import type { Pace } from './relay.ts';
import type { Repositories } from './repositories.ts';
import { takeTurn } from './turn.ts';
import type { TurnEnd } from './turn-closing.ts';

export interface TurnTiming extends LeaseTiming {
  /** The longest a turn may take before it is ended with an apology, in milliseconds. */
  turnMs: number;
}

export interface RunningTurnOptions {
  repositories: Repositories;
  platformOf(thread: ThreadState): ChatPlatform;
  configuration: Configuration;
  compose: Compose;
  cards: Cards;
  audit: Pick<Audit, 'recordDrafts'>;
  pace: Pace;
  /** A turn was closed in this thread; nobody waits for what it does. */
  onClosed?(thread: ThreadState): void;
  log: Log;
  observe: Observe;
  timing: TurnTiming;
  admission: Admission;
}

/** A turn whose claim was just taken. */
export interface TurnStart {
  conversationId: string;
  claim: TurnClaim;
  /** `performance.now()` from before the claim was asked for. */
  claimedAt: number;
  /** Read beside the open; absent: the turn reads after. */
  beside?: { tail: Promise<Tail | undefined>; message: Message };
  /** From another process, to be stopped or to begin again with what was changed meanwhile. */
  taken?: 'stopped' | 'restarted';
}

export interface RunningTurn {
  stop: AbortController;
  lease: Lease;
  claim: TurnClaim;
  conversationId: string;
  /** It answered, and lets go; what it still does, such as its notes, stands in nobody's way. */
  closed: boolean;
  done: Promise<void>;
}

/** As long as messages keep coming, one after the other. Rejects when the claim is no longer ours. */
export async function runTurns(
  options: RunningTurnOptions,
  begin: TurnStart,
  turn: RunningTurn,
): Promise<void> {
  let next: TurnStart | undefined = begin;
  let end: TurnEnd | undefined;
  do {
    end = await runNext(options, turn, next);
    next = undefined;
  } while (end && end.kind !== 'closed');
  await end?.afterwards?.();
}

/** In its turn, what is waiting now; `begin` is for the first. `undefined` when nothing is. */
async function runNext(
  options: RunningTurnOptions,
  turn: RunningTurn,
  begin?: TurnStart,
): Promise<TurnEnd | undefined> {
  const { admission, cards, audit } = options;
  const line = admission.enter(turn.lease.signal);
  if (line) await line;
  try {
    // What was read before standing in line is out of date.
    const reading = await readNext(options, turn, line ? without(begin) : begin);
    if (!reading) return undefined;
    const end = await observed(options, reading, turn);
    if (end.kind === 'closed') {
      turn.closed = true;
      turn.lease.stop();
    } else turn.claim = end.claim;
    if (end.kind === 'restarted') turn.stop = new AbortController();
    const { thread } = reading;
    const { place } = thread;
    audit.recordDrafts({ platform: thread.thread.platform, place }, end.tickets);
    const added = end.tickets;
    for (const { id } of added) await cards.show(thread, id, { added });
    if (end.kind === 'closed') options.onClosed?.(thread);
    return end;
  } finally {
    admission.leave();
  }
}

async function observed(
  options: RunningTurnOptions,
  reading: Reading,
  turn: RunningTurn,
): Promise<TurnEnd> {
  const { observe } = options;
  const { platform } = reading.thread.thread;
  const begun = performance.now();
  let outcome: TurnEnding = 'left';
  observe({ kind: 'turn-began', platform });
  try {
    const end = await runOne(options, reading, turn, () =>
      observe({ kind: 'first-text', platform, seconds: secondsSince(begun) }),
    );
    outcome = end.kind === 'restarted' ? 'restarted' : end.outcome;
    return end;
  } finally {
    observe({ kind: 'turn-ended', platform, outcome, seconds: secondsSince(begun) });
  }
}

function runOne(
  options: RunningTurnOptions,
  reading: Reading,
  turn: RunningTurn,
  onFirstText: () => void,
): Promise<TurnEnd> {
  const { timing } = options;
  const { claim, lease, stop } = turn;
  const tooLong = AbortSignal.timeout(timing.turnMs);
  return takeTurn({
    ...options,
    platform: options.platformOf(reading.thread),
    reading,
    claim,
    lease,
    onFirstText,
    signal: AbortSignal.any([lease.signal, stop.signal, tooLong]),
    // The token stays: a renewal under way must not take its own successor for somebody else.
    nextClaim: () => {
      const claimedAt = Date.now();
      const expiresAt = claimedAt + timing.leaseMs;
      return { token: claim.token, turnId: randomUUID(), attempt: 1, claimedAt, expiresAt };
    },
  });
}

async function readNext(
  options: RunningTurnOptions,
  turn: RunningTurn,
  begin?: TurnStart,
): Promise<Reading | undefined> {
  // Until the former holder must have noticed, it may still edit the reply.
  if (begin?.taken) await pause(options.timing.renewMs, turn.lease.signal);
  if (!begin?.beside) return readClaimed(options, turn);
  const { tail: reading, message } = begin.beside;
  const tail = await reading.catch(() => undefined);
  return tail ? readBeside(tail, message) : readClaimed(options, turn);
}

function without(begin: TurnStart | undefined): TurnStart | undefined {
  if (!begin) return undefined;
  const { beside: _, ...rest } = begin;
  return rest;
}

/** Reads after the claim; where nothing waits any more, the claim is ended. */
async function readClaimed(
  { repositories, configuration, platformOf, log }: RunningTurnOptions,
  { conversationId, claim, lease }: RunningTurn,
): Promise<Reading | undefined> {
  const passes = (error: unknown) => error instanceof StoreUnavailableError;
  for (;;) {
    const read = () => readAfter(repositories, conversationId, claim);
    const reading = await whileHeld(lease, read, passes);
    if (!reading) return undefined;
    if (reading.covers.length > 0) {
      const platform = platformOf(reading.thread);
      const history = () => withHistory({ repositories, configuration, platform, log }, reading);
      return whileHeld(lease, history, passes);
    }
    if (await repositories.threads.release(conversationId, claim, Date.now())) return undefined;
  }
}
