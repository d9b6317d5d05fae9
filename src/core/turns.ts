/**
 * The turns that run in this process: at most one for each conversation, each under a lease that
 * is renewed until its close, one after the other while messages keep coming.
 */
import { randomUUID } from 'node:crypto';
import { type Admission, createAdmission } from './admission.ts';
import type { Audit } from './audit.ts';
import type { Cards } from './cards.ts';
import type { Compose } from './compose.ts';
import type { Configuration } from './configuration.ts';
import type { Tail, ThreadState, TurnClaim } from './conversation.ts';
import { StoreUnavailableError } from './errors.ts';
import {
  createLease,
  type Lease,
  LeaseEndedError,
  type LeaseTiming,
  pause,
  whileHeld,
} from './lease.ts';
import type { Log } from './log.ts';
import type { Message } from './message.ts';
import { type Observe, secondsSince, type TurnEnding } from './observer.ts';
import type { ChatPlatform } from './platform.ts';
import { type Reading, readAfter, readBeside, withHistory } from './reading.ts';
import type { Pace } from './relay.ts';
import type { Repositories } from './repositories.ts';
import { RestartedError, StoppedError, takeTurn } from './turn.ts';
import type { TurnEnd } from './turn-closing.ts';

export interface TurnTiming extends LeaseTiming {
  /** The longest a turn may take before it is ended with an apology, in milliseconds. */
  turnMs: number;
}

export interface TurnsOptions {
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
  /** Default: as this process keeps up. */
  admission?: Admission;
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

export interface Turns {
  /** A claim for a new turn, to be written by whoever opens it. */
  newClaim(): TurnClaim;
  /** The claim that takes this one over. */
  takeOver(claim: TurnClaim): TurnClaim;
  /** Runs the turn in the background, at once or when its turn comes; its claim is kept until then. */
  start(start: TurnStart): void;
  /** Resolves when a turn could begin here: until then, what others left is better left to others. */
  room(): Promise<void>;
  /** Stops the turn of this conversation if it runs here. */
  stop(conversationId: string): boolean;
  /** Lets the turn that runs here begin again with what waits now; its reply goes on. */
  restart(conversationId: string): boolean;
  runs(conversationId: string): boolean;
  /** Resolves when no turn of this conversation runs here. */
  ended(conversationId: string): Promise<void>;
  busy(): boolean;
  idle(): Promise<void>;
  /**
   * Falls silent and gives the claims back, so that another process goes on at once; so it does with
   * whatever is started from then on.
   */
  handOver(): Promise<void>;
}

interface RunningTurn {
  stop: AbortController;
  lease: Lease;
  claim: TurnClaim;
  conversationId: string;
  /** It answered, and lets go; what it still does, such as its notes, stands in nobody's way. */
  closed: boolean;
  done: Promise<void>;
}

/**
 * Turns that run whatever else there is to do. One costs several times what it takes to store a message, and what
 * is said while it waits joins it.
 */
const ALWAYS = 8;

export function createTurns(options: TurnsOptions): Turns {
  const { repositories, timing, log, admission = createAdmission({ always: ALWAYS }) } = options;
  const running = new Set<RunningTurn>();
  let leaving = false;

  function newClaim(): TurnClaim {
    const now = Date.now();
    const expiresAt = now + timing.leaseMs;
    return { token: randomUUID(), turnId: randomUUID(), attempt: 1, claimedAt: now, expiresAt };
  }

  function takeOver(claim: TurnClaim): TurnClaim {
    const { token, claimedAt, expiresAt } = newClaim();
    return { ...claim, token, claimedAt, expiresAt, attempt: claim.attempt + 1 };
  }

  function start(begin: TurnStart): void {
    const { conversationId, claim, claimedAt } = begin;
    if (leaving) {
      giveBack(begin).catch((error: unknown) =>
        log.warn('turn-not-left', { conversationId }, error),
      );
      return;
    }
    const lease = createLease({
      ...timing,
      claimedAt,
      renew: (expiresAt) =>
        repositories.threads.renewClaim(conversationId, { ...turn.claim, expiresAt }),
    });
    const stop = new AbortController();
    if (begin.taken === 'stopped') stop.abort(new StoppedError());
    const done = Promise.resolve();
    const turn: RunningTurn = { stop, lease, claim, conversationId, closed: false, done };
    running.add(turn);
    turn.done = runTurns({ ...options, admission }, begin, turn)
      .catch((error: unknown) => logEnd(log, conversationId, error))
      .finally(() => {
        lease.stop();
        running.delete(turn);
      });
  }

  async function room(): Promise<void> {
    await admission.enter();
    admission.leave();
  }

  const find = (conversationId: string) =>
    [...running].find((one) => one.conversationId === conversationId && !one.closed);

  function interrupt(conversationId: string, reason: StoppedError | RestartedError): boolean {
    const turn = find(conversationId);
    turn?.stop.abort(reason);
    return turn !== undefined;
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all([...running].map(({ done }) => done));
  }

  async function handOver(): Promise<void> {
    leaving = true;
    const turns = [...running];
    for (const { lease } of turns) lease.lose();
    await Promise.all(turns.map(({ done }) => done));
    await Promise.allSettled(turns.map((turn) => giveBack(turn)));
  }

  function giveBack({
    conversationId,
    claim,
  }: Pick<TurnStart, 'conversationId' | 'claim'>): Promise<boolean> {
    return repositories.threads.renewClaim(conversationId, { ...claim, expiresAt: Date.now() });
  }

  return {
    newClaim,
    takeOver,
    start,
    room,
    stop: (conversationId) => interrupt(conversationId, new StoppedError()),
    restart: (conversationId) => interrupt(conversationId, new RestartedError()),
    runs: (conversationId) => find(conversationId) !== undefined,
    ended: async (conversationId) => find(conversationId)?.done,
    busy: () => running.size > 0,
    idle,
    handOver,
  };
}

type Running = TurnsOptions & { admission: Admission };

async function runTurns(options: Running, begin: TurnStart, turn: RunningTurn): Promise<void> {
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
  options: Running,
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
  options: TurnsOptions,
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
  options: TurnsOptions,
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
  options: TurnsOptions,
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
  { repositories, configuration, platformOf, log }: TurnsOptions,
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

function logEnd(log: Log, conversationId: string, error: unknown): void {
  if (error instanceof LeaseEndedError) log.info('turn-left', { conversationId, end: error.end });
  else log.error('turn-broken', { conversationId }, error);
}
