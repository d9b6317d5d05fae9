/** Everything the bot listens to in Discord. */
import { listenToActions } from './on-action.ts';
import { listenToAutocomplete } from './on-autocomplete.ts';
import { listenToChannels } from './on-channel.ts';
import { listenToCommands } from './on-command.ts';
import { listenToMessages, type MessageListener } from './on-message.ts';
import { listenToShortcuts } from './on-shortcut.ts';
import { listenToViews } from './on-view.ts';
import type { Receiving } from './receiving.ts';

export function listen(receiving: Receiving): MessageListener {
  const messages = listenToMessages(receiving);
  listenToChannels(receiving);
  listenToCommands(receiving);
  listenToShortcuts(receiving);
  listenToActions(receiving);
  listenToViews(receiving);
  listenToAutocomplete(receiving);
  return messages;
}
