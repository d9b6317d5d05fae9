/** The app's own place in Slack: its Home, its Messages tab, and Slack's Stop button. */
import type { App } from '@slack/bolt';
import { renderHome } from './home-view.ts';
import { threadRefOf } from './inbound.ts';
import { workspaceOf } from './on-message.ts';
import { act, meet, type Receiving } from './receiving.ts';

/** What somebody could begin with. */
export const PROMPTS = [
  { title: 'Report a bug', message: 'Something is broken: ' },
  { title: 'Ask for a feature', message: 'It would help if ' },
  { title: 'Show my conversations', message: 'list' },
  { title: 'What can you do?', message: 'help' },
];

export function listenToHome(app: App, receiving: Receiving): void {
  app.event('app_home_opened', async ({ event, context }) => {
    const workspaceId = workspaceOf(context);
    if (event.tab === 'home') return showHome(receiving, workspaceId, event.user);
    const client = await receiving.clients.clientOf(workspaceId);
    await client.assistant.threads
      .setSuggestedPrompts({
        channel_id: event.channel,
        title: 'What is wrong, or wanted?',
        prompts: PROMPTS as [(typeof PROMPTS)[number], ...typeof PROMPTS],
      } as Parameters<typeof client.assistant.threads.setSuggestedPrompts>[0])
      .catch((error: unknown) =>
        receiving.log.info('slack-prompts-not-shown', {
          code: String(error instanceof Error ? error.name : ''),
        }),
      );
  });
  app.event('agent_session_stopped' as 'message', async ({ event, context }) => {
    const { channel, thread_ts, user } = event as unknown as Record<string, string | undefined>;
    if (!channel || !thread_ts || !user) return;
    const workspaceId = workspaceOf(context);
    const { place, actor } = await meet(receiving, workspaceId, channel, user);
    const thread = threadRefOf(place.workspaceId, channel, thread_ts);
    await act(receiving, { thread, place, actor }, { kind: 'stop' });
  });
}

/** Publishes a person's Home as it is now. */
export async function showHome(
  { bot, clients, people, moved, publicUrl }: Receiving,
  workspaceId: string,
  userId: string,
): Promise<void> {
  const home = await bot.readHome(await people.authorOf(workspaceId, userId));
  const conversations = home.conversations.map(({ thread, ...rest }) => ({
    ...rest,
    thread: { ...thread, channelId: moved.knownAs(thread.channelId) },
  }));
  const client = await clients.clientOf(workspaceId);
  await client.views.publish({
    user_id: userId,
    view: renderHome({ home: { ...home, conversations }, publicUrl }),
  });
}
