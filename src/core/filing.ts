/**
 * What is done at the tracker for an approved ticket, under its claim: every step may be taken again
 * after a crash and does nothing twice.
 */
import type { ThreadState } from './conversation.ts';
import type { Epics } from './epic.ts';
import { ChatError } from './errors.ts';
import { markerOf, type RenderIssueOptions, renderAddition, renderIssue } from './issue-body.ts';
import { type Lease, LeaseEndedError, pause } from './lease.ts';
import type { Log } from './log.ts';
import type { Screenshots } from './screenshots.ts';
import type {
  Approval,
  FiledIssue,
  IssueRef,
  PublishClaim,
  Ticket,
  UnsettledTry,
} from './ticket.ts';
import { type CreatedIssue, type NewIssue, type Tracker, TrackerError } from './tracker.ts';
import type { OpenedProject, TrackerAccess } from './tracker-access.ts';
import { type Discovery, findUnsettled, tryOf, unsettledOf } from './unsettled.ts';

export interface FilingOptions {
  trackerAccess: Pick<TrackerAccess, 'reopen'>;
  /** Keys of the marker's HMAC: the current one, then those that older attempts may have used. */
  markerKeys: [Uint8Array, ...Uint8Array[]];
  epics: Epics;
  screenshots: Screenshots;
  /** How the place and the project want the text. */
  styleOf(
    thread: ThreadState,
    ticket: Ticket,
    opened: OpenedProject,
  ): Promise<Pick<RenderIssueOptions, 'description' | 'level' | 'presets' | 'notice'>>;
  log: Log;
  /** How long a create that went silent may still land at the tracker, in milliseconds. */
  settleMs: number;
}

/** A ticket under our claim. */
export interface Filing {
  thread: ThreadState;
  ticket: Ticket;
  approval: Approval;
  claim: PublishClaim;
  lease: Lease;
}

export type Filed =
  | { kind: 'filed'; issue: FiledIssue; dropped: string[] }
  | { kind: 'added'; to: IssueRef; dropped: string[] };

/** After so many attempts, what comes after the creation is left out, and that is said. */
const MAX_FINISHING = 8;

/** Rejects with `TrackerError`, `NotAskedError`, `ChatError` or the lease's end. */
export async function fileTicket(options: FilingOptions, filing: Filing): Promise<Filed> {
  const { approval } = filing;
  const known = await findKnown(options, filing);
  if (known?.kind === 'added') return { ...known, dropped: [] };
  const opened = known?.opened ?? (await options.trackerAccess.reopen(approval.project, approval));
  if (!known && approval.addTo !== undefined) {
    return addTo(options, filing, opened, approval.addTo);
  }
  const left: string[] = [];
  const { created, issue } = known
    ? { created: known.created, issue: await toKnownIssue(options, filing, known, left) }
    : await createOnce(options, filing, opened, left);
  const filed = toFiled(opened.tracker, created);
  const undone = await finish(options, filing, async () => [
    ...(await opened.tracker.finishIssue(issue, created, filing.lease.signal)),
    ...(await options.epics.adopt(filing, filed, opened)),
  ]);
  const dropped = [...created.dropped, ...left, ...undone];
  return { kind: 'filed', issue: filed, dropped };
}

/** Only looks whether one of all tries left it at the tracker: nothing is created, nothing finished. */
export async function findFiled(
  options: FilingOptions,
  filing: Filing,
): Promise<Filed | undefined> {
  const known = await findUnsettled(options, filing, unsettledOf(filing));
  if (known?.kind !== 'filed') return known && { ...known, dropped: [UNFINISHED] };
  const { created, opened } = known;
  const issue = toFiled(opened.tracker, created);
  return { kind: 'filed', issue, dropped: [...created.dropped, UNFINISHED] };
}

const UNFINISHED = 'What comes after that may be missing: I gave it up.';

/** A first attempt needs no asking; adding to the same issue again does nothing twice by itself. */
function findKnown(options: FilingOptions, filing: Filing): Promise<Discovery | undefined> {
  const { project, addTo: number } = filing.approval;
  const repeats = (one: UnsettledTry) =>
    number !== undefined && one.project === project && one.addTo === number;
  const tries = unsettledOf(filing).filter((one) => !repeats(one));
  return findUnsettled(options, filing, tries);
}

/** What was uploaded is in it already. Of another text than it was filed with nothing is added to it. */
async function toKnownIssue(
  options: FilingOptions,
  filing: Filing,
  { opened, digest }: Extract<Discovery, { kind: 'filed' }>,
  left: string[],
): Promise<NewIssue> {
  const issue = await toIssue(options, filing, opened, undefined);
  if (digest === filing.approval.digest) return issue;
  left.push('An earlier try had filed it already, as it was approved then.');
  return { ...issue, rest: [] };
}

