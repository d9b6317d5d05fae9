/** Which issues resemble a text: by its words, in any language. */

const MAX_WORDS = 5;
/** Characters; shorter Latin words say too little, and GitLab finds them only as a whole title. */
const MIN_TERM_LENGTH = 3;
const MAX_TERM_LENGTH = 40;

/** The longest words say the most; languages without spaces are taken apart by the runtime's dictionary. */
export function chooseWords(text: string): string[] {
  const segments = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text);
  const words = [...segments]
    .filter(({ isWordLike }) => isWordLike)
    .flatMap(({ segment, index }) => toTerm(text, segment, index) ?? []);
  return [...new Set(words)].sort((one, other) => other.length - one.length).slice(0, MAX_WORDS);
}

/** Two Chinese or Japanese characters are a word, which is taken with its next one. */
function toTerm(text: string, word: string, index: number): string | undefined {
  const isShort = word.length < MIN_TERM_LENGTH;
  if (isShort && /^[\p{Script=Latin}\d]+$/u.test(word)) return undefined;
  const term = isShort ? text.slice(index, index + MIN_TERM_LENGTH) : word;
  return /^[\p{L}\p{N}\p{M}]{3,}$/u.test(term)
    ? term.slice(0, MAX_TERM_LENGTH).toLowerCase()
    : undefined;
}

/** By how many of the words it has, those in its title first. */
export function scoreOf(title: string, body: string, words: string[]): number {
  const inTitle = title.toLowerCase();
  const inText = body.toLowerCase();
  const points = words.map((word) => (inTitle.includes(word) ? 3 : inText.includes(word) ? 1 : 0));
  return points.reduce<number>((sum, each) => sum + each, 0);
}
