/** Reads chat text: takes the chat out of it, and finds the separate things it speaks of. */

const STOP_WORDS = new Set(
  `a an and are as at be been but by can could do does for from had has have he hey hi i if in is it its just me my not of on or our please she so some that the their them then there they this to up us was we were what when which will after before since cannot should no with would you your again still it's that's there's`.split(
    ' ',
  ),
);
const NOISE =
  /^(?:lol|haha+|\+1|thanks?(?: you)?|thx|ok(?:ay)?|sure|nice|great|cool|yes|no|yep|nope|same(?: here)?|agreed?|👍|🙏|😂|lunch\??|brb|good morning|morning|hi|hello|hey)[\s!.)👍🙏😂🎉]*$/iu;
const REVERSAL =
  /^(?:(?:actually|no|wait|sorry|hm+)[,. ]+)*(?:never\s?mind|scratch that|forget (?:it|that|what)|ignore (?:that|my last)|drop that)/i;
const GREETING =
  /^(?:(?:hey|hi|hello|good (?:morning|afternoon|evening)|hola|hallo|bonjour|dear)\b(?: (?:team|all|everyone|folks|there|guys))?\s*[,!:–-]*\s*)+/i;
const RESIDUE =
  /<@[\w]+>|(?<![\w.])@[\w.-]+[,:]?|:[a-z0-9_+-]+:(?=\s|$)|\b(?:as (?:i |we )?(?:discussed|said|mentioned)(?: (?:above|before|earlier))?|see above)\b,?/giu;
const ADDITION =
  /^(?:also|another (?:thing|problem|issue|one)|and another|separately|besides|second(?:ly)?|third(?:ly)?|one more(?: thing)?|on top of that|unrelated)\b[,:]?\s*/i;
const LIST_LINE = /^\s*(?:[-*•]|\d{1,2}[.)])\s+/;
const STEPS_HEADING = /(?:steps?(?: to reproduce)?|repro(?:duce|duction)?|how to)\W*$/i;

export function isNoise(text: string): boolean {
  const bare = tidy(text);
  return bare === '' || NOISE.test(bare);
}

export function isReversal(text: string): boolean {
  return REVERSAL.test(text.trim());
}

/** Words that carry matter; for languages without spaces, pairs of characters stand for words. */
export function contentWords(text: string): string[] {
  const words =
    tidy(text)
      .toLowerCase()
      .match(/[\p{Script=Latin}\p{N}\p{Script=Cyrillic}\p{Script=Greek}'_-]+|[\p{L}]{2}/gu) ?? [];
  return words.filter((word) => !STOP_WORDS.has(word));
}

/** Without greetings, names of people being called, emoji codes and talk about the talk. */
export function tidy(text: string): string {
  return text
    .replace(GREETING, '')
    .replaceAll(RESIDUE, '')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ +([,.;:!?])/g, '$1')
    .trim();
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
}

/** Separate things become separate items; what cannot be told apart stays one. */
export function readItems(text: string): Item[] {
  const code: string[] = [];
  const items: Item[] = [];
  const blocks = takeCode(text, code).split(/\n\s*\n/);
  for (const part of blocks.flatMap(splitAdditions)) addPart(items, part);
  const [first = toItem([]), ...others] = items;
  return [{ ...first, code }, ...others];
}

/** A paragraph goes on with what came before, unless it begins something or lists several things. */
function addPart(items: Item[], { lines, begins }: Part): void {
  const lead = lines.filter((line) => !LIST_LINE.test(line)).join(' ');
  const bullets = lines.filter((line) => LIST_LINE.test(line));
  const listed = bullets.map((line) => tidy(line.replace(LIST_LINE, '')));
  const steps = STEPS_HEADING.test(lead) || listed.some((line) => STEP.test(line));
  const last = items.at(-1);
  if (!steps && areThings(listed)) items.push(...listed.map((line) => toItem(toSentences(line))));
  else if (!last || begins) items.push({ ...toItem(toSentences(lead)), listed, steps });
  else {
    last.sentences.push(...toSentences(lead));
    last.listed.push(...listed);
    last.steps ||= steps;
  }
}

const STEP = /^(?:open|click|press|go to|log ?in|select|enter|type)\b/i;

function areThings(listed: string[]): boolean {
  const long = listed.every((line) => contentWords(line).length >= 3);
  return listed.length >= 2 && long && hasMatter(listed);
}

const toItem = (sentences: string[]): Item => ({ sentences, listed: [], steps: false, code: [] });

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
    for (const sentence of toSentences(tidy(line))) {
      const rest = sentence.replace(ADDITION, '');
      const adds = rest !== sentence && contentWords(rest).length >= 3 && hasMatter([rest]);
      if (adds) parts.push({ lines: [rest], begins: true });
      else parts.at(-1)?.lines.push(sentence);
    }
  }
  return parts.filter(({ lines }) => lines.length > 0);
}

const MATTER =
  /\b(?:crash|error|fail|broke|broken|can(?:'|no)t|does(?:n't| not)|do(?:n't| not)|is(?:n't| not)|hang|freez|wrong|missing|exception|timeout|slow|los[est]|drop|stuck|bug|should|need|want|would|please|add|support|allow|update|upgrade|remove|rename|document|migrate|shows?|ignores?|takes)/i;

function hasMatter(lines: string[]): boolean {
  return lines.some((line) => MATTER.test(line));
}

/** A heading of a list says nothing by itself. */
const HEADING = /\b(?:steps?(?: to reproduce)?|repro(?:duction)?|to reproduce)\s*:\s*/gi;

export function toSentences(text: string): string[] {
  return tidy(text.replaceAll(HEADING, ''))
    .split(/(?<=[.!?。！？])\s+(?=[\p{Lu}\p{N}"'`¿¡]|\p{Lo})|(?<=[。！？])/u)
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}

const ERROR_LINE =
  /^\s*(?:at .+[:(]\d+|Traceback \(|File ".+", line \d+|[\w.]*(?:Error|Exception)\b.*:|Caused by:|panic:|FATAL|E\d{3,}\b)/;

/** Takes fenced blocks and lines that look like a stack trace out of the text. */
function takeCode(text: string, code: string[]): string {
  const withoutFences = text.replaceAll(/```[^\n`]*\n([\s\S]*?)(?:```|$)/g, (_, inside: string) => {
    code.push(inside.trimEnd());
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
