/** Everything the bot listens to in Discord. */
import { listenToActions } from './on-action.ts';
import { listenToAutocomplete } from './on-autocomplete.ts';
import { type ChannelListener, listenToChannels } from './on-channel.ts';
import { listenToCommands } from './on-command.ts';
import { listenToMessages, type MessageListener } from './on-message.ts';
import { listenToShortcuts } from './on-shortcut.ts';
import { listenToViews } from './on-view.ts';
import type { Receiving } from './receiving.ts';

/** What came is given by the gateway, or found in the history. */
export function listen(receiving: Receiving): MessageListener & ChannelListener {
  const messages = listenToMessages(receiving);
  const channels = listenToChannels(receiving);
  listenToCommands(receiving);
  listenToShortcuts(receiving);
  listenToActions(receiving);
  listenToViews(receiving);
  listenToAutocomplete(receiving);
  return { ...messages, ...channels };
}
