/** A draft poured into the project's own template: its questions in their order, answered from the draft. */
import { type Section, sectionsOf, similarityOf, summaryOf } from './draft-text.ts';
import type { Ticket } from './ticket.ts';
import type { TicketFields, TicketType } from './ticket-fields.ts';
import type { IssueTemplate, TemplateField } from './tracker.ts';

export type PouredTicket = Pick<
  TicketFields,
  'type' | 'description' | 'acceptanceCriteria' | 'tasks'
> &
  Pick<Ticket, 'editedFields'>;

export interface Poured {
  /** The description as the template wants it. */
  description: string;
  /** Of the headings that are not the template's own, to go with those that are: 1 to 6. */
  level: number;
  /** Titles of required fields that nothing answers. */
  missing: string[];
}

const WORDS: Record<TicketType, RegExp> = {
  bug: /\b(?:bugs?|defects?|problems?|errors?|crash(?:es)?|incidents?|fehler)\b/i,
  feature: /\b(?:features?|ideas?|requests?|wish(?:es)?|funktion)\b/i,
  improvement: /\b(?:improvements?|enhancements?)\b/i,
  task: /\b(?:tasks?|chores?|to-?dos?|aufgaben?)\b/i,
  epic: /\bepics?\b/i,
};

/** By the ticket's kind: a template's name says more than its description. */
export function chooseTemplate(
  templates: IssueTemplate[],
  type: TicketType,
): IssueTemplate | undefined {
  const wanted = type === 'improvement' ? [WORDS.improvement, WORDS.feature] : [WORDS[type]];
  const spoken = (name: string) => name.replaceAll(/[_-]/g, ' ');
  for (const words of wanted) {
    const found =
      templates.find(({ name }) => words.test(spoken(name))) ??
      templates.find(({ description }) => words.test(description));
    if (found) return found;
  }
  return templates.find(({ name }) => /^default$/i.test(name));
}

/** What of a draft answers a field when none of its sections is called so. */
export type AnsweringPart = 'summary' | 'acceptanceCriteria' | 'tasks';

const SUMMARY =
  /\b(?:description|describe|summary|what happened|what is wrong|problem|overview|context|proposal|beschreibung)\b/i;
const CRITERIA = /\b(?:acceptance criteria|definition of done|akzeptanzkriterien)\b/i;
const TASKS = /^(?:tasks?|to-?dos?|checklist|aufgaben)$/i;

export function partFor(title: string): AnsweringPart | undefined {
  if (CRITERIA.test(title)) return 'acceptanceCriteria';
  if (TASKS.test(title)) return 'tasks';
  return SUMMARY.test(title) ? 'summary' : undefined;
}

const ALIKE = 0.5;
const NOT_SAID = '_Not said._';
/** As GitHub writes the questions of a form. */
const FORM_LEVEL = 3;
/** As drafts are written. */
const DRAFT_LEVEL = 2;

export function pour(template: IssueTemplate, ticket: PouredTicket): Poured {
  const left = new Set(sectionsOf(ticket.description));
  let summary: string | undefined = summaryOf(ticket.description) || undefined;
  const level = levelOf(template);
  const headingOf = (title: string, depth = level) => `${'#'.repeat(depth)} ${title}`;
  const missing: string[] = [];
  const parts: string[] = [];
  for (const field of template.fields) {
    const { title, required, boxes } = field;
    if (boxes) {
      parts.push(`${headingOf(title)}\n\n${answerBoxes(left, field, ticket)}`);
      continue;
    }
    const part = partFor(title);
    // They follow as checklists of their own.
    if (part && part !== 'summary' && ticket[part].length > 0) continue;
    const section = findSection(left, field);
    const answer = section?.body || (part === 'summary' ? summary : undefined);
    if (section) left.delete(section);
    else if (answer) summary = undefined;
    if (!answer && required) missing.push(title);
    if (answer || required) {
      parts.push(`${headingOf(title, field.level)}\n\n${answer ?? NOT_SAID}`);
    }
  }
  const others = [...left].map(({ heading, body }) => `${headingOf(heading)}\n\n${body}`);
  const description = [...(summary ? [summary] : []), ...parts, ...others].join('\n\n');
  return { description, level, missing };
}

function levelOf({ fields }: IssueTemplate): number {
  const levels = fields.map(({ level = FORM_LEVEL }) => level);
  return levels.length > 0 ? Math.min(...levels) : DRAFT_LEVEL;
}

function findSection(sections: Set<Section>, { title }: TemplateField): Section | undefined {
  const filled = [...sections].filter(({ body }) => body !== '');
  return (
    filled.find(isNamed(title)) ??
    filled.find(({ heading }) => similarityOf(heading, title) >= ALIKE)
  );
}

/** A person's own text as it is. Of a model's, no tick: it has neither agreed nor searched. */
function answerBoxes(left: Set<Section>, field: TemplateField, { editedFields }: PouredTicket) {
  const section = [...left].find(isNamed(field.title));
  if (section) left.delete(section);
  const body = section?.body ?? '';
  if (body !== '' && editedFields.includes('description')) return body;
  const rest = body.replaceAll(/^\s*[-*+] \[[ x]\].*$/gim, '').trim();
  return [untick(field.boxes ?? []), rest].filter(Boolean).join('\n\n');
}

/** As GitHub writes boxes that nobody ticked. */
const untick = (boxes: string[]) =>
  boxes.map((box) => `- [ ] ${box.replaceAll(/\s+/g, ' ').trim()}`).join('\n');

const isNamed =
  (title: string) =>
  ({ heading }: Section) =>
    heading.toLowerCase() === title.toLowerCase();

/** The description with a section that answers this field: a new one, or in the place of the old. */
export function answerField(description: string, field: string, text: string): string {
  const title = field.replaceAll(/\s+/g, ' ').trim();
  const answer = text.trim();
  const isSame = isNamed(title);
  const sections = sectionsOf(description);
  const known = sections.some(isSame);
  const next = sections.map((one) => (isSame(one) ? { ...one, body: answer } : one));
  if (!known) next.push({ heading: title, body: answer });
  const summary = summaryOf(description);
  const parts = next.map(({ heading, body }) => `## ${heading}\n\n${body}`);
  return [...(summary ? [summary] : []), ...parts].join('\n\n');
}
