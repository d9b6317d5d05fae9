/**
 * What the app may do in a workspace, and why: each event it hears and each Web API method it calls,
 * with the scopes Slack asks for (the pages of docs.slack.dev/reference/events and
 * docs.slack.dev/reference/methods). The manifest is made of it, and the doctor compares with it.
 */

/** Events by their names in the manifest. */
export const EVENT_SCOPES: Record<string, string[]> = {
  app_mention: ['app_mentions:read'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  reaction_added: ['reactions:read'],
  channel_archive: ['channels:read'],
  channel_deleted: ['channels:read'],
  /** Of private channels only. */
  channel_id_changed: ['groups:read'],
  channel_unarchive: ['channels:read'],
  group_archive: ['groups:read'],
  group_deleted: ['groups:read'],
  group_unarchive: ['groups:read'],
  app_home_opened: [],
  agent_session_stopped: ['assistant:write'],
  app_uninstalled: [],
  tokens_revoked: [],
};

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];
const READ = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];
const WRITE = ['chat:write'];

/** Methods of the Web API; of one that knows several kinds of channels, the scope of each kind. */
export const METHOD_SCOPES: Record<string, string[]> = {
  'auth.test': [],
  'oauth.v2.access': [],
  'chat.postMessage': WRITE,
  'chat.postEphemeral': WRITE,
  'chat.update': WRITE,
  'chat.delete': WRITE,
  'chat.startStream': WRITE,
  'chat.appendStream': WRITE,
  'chat.stopStream': WRITE,
  'chat.getPermalink': [],
  'conversations.history': HISTORY,
  'conversations.replies': HISTORY,
  'conversations.info': READ,
  'conversations.open': ['im:write'],
  'users.info': ['users:read'],
  'files.info': ['files:read'],
  'views.open': [],
  'views.push': [],
  'views.update': [],
  'views.publish': [],
  'assistant.threads.setStatus': WRITE,
  'assistant.threads.setSuggestedPrompts': ['assistant:write'],
  'agents.sessions.setStatus': ['assistant:write'],
};

/** The slash command and the shortcuts. */
const COMMANDS = ['commands'];

/** Every scope of the bot's token, sorted. */
export const BOT_SCOPES: string[] = [
  ...new Set([
    ...Object.values(EVENT_SCOPES).flat(),
    ...Object.values(METHOD_SCOPES).flat(),
    ...COMMANDS,
  ]),
].sort();
