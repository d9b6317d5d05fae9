/**
 * What Slack asks of a bot's token for each method (docs.slack.dev/reference/methods), written down
 * apart from what the product believes. Methods that are not here need nothing.
 */
import { SlackRefusal } from './slack-method.ts';
import type { SlackWorld } from './slack-world.ts';

const BY_METHOD: Record<string, string> = {
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'chat.startStream': 'chat:write',
  'chat.appendStream': 'chat:write',
  'chat.stopStream': 'chat:write',
  'conversations.open': 'im:write',
  'users.info': 'users:read',
  'files.info': 'files:read',
  'reactions.add': 'reactions:write',
  'assistant.threads.setStatus': 'chat:write',
  'assistant.threads.setSuggestedPrompts': 'assistant:write',
  'agents.sessions.setStatus': 'chat:write',
};
/** Of these, a scope of the channel's kind. */
const BY_CHANNEL: Record<string, string> = {
  'conversations.history': 'history',
  'conversations.replies': 'history',
  'conversations.info': 'read',
};
const FAMILIES = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' };

export function checkScopes(world: SlackWorld, method: string, channelId = ''): void {
  const channel = world.channels.get(channelId);
  const verb = BY_CHANNEL[method];
  const needed = verb && channel ? `${FAMILIES[channel.kind]}:${verb}` : BY_METHOD[method];
  if (needed && world.scopes && !world.scopes.has(needed)) throw new SlackRefusal('missing_scope');
}
