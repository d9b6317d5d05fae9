/** The Webhook port: what a tracker sends by itself, verified and understood. */
import type { IssueEvent } from './issue-event.ts';
import type { Unverified } from './unverified.ts';

export interface Webhook {
  readonly tracker: string;
  /** Verifies the sender before anything of the body is looked at. Never rejects for what it is sent. */
  read(headers: Headers, body: string): Promise<WebhookReading>;
}

export type WebhookReading =
  /** Not signed with our secret, or too long ago. */
  | { kind: 'refused'; reason: Unverified }
  /** Signed, and no JSON. */
  | { kind: 'malformed' }
  /** Nothing that threads are told of. `unknown`: an event of a shape that was not expected. */
  | { kind: 'ignored'; unknown?: true }
  | { kind: 'event'; event: IssueEvent };
