/**
 * A ticket: what the bot drafts, a person reviews, and a tracker files. `shared/ticket-quality`'s
 * limits that code can check live here, next to the schema.
 */

import { z } from 'zod';
import type { ConversationKey } from './conversation.ts';
import type { CloseReason, IssueSnapshot } from './issue-event.ts';
import type { Author } from './message.ts';
import type { Page, PageRequest } from './page.ts';
import { digestOf } from './thread.ts';
import type { AccessRef } from './tracker-access.ts';

export const TICKET_TYPES = ['feature', 'bug', 'task', 'improvement', 'epic'] as const;
export const TICKET_PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;
export const TICKET_STATUSES = ['draft', 'publishing', 'published', 'discarded'] as const;

export type TicketType = (typeof TICKET_TYPES)[number];
export type TicketPriority = (typeof TICKET_PRIORITIES)[number];
export type TicketStatus = (typeof TICKET_STATUSES)[number];

/** Characters; GitHub refuses titles above 256, a good one stays below 100. */
export const MAX_TITLE_LENGTH = 100;
/** Characters; below GitHub's 65,536 for the whole body, so that a draft fits once rendered. */
export const MAX_DESCRIPTION_LENGTH = 50_000;
export const MAX_LIST_ITEMS = 50;
const MAX_LIST_ITEM_LENGTH = 1_000;
/** Characters of the name of a label, a milestone or a person: GitLab takes 255, GitHub less. */
export const MAX_NAME_LENGTH = 255;

const line = (most: number) =>
  z
    .string()
    .transform((text) => text.replaceAll(/\s+/g, ' ').trim())
    .pipe(z.string().min(1, 'must not be empty').max(most, `must have at most ${most} characters`));
const TOO_MANY = `must have at most ${MAX_LIST_ITEMS} entries`;
const lines = z.array(line(MAX_LIST_ITEM_LENGTH)).max(MAX_LIST_ITEMS, TOO_MANY);
const names = z.array(line(MAX_NAME_LENGTH)).max(MAX_LIST_ITEMS, TOO_MANY);
const oneOf = <const Names extends readonly string[]>(known: Names) =>
  z.enum(known, { error: `must be one of ${known.join(', ')}` });

/** Every field a person can edit and a model can draft, with its limits. */
export const ticketFieldsSchema = z.strictObject({
  title: line(MAX_TITLE_LENGTH),
  description: z
    .string()
    .trim()
    .max(MAX_DESCRIPTION_LENGTH, `must have at most ${MAX_DESCRIPTION_LENGTH} characters`),
  type: oneOf(TICKET_TYPES),
  priority: oneOf(TICKET_PRIORITIES),
  acceptanceCriteria: lines,
  tasks: lines,
  labels: names,
  assignees: names,
  estimate: line(50).optional(),
  milestone: line(MAX_NAME_LENGTH).optional(),
  /** `tracker:project`, for instance `github:owner/repo`; absent means the conversation's default. */
  project: line(300).optional(),
  /** The number of the draft in the same conversation whose child this is: an epic's. */
  parent: z.int('must be the number of a draft').positive().max(999_999).optional(),
  /** Why this is one ticket and not more or fewer: a sentence. */
  reasoning: z.string().trim().max(2_000).optional(),
});

export type TicketFields = z.infer<typeof ticketFieldsSchema>;
export type TicketField = keyof TicketFields;
export const TICKET_FIELDS = Object.keys(ticketFieldsSchema.shape) as TicketField[];

/** Some fields, as a revision or an edit gives them; `null` clears an optional field. */
export type TicketChanges = {
  [Field in TicketField]?:
    | TicketFields[Field]
    | (undefined extends TicketFields[Field] ? null : never);
};

/** Where a ticket came from. Requester and reporter are recorded here once, not in the text. */
export interface TicketOrigin {
  requester: Author;
  /** A link to the thread that people can follow, where the platform has one. */
  permalink?: string;
  turnId: string;
}

/** Who approved what: the record behind a publication. */
export interface Approval {
  by: Author;
  at: string;
  revision: number;
  /** SHA-256 of the approved fields. */
  digest: string;
  /** `tracker:project`, as decided at the approval: a later change of defaults does not move it. */
  project: string;
  /** Whose stored access files it, so that the same one looks for it after a crash; absent: the environment's. */
  access?: AccessRef;
  /** The tracker's address then: what is approved for one server is filed at no other. */
  server?: string;
  /** The number of the issue it is added to as a comment, where no new one is to be filed. */
  addTo?: string;
}

