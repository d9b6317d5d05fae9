/** Which labels a draft gets: those that the project has and those it had before. What is left out is said. */

export interface SettledLabels {
  labels: string[];
  /** A sentence for the model each, with the reason. */
  dropped: string[];
}

const MAX_QUOTED = 60;
const NONE = 'the project has none by that name';
const UNKNOWN = 'the labels of the project could not be looked up';

/** `known`: the project's labels, where they could be looked up. Each keeps the spelling it has there. */
export function settleLabels(
  asked: string[],
  known: string[] | undefined,
  before: string[] = [],
): SettledLabels {
  const there = [...before, ...(known ?? [])];
  const find = (label: string) =>
    there.find((one) => one.toLowerCase() === label.trim().toLowerCase());
  const found = [...new Set(asked.flatMap((label) => find(label) ?? []))];
  const missing = asked.filter((label) => find(label) === undefined);
  const dropped = missing.map(
    (label) => `label "${label.trim().slice(0, MAX_QUOTED)}": ${known ? NONE : UNKNOWN}`,
  );
  // Of a wish that cannot be met nothing is done by halves: it may have been meant as an addition.
  const isUnmet = missing.length > 0 && (!known || found.length === 0);
  return { labels: isUnmet ? before : found, dropped };
}
