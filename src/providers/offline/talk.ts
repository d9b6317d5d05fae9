/** What people say to each other and to the bot around the matter: none of it belongs in a ticket. */
import { saysOnlySecrets } from './redacted.ts';

const NOISE =
  /^(?:lol|haha+|\+1|thanks?(?: you)?|thx|ok(?:ay)?|sure|nice|great|cool|yes|no|yep|nope|oh(?: no)?|ah|right|good|better|fine(?: with me)?|same(?: here)?|me too|us too|agreed?|👍|🙏|😂|lunch\??|brb|good morning|morning|hi|hello|hey)(?: all| everyone| team)?[\s!.)👍🙏😂🎉]*$/iu;
const GREETING =
  /^(?:(?:hey|hi|hello|(?:good )?(?:morning|afternoon|evening)|hola|hallo|bonjour|dear)\b(?: (?:team|all|everyone|folks|there|guys))?\s*[,!:–-]*\s*)+/i;
const COMMAND = /^\/[a-z]+(?=\s|$)\s*/i;
const RESIDUE =
  /<@[\w]+>|(?<![\w.])@[\w.-]+[,:]?|:[a-z0-9_+-]+:(?=\s|$)|\b(?:as (?:i |we )?(?:discussed|said|mentioned)(?: (?:above|before|earlier))?|see above)\b,?/giu;
const INTERJECTION =
  /(?<![\w-])(?:lol|lmao|rofl|haha+|btw|fyi|imh?o|tbh|pls|plz|uh+|argh)(?![\w-])[,.!]*|(?<=^|\s)[:;]-?[)(DP](?=\s|$)|^!+\s*|(?<=!)!+/gi;
const REVERSAL =
  /^(?:(?:actually|no|wait|sorry|oh|ah|oops|hm+)[,. ]+)*(?:never\s?mind|scratch that|forget (?:it|that|what)|ignore (?:that|my last)|drop that)/i;
const SETTLED =
  /\b(?:all good|all fine|works (?:now|again)|false alarm|my (?:mistake|fault|bad)|user error|in my (?:own )?settings)\b/i;
/** Somebody says that it is so for them too; what they add stays. */
const ECHO =
  /^(?:(?:ah|yes|yeah|yep)[,. ]+)*(?:same (?:here|on (?:my|our)|(?:for|with) (?:me|us))|(?:this )?happen(?:s|ed) to (?:me|us)|(?:i|we) (?:can )?(?:see|saw|have|had|get|got) (?:it|that|this|the same) too|bei (?:mir|uns) auch)\b[^.,;:\n]*(?:[.,;:]\s*|$)/i;
const SMALL_TALK =
  /\b(?:coffee|lunch|breakfast|weekend|football|the match|birthday|pizza|cake|beer|weather|office is)\b/i;
const ASK_FOR_TICKET =
  /\b(?:draft(?:s|ed)?|tickets?|issues?|file (?:it|this|that|an?)|write (?:it|this|that) up)\b/i;
const ASK_FOR_EPIC = /^(?:make|turn) (?:it|this|that|them) (?:all )?(?:into )?an epic\b/i;
const ASKING_WORDS = new Set(
  `please pls can could would you we i someone somebody then ok okay right yes good and so a an the one two three each for both this that it them these those as to me us bot draft drafts file write up ticket tickets issue issues make create open log raise report new now thanks about important urgent no rush high low priority critical asap`.split(
    ' ',
  ),
);
const ASK_DIRECTLY =
  /^(?:(?:please|pls|can|could|would|you|someone|somebody)\s+)*(?:draft|file|write|create|open|make|log|raise)\s+(?:it|this|that|these|them|(?:(?:me|us)\s+)?(?:an?|the|one|two|three|some)\s+(?:new\s+)?(?:tickets?|issues?|bugs?))\b/i;
/** "Make a bug for payments: …": what follows is the matter. */
const ASK_THEN_MATTER =
  /^(?:(?:please|pls|can|could|would|you|someone|somebody)\s+)*(?:draft|file|write|create|open|make|log|raise)\s+(?:(?:me|us)\s+)?an?\s+(?:new\s+)?(?:ticket|issue|bug(?:\s+report)?)\s*(?:\b(?:for|about|on|because|that|saying)\b|:)\s*/i;

/** Without greetings, commands, names of people being called, emoji codes and talk about the talk. */
export function tidy(text: string): string {
  return text
    .replace(COMMAND, '')
    .replace(GREETING, '')
    .replaceAll(RESIDUE, '')
    .replaceAll(INTERJECTION, '')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ +([,.;:!?])/g, '$1')
    .trim();
}

export function isNoise(text: string): boolean {
  const bare = tidy(text);
  return bare === '' || NOISE.test(bare) || saysOnlySecrets(bare);
}

export function isReversal(text: string): boolean {
  return REVERSAL.test(text.trim());
}

/** What a reversal puts in the place of what was said; `undefined` when nothing is left to do. */
export function afterReversal(text: string): string | undefined {
  const rest = text.replace(REVERSAL, '').replace(/^[^.,;:\n]*[.,;:\n]+\s*/, '');
  return rest === '' || SETTLED.test(rest) ? undefined : rest;
}

/** Asks for a ticket, and says nothing of what should be in it. */
export function isRequest(text: string): boolean {
  const bare = tidy(text);
  if (!ASK_FOR_TICKET.test(bare)) return false;
  const left = wordsIn(bare).filter((word) => !ASKING_WORDS.has(word));
  return left.length === 0 || (ASK_DIRECTLY.test(bare) && left.length < 3);
}

/** One large thing with the others as its parts. */
export function asksForEpic(text: string): boolean {
  return ASK_FOR_EPIC.test(tidy(text));
}

export function asksForTicket(text: string): boolean {
  return ASK_FOR_TICKET.test(text);
}

/** An echo, a short question from one person to another, or a word about lunch. */
export function isAside(sentence: string): boolean {
  if (asksForEpic(sentence)) return true;
  if (isNoise(sentence) || isRequest(sentence) || SMALL_TALK.test(sentence)) return true;
  if (sentence.replace(ECHO, '') === '') return true;
  return /[?？]$/u.test(sentence) && wordsIn(sentence).length <= 3;
}

/** The matter of a sentence without what was said around it: "ok. then the limit is 5, ticket please". */
export function withoutTalk(sentence: string): string {
  const asked = sentence.replace(ECHO, '').replace(ASK_THEN_MATTER, '');
  const clauses = (asked || sentence).split(/(?<=[.,;:!?])\s+/);
  while (clauses.length > 1 && isAside(clauses.at(-1) ?? '')) clauses.pop();
  while (clauses.length > 1 && isNoise((clauses[0] ?? '').replace(/[,;:]$/, ''))) clauses.shift();
  return clauses.join(' ');
}

const wordsIn = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}+]+/gu) ?? [];
