/**
 * Carries errands out: each stored first, then done in the background, in the order they came for
 * each conversation. What a dead process left is taken over by any other; what fails is tried again,
 * later and later, a few times.
 */
import { randomUUID } from 'node:crypto';
import type { ThreadState } from './conversation.ts';
import type { Errand, ErrandClaim, ErrandRef, ErrandTask } from './errand.ts';
import { createLease, type LeaseTiming } from './lease.ts';
import type { Log } from './log.ts';
import type { Repositories } from './repositories.ts';
import { TrackerError } from './tracker.ts';

/** Tries before an errand is given up. */
const MAX_ATTEMPTS = 5;
/** What a tracker asks for is followed up to this, in milliseconds; then it is asked again. */
const MAX_WAIT_MS = 3_600_000;

/** How one is done; rejects when it is to be tried again. */
export type CarryOut<Kind extends ErrandTask['kind']> = (
  thread: ThreadState,
  task: Extract<ErrandTask, { kind: Kind }>,
  how: ErrandAttempt,
) => Promise<void>;

export interface ErrandAttempt {
  id: string;
  /** 2 and more: it may be half done. */
  attempt: number;
  /** It is not tried again. */
  isLast: boolean;
  signal: AbortSignal;
}

export interface ErrandsOptions {
  repositories: Pick<Repositories, 'errands' | 'threads'>;
  carryOut: { [Kind in ErrandTask['kind']]: CarryOut<Kind> };
  /** What people are told of one whose every try ended with its process; rejections are logged. */
  giveUp(thread: ThreadState, task: ErrandTask): Promise<void>;
  /** Threads of platforms that are not connected here are left to whoever is. */
  serves(thread: ThreadState): boolean;
  timing: LeaseTiming;
  log: Log;
}

export interface Errands {
  /** Resolves when it is stored; false when it was given before. */
  begin(errand: Errand): Promise<boolean>;
  /** Goes on with what a dead process left. False when there is nothing to do. */
  resume(ref: ErrandRef): Promise<boolean>;
  /** Resolves when none is under way here. */
  idle(): Promise<void>;
}

export function createErrands(options: ErrandsOptions): Errands {
  const { repositories, timing, serves } = options;
  const queues = new Map<string, Promise<void>>();

  const newClaim = (attempt: number): ErrandClaim => {
    const claimedAt = Date.now();
    return { token: randomUUID(), attempt, claimedAt, expiresAt: claimedAt + timing.leaseMs };
  };

  function run(errand: Errand, claim: ErrandClaim, claimedAt: number): void {
    const { conversationId } = errand;
    const before = queues.get(conversationId) ?? Promise.resolve();
    const done = before.then(() => underLease(options, errand, claim, claimedAt));
    queues.set(conversationId, done);
    void done.finally(() => {
      if (queues.get(conversationId) === done) queues.delete(conversationId);
    });
  }

  async function begin(errand: Errand): Promise<boolean> {
    const claim = newClaim(1);
    const claimedAt = performance.now();
    const isNew = await repositories.errands.putErrand(errand, claim);
    if (isNew) run(errand, claim, claimedAt);
    return isNew;
  }

  async function resume({ conversationId, id }: ErrandRef): Promise<boolean> {
    const ref = { conversationId, id };
    const found = await repositories.errands.getErrand(ref);
    if (!found || found.claim.expiresAt > Date.now()) return false;
    const thread = await repositories.threads.get(conversationId);
    // Of a thread that is gone nothing is left to do but to forget it.
    if (thread && !serves(thread)) return false;
    const claim = newClaim(found.claim.attempt + 1);
    const claimedAt = performance.now();
    if (!(await repositories.errands.takeErrand(ref, found.claim, claim))) return false;
    if (claim.attempt > MAX_ATTEMPTS) await abandon(options, found.errand, claim, thread);
    else run(found.errand, claim, claimedAt);
    return true;
  }

  async function idle(): Promise<void> {
    while (queues.size > 0) await Promise.all(queues.values());
  }

  return { begin, resume, idle };
}

/** Never rejects: what went wrong is logged, and tried again when the claim lapses. */
async function underLease(
  options: ErrandsOptions,
  errand: Errand,
  claim: ErrandClaim,
  claimedAt: number,
): Promise<void> {
  const { repositories, timing, log } = options;
  const { errands } = repositories;
  const renew = (expiresAt: number) => errands.renewErrand(errand, { ...claim, expiresAt });
  const lease = createLease({ ...timing, claimedAt, renew });
  const { conversationId, id } = errand;
  const { attempt } = claim;
  const isLast = attempt >= MAX_ATTEMPTS;
  try {
    if (!lease.held()) return;
    const isDone = await attemptOnce(options, errand, {
      ...{ id, attempt, isLast },
      signal: lease.signal,
    });
    lease.stop();
    if (isDone) await errands.endErrand(errand, claim);
    else await renew(0);
  } catch (error) {
    lease.stop();
    log.warn('errand-failed', { conversationId, kind: errand.task.kind, attempt }, error);
    const leave = isLast
      ? errands.endErrand(errand, claim)
      : renew(Date.now() + waitAfter(error, timing.leaseMs * 2 ** (attempt - 1)));
    await leave.catch((failure: unknown) => log.warn('errand-not-left', {}, failure));
  }
}

/** Whoever tried last fell silent in the middle of it: what ends its process must not go on to the next. */
async function abandon(
  { repositories, giveUp, log }: ErrandsOptions,
  errand: Errand,
  claim: ErrandClaim,
  thread: ThreadState | undefined,
): Promise<void> {
  const { conversationId, task } = errand;
  log.error('errand-given-up', { conversationId, kind: task.kind });
  await repositories.errands.endErrand(errand, claim);
  if (!thread || thread.deleting) return;
  await giveUp(thread, task).catch((error: unknown) =>
    log.warn('errand-end-not-said', { conversationId }, error),
  );
}

/** Milliseconds: as long as a tracker asks for, else later and later. */
function waitAfter(error: unknown, laterMs: number): number {
  const asked = error instanceof TrackerError ? error.retryAfterMs : undefined;
  return asked === undefined ? laterMs : Math.min(asked, MAX_WAIT_MS);
}

/** False when it is for another process. */
async function attemptOnce(
  { repositories, carryOut, serves }: ErrandsOptions,
  { conversationId, task }: Errand,
  how: ErrandAttempt,
): Promise<boolean> {
  const thread = await repositories.threads.get(conversationId);
  if (!thread || thread.deleting) return true;
  if (!serves(thread)) return false;
  if (task.kind === 'tell') await carryOut.tell(thread, task, how);
  else await carryOut.comment(thread, task, how);
  return true;
}
