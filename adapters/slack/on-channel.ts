/** Channels that are archived, deleted, opened again, or known by another id; private ones have events of their own. */
import type { App } from '@slack/bolt';
import type { ChannelRef } from '../../src/core/thread.ts';
import { workspaceOf } from './on-message.ts';
import type { Receiving } from './receiving.ts';

const GONE = ['channel_archive', 'channel_deleted', 'group_archive', 'group_deleted'] as const;
const BACK = ['channel_unarchive', 'group_unarchive'] as const;

export function listenToChannels(app: App, { bot, moved }: Receiving): void {
  for (const name of GONE) {
    app.event(name, ({ event, context }) =>
      bot.handleChannelGone(channelOf(workspaceOf(context), event.channel)),
    );
  }
  for (const name of BACK) {
    app.event(name, ({ event, context }) =>
      bot.handleChannelBack(channelOf(workspaceOf(context), event.channel)),
    );
  }
  app.event('channel_id_changed', ({ event }) =>
    moved.moved(event.old_channel_id, event.new_channel_id),
  );
}

const channelOf = (workspaceId: string, channelId: string): ChannelRef => ({
  platform: 'slack',
  workspaceId,
  channelId,
});
