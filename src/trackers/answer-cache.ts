/**
 * Answers kept by their ETag, to ask again with it: what is unchanged is not sent again, and costs
 * nothing of GitHub's limit. GitLab counts the request all the same.
 */

export interface CachedAnswer<Headers> {
  etag: string;
  headers: Headers;
  /** JSON. */
  data: string;
}

export interface AnswerCache<Headers> {
  get(key: string): CachedAnswer<Headers> | undefined;
  set(key: string, answer: CachedAnswer<Headers>): void;
}

const MAX_ANSWERS = 200;
/** Characters of JSON. */
const MAX_LENGTH = 256 * 1_024;

/** The longest unused goes first. */
export function createAnswerCache<Headers>(): AnswerCache<Headers> {
  const answers = new Map<string, CachedAnswer<Headers>>();
  function set(key: string, answer: CachedAnswer<Headers>): void {
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
