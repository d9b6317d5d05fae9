/**
 * Files an approved ticket exactly once. The claim decides who publishes; the hidden marker finds
 * the issue again after anything ambiguous; while the tracker cannot be asked, nothing is created.
 */

import { randomUUID } from 'node:crypto';
import type { ThreadState } from './conversation.ts';
import { ChatError, StoreUnavailableError } from './errors.ts';
import { type Filed, type Filing, type FilingOptions, fileTicket, findFiled } from './filing.ts';
import { createFilingLine } from './filing-line.ts';
import { createLease, LeaseEndedError, type LeaseTiming, whileHeld } from './lease.ts';
import { type Observe, secondsSince } from './observer.ts';
import type { Repositories } from './repositories.ts';
import type { Approval, PublishClaim, Ticket } from './ticket.ts';
import type { SaveOutcome } from './ticket-repository.ts';
import { parseProjectRef, TrackerError } from './tracker.ts';
import { NotAskedError, unsettledOf } from './unsettled.ts';

export interface PublishTiming extends LeaseTiming {
  /** How long a create that went silent may still land at the tracker, in milliseconds. */
  settleMs: number;
}

export interface PublisherOptions extends Omit<FilingOptions, 'settleMs'> {
  tickets: Repositories['tickets'];
  observe: Observe;
  timing: PublishTiming;
  /** Where it stands while others are filed before it has changed: its card says so. */
  onQueued(thread: ThreadState, ticketId: string): Promise<unknown>;
}

export type PublishOutcome =
  | { kind: 'published'; ticket: Ticket; dropped: string[] }
  /** It became a comment on an issue that was there. */
  | { kind: 'added'; ticket: Ticket; dropped: string[] }
  /** The tracker said no, or it was given up; the ticket is a draft again and carries the reason. */
  | { kind: 'refused'; ticket: Ticket; reason: string }
  /** Somebody was faster, or changed it: this is how it stands. */
  | { kind: 'outdated'; ticket: Ticket }
  /** Not done yet; it goes on by itself, and where it is known the claim says what it waits for. */
  | { kind: 'unfinished'; ticket: Ticket }
  | { kind: 'missing' };

export interface Publisher {
  /** From an approval by somebody who may. */
  publish(thread: ThreadState, ticket: Ticket, approval: Approval): Promise<PublishOutcome>;
  /** Goes on with what a dead process left publishing. */
  resume(thread: ThreadState, ticket: Ticket): Promise<PublishOutcome>;
  /** How many go to the same tracker by the same access first; 0 for one that is not being filed. */
  aheadOf(ticketId: string): number;
}

type Claimed = Omit<Filing, 'lease'>;

/** The longest pause between two tries while a tracker stays silent, in milliseconds. */
const MAX_BACKOFF_MS = 300_000;
/** What a tracker asks for is followed up to this, in milliseconds; then it is asked again. */
const MAX_WAIT_MS = 3_600_000;
/** After so many attempts, about an hour, a person has to look: the tracker cannot be asked, or this code is wrong. */
const MAX_ASKING = 15;
/** Attempts in a row that nobody saw end: whatever ends each process that files it must not go on to the next. */
const MAX_SILENT = 5;

export function createPublisher(options: PublisherOptions): Publisher {
  const { tickets, timing } = options;
  const filingLine = createFilingLine({ show: options.onQueued });

  async function publish(thread: ThreadState, draft: Ticket, approval: Approval) {
    const since = new Date().toISOString();
    const claim = newClaim(timing, { since, attempt: 1, silent: 1 });
    const claimedAt = performance.now();
    const outcome = await tickets.claimPublishing(draft, approval, claim);
    if (outcome.kind !== 'saved') return outcome;
    const { ticket } = outcome;
    filingLine.enter(thread, ticket.id, lineOf(approval));
    const claimed = { thread, ticket, approval, claim };
    const ended = await underLease(options, claimed, claimedAt).finally(() =>
      filingLine.leave(ticket.id),
    );
    if (ended.kind !== 'unfinished') return ended;
    return (await findPublished(options, ticket)) ?? ended;
  }

  /** What a holder had sent before its lease lapsed may still land; one that says what it waits for has sent nothing since. */
  const freeFrom = ({ expiresAt, waits }: PublishClaim) =>
    expiresAt + (waits === undefined ? timing.settleMs : 0);

  async function resume(thread: ThreadState, ticket: Ticket): Promise<PublishOutcome> {
    if (ticket.status !== 'publishing' || freeFrom(ticket.claim) > Date.now()) {
      return { kind: 'outdated', ticket };
    }
    const { approval } = ticket;
    const { since, attempt, silent = 0 } = ticket.claim;
    const claim = newClaim(timing, { since, attempt: attempt + 1, silent: silent + 1 });
    const claimedAt = performance.now();
    const taken = await tickets.renewPublishing(ticket, ticket.claim.token, claim);
    if (!taken) return { kind: 'outdated', ticket };
    return underLease(options, { thread, ticket, approval, claim }, claimedAt);
  }

  return { publish, resume, aheadOf: filingLine.aheadOf };
}

