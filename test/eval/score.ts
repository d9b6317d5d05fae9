/** Scores what was made of a thread, by rule: each property from 0 to 1, with a reason for each loss. */
import { checkDraft } from '../../src/core/draft-check.ts';
import { redactSecrets } from '../../src/core/redact.ts';
import type { Ticket } from '../../src/core/ticket.ts';
import { LABELS, type Outcome } from './run.ts';
import type { EvalThread, Expected, Part } from './thread.ts';

export const PROPERTIES = [
  'count',
  'type',
  'priority',
  'facts',
  'absent',
  'parts',
  'form',
] as const;
export type Property = (typeof PROPERTIES)[number];

export interface Score {
  /** The mean of the properties that the thread asks for. */
  total: number;
  properties: Partial<Record<Property, number>>;
  /** One for each thing that is wrong. */
  reasons: string[];
}

interface Judgement {
  score: number;
  reasons: string[];
}

/** A problem of form takes this much. */
const FORM_PENALTY = 0.25;

export function scoreThread(thread: EvalThread, outcome: Outcome): Score {
  const { expected } = thread;
  const judged = Object.entries(judge(thread, expected, outcome)) as [Property, Judgement][];
  const scores = judged.map(([property, { score }]) => [property, score] as const);
  return {
    total: meanOf(scores.map(([, score]) => score)),
    properties: Object.fromEntries(scores),
    reasons: judged.flatMap(([property, { reasons }]) =>
      reasons.map((reason) => `${property}: ${reason}`),
    ),
  };
}

function judge(
  thread: EvalThread,
  expected: Expected,
  outcome: Outcome,
): Partial<Record<Property, Judgement>> {
  const { tickets } = outcome;
  const { types, priorities, parts, facts = [], told = [], absent = [] } = expected;
  const text = tickets.map(textOf).join('\n');
  const wanted = (expected.tickets ?? 0) > 0;
  return {
    ...((wanted || expected.asks || expected.silent) && { count: judgeCount(expected, outcome) }),
    ...(types && { type: judgeTypes(types, tickets, expected.tickets ?? 1) }),
    ...(priorities && { priority: judgePriority(priorities, tickets) }),
    ...(facts.length + told.length > 0 && {
      facts: share([
        ...facts.map((fact) => [fact.test(text), `${fact} is missing`] as const),
        ...told.map(
          (one) => [one.test(`${text}\n${outcome.reply}`), `${one} is not told`] as const,
        ),
      ]),
    }),
    ...(absent.length > 0 &&
      (tickets.length > 0 || wanted) && {
        absent: share(
          absent.map((one) => [
            tickets.length > 0 && !one.test(text),
            tickets.length > 0 ? `${one} is in it` : 'there is no draft',
          ]),
        ),
      }),
    ...(parts && { parts: share(parts.map((part) => judgePart(part, tickets))) }),
    ...(tickets.length > 0 && wanted && { form: judgeForm(thread, tickets) }),
  };
}

/** A draft too many or too few is half wrong; a draft where none was due, entirely. */
function judgeCount({ tickets = 0, asks }: Expected, outcome: Outcome): Judgement {
  const made = outcome.tickets.length;
  if (tickets > 0) {
    const away = Math.abs(made - tickets) / tickets;
    const score = made === 0 ? 0 : Math.max(0, 1 - away / 2);
    return { score, reasons: away > 0 ? [`${made} instead of ${tickets} tickets`] : [] };
  }
  if (made > 0) return { score: 0, reasons: [`${made} drafts where none was due`] };
  if (!asks || /[?？]/.test(outcome.reply)) return { score: 1, reasons: [] };
  return { score: 0, reasons: ['no question was asked'] };
}

/** Of one ticket, any of the types will do; of several, each type must be there. */
function judgeTypes(types: string[], tickets: Ticket[], count: number): Judgement {
  const made = tickets.map(({ type }) => type as string);
  if (count === 1) {
    const right = made.length > 0 && made.every((type) => types.includes(type));
    return share([[right, `${made.join(', ') || 'none'} instead of ${types.join(' or ')}`]]);
  }
  return share(
    types.map((type) => {
      const index = made.indexOf(type);
      if (index >= 0) made.splice(index, 1);
      return [index >= 0, `no (further) ${type}`];
    }),
  );
}

function judgePriority(priorities: string[], tickets: Ticket[]): Judgement {
  const made = tickets.map(({ priority }) => priority as string);
  const right = made.length > 0 && made.every((priority) => priorities.includes(priority));
  return share([[right, `${made.join(', ') || 'none'} instead of ${priorities.join(' or ')}`]]);
}

const HAS_PART: Record<Part, (ticket: Ticket) => boolean> = {
  steps: ({ description }) => /^1[.)] .+\n+2[.)] /m.test(description),
  error: ({ description }) => /```[\s\S]+```/.test(description),
  criteria: ({ acceptanceCriteria }) => acceptanceCriteria.length >= 2,
  expected: ({ description }) => /\bexpected\b/i.test(description),
};

function judgePart(part: Part, tickets: Ticket[]): readonly [boolean, string] {
  return [tickets.some(HAS_PART[part]), `there is no part "${part}"`];
}

function judgeForm({ said, next = [], issues = [] }: EvalThread, tickets: Ticket[]): Judgement {
  const sources = {
    messages: [...said, ...next.flatMap((step) => ('said' in step ? [step.said] : []))].map(
      ([, text]) => redactSecrets(text),
    ),
    found: [JSON.stringify(next), ...issues.map(({ number, title }) => `#${number} ${title}`)],
    labels: LABELS,
  };
  const problems = tickets.flatMap((ticket) => checkDraft(ticket, sources, tickets.length - 1));
  return { score: Math.max(0, 1 - problems.length * FORM_PENALTY), reasons: problems };
}

/** The share of rules that hold, with the sentences of those that do not. */
function share(rules: (readonly [boolean, string])[]): Judgement {
  const reasons = rules.filter(([holds]) => !holds).map(([, reason]) => reason);
  return { score: 1 - reasons.length / rules.length, reasons };
}

/** Everything of a ticket that people read, a field a line. */
export function textOf(ticket: Ticket): string {
  const { title, description, acceptanceCriteria, tasks, assignees } = ticket;
  return [title, description, ...acceptanceCriteria, ...tasks, ...assignees].join('\n');
}

export function meanOf(numbers: number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / Math.max(numbers.length, 1);
}

/** The mean of each property over the threads that ask for it. */
export function meansOf(scores: Score[]): Record<Property, number> {
  const entries = PROPERTIES.map((property) => [
    property,
    meanOf(scores.flatMap(({ properties }) => properties[property] ?? [])),
  ]);
  return Object.fromEntries(entries);
}
