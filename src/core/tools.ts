/**
 * The tools a model may call, as it sees them. Model-facing schemas keep to the subset that all
 * vendors accept (every property required, optional means nullable, no length or range keywords);
 * what comes back is validated again against the ticket's own schema.
 */
import { z } from 'zod';
import type { ToolDefinition } from './provider.ts';
import { MODES } from './settings.ts';
import { TICKET_PRIORITIES, TICKET_TYPES } from './ticket-fields.ts';

const draftShape = {
  title: z
    .string()
    .describe(
      'At most 100 characters, aim at 60. Bugs name the failure; features and tasks begin with a verb.',
    ),
  description: z
    .string()
    .describe('Markdown, without acceptance criteria and tasks, which have their own fields.'),
  type: z.enum(TICKET_TYPES),
  priority: z
    .enum(TICKET_PRIORITIES)
    .describe('By impact and urgency as said; medium when nobody said.'),
  acceptanceCriteria: z
    .array(z.string())
    .describe('Two to six outcomes that can be checked with yes or no.'),
  tasks: z.array(z.string()).describe('Only when the way is known: small and ordered. Else empty.'),
  labels: z.array(z.string()).describe('Zero to three, only labels that exist in the project.'),
  assignees: z.array(z.string()).describe('Only people the thread named for it. Else empty.'),
  estimate: z.string().nullable().describe('Only if somebody gave one.'),
  milestone: z.string().nullable().describe('Only if somebody named one that exists.'),
  project: z
    .string()
    .nullable()
    .describe('Only if the thread named another project than the default.'),
  parent: z
    .int()
    .nullable()
    .describe(
      "The number of the epic's draft whose child this is; new drafts are numbered on from state.nextNumber. Else null.",
    ),
  reasoning: z
    .string()
    .nullable()
    .describe('Why this is one ticket and not more or fewer: a sentence.'),
};

const nullable = <Shape extends z.ZodRawShape>(shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, type]) => [name, z.nullable(type as z.ZodType)]),
  ) as unknown as { [Key in keyof Shape]: z.ZodNullable<Shape[Key]> };

/** Which open draft is meant: its number in this conversation. */
const ticketNumber = z.int().describe('The number of the open draft, as listed in the state.');

/** What each tool takes. */
export const toolInputs = {
  draft_tickets: z.strictObject({ tickets: z.array(z.strictObject(draftShape)) }),
  revise_ticket: z.strictObject({
    ticket: ticketNumber,
    changes: z
      .strictObject(nullable(draftShape))
      .describe('Only what was asked to change; null keeps a field as it is.'),
    clear: z
      .array(z.enum(['estimate', 'milestone', 'project', 'parent']))
      .describe('Optional fields to empty. Else an empty list.'),
  }),
  discard_ticket: z.strictObject({ ticket: ticketNumber }),
  ask_clarification: z.strictObject({
    questions: z
      .array(
        z.strictObject({
          question: z.string().describe('Answerable in a sentence.'),
          likelyAnswers: z.array(z.string()),
        }),
      )
      .describe('At most three.'),
  }),
  set_mode: z.strictObject({ mode: z.enum(MODES) }),
  search_issues: z.strictObject({ query: z.string() }),
  read_file: z.strictObject({ path: z.string() }),
  list_tree: z.strictObject({ path: z.string().describe('A folder; empty for the root.') }),
  search_code: z.strictObject({ query: z.string() }),
  list_labels: z.strictObject({}),
  search_pull_requests: z.strictObject({
    query: z.string().describe('Words; empty for those changed last.'),
  }),
  read_pull_request: z.strictObject({ number: z.int() }),
} as const;

export type ToolName = keyof typeof toolInputs;
export type ToolInput<Name extends ToolName> = z.infer<(typeof toolInputs)[Name]>;
export type DraftInput = ToolInput<'draft_tickets'>['tickets'][number];

const DESCRIPTIONS: Record<ToolName, string> = {
  draft_tickets: 'Draft one or more tickets for people to review. Nothing is filed by this.',
  revise_ticket: 'Change an open draft. Change what was asked and nothing else.',
  discard_ticket: 'Drop an open draft that somebody asked to drop.',
  ask_clarification: 'Ask back instead of guessing, when a competent engineer could not start.',
  set_mode:
    'Switch this conversation between discussing (assistant) and drafting (ticket), when asked to.',
  search_issues: "Search the project's issues, open and closed.",
  read_file: "Read a file of the project's repository.",
  list_tree: "List a folder of the project's repository.",
  search_code: "Search the project's code.",
  list_labels: "List the project's labels.",
  search_pull_requests: "Search the project's pull or merge requests, open, merged and closed.",
  read_pull_request:
    'Read a pull or merge request: its title, state, description and which files it changes.',
};

/** Tools that only read, over the bound project. */
const RESEARCH_TOOLS: readonly string[] = [
  'search_issues',
  'read_file',
  'list_tree',
  'search_code',
  'list_labels',
  'search_pull_requests',
  'read_pull_request',
];

export function isResearch(name: string): boolean {
  return RESEARCH_TOOLS.includes(name);
}

const ALL_TOOLS = Object.keys(toolInputs) as ToolName[];

/** Definitions in a fixed order, so that the prompt's prefix stays the same from turn to turn. */
export function toolDefinitions(options: { research: boolean }): ToolDefinition[] {
  return ALL_TOOLS.filter((name) => options.research || !isResearch(name)).map(definitionOf);
}

const definitions = new Map<ToolName, ToolDefinition>();

/** Made once: to write a schema out costs more than everything else about a turn's prompt. */
function definitionOf(name: ToolName): ToolDefinition {
  const known = definitions.get(name);
  if (known) return known;
  const inputSchema = toPortableSchema(toolInputs[name]);
  const definition = { name, description: DESCRIPTIONS[name], inputSchema };
  definitions.set(name, definition);
  return definition;
}

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(toolInputs, name);
}

function toPortableSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.minimum;
      delete jsonSchema.maximum;
    },
  });
  return json;
}
