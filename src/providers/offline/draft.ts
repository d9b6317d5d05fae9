/** One item of the thread as a draft. Only what was said; what is missing becomes an open question. */
import { isEnglish } from '../../core/draft-text.ts';
import type { TicketPriority, TicketType } from '../../core/ticket.ts';
import type { DraftInput } from '../../core/tools.ts';
import { contentWords, type Item, tidy } from './read.ts';

const BUG =
  /\b(?:crash\w*|errors?|fail\w*|broken?|can(?:'|no)t|cannot|does(?:n't| not)|do(?:n't| not)|is(?:n't| not)|won't|hang\w*|freez\w*|wrong|missing|exception|times? ?out|timeout|los(?:e|es|t|ing)|drops?|stuck|bug|ignores?|duplicat\w+|404|500|fehler|kaputt|funktioniert nicht|no funciona|ne (?:marche|fonctionne)|não funciona)\b|エラー|動かない|できない|ません|落ちる/iu;
const FEATURE =
  /\b(?:would be (?:nice|great)|it'd be|can we|could we|we (?:need|want)|i(?:'d| would) (?:like|love)|i want|please add|add|support|allow|feature|let (?:me|us|users|\w+s)|necesitamos|queremos|wir (?:brauchen|möchten))\b/i;
const TASK =
  /^(?:please |we (?:need|have) to |let's |can (?:we|you) )?(?:update|upgrade|bump|migrate|rename|remove|delete|refactor|document|write|clean up|rotate|move|replace|investigate|set up|configure)\b/i;
const SLOW =
  /\b(?:slow(?:ly|er)?|faster|improve|simplif\w+|easier|clearer|takes? (?:too long|\d+))\b/i;

const CRITICAL =
  /\b(?:nobody can|no one can|customers? can(?:'|no)t|can(?:'|no)t (?:pay|log ?in|check ?out)|data loss|production (?:is )?down|outage|security (?:hole|breach|issue)|critical|all users|losing (?:data|orders|money))\b/i;
const HIGH =
  /\b(?:urgent|asap|high priority|blocking|blocker|blocked|many (?:users|customers)|every(?:one| time| customer)|deadline|important)\b/i;
const LOW =
  /\b(?:would be nice|nice to have|low priority|minor|cosmetic|typo|no (?:rush|hurry)|some ?day|whenever)\b/i;

const LEAD =
  /^(?:(?:so|and|but|ok|okay|well|basically|it seems(?: like| that)?|it looks like|looks like|i (?:just )?(?:noticed|found|saw|see|think|guess|believe)(?: that)?|we (?:just )?(?:noticed|found|saw|see)(?: that)?|the (?:problem|issue|bug) is(?: that)?|there(?:'s| is) (?:a|an) (?:bug|problem|issue)(?: (?:where|that|in which|with))?|apparently|customers? (?:report|say|complain)s?(?: that)?)\b[,:]?\s*)+/i;
const WISH =
  /^.*?\b(?:it would be (?:nice|great)(?: if (?:we|you|i|users|one) could| if| to)|it'd be (?:nice|great)(?: if (?:we|you|i|users) could| if| to)|can we|could we|can you|could you|please|we should|we need to|we have to|we want to|i(?:'d| would) (?:like|love) to|i want to|i need to|let's|need to)\s+/i;
const WISH_FOR =
  /^.*?\b(?:we need|we want|i want|i need|i(?:'d| would) (?:like|love)|please add|we should have)\s+(?=(?:an?|the|some|more)\b)/i;
const ESTIMATE =
  /\b(?:estimate[ds]?(?: at)?|takes?) (?:about )?(\d+ (?:hours?|days?|points?|weeks?))\b/i;
const TITLE_AIM = 80;
const SUMMARY_SENTENCES = 3;
const ONE_LINE = 100;

/** The fields of a ticket, each from the person's own words. */
export function draftItem(item: Item, labels: string[]): DraftInput {
  const said = [...item.sentences, ...item.listed].join(' ');
  const type = typeOf(item, said);
  const main = mainSentence(item, type);
  return {
    title: titleOf(main, type, item),
    description: describe(item, main, type),
    type,
    priority: priorityOf(said),
    acceptanceCriteria: criteriaOf(item, main),
    tasks: item.steps || type === 'bug' ? [] : item.listed.map(sentenceCase),
    labels: labelsFor(type, said, labels),
    assignees: [],
    estimate: ESTIMATE.exec(said)?.[1] ?? null,
    milestone: null,
    project: null,
    parent: null,
    reasoning: null,
  };
}

function priorityOf(said: string): TicketPriority {
  if (CRITICAL.test(said)) return 'critical';
  return HIGH.test(said) ? 'high' : LOW.test(said) ? 'low' : 'medium';
}

function typeOf({ code, sentences }: Item, said: string): TicketType {
  if (sentences.some((sentence) => TASK.test(sentence)) && !BUG.test(said)) return 'task';
  if (code.length > 0 || BUG.test(said))
    return FEATURE.test(sentences[0] ?? '') &&
      !code.length &&
      !/\b(?:crash|error|fail|broken)/i.test(said)
      ? 'feature'
      : 'bug';
  if (SLOW.test(said)) return 'improvement';
  return FEATURE.test(said) ? 'feature' : 'task';
}

/** The sentence that says what it is about. */
function mainSentence({ sentences, listed }: Item, type: TicketType): string {
  const cue =
    type === 'bug' ? BUG : type === 'improvement' ? SLOW : type === 'feature' ? FEATURE : TASK;
  const prose = sentences.filter((sentence) => !isExpectation(sentence));
  return (
    prose.find((sentence) => cue.test(sentence)) ?? prose[0] ?? sentences[0] ?? listed[0] ?? ''
  );
}

function titleOf(main: string, type: TicketType, { code }: Item): string {
  const fallback =
    code[0]
      ?.split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? 'What was said in the thread';
  let title = (main || fallback).replace(LEAD, '');
  if (type !== 'bug') {
    const wanted = title.replace(WISH, '');
    title = wanted !== title ? wanted : title.replace(WISH_FOR, 'Add ');
  }
  return sentenceCase(shorten(title.replace(/[\s.!?,;:。]+$/u, '')));
}

function shorten(text: string): string {
  if (text.length <= TITLE_AIM) return text;
  const clause = /^(.{25,80}?)(?:[,;:(–—]| because | since | so that | but )/.exec(text)?.[1];
  if (clause) return clause.trim();
  const cut = text.slice(0, TITLE_AIM);
  return cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut;
}

function describe(item: Item, main: string, type: TicketType): string {
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
  // The title says the main sentence already, unless it had to be cut.
  const told = rest.filter((sentence) => sentence !== main || isCutShort(main)).map(sentenceCase);
  if (!isEnglish(sentences.join(' '))) return inOwnWords(item);
  const sections = [
    told.slice(0, SUMMARY_SENTENCES).join(' '),
    told.slice(SUMMARY_SENTENCES).join(' '),
    type === 'bug' && (steps ? section('Steps to reproduce', numbered(listed)) : bullets(listed)),
    type === 'bug' && section('Expected', expected.map(toOutcome).join('. ')),
    section('Environment', environment.map(sentenceCase).join(' ')),
    section('Error', code.map((block) => `\`\`\`\n${block}\n\`\`\``).join('\n\n')),
    section('Workaround', workaround.map(sentenceCase).join(' ')),
    section('Open questions', bullets(openQuestions(item, type))),
  ];
  return sections.filter(Boolean).join('\n\n');
}

const numbered = (lines: string[]) =>
  lines.map((line, index) => `${index + 1}. ${sentenceCase(line)}`).join('\n');
const bullets = (lines: string[]) => lines.map((line) => `- ${sentenceCase(line)}`).join('\n');

/** In another language the person's words stand alone: headings of ours would not fit. */
function inOwnWords({ sentences, listed, code }: Item): string {
  const blocks = code.map((block) => `\`\`\`\n${block}\n\`\`\``);
  // Japanese and Chinese put no space between sentences.
  const prose = sentences.join(
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
  return main.length > TITLE_AIM || LEAD.test(main);
}

function openQuestions({ steps, sentences, code, listed }: Item, type: TicketType): string[] {
  if (type !== 'bug') return [];
  const said = sentences.join(' ');
  const questions = [];
  const told = steps || listed.length > 0 || /\b(?:when|after|if|whenever)\b/i.test(said);
  if (!told) questions.push('How can it be reproduced, step by step?');
  if (!sentences.some(isExpectation)) questions.push('What should happen instead?');
  if (code.length === 0 && /\berror\b/i.test(said))
    questions.push('What does the error say, word for word?');
  return questions;
}

const EXPECTED =
  /\bexpected(?: (?:result|behaviou?r))?\s*(?::|is(?: that)?|was(?: that)?)\s*(.+)$/i;

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
