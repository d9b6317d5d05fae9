/**
 * Gives a start its thread: stored first, then posted, then bound in the transaction that ends the
 * start. A process that dies in between leaves it to any other, which looks for the thread before it
 * posts one.
 */
import { randomUUID } from 'node:crypto';
import { titleOf } from './conversation.ts';
import { ChatError } from './errors.ts';
import { createLease, type LeaseTiming } from './lease.ts';
import type { Log } from './log.ts';
import type { IncomingMessage } from './message.ts';
import type { ChatPlatform, OpenedThread } from './platform.ts';
import { checkLength, toMessage } from './received.ts';
import { redactSecrets } from './redact.ts';
import type { Repositories } from './repositories.ts';
import type { StartClaim, StartOutcome, StartPlace, ThreadStart } from './start.ts';
import { conversationIdOf, type PlatformName } from './thread.ts';
import type { Turns } from './turns.ts';

/** Tries before a start is given up: its platform refuses it again and again. */
const MAX_ATTEMPTS = 5;

export interface StartsOptions {
  repositories: Repositories;
  /** `undefined` where that platform is not connected here. */
  platformNamed(name: PlatformName): ChatPlatform | undefined;
  turns: Turns;
  log: Log;
  timing: LeaseTiming;
}

export interface Starts {
  /** Resolves when it is stored; rejects with `ChatError` when it cannot be taken. */
  begin(start: ThreadStart): Promise<StartOutcome>;
  /** Goes on with what a dead process left. False when there is nothing to do. */
  resume(place: StartPlace): Promise<boolean>;
}

export function createStarts(options: StartsOptions): Starts {
  const { repositories, timing, log } = options;

  const newClaim = (attempt: number): StartClaim => {
    const claimedAt = Date.now();
    return { token: randomUUID(), attempt, claimedAt, expiresAt: claimedAt + timing.leaseMs };
  };

  async function begin(given: ThreadStart): Promise<StartOutcome> {
    checkLength(given);
    const start = { ...given, text: redactSecrets(given.text.toWellFormed()) };
    const claim = newClaim(1);
    const claimedAt = performance.now();
    if (!(await repositories.starts.putStart(start, claim))) return { kind: 'duplicate' };
    const opened = underLease(options, start, claim, claimedAt);
    // Whoever gave the command may want to know; nobody has to.
    opened.catch((error: unknown) => log.warn('thread-not-opened', { startId: start.id }, error));
    return { kind: 'stored', opened };
  }

  async function resume(place: StartPlace): Promise<boolean> {
    if (!options.platformNamed(place.platform)) return false;
    const found = await repositories.starts.getStart(place);
    if (!found || found.claim.expiresAt > Date.now()) return false;
    const claim = newClaim(found.claim.attempt + 1);
    const claimedAt = performance.now();
    if (!(await repositories.starts.takeStart(found.start, found.claim, claim))) return false;
    if (claim.attempt > MAX_ATTEMPTS) {
      // What ends each process that tries must not go on to the next.
      log.error('start-given-up', { startId: found.start.id });
      await repositories.starts.endStart(found.start, claim);
      return true;
    }
    await underLease(options, found.start, claim, claimedAt);
    return true;
  }

  return { begin, resume };
}

/** A platform may take longer than the claim lasts: nobody else is to open the thread meanwhile. */
async function underLease(
  options: StartsOptions,
  start: ThreadStart,
  claim: StartClaim,
  claimedAt: number,
): Promise<OpenedThread> {
  const { starts } = options.repositories;
  const renew = (expiresAt: number) => starts.renewStart(start, { ...claim, expiresAt });
  const lease = createLease({ ...options.timing, claimedAt, renew });
  try {
    return await openAndBind(options, start, claim);
  } finally {
    lease.stop();
  }
}

/** What a person can do something about ends the start; after anything else it is tried again. */
async function openAndBind(
  options: StartsOptions,
  start: ThreadStart,
  claim: StartClaim,
): Promise<OpenedThread> {
  try {
    const platform = options.platformNamed(start.platform);
    if (!platform) throw new ChatError(`${start.platform} is not connected.`);
    const opened = await platform.openThread(start, claim.attempt > 1);
    await bind(options, start, claim, opened);
    return opened;
  } catch (error) {
    if (error instanceof ChatError || claim.attempt >= MAX_ATTEMPTS) {
      await options.repositories.starts.endStart(start, claim);
    }
    throw error;
  }
}

async function bind(
  { repositories, turns }: StartsOptions,
  start: ThreadStart,
  claim: StartClaim,
  { thread, messageId, sentAt, permalink }: OpenedThread,
): Promise<void> {
  const { place, author, text, attachments, settings } = start;
  const incoming: IncomingMessage = {
    ...{ id: messageId, sentAt, thread, place, author, text },
    ...(attachments && { attachments }),
    ...(permalink && { permalink }),
    addressed: true,
    topLevel: true,
  };
  const conversationId = conversationIdOf(thread);
  // Not from the cache, see the inbox.
  const { id: userId } = await repositories.users.ensureUser(author);
  const turnClaim = turns.newClaim();
  const claimedAt = performance.now();
  const outcome = await repositories.threads.bind({
    owner: { userId, createdAt: sentAt, conversationId },
    ...{ thread, place, settings, title: titleOf(text) },
    message: toMessage(incoming),
    claim: turnClaim,
    historyPending: false,
    ends: { start, token: claim.token },
  });
  if (outcome.kind === 'opened') turns.start({ conversationId, claim: turnClaim, claimedAt });
}
