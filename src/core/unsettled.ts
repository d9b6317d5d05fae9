/**
 * Tries to file a ticket that nobody saw end: the issue may be there. Each is asked after at its own
 * project, with the access it was made with, before anything is created anywhere.
 */
import { ChatError } from './errors.ts';
import type { Filing, FilingOptions } from './filing.ts';
import { markerOf } from './issue-body.ts';
import type { IssueRef, UnsettledTry } from './ticket.ts';
import { type CreatedIssue, TrackerError } from './tracker.ts';
import { AccessGoneError, type OpenedProject } from './tracker-access.ts';

export type Discovery =
  | { kind: 'filed'; created: CreatedIssue; opened: OpenedProject; digest: string }
  | { kind: 'added'; to: IssueRef };

/** Whether an earlier attempt created it cannot be asked now: nothing may be created. */
export class NotAskedError extends Error {
  override name = 'NotAskedError';

  constructor(cause: TrackerError | ChatError) {
    super(cause.message, { cause });
  }
}

/** Those of earlier approvals, and this one's, once a holder of its claim fell silent. */
export function unsettledOf(filing: Filing): UnsettledTry[] {
  const earlier = filing.ticket.unsettled ?? [];
  if (filing.claim.attempt === 1) return earlier;
  const own = tryOf(filing);
  return earlier.some((one) => placeOf(one) === placeOf(own)) ? earlier : [...earlier, own];
}

/** All attempts under this approval, as what to look for. */
export function tryOf({ approval, claim }: Filing): UnsettledTry {
  const { project, access, server, addTo, digest } = approval;
  return {
    ...{ since: claim.since, project, digest },
    ...(access && { access }),
    ...(server && { server }),
    ...(addTo !== undefined && { addTo }),
  };
}

const placeOf = ({ project, access, server, addTo }: UnsettledTry) =>
  JSON.stringify([project, access?.owner, access?.name, server, addTo]);

/** Rejects with `NotAskedError` as long as one of them cannot be asked; with `AccessGoneError` where that is for ever. */
export async function findUnsettled(
  options: FilingOptions,
  filing: Filing,
  tries: UnsettledTry[],
): Promise<Discovery | undefined> {
  let gone: AccessGoneError | undefined;
  for (const one of tries) {
    try {
      const found = await lookAt(options, filing, one);
      if (found) return found;
    } catch (error) {
      // The others are asked all the same: after this refusal nobody asks again.
      if (error instanceof AccessGoneError) gone ??= error;
      else throw asNotAsked(error);
    }
  }
  if (gone) throw gone;
  return undefined;
}

function asNotAsked(error: unknown): unknown {
  const isAnswer = error instanceof TrackerError && error.retryAfterMs === undefined;
  return isAnswer || error instanceof ChatError ? new NotAskedError(error) : error;
}

async function lookAt(
  options: FilingOptions,
  filing: Filing,
  one: UnsettledTry,
): Promise<Discovery | undefined> {
  const opened = await options.trackerAccess.reopen(one.project, one);
  if (one.addTo !== undefined) return findAdded(options, filing, opened, one.addTo);
  const created = await findByMarker(options, filing, opened, one.since);
  return created && { kind: 'filed', created, opened, digest: one.digest };
}

/** It may be marked under a key that was rotated since. */
async function findByMarker(
  { markerKeys }: FilingOptions,
  { ticket, lease }: Filing,
  { tracker, project }: OpenedProject,
  since: string,
): Promise<CreatedIssue | undefined> {
  for (const key of markerKeys) {
    const marker = markerOf(key, ticket.id);
    const found = await tracker.findIssueByMarker(project, marker, since, lease.signal);
    if (found) return found;
  }
  return undefined;
}

async function findAdded(
  { markerKeys }: FilingOptions,
  { ticket, lease }: Filing,
  { tracker, project }: OpenedProject,
  number: string,
): Promise<Discovery | undefined> {
  const issue = await tracker.getIssue(project, number, lease.signal);
  if (!issue) return undefined;
  for (const key of markerKeys) {
    const marker = markerOf(key, ticket.id);
    if (!(await tracker.hasComment(project, number, marker, lease.signal))) continue;
    return { kind: 'added', to: { project, number, url: issue.url } };
  }
  return undefined;
}
