/** Issues that may be what a draft is about, judged by the words that both titles share. */
import { wordsOf } from './draft-text.ts';
import type { TicketFields } from './ticket-fields.ts';
import type { IssueSummary } from './tracker.ts';

export interface Duplicate {
  issue: IssueSummary;
  /** For people: `shares “checkout”, “safari”`. */
  why: string;
}

const MOST = 3;
/** Of the shorter title's words, so many have to be in both. */
const SHARE = 0.5;
const MAX_WORDS = 4;

/** The likeliest first; `found` is what the tracker's own search gave, its likeliest first. */
export function judgeDuplicates(
  { title }: Pick<TicketFields, 'title'>,
  found: IssueSummary[],
): Duplicate[] {
  const wanted = termsOf(title);
  return found
    .map((issue) => {
      const theirs = termsOf(issue.title);
      const shared = [...wanted].filter((word) => theirs.has(word));
      const least = Math.min(wanted.size, theirs.size);
      return { issue, shared, likeness: least === 0 ? 0 : shared.length / least };
    })
    .filter(({ shared, likeness }) => likeness >= SHARE && (shared.length > 1 || likeness === 1))
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MOST)
    .map(({ issue, shared }) => ({ issue, why: describe(issue, shared) }));
}

function describe({ state }: IssueSummary, shared: string[]): string {
  const words = shared.slice(0, MAX_WORDS).map((word) => `“${word}”`);
  return `shares ${words.join(', ')}${state === 'closed' ? ', closed lately' : ''}`;
}

/** Languages without spaces are taken apart by the runtime's dictionary. */
function termsOf(title: string): Set<string> {
  if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(title)) {
    return new Set(wordsOf(title));
  }
  const segments = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(title);
  const words = [...segments].filter(({ isWordLike }) => isWordLike);
  return new Set(
    words.map(({ segment }) => segment.toLowerCase()).filter((word) => word.length > 1),
  );
}
