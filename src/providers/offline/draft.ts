/** One item of the thread as a draft. Only what was said; what is missing becomes an open question. */
import { isEnglish, similarityOf } from '../../core/draft-text.ts';
import type { TicketType } from '../../core/ticket-fields.ts';
import type { DraftInput } from '../../core/tools.ts';
import { priorityOf, speaksOf, typeOf } from './kind.ts';
import { contentWords, type Item } from './read.ts';
import { withoutSecretAtEnd } from './redacted.ts';
import { tidy } from './talk.ts';

/** Words before the matter that say nothing. */
const OPENING =
  /^(?:(?:so|and|but|ok|okay|well|basically|right|(?:(?:and )?i|we) (?:just )?(?:noticed|found(?: out)?|saw|see|realized)(?: that)?|the (?:problem|issue|bug) is(?: that)?|there(?:'s| is) (?:a|an) (?:bug|problem|issue)(?: (?:where|that|in which|with))?|forwarding(?: from \w+)?:)(?=[\s,:]|$)[,:]?\s*)+/i;
/** What a title leaves out, and the description keeps: how sure it is, who says so, since when. */
const LEAD = new RegExp(
  `${OPENING.source}|^(?:(?:it seems(?: like| that)?|it looks like|looks like|i (?:think|guess|believe)(?: that)?|apparently|customers? (?:report|say|complain)s?(?: that)?)\\b[,:]?\\s*)+`,
  'i',
);
const SINCE_WHEN =
  /^(?:since|after|as of|from)\s+[^,.;:]{3,40}?(?:\s\([^)]*\))?(?:,\s*|\s+(?=(?:the|our|all|every|some|no|nobody|users?|customers?)\b))/i;
const LATER = /(?:[,\s]+(?:too|as well|at some point|some ?day|again|please|pls))+(?=[\s.!?,]*$)/i;
const WISH =
  /^.*?\b(?:(?:it )?would be (?:nice|great|cool|good)(?: if (?:we|you|i|users|one) could| if| to(?! have\b))|it'd be (?:nice|great)(?: if (?:we|you|i|users) could| if| to(?! have\b))|can we|could we|can you|could you|please|we should|we need to|we have to|we want to|i(?:'d| would) (?:like|love) to|i want to|i need to|let's|need to)\s+/i;
const WISH_FOR =
  /^.*?\b(?:would be (?:nice|great|cool|good) to have|it'd be (?:nice|great) to have|(?:we need|we want|i want|i need|i(?:'d| would) (?:like|love)|please add|we should have)(?=\s+(?:an?|the|some|more)\b))\s+/i;
const ESTIMATE =
  /\b(?:estimate[ds]?(?: at)?|takes?) (?:about )?(\d+ (?:hours?|days?|points?|weeks?))\b/i;
const TITLE_AIM = 80;
const SUMMARY_SENTENCES = 3;
const ONE_LINE = 100;

/** The fields of a ticket, each from the person's own words. */
export function draftItem(item: Item, labels: string[]): DraftInput {
  const said = [...item.sentences, ...item.listed].join(' ');
  const heard = [said, ...item.asides].join(' ');
  const type = typeOf(item, said);
  const main = mainSentence(item, type);
  const title = titleOf(main, type, item);
  return {
    title,
    description: describe(item, main, title, type),
    type,
    priority: priorityOf(heard),
    acceptanceCriteria: criteriaOf(item, main),
    tasks: item.steps || type === 'bug' ? [] : item.listed.map(sentenceCase),
    labels: labelsFor(type, said, labels),
    assignees: [],
    estimate: ESTIMATE.exec(heard)?.[1] ?? null,
    milestone: null,
    project: null,
    parent: null,
    reasoning: null,
  };
}

/** The sentence that says what it is about. */
function mainSentence({ sentences, listed }: Item, type: TicketType): string {
  const prose = sentences.filter((sentence) => !isExpectation(sentence));
  return (
    prose.find((sentence) => speaksOf(type, sentence)) ??
    prose[0] ??
    sentences[0] ??
    listed[0] ??
    ''
  );
}

function titleOf(main: string, type: TicketType, { code }: Item): string {
  const fallback =
    code[0]
      ?.split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? 'What was said in the thread';
  let title = withoutLead(withoutSecretAtEnd(main || fallback)).replace(LATER, '');
  if (type !== 'bug') {
    const added = title.replace(WISH_FOR, 'Add ');
    title = added !== title ? added : title.replace(WISH, '');
  }
  return sentenceCase(shorten(title.replace(/[\s.!?,;:。]+$/u, '')));
}

