/**
 * Whether a draft says only what was said or found: versions, addresses, figures, causes, and whether it
 * is the thread itself once more.
 */
import { proseOf, sectionsOf, wholeTextOf } from './draft-text.ts';
import type { TicketFields } from './ticket-fields.ts';

/** What a draft may rest on. */
export interface DraftSources {
  /** The text of each message the model was shown. */
  messages: string[];
  /** What else it knows: notes of earlier messages, what its research found, drafts as they stood. */
  found: string[];
  /** Labels that exist in the project; absent: they could not be looked up. */
  labels?: string[] | undefined;
  /** Titles of the fields that the project's forms ask for: headings that nobody objects to. */
  headings?: string[];
  /** It saw images too: names and figures may come from those, which nobody here can read. */
  sawImages?: boolean;
}

export function checkEvidence(fields: TicketFields, sources: DraftSources): string[] {
  const known = [...sources.messages, ...sources.found].join('\n').toLowerCase();
  const unseen = sources.sawImages
    ? []
    : [...checkNames(wholeTextOf(fields), known), ...checkFigures(fields.description, known)];
  return [
    ...unseen,
    ...checkCause(fields.description, known),
    ...checkTranscript(fields.description, sources.messages),
  ];
}

/** Links, versions, issue numbers, and figures with a unit: what a model likes to make up. */
const ADDRESS = /\bhttps?:\/\/[^\s<>()\]"'`]+/gi;
const ANYBODYS_ADDRESS = /^https?:\/\/(?:localhost|127\.0\.0\.1)\b/;
const VERSION = /(?<![\w.])v?\d{1,5}(?:\.\d+){1,3}(?![\w]|\.\d)/gi;
const PRODUCT_VERSION =
  /\b(?:chrome|firefox|safari|edge|ios|android|windows|macos|ubuntu|debian|node(?:\.js)?|python|java|php|ruby|postgres(?:ql)?|mysql|redis)\s+v?\d+\b/gi;
const ISSUE_NUMBER = /(?<![\w/&#])#\d{1,6}\b/g;
const FIGURE =
  /(?<![\w.,])\d[\d.,]*\s?(?:%|ms|milliseconds|seconds?|minutes?|hours?|[kmg]b|users|customers)(?!\w)/gi;
/** Often said in words, or the same for everybody. */
const PLAIN_FIGURES = new Set(['24', '30', '60', '100']);
const MAX_SPELLED = 12;

function checkNames(text: string, known: string): string[] {
  const rest = text.replaceAll(ADDRESS, ' ');
  const figures = figuresOf(known);
  const tokens = [
    ...findAll(text, ADDRESS).map((address) => address.replace(/[.,;:!?*_]+$/, '')),
    ...findAll(rest, VERSION).map((version) => version.replace(/^v/i, '')),
    ...findAll(rest, ISSUE_NUMBER),
  ].filter((token) => !known.includes(token.toLowerCase()) && !ANYBODYS_ADDRESS.test(token));
  const products = findAll(rest, PRODUCT_VERSION).filter(
    (token) => !figures.has(/\d+$/.exec(token)?.[0] ?? ''),
  );
  return toProblems([...tokens, ...products]);
}

/** Not of the criteria: an example in them needs a figure of its own. */
function checkFigures(description: string, known: string): string[] {
  const figures = figuresOf(known);
  const invented = findAll(description, FIGURE).filter((token) => {
    const figure = /^\d+/.exec(withoutGroups(token))?.[0] ?? '';
    const isPlain = Number(figure) <= MAX_SPELLED || PLAIN_FIGURES.has(figure);
    return !isPlain && !figures.has(figure);
  });
  return toProblems(invented);
}

function figuresOf(text: string): Set<string> {
  return new Set(withoutGroups(text).match(/\d+/g));
}

/** `5,000` and `5.000` as `5000`. */
function withoutGroups(text: string): string {
  return text.replaceAll(/(?<=\d)[,.'](?=\d{3}\b)/g, '');
}

function toProblems(tokens: string[]): string[] {
  return [...new Set(tokens)].map(
    (token) =>
      `"${token.slice(0, 120)}" was said by nobody and found nowhere: take it out, or ask for it under "Open questions".`,
  );
}

function findAll(text: string, pattern: RegExp): string[] {
  return text.match(pattern) ?? [];
}

const CAUSE_HEADING = /\b(?:root )?cause\b|\bursache\b|\bcausa\b|\bcause\b|原因/i;
const CAUSE_SAID =
  /\b(?:cause[ds]?|because|due to|regression|introduced|since (?:the|we|version|release)|broke (?:it|with)|culprit|turns out|reason|weil|ursache|liegt an|porque|causa|debido|parce que)\b|原因|ため/i;
const IS_EVIDENCE =
  /`[^`\n]+`|\bhttps?:\/\/|#\d+\b|\b[\w/-]+\.\w{1,5}:\d+|\b(?:guess|probably|likely|might|may|suspect\w*|vermutlich|wahrscheinlich|posiblemente)\b/i;

function checkCause(description: string, known: string): string[] {
  const groundless = sectionsOf(description).find(
    ({ heading, body }) => CAUSE_HEADING.test(heading) && !IS_EVIDENCE.test(body),
  );
  if (!groundless || CAUSE_SAID.test(known)) return [];
  return [
    `description: nobody gave the cause that "${groundless.heading}" states: take the section out, or give the evidence, or mark it as a guess.`,
  ];
}

/** Messages shorter than this are quoted by chance, in characters. */
const QUOTED_LENGTH = 40;
const PASTED_MESSAGES = 5;
const PASTED_SHARE = 0.7;
const SPOKEN_LINES = 3;

function checkTranscript(description: string, messages: string[]): string[] {
  const prose = proseOf(description);
  const said = messages.map((message) => message.trim());
  const quoted = said.filter(
    (message) => message.length >= QUOTED_LENGTH && prose.includes(message),
  );
  const share = quoted.join('').length / Math.max(prose.length, 1);
  const spoken = prose.split('\n').filter((line) => {
    const words = /^\s*[>*-]*\s*\**[^\s:*][^:\n]{0,50}:\**\s*(\S.{7,})$/.exec(line)?.[1];
    return words !== undefined && said.some((message) => message.startsWith(words.trim()));
  });
  const pasted = quoted.length >= PASTED_MESSAGES && share >= PASTED_SHARE;
  if (!pasted && spoken.length < SPOKEN_LINES) return [];
  return [
    'description: this is the conversation once more: say what it comes to, without who said it.',
  ];
}
