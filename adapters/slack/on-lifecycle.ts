/** The app was removed from a workspace, or its tokens were revoked. Both may come, in any order. */
import type { App } from '@slack/bolt';
import { workspaceOf } from './on-message.ts';
import type { Receiving } from './receiving.ts';

export function listenToLifecycle(app: App, { clients, log }: Receiving): void {
  app.event('app_uninstalled', async ({ context }) => {
    const workspaceId = workspaceOf(context);
    await clients.forget(workspaceId);
    log.info('slack-uninstalled', { workspaceId });
  });
  app.event('tokens_revoked', async ({ event, context }) => {
    // Tokens of people are none that we keep.
    if ((event.tokens.bot ?? []).length === 0) return;
    await clients.forget(workspaceOf(context));
  });
}
