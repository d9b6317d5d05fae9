/** Random values that are the same in every run: for tests of what must hold for any input. */

export interface Chance {
  /** At least `least`, at most `most`. */
  between(least: number, most: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  /** Between none and `most`. */
  list<Item>(most: number, make: () => Item): Item[];
  /** True once in `times`. */
  once(times: number): boolean;
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0;

  /** Mulberry32: small, and good enough to reach odd places. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    oneOf(items) {
      const chosen = items[between(0, items.length - 1)];
      if (chosen === undefined) throw new RangeError('there is nothing to choose from');
      return chosen;
    },
    list: (most, make) => Array.from({ length: between(0, most) }, make),
    once: (times) => between(1, times) === 1,
  };
}
