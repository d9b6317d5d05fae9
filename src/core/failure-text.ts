/** What a person is told when what they did went wrong: their mistake, the table, or ours under a reference. */
import { ChatError, StoreUnavailableError } from './errors.ts';

const NO_TABLE = 'I cannot reach my memory right now, so nothing was done. Try again in a minute.';

/** `report` logs what is nobody's mistake but ours, and gives its reference. */
export function describeError(error: unknown, report: () => string): string {
  if (error instanceof ChatError) return error.message;
  if (error instanceof StoreUnavailableError) return NO_TABLE;
  return `Something went wrong on my side (reference ${report()}). Try again.`;
}