/** Writes of one account go one after the other; those of another do not wait for them. */
function lineOf({ project, access }: Approval): string {
  return JSON.stringify([parseProjectRef(project).tracker, access]);
}

function newClaim(
  { leaseMs }: PublishTiming,
  attempted: Pick<PublishClaim, 'since' | 'attempt' | 'silent'>,
): PublishClaim {
  return { token: randomUUID(), expiresAt: Date.now() + leaseMs, ...attempted };
}

async function underLease(
  options: PublisherOptions,
  claimed: Claimed,
  claimedAt: number,
): Promise<PublishOutcome> {
  const { tickets, timing, log } = options;
  const { ticket, claim } = claimed;
  const lease = createLease({
    ...timing,
    claimedAt,
    renew: (expiresAt) => tickets.renewPublishing(ticket, claim.token, { ...claim, expiresAt }),
  });
  try {
    return await observed(options, { ...claimed, lease }, claimedAt);
  } catch (error) {
    const ended = error instanceof LeaseEndedError;
    log.warn('publishing-unfinished', { ticketId: ticket.id, ended }, error);
    lease.stop();
    return { kind: 'unfinished', ticket: ended ? ticket : await park(options, claimed, error) };
  } finally {
    lease.stop();
  }
}

/** A claim also ends when its ticket was filed, by us before a slow answer, or by who took it over. */
async function findPublished(
  { tickets, log }: PublisherOptions,
  { id, conversationId }: Ticket,
): Promise<PublishOutcome | undefined> {
  try {
    const now = await tickets.getTicket(conversationId, id);
    return now?.status === 'published'
      ? { kind: 'published', ticket: now, dropped: [] }
      : undefined;
  } catch (error) {
    log.warn('publishing-not-looked-at', { ticketId: id }, error);
    return undefined;
  }
}

async function observed(
  options: PublisherOptions,
  filing: Filing,
  begun: number,
): Promise<PublishOutcome> {
  const { tracker } = parseProjectRef(filing.approval.project);
  let outcome: PublishOutcome['kind'] = 'unfinished';
  try {
    const filed = await file(options, filing);
    outcome = filed.kind;
    return filed;
  } finally {
    options.observe({ kind: 'publish-ended', tracker, outcome, seconds: secondsSince(begun) });
  }
}

async function file(options: PublisherOptions, filing: Filing): Promise<PublishOutcome> {
  const { claim } = filing;
  const filingOptions = { ...options, settleMs: options.timing.settleMs };
  const gaveUp = (claim.silent ?? 0) > MAX_SILENT;
  try {
    const filed = gaveUp
      ? await lookOnce(filingOptions, filing)
      : await fileTicket(filingOptions, filing);
    if (filed) return await record(options, filing, filed);
  } catch (error) {
    if (error instanceof LeaseEndedError || error instanceof StoreUnavailableError) throw error;
    const reason = gaveUp ? GAVE_UP : refusalOf(error, claim);
    if (reason === undefined) throw error;
    return await refuse(options, filing, reason, gaveUp || !isAnswer(error));
  }
  return refuse(options, filing, GAVE_UP, true);
}

/** What the others died of may come after the creation; if looking is what it was, not even that. */
async function lookOnce(options: FilingOptions, filing: Filing): Promise<Filed | undefined> {
  const { ticket, claim } = filing;
  options.log.error('publishing-given-up', { ticketId: ticket.id });
  return claim.silent === MAX_SILENT + 1 ? findFiled(options, filing) : undefined;
}

