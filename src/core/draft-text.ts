/** A draft's text as the checks read it: prose apart from code, sections, words. */
import type { TicketFields } from './ticket-fields.ts';

export interface Section {
  heading: string;
  /** What stands below it, code included. */
  body: string;
}

/** Without code: what is quoted verbatim follows no rule of style. */
export function proseOf(text: string): string {
  return text.replaceAll(/```[\s\S]*?(?:```|$)/g, '\n').replaceAll(/`[^`\n]*`/g, ' ');
}

/** The sections under their headings, in order; what comes before the first is not among them. */
export function sectionsOf(description: string): Section[] {
  const sections: Section[] = [];
  let fenced = false;
  for (const line of description.split('\n')) {
    if (/^\s*```/.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : /^#{1,6}\s(.*)$/.exec(line)?.[1]?.trim();
    const last = sections.at(-1);
    if (heading) sections.push({ heading, body: '' });
    else if (last) last.body += `${line}\n`;
  }
  return sections.map(({ heading, body }) => ({ heading, body: body.trim() }));
}

/** What comes before the first heading. */
export function summaryOf(description: string): string {
  return description.split(/^#{1,6}\s/m)[0]?.trim() ?? '';
}

/** All that the draft says in words, in one text. */
export function wholeTextOf(fields: TicketFields): string {
  const { title, description, acceptanceCriteria, tasks } = fields;
  return [title, description, ...acceptanceCriteria, ...tasks].join('\n');
}

/** Lower-case words without the ones that carry no meaning: for comparing two sentences. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:[_.-]+[\p{L}\p{N}]+)*/gu) ?? [];
  return words.filter((word) => !EMPTY_WORDS.has(word));
}

/** From 0 (nothing in common) to 1 (the same words). */
export function similarityOf(one: string, other: string): number {
  const [first, second] = [new Set(wordsOf(one)), new Set(wordsOf(other))];
  const all = first.union(second).size;
  return all === 0 ? 0 : first.intersection(second).size / all;
}

const EMPTY_WORDS = new Set(
  'a an the is are be does do did not no longer never must should will can it its to of any more'.split(
    ' ',
  ),
);

/** Frequent in English and hardly a word of another language written in Latin letters. */
const ENGLISH_WORDS = new Set(
  [
    'the is are and of to when with that this not does for from should has have it by which after we our',
    'can cannot could would since they their you your there what who were been because nobody everybody but',
  ]
    .join(' ')
    .split(' '),
);
const ENGLISH_SHARE = 0.12;

/** Whether rules about English words apply; in doubt they do not. */
export function isEnglish(text: string): boolean {
  const words =
    proseOf(text)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  const common = words.filter((word) => ENGLISH_WORDS.has(word)).length;
  return words.length >= 3 && common >= words.length * ENGLISH_SHARE;
}
