/** Reads chat text: finds the separate things it speaks of, and what belongs to each. */
import { saysOnlySecrets } from './redacted.ts';
import { isAside, tidy, withoutTalk } from './talk.ts';

const STOP_WORDS = new Set(
  `a an and are as at be been but by can could do does for from had has have he hey hi i if in is it its just me my not of on or our please she so some that the their them then there they this to up us was we were what when which will after before since cannot should no with would you your again still it's that's there's`.split(
    ' ',
  ),
);
const ADDITION =
  /^(?:also|another (?:thing|problem|issue|one)|and another|separately|besides|second(?:ly)?|third(?:ly)?|one more(?: thing)?|on top of that|unrelated)\b[,:]?\s*/i;
const LIST_LINE = /^\s*(?:[-*•]|\d{1,2}[.)])\s+/;
const STEPS_HEADING = /(?:steps?(?: to reproduce)?|repro(?:duce|duction)?|how to)\W*$/im;

/** Words that carry matter; for languages without spaces, pairs of characters stand for words. */
export function contentWords(text: string): string[] {
  const words =
    tidy(text)
      .toLowerCase()
      .match(/[\p{Script=Latin}\p{N}\p{Script=Cyrillic}\p{Script=Greek}'_-]+|[\p{L}]{2}/gu) ?? [];
  return words.filter((word) => !STOP_WORDS.has(word));
}

export interface Item {
  /** Prose, in sentences. */
  sentences: string[];
  /** Listed lines that belong to it. */
  listed: string[];
  /** Whether the list was said to be steps. */
  steps: boolean;
  /** Error text and code, verbatim. */
  code: string[];
  /** Talk around the matter: no part of the ticket, but it may say how urgent it is. */
  asides: string[];
}

/** Separate things become separate items; what cannot be told apart stays one. */
export function readItems(text: string): Item[] {
  const code: string[] = [];
  const items: Item[] = [];
  const blocks = listInLines(takeCode(text, code)).split(/\n\s*\n/);
  for (const part of blocks.flatMap(splitAdditions)) addPart(items, part);
  const [first = toItem([]), ...others] = items
    .map(withoutLoneBullet)
    .map(withoutAsides)
    .map(withSteps);
  return [{ ...first, code }, ...others];
}

/** "Steps: 1. open the cart 2. press Pay. It fails." in one line; a step ends with its sentence. */
function listInLines(text: string): string {
  const dashed = text.replaceAll(
    /\b(steps?(?: to reproduce)?)\s*:?\s+(- .{1,400})$/gim,
    (_, heading, list) => `${heading}:\n${list.replaceAll(/ (?=- )/g, '\n')}`,
  );
  return dashed.replaceAll(/(?<=^|[\s:])1[.)] \S.{0,500} 2[.)] \S.{0,2000}$/gm, (list) =>
    list.replaceAll(/\s*(?<=^|\s)(\d{1,2}[.)] .+?)(?=\s\d{1,2}[.)] |(?<=[.!?])\s|$)\s?/g, '\n$1\n'),
  );
}

/** A paragraph goes on with what came before, unless it begins something or lists several things. */
function addPart(items: Item[], { lines, begins }: Part): void {
  const lead = lines.filter((line) => !LIST_LINE.test(line)).join('\n');
  const bullets = lines.filter((line) => LIST_LINE.test(line));
  const listed = bullets
    .map((line) => tidy(line.replace(LIST_LINE, '')))
    .filter((line) => !saysOnlySecrets(line));
  const steps = STEPS_HEADING.test(lead) || listed.some((line) => STEP.test(line));
  const last = items.at(-1);
  if (!steps && areThings(listed)) {
    const before = toSentences(lead).filter((sentence) => !sentence.endsWith(':'));
    if (hasMatter(before)) items.push(toItem(before));
    items.push(...listed.map((line) => toItem(toSentences(line))));
  } else if (!last || begins) items.push({ ...toItem(toSentences(lead)), listed, steps });
  else {
    last.sentences.push(...toSentences(lead));
    last.listed.push(...listed);
    last.steps ||= steps;
  }
}

/** A list of one thing, with nothing before it, is no list. */
function withoutLoneBullet(item: Item): Item {
  const { sentences, listed, steps } = item;
  const isLone = sentences.length === 0 && listed.length === 1 && !steps;
  return isLone ? { ...item, sentences: toSentences(listed[0] ?? ''), listed: [] } : item;
}

/** Something is left: where all of it is talk, the talk is the matter. */
function withoutAsides(item: Item): Item {
  const [asides, matter] = [true, false].map((aside) =>
    item.sentences.filter((sentence) => isAside(sentence) === aside),
  ) as [string[], string[]];
  if (matter.length === 0) return item;
  return { ...item, sentences: matter.map(withoutTalk), asides };
}