async function refuse(
  { tickets }: PublisherOptions,
  filing: Filing,
  reason: string,
  isOpen: boolean,
): Promise<PublishOutcome> {
  const { ticket, claim, lease } = filing;
  const unsettled = isOpen ? unsettledOf(filing) : [];
  const save = () => tickets.recordRefused(ticket, claim, reason, unsettled);
  const saved = await whileHeld(lease, save, isPassing);
  return toOutcome(saved, (now) => ({ kind: 'refused', ticket: now, reason }));
}

async function record(
  { tickets, epics, trackerAccess, log }: PublisherOptions,
  filing: Filing,
  filed: Filed,
): Promise<PublishOutcome> {
  const { ticket, claim, lease, thread, approval } = filing;
  const { dropped } = filed;
  const { owner } = thread;
  if (filed.kind === 'added') {
    const add = () => tickets.recordAdded(ticket, claim, filed.to, owner);
    const saved = await whileHeld(lease, add, isPassing);
    return toOutcome(saved, (now) => ({ kind: 'added', ticket: now, dropped }));
  }
  const { issue } = filed;
  const publish = () => tickets.recordPublished(ticket, claim, issue, owner);
  const saved = await whileHeld(lease, publish, isPassing);
  if (saved.kind === 'saved' && ticket.parent !== undefined) {
    // An epic that was filed meanwhile could not see this child, nor this child it.
    await trackerAccess
      .reopen(approval.project, approval)
      .then((opened) => epics.join(filing, issue, opened))
      .catch((error: unknown) => log.warn('epic-not-joined', { ticketId: ticket.id }, error));
  }
  return toOutcome(saved, (now) => ({ kind: 'published', ticket: now, dropped }));
}

const LOOKS_FIRST =
  'When you approve it again, I look for the issue first and never file it twice.';
const GAVE_UP = `Each of five tries ended with the process that made it, so I stop here. ${LOOKS_FIRST}`;

const NOT_KNOWN = 'Something in me fails each time I file it; who runs me finds it in the log.';

/** What a person can do something about; everything else is tried again. */
function refusalOf(error: unknown, { attempt }: PublishClaim): string | undefined {
  if (isAnswer(error)) return error.message;
  if (error instanceof TrackerError || attempt <= MAX_ASKING) return undefined;
  return `${error instanceof NotAskedError ? error.message : NOT_KNOWN} ${LOOKS_FIRST}`;
}

/** Nothing was created, that is certain, and why is said to people. */
function isAnswer(error: unknown): error is TrackerError | ChatError {
  if (error instanceof TrackerError) {
    return ['refused', 'unauthorised', 'not-found'].includes(error.kind);
  }
  return error instanceof ChatError;
}

/** Lets the claim lapse as late as the tracker asks for, else later and later, so that one that is down is not hammered. */
async function park(
  { tickets, timing, log }: PublisherOptions,
  { ticket, claim }: Claimed,
  error: unknown,
): Promise<Ticket> {
  const asked = error instanceof TrackerError ? error.retryAfterMs : undefined;
  const backOffMs = Math.min(timing.leaseMs * 2 ** (claim.attempt - 1), MAX_BACKOFF_MS);
  const waitMs = asked === undefined ? backOffMs : Math.min(asked, MAX_WAIT_MS);
  const isTold = error instanceof TrackerError || error instanceof NotAskedError;
  const { silent: _, ...ended } = claim;
  const parked: PublishClaim = {
    ...ended,
    expiresAt: Date.now() + waitMs,
    ...(isTold && { waits: error.message }),
  };
  try {
    await tickets.renewPublishing(ticket, claim.token, parked);
  } catch (cause) {
    log.warn('publishing-not-parked', { ticketId: ticket.id }, cause);
  }
  return ticket.status === 'publishing' ? { ...ticket, claim: parked } : ticket;
}

function toOutcome(saved: SaveOutcome, done: (ticket: Ticket) => PublishOutcome): PublishOutcome {
  return saved.kind === 'saved' ? done(saved.ticket) : saved;
}

function isPassing(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}
