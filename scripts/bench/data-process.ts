/** One candidate of `bench data` in a process of its own: what others taught the compiler, or left behind, is not its. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataCandidate, Operation } from './data-case.ts';
import { TEXT } from './data-case.ts';
import { atOnce, measuredHere } from './measure.ts';

/** Texts read, or microseconds. */
export type DataOrder =
  | { kind: 'count' }
  | { kind: 'round'; operation: Operation; first: number; operations: number };

/** Requests at once. */
export const WIDTH = 8;

const [file = '', place = ''] = process.argv.slice(2);
if (process.send) {
  const { createCandidate } = await import(pathToFileURL(join(import.meta.dirname, file)).href);
  const candidate: DataCandidate = createCandidate(JSON.parse(place));
  process.on('message', async (order: DataOrder) => process.send?.(await obey(candidate, order)));
  process.on('disconnect', () => process.exit(0));
  process.send('ready');
}

function obey(candidate: DataCandidate, order: DataOrder) {
  if (order.kind === 'count') return countTexts(candidate);
  const { operation, first, operations } = order;
  const work = (count: number) => atOnce(count, WIDTH, (n) => candidate[operation](first + n));
  return measuredHere(work)(operations);
}

async function countTexts({ get, query }: DataCandidate): Promise<number> {
  const found = JSON.stringify([await get(3), await query()]);
  return found.split(TEXT).length - 1;
}