/** An issue that was there before. */
export interface IssueRef {
  project: string;
  number: string;
  url: string;
}

/** Where an issue was filed. */
export interface FiledIssue {
  tracker: string;
  /** The server, and the project's own id there: these outlive a renamed project. */
  host: string;
  projectId: string;
  project: string;
  /** The number people use: GitHub's `number`, GitLab's `iid`. */
  number: string;
  /** `tracker:project#number`. */
  externalId: string;
  externalUrl: string;
  filedAt: string;
  /** What became of it; absent: as it was filed. */
  latest?: IssueState;
}

/** An issue as the tracker last told. */
export interface IssueState {
  state: 'open' | 'closed' | 'deleted';
  /** Why it was closed. */
  reason?: CloseReason;
  title: string;
  /** Of the issue: ISO 8601. What is older is not written over it. */
  updatedAt: string;
}

/** The right to publish a ticket now: a lease, like a turn's claim. */
export interface PublishClaim {
  token: string;
  /** Milliseconds since the epoch; refreshed while publishing, free to take once past. */
  expiresAt: number;
  /** When the first attempt began: an issue older than this is not ours. ISO 8601. */
  since: string;
  attempt: number;
  /** How many attempts in a row, this one included, nobody saw end; absent while it waits. */
  silent?: number;
  /** Why it waits until `expiresAt`, for people: the tracker's own reason. */
  waits?: string;
}

/** A try to file it that nobody saw end: before anything is created, it is looked for there. */
export type UnsettledTry = Pick<Approval, 'project' | 'access' | 'server' | 'addTo' | 'digest'> & {
  since: string;
};

interface TicketRecord extends TicketFields {
  id: string;
  conversationId: string;
  /** 1, 2, 3… within its conversation: what people call it. */
  ordinal: number;
  /** Grows with every change; every write names the one it saw. */
  revision: number;
  origin: TicketOrigin;
  /** Fields a person changed by hand: a revision by the model leaves them alone unless asked. */
  editedFields: TicketField[];
  /** The card's id on the platform, once shown. */
  cardId?: string;
  /** Tries that were given up, of which nobody knows what they left at the tracker. */
  unsettled?: UnsettledTry[];
  createdAt: string;
  updatedAt: string;
}

/** `draft → publishing → published | draft` (refused or given up, with the reason), or `discarded`. */
export type Ticket = TicketRecord &
  (
    | { status: 'draft'; refusal?: string }
    | { status: 'publishing'; approval: Approval; claim: PublishClaim }
    | { status: 'published'; approval: Approval; issue: FiledIssue }
    | { status: 'discarded'; addedTo?: IssueRef }
  );

/** A ticket in short, as the thread's state carries it. */
export interface DraftSummary {
  ticketId: string;
  ordinal: number;
  revision: number;
  status: TicketStatus;
  /** Cut to 40 bytes of UTF-8: enough to tell drafts apart, small enough for twenty in 2 KB. */
  title: string;
}

/** The same turn drafting the same n-th ticket again, after a crash, makes the same id. */
export function ticketIdOf(turnId: string, index: number): string {
  return digestOf([turnId, String(index)]).slice(0, 16);
}

/** What an approval approves: every field, in a fixed order. */
export function ticketDigestOf(ticket: TicketFields): string {
  return digestOf(TICKET_FIELDS.map((field) => JSON.stringify(ticket[field] ?? null)));
}

/** Only the fields a person can edit. */
export function fieldsOf(ticket: TicketFields): TicketFields {
  return Object.fromEntries(
    TICKET_FIELDS.filter((field) => ticket[field] !== undefined).map((field) => [
      field,
      ticket[field],
    ]),
  ) as TicketFields;
}

/** The fields after a change, validated. `problems` says per field what is wrong. */
export function applyChanges(
  fields: TicketFields,
  changes: TicketChanges,
): { ok: true; fields: TicketFields } | { ok: false; problems: string[] } {
  const merged = { ...fieldsOf(fields), ...changes };
  const present = Object.entries(merged).filter(([, value]) => value !== null);
  const parsed = ticketFieldsSchema.safeParse(Object.fromEntries(present));
  if (parsed.success) return { ok: true, fields: parsed.data };
  return { ok: false, problems: describeProblems(parsed.error) };
}

