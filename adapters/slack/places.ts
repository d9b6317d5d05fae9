/** Where something was said: whether others can read it decides what may become of it. */
import { createCache } from '../../src/core/configuration.ts';
import type { Log } from '../../src/core/log.ts';
import type { Place } from '../../src/core/thread.ts';
import type { Clients } from './clients.ts';
import { refusalOf } from './refusals.ts';

/** Milliseconds: a channel made private is known as such within it. */
const CACHE_MS = 300_000;

export interface Places {
  /** `channelType` as events of messages bring it; else Slack is asked. */
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
  const asked = createCache(readVisibility, CACHE_MS);

  async function readVisibility([workspaceId, channel]: [string, string]) {
    try {
      const client = await clients.clientOf(workspaceId);
      const { channel: found } = await client.conversations.info({ channel });
      if (found?.is_im) return 'dm' as const;
      return found?.is_private || found?.is_mpim || found?.is_group ? 'private' : 'public';
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      // What Slack does not tell us about is taken for private: nothing leaves it unasked.
      log.warn('slack-channel-not-known', { workspaceId, code });
      return 'private' as const;
    }
  }

  async function placeOf(workspaceId: string, channelId: string, channelType?: string) {
    const told = channelType === undefined ? undefined : VISIBILITIES[channelType];
    const visibility =
      told ??
      (channelId.startsWith('D')
        ? 'dm'
        : await asked.get(`${workspaceId}:${channelId}`, [workspaceId, channelId]));
    return { workspaceId, channelId, visibility };
  }

  return { placeOf };
}
