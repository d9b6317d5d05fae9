/** Where Slack streams: for a person it knows, in workspaces that have not refused it lately. */
import type { ReplyTarget } from '../../src/core/platform.ts';
import { OF_ONE_PLACE } from './refusals.ts';

export interface Recipient {
  recipient_user_id: string;
  recipient_team_id: string;
}

export interface Streams {
  /** For whom this reply is streamed; `undefined` where it is not. */
  recipientOf(target: ReplyTarget): Recipient | undefined;
  /** Slack refused a stream; `undefined` when there was only no room for it. */
  refused(workspaceId: string, code: string | undefined): void;
}

/** A workspace that does not stream is asked again after this, in milliseconds. */
const ASK_AGAIN_MS = 3_600_000;

export function createStreams(): Streams {
  const refusedUntil = new Map<string, number>();
  return {
    recipientOf({ thread, author }) {
      if ((refusedUntil.get(thread.workspaceId) ?? 0) > Date.now()) return undefined;
      const [platform, team = '', user = ''] = (author?.identity ?? '').split(':');
      if (platform !== 'slack' || !team || !user) return undefined;
      return {
        recipient_user_id: decodeURIComponent(user),
        recipient_team_id: decodeURIComponent(team),
      };
    },
    refused(workspaceId, code) {
      if (code === undefined || OF_ONE_PLACE.includes(code)) return;
      refusedUntil.set(workspaceId, Date.now() + ASK_AGAIN_MS);
    },
  };
}
