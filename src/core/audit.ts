/**
 * Who did what, for whoever has to answer for it later: drafted, edited, approved, published,
 * discarded, deleted, shared, changed settings, people and connections, signed in. Ids and names of
 * fields, never what was said, and no names of people: those are looked up when it is read.
 * Nobody waits for it: entries are written together a little later, like usage.
 */

import { randomUUID } from 'node:crypto';
import type { Action, ActionOutcome, Command } from './action.ts';
import { NAME_WORDS } from './advice.ts';
import type { LimitsReader } from './limits.ts';
import type { Log } from './log.ts';
import type { Author } from './message.ts';
import type { Page, PageRequest } from './page.ts';

import { conversationIdOf, PLATFORMS, type Place, type PlatformName } from './thread.ts';
import type { Ticket } from './ticket.ts';

export const AUDIT_ACTIONS = [
  'drafted',
  'revised',
  'edited',
  'approved',
  'published',
  'discarded',
  'commented',
  'created',
  'changed',
  'configured',
  'connected',
  'disconnected',
  'shared',
  'unshared',
  'linked',
  'unlinked',
  'asked-to-sign-in',
  'signed-in',
  'renamed',
  'archived',
  'restored',
  'exported',
  'deleted',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** `api`: what belongs to no workspace, such as people and what is theirs. */
export const AUDIT_PLATFORMS = [...PLATFORMS, 'api'] as const;

/** Where it is kept: each workspace has its own. */
export interface AuditPlace {
  platform: (typeof AUDIT_PLATFORMS)[number];
  /** Empty where the platform has none (direct messages of Discord, the terminal). */
  workspaceId: string;
}

export interface AuditEntry extends AuditPlace {
  /** Unique within its moment. */
  id: string;
  /** ISO 8601 with milliseconds, UTC. */
  at: string;
  /** The account, `platform:workspaceId:accountId`; of the API without one there, `api::userId`. */
  actor: string;
  action: AuditAction;
  outcome: 'done' | 'refused';
  channelId?: string;
  conversationId?: string;
  ticketId?: string;
  /** What it was about: names of settings, an issue, a project. */
  subject?: string;
  /** The user whom `subject` speaks of: not read again, it only leads to the entry when they are deleted. */
  about?: string;
}

/** Who acts on the machine itself, without an account. */
export const OPERATOR = 'api::operator';

/** A change that somebody made outside of any thread, and where it belongs. */
export type AuditedChange = Omit<AuditEntry, 'id' | 'at' | 'outcome'>;

export interface Audit {
  /** Of what a person changed over the API. */
  recordChange(change: AuditedChange): void;
  /** Of what a person commanded, if it is of a kind that is kept. */
  recordAction(action: Action, outcome: ActionOutcome): void;
  /** Of what a turn drafted and revised. */
  recordDrafts(where: { platform: PlatformName; place: Place }, tickets: Ticket[]): void;
  /** Of a publication that was finished later than its approval. */
  recordPublished(where: { platform: PlatformName; place: Place }, ticket: Ticket): void;
  flush(): Promise<void>;
}

export interface AuditOptions {
  repository: Pick<AuditRepository, 'addEntries'>;
  /** Entries are kept as long as conversations. */
  limits: Pick<LimitsReader, 'read'>;
  log: Log;
  /** Milliseconds until what was recorded is written. */
  flushAfterMs: number;
}

/** Entries kept while the table does not answer; what comes on top is dropped, and that is logged. */
const MAX_WAITING = 10_000;

export function createAudit({ repository, limits, log, flushAfterMs }: AuditOptions): Audit {
  let waiting: AuditEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function record(entries: AuditEntry[]): void {
    if (entries.length === 0) return;
    waiting.push(...entries);
    if (waiting.length > MAX_WAITING) {
      log.error('audit-dropped', { count: waiting.length - MAX_WAITING });
      waiting = waiting.slice(0, MAX_WAITING);
    }
    timer ??= setTimeout(() => void flush(), flushAfterMs).unref();
  }

  async function write(): Promise<void> {
    const entries = waiting;
    waiting = [];
    if (entries.length === 0) return;
    try {
      const { retentionDays } = await limits.read();
      await repository.addEntries(entries, retentionDays);
    } catch (error) {
      // Written twice, an entry is the same item.
      log.warn('audit-not-written', { count: entries.length }, error);
      record(entries);
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  }

  return {
    recordChange: (change) => record([{ ...change, ...newMoment(), outcome: 'done' }]),
    recordAction: (action, outcome) => record(ofAction(action, outcome)),
    recordDrafts: (where, tickets) => record(tickets.map((ticket) => ofDraft(where, ticket))),
    recordPublished: (where, ticket) => record(ofPublished(where, ticket)),
    flush,
  };
}

const ACTIONS: Partial<Record<Command['kind'], AuditAction>> = {
  approve: 'approved',
  'approve-all': 'approved',
  'add-to': 'commented',
  'create-name': 'created',
  edit: 'edited',
  fill: 'edited',
  discard: 'discarded',
  link: 'linked',
  mode: 'configured',
  project: 'configured',
  configure: 'configured',
  follow: 'linked',
  unfollow: 'unlinked',
  share: 'shared',
  unshare: 'unshared',
  'sign-in': 'asked-to-sign-in',
  archive: 'archived',
  delete: 'deleted',
};

function ofAction(given: Action, { kind: outcome, tickets }: ActionOutcome): AuditEntry[] {
  const { thread, place, actor, command } = given;
  const action = ACTIONS[command.kind];
  // Without a code it only asks for one.
  const isQuestion = command.kind === 'link' && command.code === undefined;
  if (!action || isQuestion) return [];
  const subject = subjectOf(command, outcome);
  const entry = {
    ...newEntry({ platform: thread.platform, place }, actor),
    ...{ action, outcome },
    ...(thread.threadId && { conversationId: conversationIdOf(thread) }),
    ...(subject && { subject }),
  };
  if (tickets.length === 0) return [entry];
  const where = { platform: thread.platform, place };
  return tickets.flatMap((ticket) => [
    { ...entry, id: randomUUID(), ticketId: ticket.id },
    ...(action === 'approved' && outcome === 'done' ? ofPublished(where, ticket) : []),
  ]);
}

/** Which settings of whom: their names only, because what one was set to may be anything. */
export const describeSettings = (whose: string, names: string[]) => `${whose}: ${names.join(', ')}`;

/** What a command was about, if that is more than its place. */
function subjectOf(command: Command, outcome: AuditEntry['outcome']): string | undefined {
  switch (command.kind) {
    case 'configure':
      return describeSettings(command.scope, Object.keys(command.changes));
    case 'mode':
    case 'project':
      return `conversation: ${command.kind}`;
    case 'follow':
      return command.issue.slice(0, 300);
    case 'create-name': {
      const what = NAME_WORDS[command.field];
      // What was refused may be anything; what was made stands in the project.
      return outcome === 'done' ? `${what}: ${command.name}` : what;
    }
    case 'edit':
      return Object.keys(command.changes).join(', ');
    default:
      return undefined;
  }
}

type Where = { platform: PlatformName; place: Place };

function ofDraft(where: Where, ticket: Ticket): AuditEntry {
  const action = ticket.revision === 1 ? 'drafted' : 'revised';
  const { id: ticketId, conversationId, origin } = ticket;
  const entry = newEntry(where, origin.requester);
  return { ...entry, action, outcome: 'done', conversationId, ticketId };
}

function ofPublished(where: Where, ticket: Ticket): AuditEntry[] {
  if (ticket.status !== 'published') return [];
  const { id: ticketId, conversationId, approval, issue } = ticket;
  const entry = { ...newEntry(where, approval.by), conversationId, ticketId };
  return [{ ...entry, action: 'published', outcome: 'done', subject: issue.externalId }];
}

function newEntry({ platform, place }: Where, { identity }: Author) {
  const { workspaceId, channelId } = place;
  return {
    ...{ ...newMoment(), platform, workspaceId, actor: identity },
    ...(channelId && { channelId }),
  };
}

const newMoment = () => ({ id: randomUUID(), at: new Date().toISOString() });

/** Days (`2026-03-01`, UTC) of a workspace, both included. */
export interface AuditQuery extends AuditPlace {
  from: string;
  to: string;
}

export interface AuditRepository {
  /** Any number, in requests of 25, to be kept for so many days. An entry of the same time and id is the same. */
  addEntries(entries: AuditEntry[], days: number | undefined): Promise<void>;
  /**
   * Newest first, one request for each day until the page is full. A page may hold fewer than asked
   * for: the last one has no cursor.
   */
  listEntries(query: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>>;
}
