/**
 * A conversation that begins without a message: a slash command, a modal, a shortcut. It is stored
 * under the interaction's id, acknowledged, and then gets a thread of its own.
 */
import type { ThreadSettings } from './conversation.ts';
import type { Attachment, Author } from './message.ts';
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