/** "Open a photo, tap Edit, draw anything, rotate." */
function withSteps(item: Item): Item {
  const way = item.listed.length > 0 ? undefined : item.sentences.find((one) => STEP.test(one));
  const steps = way?.replace(/[.!]+$/, '').split(/,\s*(?:and |then )*|\s+then\s+/) ?? [];
  const isList = steps.length >= 3 && steps.every((step) => step.split(' ').length <= 6);
  if (!isList) return item;
  const sentences = item.sentences.filter((one) => one !== way);
  return { ...item, sentences, listed: steps, steps: true };
}

const STEP = /^(?:open|click|tap|press|go to|log ?in|select|enter|type)\b/i;

function areThings(listed: string[]): boolean {
  const long = listed.every((line) => contentWords(line).length >= 3);
  return listed.length >= 2 && long && hasMatter(listed);
}

const toItem = (sentences: string[]): Item => ({
  sentences,
  listed: [],
  steps: false,
  code: [],
  asides: [],
});

interface Part {
  lines: string[];
  begins: boolean;
}

/** "Also, …" begins another thing when it speaks of a fault or a wish of its own. */
function splitAdditions(block: string): Part[] {
  const parts: Part[] = [{ lines: [], begins: false }];
  for (const line of block.split('\n')) {
    if (LIST_LINE.test(line)) {
      parts.at(-1)?.lines.push(line);
      continue;
    }
    for (const sentence of splitSentences(tidy(line))) {
      const rest = sentence.replace(ADDITION, '');
      const said = rest !== sentence && contentWords(rest).length >= 3 && hasMatter([rest]);
      if (said || ANOTHER_WISH.test(sentence)) parts.push({ lines: [rest], begins: true });
      else parts.at(-1)?.lines.push(sentence);
    }
  }
  return parts.filter(({ lines }) => lines.length > 0);
}

/** A wish at the end of a report is a thing of its own. */
const ANOTHER_WISH =
  /^(?:(?:it )?(?:would|'d) be (?:nice|great|cool|good)|can we|could we|i(?:'d| would) (?:like|love))\b.*\b(?:too|also|as well)\b/i;
const MATTER =
  /\b(?:crash|error|fail|broke|broken|can(?:'|no)t|does(?:n't| not)|do(?:n't| not)|is(?:n't| not)|hang|freez|wrong|missing|exception|timeout|slow|los[est]|drop|stuck|bug|should|must|ha(?:s|ve) to|need|want|would|please|add|support|allow|update|upgrade|remove|rename|document|migrate|shows?|ignores?|takes|typo|(?:label|title|heading|text|message|page|button)s? (?:says|reads))/i;

function hasMatter(lines: string[]): boolean {
  return lines.some((line) => MATTER.test(line));
}

/** A heading of a list says nothing by itself. */
const HEADING = /\b(?:steps?(?: to reproduce)?|repro(?:duction)?|to reproduce)\s*:\s*/gi;

/** Dots that end no sentence, though a small letter follows. */
const ABBREVIATION =
  /(?:\b(?:e\.g|i\.e|etc|vs|approx|incl|resp|z\.B|bzw|usw|ca|Nr|Dr|Mr|Mrs|\p{L}))\.$/iu;

export function toSentences(text: string): string[] {
  return splitSentences(tidy(text.replaceAll(HEADING, '')));
}

/** In chat many a sentence begins with a small letter. */
function splitSentences(text: string): string[] {
  const pieces = text.split(/(?<=[.!?。！？])\s+|(?<=[。！？])|\n/u);
  const sentences: string[] = [];
  for (const piece of pieces.map((one) => one.trim()).filter(Boolean)) {
    const last = sentences.at(-1);
    if (last && ABBREVIATION.test(last)) sentences[sentences.length - 1] = `${last} ${piece}`;
    else sentences.push(piece);
  }
  return sentences;
}

const ERROR_LINE =
  /^\s*(?:at .+[:(]\d+|Traceback \(|File ".+", line \d+|[\w.]*(?:Error|Exception)\b.*:|Caused by:|panic:|FATAL|E\d{3,}\b)/;

/** The word before a fence goes with it: the code has a heading of its own. */
const FENCE =
  /(?:\b(?:error(?: message)?|stack ?trace|log|output)\s*:\s*)?(?:```[^\n`]*\n([\s\S]*?)(?:```|$)|```([^\n`]+)```)/gi;

/** Takes fenced blocks and lines that look like a stack trace out of the text. */
function takeCode(text: string, code: string[]): string {
  const take = (block: string) => {
    if (!saysOnlySecrets(block)) code.push(block.trimEnd());
  };
  const withoutFences = text.replaceAll(FENCE, (_, lines?: string, line?: string) => {
    take(lines ?? line ?? '');
    return '\n';
  });
  const trace: string[] = [];
  const prose = withoutFences.split('\n').filter((line) => {
    const isTrace = ERROR_LINE.test(line);
    if (isTrace) trace.push(line.trimEnd());
    return !isTrace;
  });
  if (trace.length > 0) code.push(trace.join('\n'));
  return prose.join('\n');
}
