/**
 * The drafts of one turn: what the model drafts, revises and drops, checked in code and collected
 * here. Nothing is written before the turn closes.
 */
import { keepTicks } from './check-boxes.ts';
import { checkDraft } from './draft-check.ts';
import type { DraftSources } from './draft-evidence.ts';
import { settleLabels } from './draft-labels.ts';
import type { Author } from './message.ts';
import { allowsProject, projectRefSchema } from './settings.ts';
import { type Ticket, ticketIdOf } from './ticket.ts';
import {
  applyChanges,
  describeProblems,
  type TicketChanges,
  type TicketFields,
  ticketFieldsSchema,
} from './ticket-fields.ts';
import type { DraftInput, ToolInput } from './tools.ts';

/** More from one prompt is a sign of a runaway model, not of a large request. */
const MAX_NEW_TICKETS = 20;
/** More at once is more than a model puts right. */
const MAX_PROBLEMS = 20;

/** What the model asked for is not usable; the message tells it why, so that it can repair it. */
export class ToolInputError extends Error {
  override name = 'ToolInputError';
}

export interface DraftBoard {
  conversationId: string;
  turnId: string;
  /** Tickets drafted in this conversation before this turn. */
  ticketCount: number;
  /** What drafts may rest on; research adds to it. */
  sources: DraftSources;
  /** A draft was sent back for its quality: once in a turn, so that a stubborn model still drafts. */
  sentBack: boolean;
  allowedProjects: string[] | undefined;
  requester: Author;
  permalink: string | undefined;
  /** Open drafts by their number, as they stand after what was done so far. */
  open: Map<number, Ticket>;
  created: Ticket[];
  changed: Map<string, Ticket>;
}

export function draftTickets(board: DraftBoard, { tickets }: ToolInput<'draft_tickets'>): string {
  if (tickets.length === 0) throw new ToolInputError('tickets: give at least one');
  if (board.created.length + tickets.length > MAX_NEW_TICKETS) {
    throw new ToolInputError(`tickets: at most ${MAX_NEW_TICKETS} in one turn`);
  }
  const parsed = tickets.map((draft) => parseDraft(board, draft));
  const drafts = parsed.map(({ fields }) => fields);
  sendBackOnce(board, (sources) =>
    drafts.flatMap((fields, index) =>
      checkDraft(fields, sources, drafts.length - 1).map(
        (problem) => `tickets.${index}: ${problem}`,
      ),
    ),
  );
  const made = drafts.map((fields, index) =>
    newTicket(board, fields, board.created.length + index),
  );
  board.created.push(...made);
  for (const ticket of made) board.open.set(ticket.ordinal, ticket);
  return JSON.stringify({
    drafted: made.map(({ ordinal, title }, index) => ({
      ...{ ticket: ordinal, title },
      ...saying(parsed[index]?.dropped ?? []),
    })),
  });
}

export function reviseTicket(board: DraftBoard, input: ToolInput<'revise_ticket'>): string {
  const ticket = findOpen(board, input.ticket);
  const given = Object.entries(input.changes).filter(([, value]) => value !== null);
  const cleared = input.clear.map((field) => [field, null]);
  const changes: TicketChanges = Object.fromEntries([...given, ...cleared]);
  const { labels, dropped } = settleLabels(
    changes.labels ?? ticket.labels,
    board.sources.labels,
    ticket.labels,
  );
  const result = applyChanges(ticket, { ...changes, ...(changes.labels && { labels }) });
  if (!result.ok) throw new ToolInputError(result.problems.join('; '));
  checkProject(board, result.fields.project);
  const description = keepTicks(result.fields.description, ticket.description);
  const fields = { ...result.fields, description };
  sendBackOnce(board, (all) => {
    // What was there before, a person may have written.
    const sources = { ...all, labels: all.labels && [...all.labels, ...ticket.labels] };
    const before = new Set(checkDraft(ticket, sources));
    return checkDraft(fields, sources).filter((problem) => !before.has(problem));
  });
  const { estimate, milestone, project, parent, reasoning, ...rest } = ticket;
  keep(board, { ...rest, ...fields } as Ticket);
  return JSON.stringify({ revised: ticket.ordinal, ...saying(dropped) });
}

/** The model must not report as done what was not. */
const saying = (dropped: string[]) => dropped.length > 0 && { dropped };

export function discardTicket(board: DraftBoard, input: ToolInput<'discard_ticket'>): string {
  const ticket = findOpen(board, input.ticket);
  keep(board, { ...ticket, status: 'discarded' } as Ticket);
  return JSON.stringify({ discarded: ticket.ordinal });
}

/** Throws `ToolInputError` with what is to be repaired, the first time in a turn. */
function sendBackOnce(board: DraftBoard, check: (sources: DraftSources) => string[]): void {
  if (board.sentBack) return;
  const problems = check(board.sources);
  if (problems.length === 0) return;
  board.sentBack = true;
  const list = problems.slice(0, MAX_PROBLEMS).map((problem) => `- ${problem}`);
  throw new ToolInputError(['Repair this and call the tool again:', ...list].join('\n'));
}

interface ParsedDraft {
  fields: TicketFields;
  /** What of it was left out, a sentence each. */
  dropped: string[];
}

function parseDraft(board: DraftBoard, draft: DraftInput): ParsedDraft {
  const present = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null));
  const { labels, dropped } = settleLabels(draft.labels, board.sources.labels);
  const parsed = ticketFieldsSchema.safeParse({ ...present, labels });
  if (!parsed.success) throw new ToolInputError(describeProblems(parsed.error).join('; '));
  checkProject(board, parsed.data.project);
  const description = keepTicks(parsed.data.description, '');
  return { fields: { ...parsed.data, description }, dropped };
}

function checkProject(board: DraftBoard, project: string | undefined): void {
  if (project === undefined) return;
  const wellFormed = projectRefSchema.safeParse(project).success;
  if (wellFormed && allowsProject(board.allowedProjects, project)) return;
  throw new ToolInputError('project: not one of the allowed projects; use null for the default');
}

function newTicket(board: DraftBoard, fields: TicketFields, index: number): Ticket {
  const now = new Date().toISOString();
  const { requester, permalink, turnId } = board;
  return {
    ...fields,
    id: ticketIdOf(turnId, index),
    conversationId: board.conversationId,
    ordinal: board.ticketCount + index + 1,
    revision: 1,
    status: 'draft',
    origin: { requester, turnId, ...(permalink && { permalink }) },
    editedFields: [],
    createdAt: now,
    updatedAt: now,
  };
}

function findOpen(board: DraftBoard, ordinal: number): Ticket {
  const ticket = board.open.get(ordinal);
  if (ticket?.status === 'draft') return ticket;
  const open = [...board.open.keys()].join(', ') || 'none';
  throw new ToolInputError(`ticket: ${ordinal} is not an open draft (open: ${open})`);
}

/** A ticket drafted in this turn stays at its first revision; an older one gets its next, once. */
function keep(board: DraftBoard, ticket: Ticket): void {
  const index = board.created.findIndex(({ id }) => id === ticket.id);
  const first = index < 0 && !board.changed.has(ticket.id);
  const revision = first ? ticket.revision + 1 : ticket.revision;
  const next = { ...ticket, revision, updatedAt: new Date().toISOString() };
  if (index >= 0) board.created[index] = next;
  else board.changed.set(next.id, next);
  board.open.set(next.ordinal, next);
}
