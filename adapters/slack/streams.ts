/** Where Slack streams: for a person it knows, in workspaces that have not refused it lately. */
import type { ReplyTarget } from '../../src/core/platform.ts';
import { accountOf } from './notices.ts';
import { OF_ONE_PLACE } from './refusals.ts';

export interface Recipient {
  recipient_user_id: string;
  recipient_team_id: string;
}

export interface Streams {
  /** For whom this reply is streamed; `undefined` where it is not. */
  recipientOf(target: ReplyTarget): Promise<Recipient | undefined>;
  /** Slack refused a stream; `undefined` when there was only no room for it. */
  refused(workspaceId: string, code: string | undefined): void;
}

export interface StreamsOptions {
  /** The workspace that somebody belongs to: Slack refuses a recipient under another one. */
  homeOf(workspaceId: string, accountId: string): Promise<string>;
}

/** A workspace that does not stream is asked again after this, in milliseconds. */
const ASK_AGAIN_MS = 3_600_000;

export function createStreams({ homeOf }: StreamsOptions): Streams {
  const refusedUntil = new Map<string, number>();
  return {
    async recipientOf({ thread: { workspaceId }, author }) {
      if ((refusedUntil.get(workspaceId) ?? 0) > Date.now()) return undefined;
      const user = author && accountOf(author);
      if (!user) return undefined;
      // Whose workspace cannot be told is answered by edits.
      const team = await homeOf(workspaceId, user).catch(() => undefined);
      return team ? { recipient_user_id: user, recipient_team_id: team } : undefined;
    },
    refused(workspaceId, code) {
      if (code === undefined || OF_ONE_PLACE.includes(code)) return;
      refusedUntil.set(workspaceId, Date.now() + ASK_AGAIN_MS);
    },
  };
}