/** A tracker that creates but never finishes must not keep the ticket from being filed. */
async function finish(
  { log }: FilingOptions,
  { ticket, claim }: Filing,
  work: () => Promise<string[]>,
): Promise<string[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    const certain = ['refused', 'unauthorised', 'not-found'].includes(error.kind);
    if (!certain && claim.attempt < MAX_FINISHING) throw asPassing(error);
    log.warn('issue-not-finished', { ticketId: ticket.id, tracker: error.tracker }, error);
    return [`The rest of it could not be added: ${error.message}`];
  }
}

/** The issue is there: no refusal of what comes after makes it a draft again. */
function asPassing(error: TrackerError): TrackerError {
  const { tracker, message, retryAfterMs } = error;
  const waits = retryAfterMs === undefined ? {} : { retryAfterMs };
  const kind = error.kind === 'rate-limited' ? 'rate-limited' : 'unreachable';
  return new TrackerError(tracker, kind, message, { cause: error, ...waits });
}

/** Only once it is known that no earlier try created it. */
async function createOnce(
  options: FilingOptions,
  filing: Filing,
  opened: OpenedProject,
  left: string[],
): Promise<{ created: CreatedIssue; issue: NewIssue }> {
  const { settleMs, log } = options;
  const { ticket, lease } = filing;
  const { tracker, project } = opened;
  const issue = await toIssue(options, filing, opened, left);
  try {
    if (!lease.held()) throw new LeaseEndedError('lapsed');
    return { created: await tracker.createIssue(issue, lease.signal), issue };
  } catch (error) {
    if (!(error instanceof TrackerError) || error.kind !== 'ambiguous') throw error;
    log.warn('create-ambiguous', { ticketId: ticket.id, tracker: tracker.name, project }, error);
    await pause(settleMs, lease.signal);
    const found = await findUnsettled(options, filing, [tryOf(filing)]);
    if (found?.kind === 'filed') return { created: found.created, issue };
    throw error;
  }
}

async function toIssue(
  options: FilingOptions,
  filing: Filing,
  opened: OpenedProject,
  left: string[] | undefined,
): Promise<NewIssue> {
  const { thread, ticket, approval } = filing;
  const marker = markerOf(options.markerKeys[0], ticket.id);
  const [style, parent, uploaded] = await Promise.all([
    options.styleOf(thread, ticket, opened),
    options.epics.parentOf(ticket, opened),
    left ? options.screenshots.upload(filing, opened) : undefined,
  ]);
  left?.push(...(uploaded?.left ?? []));
  const files = uploaded?.files ?? [];
  const rendered = renderIssue({ ticket, marker, ...style, files, isOwn: isOwn(approval, ticket) });
  return { ...rendered, project: opened.project, ...(parent !== undefined && { parent }) };
}

/** Whoever asked for it approved it, with a token of their own. */
function isOwn({ by, access }: Approval, { origin }: Ticket): boolean {
  const isPersonal = access !== undefined && 'userId' in access.owner;
  return isPersonal && by.identity === origin.requester.identity;
}

/** The comment carries a marker of its own, so that it is there once. */
async function addTo(
  options: FilingOptions,
  filing: Filing,
  opened: OpenedProject,
  number: string,
): Promise<Filed> {
  const { ticket, thread, approval, lease } = filing;
  const { tracker, project } = opened;
  const found = await tracker.getIssue(project, number, lease.signal);
  if (!found) throw new ChatError(`There is no issue #${number} in ${project}.`);
  const { notice = true } = await options.styleOf(thread, ticket, opened);
  const { files, left } = await options.screenshots.upload(filing, opened);
  const rest = renderAddition({ ticket, notice, files, isOwn: isOwn(approval, ticket) });
  const marker = markerOf(options.markerKeys[0], ticket.id);
  const comments = { project, title: '', body: '', labels: [], assignees: [], marker, rest };
  const place = { project, number, url: found.url, host: '', projectId: '', dropped: [] };
  const undone = await tracker.finishIssue(comments, place, lease.signal);
  if (undone.length > 0) throw new TrackerError(tracker.name, 'refused', undone.join(' '));
  return { kind: 'added', to: { project, number, url: found.url }, dropped: left };
}

function toFiled(tracker: Tracker, created: CreatedIssue): FiledIssue {
  const { project, number, url, host, projectId } = created;
  const externalId = `${tracker.name}:${project}#${number}`;
  const filedAt = new Date().toISOString();
  const place = { tracker: tracker.name, host, projectId, project, number };
  return { ...place, externalId, externalUrl: url, filedAt };
}
