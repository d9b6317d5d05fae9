/** What a model is told of a project's issue templates: text of a repository, cut short, without its secrets. */
import { cutText } from './cut-text.ts';
import { redactSecrets } from './redact.ts';
import { type AnsweringPart, chooseTemplate, partFor } from './template.ts';
import { TICKET_TYPES, type TicketType } from './ticket-fields.ts';
import type { IssueTemplate, TemplateField } from './tracker.ts';

export interface PromptForm {
  /** The kinds of ticket that are poured into it. */
  types: TicketType[];
  fields: PromptField[];
}

export interface PromptField {
  title: string;
  required?: true;
  /** Answers to choose from. */
  options?: string[];
  /** What answers it without a section of its own. */
  answeredBy?: AnsweringPart;
}

/** Characters, of one form as JSON. */
const MAX_FORM_LENGTH = 1_500;
const MAX_TITLE_LENGTH = 100;
const MAX_OPTIONS = 10;
const MAX_OPTION_LENGTH = 50;

/** Each once; those that ask nothing of a draft are left out. */
export function toPromptForms(templates: IssueTemplate[]): PromptForm[] {
  const typesOf = new Map<IssueTemplate, TicketType[]>();
  for (const type of TICKET_TYPES) {
    const template = chooseTemplate(templates, type);
    if (template) typesOf.set(template, [...(typesOf.get(template) ?? []), type]);
  }
  const forms = [...typesOf].map(([{ fields }, types]) => ({ types, fields: toFields(fields) }));
  return forms.filter(({ fields }) => fields.length > 0);
}

/** In the form's order; what is required is the last to be left out. */
function toFields(asked: TemplateField[]): PromptField[] {
  // Boxes are for people to tick.
  const fields = asked.filter(({ boxes }) => !boxes);
  const summarised = fields.find(({ title }) => partFor(title) === 'summary');
  const all = fields.map((field) => toField(field, field === summarised));
  const byNeed = [...all].sort((one, other) => Number(!one.required) - Number(!other.required));
  let room = MAX_FORM_LENGTH;
  const fits = (field: PromptField) => {
    room -= JSON.stringify(field).length;
    return room >= 0;
  };
  const kept = new Set(byNeed.filter(fits));
  return all.filter((field) => kept.has(field));
}

/** The summary stands in one place only. */
function toField({ title, required, options }: TemplateField, isSummary: boolean): PromptField {
  const part = partFor(title);
  const answeredBy = part === 'summary' && !isSummary ? undefined : part;
  const shown = options?.slice(0, MAX_OPTIONS).map((option) => show(option, MAX_OPTION_LENGTH));
  return {
    title: show(title, MAX_TITLE_LENGTH),
    ...(required && { required }),
    ...(shown && { options: shown }),
    ...(answeredBy && { answeredBy }),
  };
}

const show = (text: string, most: number) => cutText(redactSecrets(text), most);