function withoutLead(text: string): string {
  const bare = text.replace(LEAD, '').replace(LEAD, '');
  const timeless = bare.replace(SINCE_WHEN, '');
  return contentWords(timeless).length >= 3 ? timeless : bare;
}

function shorten(text: string): string {
  if (text.length <= TITLE_AIM) return text;
  const clause = /^(.{25,80}?)(?:[,;:(–—]| because | since | so that | but )/.exec(text)?.[1];
  if (clause) return clause.trim();
  const cut = text.slice(0, TITLE_AIM);
  const words = cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut;
  return words.replace(
    /(?: (?:on|in|at|of|for|from|to|with|and|or|the|an?|when|by|is|are))+$/i,
    '',
  );
}

function describe(item: Item, main: string, title: string, type: TicketType): string {
  const { sentences, listed, steps, code } = item;
  const expected = sentences.filter(isExpectation);
  const environment = sentences.filter(
    (sentence) => ENVIRONMENT.test(sentence) && sentence !== main,
  );
  const workaround = sentences.filter((sentence) => /\bwork ?around\b/i.test(sentence));
  const isToldElsewhere = type === 'bug' || criteriaOf(item, main).length > 0;
  const apart = new Set([...(isToldElsewhere ? expected : []), ...environment, ...workaround]);
  const rest = sentences.filter(
    (sentence) => !apart.has(sentence) && !/^(?:steps?|repro)\b.{0,20}$/i.test(sentence),
  );
  if (!isEnglish(sentences.join(' '))) return inOwnWords(item, main);
  const told = rest.map((sentence) => beyondTitle(sentence, title, item, main)).filter(Boolean);
  const sections = [
    told.slice(0, SUMMARY_SENTENCES).join(' '),
    told.slice(SUMMARY_SENTENCES).join(' '),
    type === 'bug' && (steps ? section('Steps to reproduce', numbered(listed)) : bullets(listed)),
    type === 'bug' && section('Expected', expected.map(toOutcome).join('. ')),
    section('Environment', environment.map(asSentence).join(' ')),
    section('Error', code.map((block) => `\`\`\`\n${block}\n\`\`\``).join('\n\n')),
    section(
      'Workaround',
      workaround.map((one) => asSentence(one.replace(/^workaround\s*:\s*/i, ''))).join(' '),
    ),
    section('Open questions', bullets(openQuestions(item, type))),
  ];
  return sections.filter(Boolean).join('\n\n');
}

/** As much of a sentence as the title does not say already. */
function beyondTitle(sentence: string, title: string, { sentences }: Item, main: string): string {
  if (sentence !== main) {
    const isAgain = [title, main].some((one) => wordsOf(sentence) === wordsOf(one));
    return isAgain ? '' : asSentence(sentence);
  }
  if (!isCutShort(main)) return '';
  const isWhole = isLong(main) || (sentences.length > 1 && similarityOf(main, title) < SAME);
  return isWhole ? asSentence(main) : leftOutOf(main);
}

/** Of words in common, from which on the whole sentence says hardly more than its title. */
const SAME = 0.9;
const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
    ?.join(' ');
const REPORTED = /^customers?\b/i;
const GUESSED = /\b(?:it seems|looks like)\b|\bi (?:think|guess|believe)\b|^apparently\b/i;

/** What `withoutLead` takes away, in sentences of its own. */
function leftOutOf(main: string): string {
  const lead = main.slice(0, main.length - main.replace(LEAD, '').replace(LEAD, '').length);
  const said = lead.replace(OPENING, '');
  const since = SINCE_WHEN.exec(main.slice(lead.length))?.[0].replace(/[,\s]+$/, '');
  return [
    REPORTED.test(said) && 'Customers report it.',
    GUESSED.test(said) && 'It is a guess so far.',
    since && asSentence(since),
  ]
    .filter(Boolean)
    .join(' ');
}

const numbered = (lines: string[]) =>
  lines.map((line, index) => `${index + 1}. ${sentenceCase(line)}`).join('\n');
const bullets = (lines: string[]) => lines.map((line) => `- ${sentenceCase(line)}`).join('\n');

/** In another language the person's words stand alone: headings of ours would not fit. */
function inOwnWords({ sentences, listed, code }: Item, main: string): string {
  const told = sentences.filter((sentence) => sentence !== main || isCutShort(main));
  const blocks = code.map((block) => `\`\`\`\n${block}\n\`\`\``);
  // Japanese and Chinese put no space between sentences.
  const prose = told.join(
    /\p{Script=Han}|\p{Script=Hiragana}/u.test(sentences[0] ?? '') ? '' : ' ',
  );
  return [prose, numbered(listed), ...blocks].filter(Boolean).join('\n\n');
}

const ENVIRONMENT =
  /\b(?:(?:chrome|firefox|safari|edge|ios|android|windows|macos|linux|ubuntu|node|python|java|postgres\w*|version|v)\s?\d[\w.]*|staging|production)\b/i;

/** A single line needs no heading of its own. */
function section(heading: string, text: string): string {
  if (!text) return '';
  const isLine = !/\n|^(?:- |\d+\. )/.test(text) && text.length <= ONE_LINE;
  return isLine ? `**${heading}:** ${text}` : `## ${heading}\n\n${text}`;
}

function isExpectation(sentence: string): boolean {
  return (
    /\b(?:expected|should(?:n't)? (?!we|i\b)|supposed to|instead of)\b/i.test(sentence) &&
    !/^(?:we|i|should) should\b/i.test(sentence)
  );
}

/** The title holds less than the sentence did. */
function isCutShort(main: string): boolean {
  const bare = main.replace(OPENING, '');
  return isLong(main) || withoutLead(bare) !== bare;
}

function isLong(main: string): boolean {
  return withoutSecretAtEnd(main.replace(OPENING, '')).length > TITLE_AIM;
}

/** Chat leaves out full stops; after an address one would become part of it. */
function asSentence(text: string): string {
  const sentence = sentenceCase(text.replace(OPENING, ''));
  return /[\p{L}\p{N})"”\x60%]$/u.test(sentence) && !/https?:\/\/\S+$/.test(sentence)
    ? `${sentence}.`
    : sentence;
}

function openQuestions({ steps, sentences, code, listed }: Item, type: TicketType): string[] {
  if (type !== 'bug') return [];
  const said = sentences.join(' ');
  const questions = [];
  const told = steps || listed.length > 0 || /\b(?:when|after|if|whenever)\b/i.test(said);
  if (!told) questions.push('How can it be reproduced, step by step?');
  if (!sentences.some(isExpectation)) questions.push('What should happen instead?');
  if (code.length === 0 && /\berror\b/i.test(said) && !/["“`]/.test(said))
    questions.push('What does the error say, word for word?');
  return questions;
}

const EXPECTED =
  /(?:\bexpected(?: (?:result|behaviou?r))?\s*(?::|is(?: that)?|was(?: that)?)|^expected)\s*(.+)$/i;

/** Outcomes that were said, as somebody else can check them; a single one is part of the description. */
function criteriaOf({ sentences }: Item, main: string): string[] {
  const outcomes = sentences
    .filter((sentence) => sentence !== main)
    .flatMap((sentence) => {
      const expected = EXPECTED.exec(sentence)?.[1];
      if (expected) return contentWords(expected).length >= 3 ? [expected] : [];
      return /\b(?:should|must)\b/i.test(sentence) ? [sentence.replace(LEAD, '')] : [];
    });
  const wanted = /\bso that (.+)$/i.exec(main)?.[1];
  const criteria = [...outcomes, ...(wanted ? [wanted] : [])].slice(0, 6).map(toOutcome);
  return criteria.length >= 2 ? criteria : [];
}

/** "Expected: the page opens." and "Should include totals" as things that can be checked. */
function toOutcome(text: string): string {
  const bare = text.replace(EXPECTED, '$1').replace(/[.!]+$/, '');
  return sentenceCase(bare.replace(/^should\b/i, 'It should'));
}

const LABEL_WORDS: Record<TicketType, string[]> = {
  bug: ['bug', 'defect'],
  feature: ['enhancement', 'feature'],
  improvement: ['improvement', 'enhancement'],
  task: ['task', 'chore'],
  epic: ['epic'],
};

function labelsFor(type: TicketType, said: string, labels: string[]): string[] {
  const words = said.toLowerCase().match(/[\p{L}-]{4,}/gu) ?? [];
  const named = words.filter((word) => !['bug', 'question', 'duplicate'].includes(word));
  const found = [...LABEL_WORDS[type].slice(0, 2), ...named].flatMap(
    (word) => labels.find((label) => label.toLowerCase() === word) ?? [],
  );
  return [...new Set(found)].slice(0, 3);
}

export function sentenceCase(text: string): string {
  const clean = tidy(text);
  return /^[a-z]+(?:\s|$)/.test(clean) ? clean.charAt(0).toUpperCase() + clean.slice(1) : clean;
}
