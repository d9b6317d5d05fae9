/**
 * A conversation that begins without a message: a slash command, a modal, a shortcut. It is stored
 * under the interaction's id, acknowledged, and then gets a thread of its own.
 */
import type { ThreadSettings } from './conversation.ts';
import type { Attachment, Author } from './message.ts';
import type { OpenedThread } from './platform.ts';
import type { Place, PlatformName } from './thread.ts';

export interface ThreadStart {
  /** The interaction's own id: delivered twice, it starts once. No `#`. */
  id: string;
  platform: PlatformName;
  place: Place;
  author: Author;
  /** What was asked for. */
  text: string;
  attachments?: Attachment[];
  /** Chosen with the command: project, mode, provider. */
  settings: ThreadSettings;
  /** When the platform says it was given: ISO 8601 with milliseconds, UTC. */
  givenAt: string;
}

/** The right to open its thread now, as a lease. */
export interface StartClaim {
  token: string;
  attempt: number;
  /** Both in milliseconds since the epoch; free to take once `expiresAt` is past. */
  claimedAt: number;
  expiresAt: number;
}

export type StartOutcome =
  /** `opened` follows; it rejects with `ChatError` when the platform does not allow the thread. */
  | { kind: 'stored'; opened: Promise<OpenedThread> }
  /** Given before. */
  | { kind: 'duplicate' };

/** Names a start without having read it. */
export type StartPlace = Pick<ThreadStart, 'platform' | 'id'> & { workspaceId: string };

export interface StartRepository {
  /** False when it was given before: it is remembered for a day after its thread was opened. */
  putStart(start: ThreadStart, claim: StartClaim): Promise<boolean>;
  /** `undefined` when it has ended. */
  getStart(place: StartPlace): Promise<{ start: ThreadStart; claim: StartClaim } | undefined>;
  /** Takes a lapsed claim over. */
  takeStart(start: ThreadStart, replaces: StartClaim, claim: StartClaim): Promise<boolean>;
  /** False when the claim is somebody else's now, or the start has ended. */
  renewStart(start: ThreadStart, claim: StartClaim): Promise<boolean>;
  /** Nobody tries again. */
  endStart(start: ThreadStart, claim: StartClaim): Promise<void>;
}
