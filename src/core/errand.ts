/**
 * Something small to be done once for a thread, whatever becomes of the process: stored with a claim
 * before whoever asked is told that it will be done.
 */
import { z } from 'zod';
import { issueEventSchema } from './issue-event.ts';

const authorSchema = z.object({
  identity: z.string(),
  name: z.string(),
  standing: z.enum(['member', 'guest', 'bot']),
});

export const errandTaskSchema = z.discriminatedUnion('kind', [
  /** Bring the tickets, and the thread itself, in step with what happened to their issue. */
  z.object({ kind: z.literal('tell'), event: issueEventSchema, ticketIds: z.array(z.string()) }),
  /** Add what somebody said in the thread to an issue. */
  z.object({
    kind: z.literal('comment'),
    /** `tracker:project`. */
    project: z.string(),
    number: z.string(),
    author: authorSchema,
    text: z.string(),
    attachments: z.array(z.string()),
    permalink: z.string().optional(),
  }),
]);
export type ErrandTask = z.infer<typeof errandTaskSchema>;

/** The same id for the same thing, so that it is not done again. No `#`. */
export interface ErrandRef {
  conversationId: string;
  id: string;
}

export type Errand = ErrandRef & { task: ErrandTask };

/** The right to do it now, as a lease. */
export interface ErrandClaim {
  token: string;
  attempt: number;
  /** Both in milliseconds since the epoch; free to take once `expiresAt` is past. */
  claimedAt: number;
  expiresAt: number;
}

export interface ErrandRepository {
  /** False when it was given before. */
  putErrand(errand: Errand, claim: ErrandClaim): Promise<boolean>;
  /** `undefined` when it has ended. */
  getErrand(ref: ErrandRef): Promise<{ errand: Errand; claim: ErrandClaim } | undefined>;
  /** Takes a lapsed claim over. */
  takeErrand(ref: ErrandRef, replaces: ErrandClaim, claim: ErrandClaim): Promise<boolean>;
  /** Renews the claim, or lets it lapse at another time; false when it is somebody else's now. */
  renewErrand(ref: ErrandRef, claim: ErrandClaim): Promise<boolean>;
  /** Done, or given up: what it was about is forgotten, that it was is remembered for a week. */
  endErrand(ref: ErrandRef, claim: ErrandClaim): Promise<void>;
}
