/** Issues that may be what a draft is about, judged by the words that both titles and texts share. */
import type { IssueSummary } from './tracker.ts';

export interface Duplicate {
  issue: IssueSummary;
  /** For people: `shares “checkout”, “safari”`. */
  why: string;
}
