/**
 * Side by side on a noisy machine: short rounds, the candidates interleaved in an order drawn anew each time,
 * process CPU time rather than the clock's, and of all rounds the quiet quartile, with the spread beside it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Before each round: what one candidate leaves behind, the next would clear away. */
const collectGarbage = runInNewContext('gc') as () => void;

export interface Candidate {
  name: string;
  /** Does the same work as the others, this many times. */
  round(operations: number): Promise<Spent>;
}

/** What a round took, in microseconds. */
export interface Spent {
  cpu: number;
  wall: number;
}

export interface Measured {
  name: string;
  /** Microseconds of CPU for one operation: the first quartile of the rounds. */
  cpuMicros: number;
  /** Microseconds on the clock for one operation: the first quartile of the rounds. */
  wallMicros: number;
  /** Third quartile of CPU over the first: 1 on a machine where nothing else happens. */
  spread: number;
}

export interface Rounds {
  rounds: number;
  operations: number;
  /** Operations of each candidate before anything is measured. Default: as many as in a round. */
  warmUp?: number;
}

export async function measureSideBySide(
  candidates: Candidate[],
  { rounds, operations, warmUp = operations }: Rounds,
): Promise<Measured[]> {
  const samples = new Map(candidates.map(({ name }) => [name, { cpu: [0], wall: [0] }]));
  for (const { cpu, wall } of samples.values()) {
    cpu.length = 0;
    wall.length = 0;
  }
  for (const { round } of candidates) await round(warmUp);
  for (let n = 0; n < rounds; n += 1) {
    for (const { name, round } of shuffle(candidates)) {
      const { cpu, wall } = await round(operations);
      samples.get(name)?.cpu.push(cpu / operations);
      samples.get(name)?.wall.push(wall / operations);
    }
  }
  return [...samples].map(([name, { cpu, wall }]) => ({
    name,
    cpuMicros: quantile(cpu, 0.25),
    wallMicros: quantile(wall, 0.25),
    spread: quantile(cpu, 0.75) / quantile(cpu, 0.25),
  }));
}

/** Always the same neighbours would always carry the same of each other. */
export function shuffle<Element>(elements: readonly Element[]): Element[] {
  return elements
    .map((element) => ({ element, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ element }) => element);
}

/** A candidate's round in this process. */
export function measuredHere(work: (operations: number) => Promise<void>): Candidate['round'] {
  return async (operations) => {
    collectGarbage();
    const cpuBefore = process.cpuUsage();
    const before = performance.now();
    await work(operations);
    const wall = (performance.now() - before) * 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { cpu: user + system, wall };
  };
}

/** By the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Runs `count` operations, at most `width` at once. */
export async function atOnce(
  count: number,
  width: number,
  operation: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < count) {
      const index = next;
      next += 1;
      await operation(index);
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
}
