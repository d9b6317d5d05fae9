/** Answers kept by their ETag: asking again with it costs nothing of GitHub's limit when nothing changed. */

export interface CachedAnswer {
  etag: string;
  headers: Record<string, string | number | undefined>;
  /** JSON. */
  data: string;
}

export interface AnswerCache {
  get(key: string): CachedAnswer | undefined;
  set(key: string, answer: CachedAnswer): void;
}

const MAX_ANSWERS = 200;
/** Characters of JSON. */
const MAX_LENGTH = 256 * 1_024;

/** The longest unused goes first. */
export function createAnswerCache(): AnswerCache {
  const answers = new Map<string, CachedAnswer>();
  function set(key: string, answer: CachedAnswer): void {
    answers.delete(key);
    if (answer.data.length > MAX_LENGTH) return;
    answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
  }
  return {
    get(key) {
      const answer = answers.get(key);
      if (answer) set(key, answer);
      return answer;
    },
    set,
  };
}
