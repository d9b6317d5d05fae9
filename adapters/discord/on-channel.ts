/** Channels and threads: deleted ones. */
import {
  type GatewayChannelDeleteDispatchData,
  GatewayDispatchEvents,
  type GatewayThreadDeleteDispatchData,
} from 'discord.js';
import { threadRefOf } from './inbound.ts';
import type { Receiving } from './receiving.ts';

export interface ChannelListener {
  /** This thread is gone. */
  leave(threadId: string): Promise<void>;
}

export function listenToChannels({ client, backlog, bot }: Receiving): ChannelListener {
  const leave = (threadId: string) =>
    backlog.take(threadId, threadId, () => bot.handleThreadGone(threadRefOf(threadId)));
  client.ws.on(
    GatewayDispatchEvents.ThreadDelete,
    ({ id }: GatewayThreadDeleteDispatchData) => void leave(id),
  );
  client.ws.on(GatewayDispatchEvents.ChannelDelete, (data: GatewayChannelDeleteDispatchData) => {
    // Its threads are not named one by one.
    const { id, guild_id: workspaceId = '' } = data as { id: string; guild_id?: string };
    const channel = { platform: 'discord', workspaceId, channelId: id } as const;
    void backlog.take(id, id, () => bot.handleChannelGone(channel));
  });
  return { leave };
}
