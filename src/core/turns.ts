/**
 * The turns that run in this process: at most one for each conversation, each under a lease that
 * is renewed until its close, one after the other while messages keep coming.
 */
import { randomUUID } from 'node:crypto';
import { type Admission, createAdmission } from './admission.ts';
import type { TurnClaim } from './conversation.ts';
import { createLease, LeaseEndedError } from './lease.ts';
import type { Log } from './log.ts';
import {
  type RunningTurn,
  type RunningTurnOptions,
  runTurns,
  type TurnStart,
} from './running-turn.ts';
import { RestartedError, StoppedError } from './turn.ts';

export interface TurnsOptions extends Omit<RunningTurnOptions, 'admission'> {
  /** Default: as this process keeps up. */
  admission?: Admission;
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

function logEnd(log: Log, conversationId: string, error: unknown): void {
  if (error instanceof LeaseEndedError) log.info('turn-left', { conversationId, end: error.end });
  else log.error('turn-broken', { conversationId }, error);
}
