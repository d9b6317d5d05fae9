/**
 * What a ticket says: the fields that a model drafts and a person edits. `shared/ticket-quality`'s limits
 * that code can check live here, in the schema.
 */
import { z } from 'zod';
import { digestOf } from './thread.ts';

export const TICKET_TYPES = ['feature', 'bug', 'task', 'improvement', 'epic'] as const;
export const TICKET_PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;
export type TicketType = (typeof TICKET_TYPES)[number];
export type TicketPriority = (typeof TICKET_PRIORITIES)[number];
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
