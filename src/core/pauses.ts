/** Remembers what failed, so that it is tried again later and later. */

export interface Pauses {
  /** Whether it is too early to try this again. */
  hold(name: string): boolean;
  /** It failed: each time in a row the pause is twice as long. */
  lengthen(name: string): void;
  /** What is not among `names` is forgotten. */
  keepOnly(names: ReadonlySet<string>): void;
}

/** Milliseconds: the first pause, and the longest. */
export function createPauses({ firstMs, mostMs }: { firstMs: number; mostMs: number }): Pauses {
  const pauses = new Map<string, { ms: number; until: number }>();
  return {
    hold: (name) => (pauses.get(name)?.until ?? 0) > performance.now(),
    lengthen(name) {
      const before = pauses.get(name)?.ms;
      const ms = before === undefined ? firstMs : Math.min(before * 2, mostMs);
      pauses.set(name, { ms, until: performance.now() + ms });
    },
    keepOnly(names) {
      for (const name of pauses.keys()) if (!names.has(name)) pauses.delete(name);
    },
  };
}
