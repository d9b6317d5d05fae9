/** Answers that are asked for again and again, remembered for a while. */

/** How old a cached answer may be, in milliseconds: a change is seen everywhere within it. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;

/** Remembers answers (not failures) for a while; callers at the same moment share one request. */
export function createCache<Input, Value>(
  load: (input: Input) => Promise<Value>,
  ttlMs = CACHE_MS,
  most = CACHE_ENTRIES,
) {
  const entries = new Map<string, { value: Promise<Value>; until: number }>();

  function get(key: string, input: Input): Promise<Value> {
    const known = peek(key);
    if (known) return known;
    const value = load(input);
    entries.delete(key);
    entries.set(key, { value, until: performance.now() + ttlMs });
    value.catch(() => entries.delete(key));
    const oldest = entries.keys().next().value;
    if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    return value;
  }

  /** What is remembered, without asking. */
  function peek(key: string): Promise<Value> | undefined {
    const known = entries.get(key);
    return known && known.until > performance.now() ? known.value : undefined;
  }

  return { get, peek, clear: () => entries.clear() };
}
