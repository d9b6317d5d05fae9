/** A thread of the eval: what people said, and what a good draft of it must have. */
import type { TicketChanges, TicketPriority, TicketType } from '../../src/core/ticket-fields.ts';

/** Who, and what. */
export type Said = readonly [author: string, text: string];

export interface EvalThread {
  name: string;
  /** Oldest first; the last one calls the bot. */
  said: Said[];
  /** What follows the first answer. */
  next?: FollowUp[];
  /** Issues that the project has already. */
  issues?: { number: string; title: string }[];
  expected: Expected;
}

/** A change by hand, or another message to the bot. */
export type FollowUp = { edit: number; changes: TicketChanges } | { said: Said };

/** Only what is given is scored. Of alternatives, the first one is the best. */
export interface Expected {
  /** How many tickets; none at all where `asks` or `silent`. */
  tickets?: number;
  /** The bot asks back; a draft is wrong. */
  asks?: true;
  /** There is nothing to draft. */
  silent?: true;
  /** Of each ticket, in any order. */
  types?: TicketType[];
  priorities?: TicketPriority[];
  /** Must occur in the drafts, in whatever words are allowed. */
  facts?: RegExp[];
  /** Must occur in the drafts or in the reply. */
  told?: RegExp[];
  /** Must not occur in the drafts. */
  absent?: RegExp[];
  parts?: Part[];
}

/** `error`: the text verbatim in a code block; `steps`: a numbered list. */
export type Part = 'steps' | 'error' | 'criteria' | 'expected';