/** Of what was entered only what is different from the ticket. */
export function pickChanged(ticket: TicketFields, entered: TicketChanges): TicketChanges {
  const changed = Object.entries(entered).filter(([field, value]) => {
    const current = ticket[field as TicketField] ?? null;
    // What is no number is for the schema to refuse; JSON would take it for nothing.
    return Number.isNaN(value) || JSON.stringify(current) !== JSON.stringify(value);
  });
  return Object.fromEntries(changed) as TicketChanges;
}

/** A schema's complaints as one sentence per field, without the values. */
export function describeProblems(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.') || 'input'} ${describeReason(issue)}`);
}

const ENTRY_WORDS: Partial<Record<string, string>> = {
  acceptanceCriteria: 'criterion',
  tasks: 'task',
  labels: 'label',
  assignees: 'assignee',
};

/** For people, who count from one: `labels.1 must …` as `label 2 must …`. */
export function sayProblem(problem: string): string {
  return problem.replace(/^(\w+)\.(\d+) /, (whole, field, index) => {
    const word = ENTRY_WORDS[field];
    return word ? `${word} ${Number(index) + 1} ` : whole;
  });
}

/** The schema library's own words for a choice are a programmer's. */
export function describeReason(issue: z.core.$ZodIssue): string {
  const isChoice = issue.code === 'invalid_value' && issue.message.startsWith('Invalid');
  return isChoice
    ? `must be ${new Intl.ListFormat('en', { type: 'disjunction' }).format(issue.values.map(String))}`
    : issue.message;
}

export type SaveOutcome =
  | { kind: 'saved'; ticket: Ticket }
  /** Somebody was faster, or its state does not allow it any more: this is how it stands. */
  | { kind: 'outdated'; ticket: Ticket }
  | { kind: 'missing' };

export interface TicketRepository {
  getTicket(conversationId: string, ticketId: string): Promise<Ticket | undefined>;
  getTickets(conversationId: string, ticketIds: string[]): Promise<Ticket[]>;
  listTickets(
    conversationId: string,
    page?: PageRequest & { status?: TicketStatus },
  ): Promise<Page<Ticket>>;
  /** Of a person's conversations, whichever; in no order. */
  listOpenDrafts(userId: string, limit: number): Promise<Ticket[]>;
  /** A person's edit: the revision grows, the fields count as edited by hand. Only a draft of `revision`. */
  editTicket(
    ticket: Ticket,
    fields: TicketFields,
    edited: TicketField[],
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  discardTicket(ticket: Ticket, owner: ConversationKey): Promise<SaveOutcome>;
  /** `draft` of this revision becomes `publishing`; only one caller can win. */
  claimPublishing(ticket: Ticket, approval: Approval, claim: PublishClaim): Promise<SaveOutcome>;
  /** Renews, or takes over, the claim with token `held`. */
  renewPublishing(ticket: Ticket, held: string, claim: PublishClaim): Promise<boolean>;
  recordPublished(
    ticket: Ticket,
    claim: PublishClaim,
    issue: FiledIssue,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  /** It became a comment on an issue that was there: the ticket is discarded, and says where to. */
  recordAdded(
    ticket: Ticket,
    claim: PublishClaim,
    to: IssueRef,
    owner: ConversationKey,
  ): Promise<SaveOutcome>;
  /** A draft again. `unsettled`: after which tries it has to be looked for before it is filed. */
  recordRefused(
    ticket: Ticket,
    claim: PublishClaim,
    reason: string,
    unsettled?: UnsettledTry[],
  ): Promise<SaveOutcome>;
  /**
   * What became of a filed ticket's issue. `unchanged` when it stands so already, or was told of
   * something later. Two requests.
   */
  recordIssueState(
    conversationId: string,
    ticketId: string,
    state: IssueState,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The issue was moved to another project: the ticket follows it there. Two requests. */
  moveIssue(
    conversationId: string,
    ticketId: string,
    to: Omit<IssueSnapshot, 'updatedAt'>,
  ): Promise<'changed' | 'unchanged' | 'missing'>;
  /** The card is in the thread: nobody else needs to post it. */
  recordCard(ticket: Ticket, cardId: string): Promise<void>;
}
