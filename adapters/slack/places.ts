/** Where something was said: whether others can read it decides what may become of it. */
import type { ConversationsInfoResponse } from '@slack/web-api';
import { createCache } from '../../src/core/cache.ts';
import type { Log } from '../../src/core/log.ts';
import type { Place } from '../../src/core/thread.ts';
import type { Clients } from './clients.ts';
import { refusalOf } from './refusals.ts';

/** Milliseconds: a channel made private is known as such within it. */
const CACHE_MS = 300_000;

export interface Places {
  /**
   * `channelType` as events of messages bring it; else Slack is asked, and where the app is installed for a
   * whole organisation the place's workspace is the channel's, which may be another one than was named.
   */
  placeOf(workspaceId: string, channelId: string, channelType?: string): Promise<Place>;
}

const VISIBILITIES: Record<string, Place['visibility']> = {
  channel: 'public',
  group: 'private',
  mpim: 'private',
  im: 'dm',
  app_home: 'dm',
};

export function createPlaces({ clients, log }: { clients: Clients; log: Log }): Places {
  const asked = createCache(readPlace, CACHE_MS);

  async function readPlace([workspaceId, channelId]: [string, string]): Promise<Place> {
    try {
      const client = await clients.clientOf(workspaceId);
      const { channel } = await client.conversations.info({ channel: channelId });
      return {
        workspaceId: (await seenThrough(workspaceId, channel?.context_team_id)) ?? workspaceId,
        channelId,
        visibility: visibilityOf(channel),
      };
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      // What Slack does not tell us about is taken for private: nothing leaves it unasked.
      log.warn('slack-channel-not-known', { workspaceId, code });
      return { workspaceId, channelId, visibility: 'private' };
    }
  }

  /** An organisation's people come with the workspace of their own; the channel's is the thread's. */
  async function seenThrough(workspaceId: string, told: string | undefined) {
    const { teamId } = await clients.installationOf(workspaceId);
    return teamId && told?.startsWith('T') ? told : undefined;
  }

  async function placeOf(workspaceId: string, channelId: string, channelType?: string) {
    const told = channelType === undefined ? undefined : VISIBILITIES[channelType];
    const visibility = told ?? (channelId.startsWith('D') ? 'dm' : undefined);
    if (visibility) return { workspaceId, channelId, visibility };
    return asked.get(`${workspaceId}:${channelId}`, [workspaceId, channelId]);
  }

  return { placeOf };
}

function visibilityOf(channel: ConversationsInfoResponse['channel']): Place['visibility'] {
  if (channel?.is_im) return 'dm';
  return channel?.is_private || channel?.is_mpim || channel?.is_group ? 'private' : 'public';
}
