/**
 * Files an approved ticket exactly once. The claim decides who publishes; the hidden marker finds
 * the issue again after anything ambiguous; while the tracker cannot be asked, nothing is created.
 */
import { randomUUID } from 'node:crypto';
import type { ChooseTracker } from './compose.ts';
import type { ThreadState } from './conversation.ts';
import { StoreUnavailableError } from './errors.ts';
import { markerOf, renderIssue } from './issue-body.ts';
import {
  createLease,
  type Lease,
  LeaseEndedError,
  type LeaseTiming,
  pause,
  whileHeld,
} from './lease.ts';
import type { Log } from './log.ts';
import { type Observe, secondsSince } from './observer.ts';
import type { Repositories, SaveOutcome } from './repositories.ts';
import type { Approval, FiledIssue, PublishClaim, Ticket } from './ticket.ts';
import {
  type CreatedIssue,
  type NewIssue,
  parseProjectRef,
  type Tracker,
  TrackerError,
} from './tracker.ts';

export interface PublishTiming extends LeaseTiming {
  /** How long a create that went silent may still land at the tracker, in milliseconds. */
  settleMs: number;
}

export interface PublisherOptions {
  tickets: Repositories['tickets'];
  chooseTracker: ChooseTracker;
  /** Keys of the marker's HMAC: the current one, then those that older attempts may have used. */
  markerKeys: [Uint8Array, ...Uint8Array[]];
  log: Log;
  observe: Observe;
  timing: PublishTiming;
}

export type PublishOutcome =
  | { kind: 'published'; ticket: Ticket; dropped: string[] }
  /** The tracker said no; the ticket is a draft again and carries the reason. */
  | { kind: 'refused'; ticket: Ticket; reason: string }
  /** Somebody was faster, or changed it: this is how it stands. */
  | { kind: 'outdated'; ticket: Ticket }
  /** Nobody knows yet; it goes on by itself. */
  | { kind: 'unfinished'; ticket: Ticket }
  | { kind: 'missing' };

export interface Publisher {
  /** From an approval by somebody who may. */
  publish(thread: ThreadState, ticket: Ticket, approval: Approval): Promise<PublishOutcome>;
  /** Goes on with what a dead process left publishing. */
  resume(thread: ThreadState, ticket: Ticket): Promise<PublishOutcome>;
}

/** A ticket under our claim. */
interface Filing {
  thread: ThreadState;
  ticket: Ticket;
  approval: Approval;
  claim: PublishClaim;
  lease: Lease;
}

/** The longest pause between two tries while a tracker stays silent, in milliseconds. */
const MAX_BACKOFF_MS = 300_000;

export function createPublisher(options: PublisherOptions): Publisher {
  const { tickets, timing } = options;

  async function publish(thread: ThreadState, draft: Ticket, approval: Approval) {
    const since = new Date().toISOString();
    const claim = newClaim(timing, 1, since);
    const claimedAt = performance.now();
    const outcome = await tickets.claimPublishing(draft, approval, claim);
    if (outcome.kind !== 'saved') return outcome;
    return underLease(options, { thread, ticket: outcome.ticket, approval, claim }, claimedAt);
  }

  async function resume(thread: ThreadState, ticket: Ticket): Promise<PublishOutcome> {
    if (ticket.status !== 'publishing' || ticket.claim.expiresAt > Date.now()) {
      return { kind: 'outdated', ticket };
    }
    const { approval } = ticket;
    const claim = newClaim(timing, ticket.claim.attempt + 1, ticket.claim.since);
    const claimedAt = performance.now();
    const taken = await tickets.renewPublishing(ticket, ticket.claim.token, claim);
    if (!taken) return { kind: 'outdated', ticket };
    return underLease(options, { thread, ticket, approval, claim }, claimedAt);
  }

  return { publish, resume };
}

function newClaim({ leaseMs }: PublishTiming, attempt: number, since: string): PublishClaim {
  return { token: randomUUID(), expiresAt: Date.now() + leaseMs, since, attempt };
}

