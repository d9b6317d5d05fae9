/**
 * What code can see of a draft's quality. Each problem is a sentence that tells a model how to repair it.
 * In doubt there is no problem: a rule that nags at good drafts costs more than one that misses a bad one.
 */
import { checkEvidence, type DraftSources } from './draft-evidence.ts';
import {
  isEnglish,
  proseOf,
  sectionsOf,
  similarityOf,
  summaryOf,
  wholeTextOf,
} from './draft-text.ts';
import type { TicketFields } from './ticket-fields.ts';

/** Characters; the rules for models say 60, and a title is worth a repair only well above. */
const LONG_TITLE = 80;
const MAX_SUMMARY_SENTENCES = 4;
const MIN_CRITERIA = 2;
const MAX_CRITERIA = 6;
const MAX_LABELS = 3;
const MIN_CHILDREN = 3;

/**
 * Sentences, empty for a good draft. `siblings`: drafts made together with it, which may be an epic's
 * children.
 */
export function checkDraft(fields: TicketFields, sources: DraftSources, siblings = 0): string[] {
  return [
    ...checkTitle(fields),
    ...checkDescription(fields, sources),
    ...checkResidue(fields),
    ...checkCriteria(fields, sources),
    ...checkLabels(fields, sources.labels),
    ...checkEpic(fields, siblings),
    ...checkEvidence(fields, sources),
  ];
}

/** The sentences whose condition holds. */
function problems(...rules: [boolean, string][]): string[] {
  return rules.filter(([holds]) => holds).map(([, sentence]) => sentence);
}

const KIND_BEFORE =
  /^\W*(?:bug|feature|task|issue|ticket|improvement|epic)(?: request)?(?:\s*[\]:]|\s+[–—-]\s)/i;
const SAYS_NOTHING =
  /^(?:(?:a |the |new |fix |fix the |some )?(?:bugs?|issues?|problems?|errors?|features?|feature request|tasks?|tickets?|request|question|improvements?))(?: (?:report|found|here))?[.!?]*$/i;
const BEGINS_WITH_REPAIR = /^(?:fix|resolve|solve)\s/i;
/** Words that no imperative begins with. */
const NO_VERB =
  /^(?:the|an?|we|i|it|this|that|these|there|our|my|users?|customers?|somebody|someone|people|would|could|should|need|want|being|having|ability)\s/i;

function checkTitle(fields: TicketFields): string[] {
  const { title, type } = fields;
  const english = isEnglish(`${title}\n${fields.description}`);
  return problems(
    [
      title.length > LONG_TITLE,
      `title: it has ${title.length} characters; aim at 60, and leave the rest to the description.`,
    ],
    [KIND_BEFORE.test(title), 'title: leave out the kind of ticket, which has its own field.'],
    [SAYS_NOTHING.test(title), 'title: say what is wrong or what is to be done, in which part.'],
    [
      type === 'bug' && english && BEGINS_WITH_REPAIR.test(title),
      'title: name the failure as somebody sees it, not the repair.',
    ],
    [
      type !== 'bug' && type !== 'epic' && english && NO_VERB.test(title),
      'title: begin with a verb that says what is to be done ("Add", "Show", "Remove").',
    ],
  );
}

const SAYS_EMPTY =
  /^[\s>*_-]*(?:n\/?a|none|nothing|tbd|todo|unknown|not (?:provided|specified|given|known|mentioned|applicable)|-+|–|—|keine?|unbekannt|ninguno|なし)?[\s._*]*$/i;
const PLEASANTRY =
  /^(?:many )?(?:thank(?:s| you)(?: for| in advance|[ !.,]*$)|cheers[ !.,]*$|(?:please )?let (?:me|us) know|hope (?:this|that) helps|(?:please )?feel free|happy to help|looking forward|sorry\b|apologies|vielen dank|danke\b|gracias\b|merci\b|よろしくお願い|ありがとう)/i;
const ONE_LINE = 100;

function checkDescription(
  { title, description }: TicketFields,
  { headings = [] }: DraftSources,
): string[] {
  const sections = sectionsOf(description);
  const empty = sections.filter(({ heading, body }, index) => {
    // A heading over smaller headings holds them.
    const isLast = index === sections.length - 1;
    return (
      body.length <= ONE_LINE &&
      SAYS_EMPTY.test(body) &&
      (body !== '' || isLast || !hasChildren(description, heading))
    );
  });
  const overLine = sections.filter(
    ({ heading, body }) => isOneLine(body) && !headings.includes(heading),
  );
  const summary = summaryOf(description);
  const sentences = firstParagraph(summary).split(/(?<=[.!?])\s+(?=\p{Lu})/u);
  const ending = proseOf(description).trim().split('\n').at(-1)?.trim() ?? '';
  return problems(
    [
      empty.length > 0,
      `description: leave out sections that say nothing (${quoteAll(empty.map(({ heading }) => heading))}).`,
    ],
    [
      overLine.length >= 2,
      `description: no headings over a single line (${quoteAll(overLine.map(({ heading }) => heading))}): write "**Expected:** …" or put it into the summary.`,
    ],
    [
      similarityOf(sentences[0] ?? '', title) >= 0.9 ||
        sections.some((one) => one.heading === title),
      'description: it begins with the title again: begin with who is hit, how badly, since when, or what the situation is.',
    ],
    [
      sections.length > 0 && sentences.length > MAX_SUMMARY_SENTENCES,
      'description: the summary has at most three sentences; move the rest below.',
    ],
    [PLEASANTRY.test(ending), 'description: leave out the closing words; end with the matter.'],
  );
}

