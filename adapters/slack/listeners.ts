/** Everything the app listens to in Slack; the manifest subscribes to the same. */
import type { App } from '@slack/bolt';
import { listenToActions } from './on-action.ts';
import { listenToChannels } from './on-channel.ts';
import { listenToCommands } from './on-command.ts';
import { listenToHome } from './on-home.ts';
import { listenToLifecycle } from './on-lifecycle.ts';
import { listenToMessages } from './on-message.ts';
import { listenToShortcuts } from './on-shortcut.ts';
import { listenToViews } from './on-view.ts';
import type { Receiving } from './receiving.ts';

export function listen(app: App, receiving: Receiving): void {
  listenToMessages(app, receiving);
  listenToCommands(app, receiving);
  listenToShortcuts(app, receiving);
  listenToActions(app, receiving);
  listenToViews(app, receiving);
  listenToHome(app, receiving);
  listenToChannels(app, receiving);
  listenToLifecycle(app, receiving);
}
