/** Threads, and channels with threads in them, that are deleted. */
import {
  type GatewayChannelDeleteDispatchData,
  GatewayDispatchEvents,
  type GatewayThreadDeleteDispatchData,
} from 'discord.js';
import { threadRefOf } from './inbound.ts';
import type { Receiving } from './receiver.ts';

export function listenToThreads({ client, backlog, bot }: Receiving): void {
  const leave = (threadId: string) =>
    void backlog.take(threadId, threadId, () => bot.handleThreadGone(threadRefOf(threadId)));
  client.ws.on(GatewayDispatchEvents.ThreadDelete, ({ id }: GatewayThreadDeleteDispatchData) =>
    leave(id),
  );
  client.ws.on(GatewayDispatchEvents.ChannelDelete, (data: GatewayChannelDeleteDispatchData) => {
    // Discord does not name them one by one.
    for (const [id, channel] of client.channels.cache) {
      if (channel.isThread() && channel.parentId === data.id) leave(id);
    }
  });
}
