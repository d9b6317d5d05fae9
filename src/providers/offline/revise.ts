/** Changes of open drafts by words: what is not understood is said, never guessed. */
import type { PromptDraft, PromptState } from '../../core/prompt.ts';
import { TICKET_PRIORITIES, TICKET_TYPES } from '../../core/ticket-fields.ts';
import { type ToolInput, toolInputs } from '../../core/tools.ts';
import { draftItem, sentenceCase } from './draft.ts';
import { call, type Plan } from './plan.ts';
import { readItems } from './read.ts';
import { tidy } from './talk.ts';

type Changes = ToolInput<'revise_ticket'>['changes'];

/** Every field left as it is. */
const NOTHING = Object.fromEntries(
  Object.keys(toolInputs.revise_ticket.shape.changes.shape).map((field) => [field, null]),
) as unknown as Changes;
const DROP =
  /\b(?:drop|discard|delete|remove|forget)\b.{0,20}\b(?:it|this|that|draft|ticket|one)\b/i;
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** `undefined` when the text does not speak of an open draft. */
export function planRevision(text: string, { drafts, labels = [] }: PromptState): Plan | undefined {
  const draft = findDraft(text, drafts);
  if (!draft) return undefined;
  const ticket = draft.number;
  if (DROP.test(text)) return { text: '', calls: [call('discard_ticket', { ticket })] };
  if (/\bsplit\b/i.test(text)) return split(draft, labels);
  const changes = changesFor(text, draft, labels);
  if (Object.keys(changes).length === 0) return undefined;
  const kept = draft.editedFields.filter((field) => field in changes && !namesField(text, field));
  const allowed = Object.fromEntries(
    Object.entries(changes).filter(([field]) => !kept.includes(field)),
  );
  if (Object.keys(allowed).length === 0) {
    const left = `I left ${kept.join(' and ')} of draft ${ticket} alone: somebody edited it by hand. `;
    return { text: left, calls: [] };
  }
  const input = { ticket, changes: { ...NOTHING, ...allowed }, clear: [] };
  return { text: '', calls: [call('revise_ticket', input)] };
}

function findDraft(text: string, drafts: PromptDraft[]): PromptDraft | undefined {
  const number = /(?:#|\bdraft |\bticket |\bnumber )(\d{1,4})\b/i.exec(text)?.[1];
  if (number) return drafts.find((draft) => draft.number === Number(number));
  const place = ORDINALS.findIndex((word) => new RegExp(`\\b${word}\\b`, 'i').test(text));
  return place >= 0 ? drafts[place] : drafts.at(-1);
}

function namesField(text: string, field: string): boolean {
  return (
    !/\bshorter\b/i.test(text) || new RegExp(`\\b${field.replace(/[A-Z].*$/, '')}`, 'i').test(text)
  );
}

function changesFor(text: string, draft: PromptDraft, labels: string[]): Partial<Changes> {
  const { fields } = draft;
  const after = (pattern: RegExp) => pattern.exec(text)?.[1]?.trim();
  const title = after(
    /\b(?:title(?: should be| to)?\s*[:=]|rename(?: it)? to|call it|title should be)\s*["“]?([^"”\n]+)/i,
  );
  const criterion = after(/\b(?:acceptance )?criteri(?:on|a)\s*[:=]\s*(.+)$/is);
  const task = after(/\badd (?:a )?task\s*[:=]?\s*(.+)$/is);
  const added = after(/\badd (?:the )?label\s+["']?([\w -]+?)["']?\s*$/i);
  const removed = after(/\bremove (?:the )?label\s+["']?([\w -]+?)["']?\s*$/i);
  const says = (pattern: string) => new RegExp(`\\b(?:${pattern})\\b`, 'i').test(text);
  const made = "(?:make (?:it|this|that|\\w+ \\w+)|it(?:'s| is)|is|type)\\b.{0,15}\\b";
  const type = TICKET_TYPES.find((name) => says(`${made}${name}`));
  const ranked = (name: string) =>
    says(`priority\\W+(?:is |to |should be )?${name}|${name} priority`);
  const priority = TICKET_PRIORITIES.find(
    (name) => ranked(name) || says(`make (?:it|this|that) ${name}`),
  );
  const assignee = after(/\bassign (?:it |this )?to @?([\w.-]+)/i);
  const estimate = after(/\bestimate\W+(?:is |of |at )?(\d+ \w+)/i);
  const description = /\bshorter|shorten\b/i.test(text) ? shorten(fields.description) : undefined;
  const label = labels.find((name) => name.toLowerCase() === added?.toLowerCase());
  return {
    ...(title && { title: sentenceCase(title.replace(/[.]+$/, '')) }),
    ...(criterion && {
      acceptanceCriteria: [...fields.acceptanceCriteria, sentenceCase(criterion)],
    }),
    ...(task && { tasks: [...fields.tasks, sentenceCase(task)] }),
    ...(label && { labels: [...fields.labels, label] }),
    ...(removed && {
      labels: fields.labels.filter((name) => name.toLowerCase() !== removed.toLowerCase()),
    }),
    ...(type && { type }),
    ...(priority && { priority }),
    ...(assignee && { assignees: [...fields.assignees, assignee] }),
    ...(estimate && { estimate }),
    ...(description !== undefined && description !== fields.description && { description }),
  };
}

/** The first paragraph and what a maintainer needs most. */
function shorten(description: string): string {
  const [summary = '', ...rest] = description.split(/\n\n(?=## |\*\*)/);
  const first = summary.split(/(?<=[.!?])\s+/)[0] ?? '';
  const kept = rest.filter((part) => /^(?:## |\*\*)(?:Steps|Error|Expected)/.test(part));
  return [first, ...kept].join('\n\n');
}

const CANNOT_SPLIT =
  'I cannot tell two things apart in that draft. Say what the second one is, or use `edit 1 title: …`. ';

/** The first thing stays in the draft; each further one becomes a draft of its own. */
function split({ number, fields }: PromptDraft, labels: string[]): Plan {
  const text = `${fields.title}.\n${fields.description.replaceAll(/^## .+$/gm, '')}`;
  const parts = tidy(text)
    .split(/(?:[.;]\s+|,?\s+and\s+(?=(?:the|a|it|we|add|support|fix|no)\b))/i)
    .filter((part) => part.trim().split(/\s+/).length >= 3);
  const [first, ...others] = [...new Set(parts.map((part) => part.trim()))];
  if (!first || others.length === 0) return { text: CANNOT_SPLIT, calls: [] };
  const draftsOf = (said: string) => readItems(said).map((item) => draftItem(item, labels));
  const { title = fields.title, description = '' } = draftsOf(first)[0] ?? {};
  const kept = { ticket: number, changes: { ...NOTHING, title, description }, clear: [] };
  const tickets = draftsOf(others[0] ?? '');
  return { text: '', calls: [call('revise_ticket', kept), call('draft_tickets', { tickets })] };
}