async function underLease(
  options: PublisherOptions,
  filing: Omit<Filing, 'lease'>,
  claimedAt: number,
): Promise<PublishOutcome> {
  const { tickets, timing, log } = options;
  const { ticket, claim } = filing;
  const lease = createLease({
    ...timing,
    claimedAt,
    renew: (expiresAt) => tickets.renewPublishing(ticket, claim.token, { ...claim, expiresAt }),
  });
  try {
    return await observed(options, { ...filing, lease }, claimedAt);
  } catch (error) {
    const ended = error instanceof LeaseEndedError;
    log.warn('publishing-unfinished', { ticketId: ticket.id, ended }, error);
    lease.stop();
    if (!ended) await backOff(options, filing);
    return { kind: 'unfinished', ticket };
  } finally {
    lease.stop();
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
  const { tickets, markerKeys, chooseTracker } = options;
  const { thread, ticket, approval, claim, lease } = filing;
  const { project } = parseProjectRef(approval.project);
  const marker = markerOf(markerKeys[0], ticket.id);
  const issue: NewIssue = { ...renderIssue({ ticket, marker }), project, marker };
  try {
    const tracker = await chooseTracker(approval.project);
    const created = await createOnce(options, filing, tracker, issue);
    const filed = toFiled(tracker, created);
    const saved = await whileHeld(
      lease,
      () => tickets.recordPublished(ticket, claim, filed, thread.owner),
      isPassing,
    );
    return toOutcome(saved, (now) => ({
      kind: 'published',
      ticket: now,
      dropped: created.dropped,
    }));
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    const saved = await whileHeld(
      lease,
      () => tickets.recordRefused(ticket, claim, reason),
      isPassing,
    );
    return toOutcome(saved, (now) => ({ kind: 'refused', ticket: now, reason }));
  }
}

/** Creates only when the tracker, asked, does not have it; a first attempt needs no asking. */
async function createOnce(
  options: PublisherOptions,
  filing: Filing,
  tracker: Tracker,
  issue: NewIssue,
): Promise<CreatedIssue> {
  const { timing, log } = options;
  const { ticket, claim, lease } = filing;
  const find = () => findFiled(options, filing, tracker, issue.project);
  if (claim.attempt > 1) {
    const found = await find();
    if (found) return found;
  }
  try {
    if (!lease.held()) throw new LeaseEndedError('lapsed');
    return await tracker.createIssue(issue, lease.signal);
  } catch (error) {
    if (!(error instanceof TrackerError) || error.kind !== 'ambiguous') throw error;
    log.warn('create-ambiguous', { ticketId: ticket.id, tracker: tracker.name }, error);
    await pause(timing.settleMs, lease.signal);
    const found = await find();
    if (found) return found;
    throw error;
  }
}

/** An earlier attempt may have marked the issue under a key that was rotated since. */
async function findFiled(
  { markerKeys }: PublisherOptions,
  { ticket, claim, lease }: Filing,
  tracker: Tracker,
  project: string,
): Promise<CreatedIssue | undefined> {
  for (const key of markerKeys) {
    const marker = markerOf(key, ticket.id);
    const found = await tracker.findIssueByMarker(project, marker, claim.since, lease.signal);
    if (found) return found;
  }
  return undefined;
}

/** What a person can do something about; everything else is tried again. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof LeaseEndedError || !(error instanceof Error)) return undefined;
  if (error instanceof TrackerError) {
    const certain = ['refused', 'unauthorised', 'not-found'].includes(error.kind);
    return certain ? error.message : undefined;
  }
  return error.name === 'ChatError' ? error.message : undefined;
}

/** Lets the claim lapse later and later, so that a tracker that is down is not hammered. */
async function backOff(
  { tickets, timing, log }: PublisherOptions,
  { ticket, claim }: Omit<Filing, 'lease'>,
): Promise<void> {
  const waitMs = Math.min(timing.leaseMs * 2 ** (claim.attempt - 1), MAX_BACKOFF_MS);
  try {
    await tickets.renewPublishing(ticket, claim.token, {
      ...claim,
      expiresAt: Date.now() + waitMs,
    });
  } catch (error) {
    log.warn('publishing-not-parked', { ticketId: ticket.id }, error);
  }
}

function toFiled(tracker: Tracker, created: CreatedIssue): FiledIssue {
  const { project, number, url, host, projectId } = created;
  const externalId = `${tracker.name}:${project}#${number}`;
  const filedAt = new Date().toISOString();
  const place = { tracker: tracker.name, host, projectId, project, number };
  return { ...place, externalId, externalUrl: url, filedAt };
}

function toOutcome(saved: SaveOutcome, done: (ticket: Ticket) => PublishOutcome): PublishOutcome {
  return saved.kind === 'saved' ? done(saved.ticket) : saved;
}

function isPassing(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}