function hasChildren(description: string, heading: string): boolean {
  const lines = description.split('\n').filter((line) => line.trim() !== '');
  const index = lines.findIndex((line) => /^#/.test(line) && line.endsWith(heading));
  const depth = (line: string | undefined) => /^#+/.exec(line ?? '')?.[0].length ?? 0;
  return depth(lines[index + 1]) > depth(lines[index]);
}

function isOneLine(body: string): boolean {
  return (
    body !== '' &&
    !body.includes('\n') &&
    body.length <= ONE_LINE &&
    !/^(?:[-*>|]|\d+[.)])\s?/.test(body)
  );
}

function firstParagraph(text: string): string {
  return text.split(/\n\s*\n/)[0] ?? '';
}

function quoteAll(names: string[]): string {
  return names.map((name) => `"${name.slice(0, 60)}"`).join(', ');
}

const MENTION =
  /<@[\w!&]+>|(?<![\w./@])@[\w.-]+\s+(?:says?|said|reports?|reported|noticed|asks?|asked|wants?|wanted|mentioned|suggest(?:s|ed)|thinks?|thought|confirmed)\b/i;
/** A product may have threads and conversations of its own: only words about this one count. */
const ABOUT_THE_TALK =
  /\bas (?:\w+ )?(?:discussed|mentioned|said|noted|agreed) (?:above|before|earlier|here)\b|\b(?:discussed|mentioned|reported|agreed|decided|raised|said) (?:\w+ ){0,2}in (?:the|this) (?:slack |discord )?(?:thread|chat|conversation|channel)\b|\b(?:according to|based on) (?:this|the) (?:slack |discord )?(?:thread|chat|conversation|discussion)\b|\bin the (?:above|previous) message\b|\bwie oben besprochen\b/i;
const SLASH_COMMAND =
  /^[ \t]*\/(?:ticket|issue|draft|approve|discard|prompt-to-issue|remind|giphy|shrug|poll)\b(?!\/)/im;
const CHAT_ID = /\b1[4-9]\d{8}\.\d{6}\b|<#C\w+(?:\|[^>]*)?>|\bslack:\w+:\w+:[\d.]+/;
/** In brackets or with am and pm, as chat clients copy them; a plain `09:40` may belong to the matter. */
const STAMPED_LINE =
  /^[ \t]*(?:[>*-][ \t]*)?(?:\[\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?\]|\d{1,2}:\d{2}(?::\d{2})?\s?[ap]m)\s+[^\s:]{2,30}(?: [^\s:]{2,30})?\s*:\s/im;
const USER_STORY = /\bas an? [\w -]{2,40},? I(?:'d| would)? (?:want|need|like|wish)\b/i;

function checkResidue(fields: TicketFields): string[] {
  const prose = proseOf(wholeTextOf(fields));
  return problems(
    [MENTION.test(prose), 'No @names as subjects: say what happens, not who said it.'],
    [
      ABOUT_THE_TALK.test(prose),
      'No words about the conversation ("as discussed above", "in this thread"): the matter stands alone.',
    ],
    [SLASH_COMMAND.test(prose), 'Leave out the commands that were typed in the chat.'],
    [CHAT_ID.test(prose), 'Leave out ids of threads, channels and messages.'],
    [
      STAMPED_LINE.test(prose),
      'Leave out the times at which messages were written, and their authors.',
    ],
    [
      USER_STORY.test(prose),
      'No "As a user I want": say what the situation is, what is missing, and what is wanted.',
    ],
  );
}

const UNCHECKABLE =
  /\b(?:works?|working|behaves?|functions?|operates?) (?:as (?:expected|intended|designed|it should)|correctly|properly|fine|well)[.!]?$|\b(?:bug|issue|problem|error) (?:is|has been|was|gets) (?:fixed|resolved|solved|gone)[.!]?$|\bfunktioniert (?:wie erwartet|korrekt|richtig)[.!]?$|\bfunciona (?:correctamente|como se espera)[.!]?$/i;

function checkCriteria(
  { title, acceptanceCriteria: criteria }: TicketFields,
  { messages }: DraftSources,
): string[] {
  const vague = criteria.filter((criterion) => UNCHECKABLE.test(criterion.trim()));
  const again = criteria.filter((criterion) => similarityOf(criterion, title) >= 0.9);
  const said = messages.join('\n').toLowerCase();
  // What somebody asked for word for word stays as it is.
  const own = criteria.filter((criterion) => !said.includes(criterion.toLowerCase()));
  const count = own.length > 0 ? criteria.length : 0;
  return problems(
    [
      count > 0 && (count < MIN_CRITERIA || count > MAX_CRITERIA),
      `acceptanceCriteria: there ${count === 1 ? 'is one' : `are ${count}`}; give two to six, or none when nothing can be said.`,
    ],
    [
      vague.length > 0,
      `acceptanceCriteria: ${quoteAll(vague)} cannot be checked with yes or no: say what can be seen.`,
    ],
    [again.length > 0, `acceptanceCriteria: ${quoteAll(again)} only says the title again.`],
  );
}

function checkLabels({ labels }: TicketFields, existing = labels): string[] {
  const known = new Set(existing.map((label) => label.toLowerCase()));
  const unknown = labels.filter((label) => !known.has(label.toLowerCase()));
  return problems(
    [labels.length > MAX_LABELS, `labels: ${labels.length} are too many; keep at most three.`],
    [unknown.length > 0, `labels: ${quoteAll(unknown)} do not exist in the project.`],
  );
}

function checkEpic({ type, description, tasks }: TicketFields, siblings: number): string[] {
  if (type !== 'epic') return [];
  const listed = description.match(/^[ \t]*(?:[-*]|\d+[.)])[ \t]+/gm)?.length ?? 0;
  return problems([
    Math.max(tasks.length, listed, siblings) < MIN_CHILDREN,
    'type: an epic has at least three children: list them under tasks, or choose another type.',
  ]);
}
