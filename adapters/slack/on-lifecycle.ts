/** The app was removed from a workspace, or its tokens were revoked. Both may come, in any order, and late. */
import type { App } from '@slack/bolt';
import type { Receiving } from './receiving.ts';

export function listenToLifecycle(app: App, { clients, log }: Receiving): void {
  app.event('app_uninstalled', async ({ body, context }) => {
    const workspaceId = goneFrom(context);
    await clients.forget(workspaceId, body.event_time);
    log.info('slack-uninstalled', { workspaceId });
  });
  app.event('tokens_revoked', async ({ event, body, context }) => {
    // Tokens of people are none that we keep.
    if ((event.tokens.bot ?? []).length === 0) return;
    await clients.forget(goneFrom(context), body.event_time);
  });
}

interface Origin {
  teamId?: string;
  enterpriseId?: string;
  isEnterpriseInstall?: boolean;
}

/** An organisation's installation goes as a whole. */
function goneFrom({ teamId, enterpriseId, isEnterpriseInstall }: Origin): string {
  return (isEnterpriseInstall ? enterpriseId : teamId) ?? enterpriseId ?? '';
}
