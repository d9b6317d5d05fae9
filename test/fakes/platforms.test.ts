/** The stand-ins keep the same contract as the adapters: else what they prove is nothing. */
import { describePlatform } from '../contracts/platform.ts';
import { createStandInPlatform, readChat, startChat } from './chat-platform.ts';
import { createRecordingPlatform } from './recording-platform.ts';

const thread = {
  platform: 'terminal',
  workspaceId: 'w',
  channelId: 'c',
  threadId: 't',
} as const;

describePlatform('recording', async () => {
  const platform = createRecordingPlatform();
  const { replies, cards, notices } = platform;
  return {
    platform,
    thread,
    seen: async () => JSON.stringify([replies, [...cards.values()], notices]),
    stop: async () => undefined,
  };
});

describePlatform('chat stand-in', async () => {
  const chat = await startChat();
  return {
    platform: createStandInPlatform(chat),
    thread,
    seen: async () => JSON.stringify(await readChat(chat.url, thread)),
    stop: chat.stop,
  };
});
