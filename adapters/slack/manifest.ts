/** The app as Slack is told of it: made once from the manifest, updated with it after an upgrade. */
import type { AppsManifestCreateArguments } from '@slack/web-api';
import { TICKET_COMMAND } from './on-command.ts';
import { PROMPTS } from './on-home.ts';
import { SHORTCUTS } from './on-shortcut.ts';
import { BOT_SCOPES, EVENT_SCOPES } from './scopes.ts';

/** Where Slack finds the app. Paths are below the product's public address. */
export const EVENTS_PATH = '/slack/events';
export const INSTALL_PATH = '/slack/install';
export const REDIRECT_PATH = '/slack/oauth_redirect';

export interface ManifestOptions {
  /** Over HTTP, Slack sends everything to the public address. */
  connection: 'socket' | 'http';
  workspaces: 'one' | 'many';
  /** Without an end slash. Needed over HTTP and for many workspaces. */
  publicUrl?: string | undefined;
}

export type Manifest = AppsManifestCreateArguments['manifest'];
type Settings = NonNullable<Manifest['settings']>;
type BotEvents = NonNullable<Settings['event_subscriptions']>['bot_events'];
type BotScopes = NonNullable<NonNullable<Manifest['oauth_config']>['scopes']>['bot'];

const DESCRIPTION = 'Turns a thread into well-formed issues: it drafts, a person approves.';
const LONG_DESCRIPTION =
  'Mention me in a thread, or write to me: I read what was said and draft tickets. You edit them here, and once you approve, I file each as an issue, exactly once, and tell the thread what becomes of it. Nothing is filed until a person approves.';

export function createManifest({ connection, workspaces, publicUrl }: ManifestOptions): Manifest {
  const eventsUrl = connection === 'http' ? `${publicUrl}${EVENTS_PATH}` : undefined;
  return {
    display_information: {
      name: 'prompt-to-issue',
      description: DESCRIPTION,
      long_description: LONG_DESCRIPTION,
      background_color: '#1f2937',
    },
    features: describeFeatures(eventsUrl),
    oauth_config: {
      ...(workspaces === 'many' && { redirect_urls: [`${publicUrl}${REDIRECT_PATH}`] }),
      // The SDK's list lacks `assistant:write`.
      scopes: { bot: BOT_SCOPES as BotScopes },
    },
    settings: {
      event_subscriptions: {
        ...(eventsUrl && { request_url: eventsUrl }),
        // The SDK's list lacks `agent_session_stopped`.
        bot_events: Object.keys(EVENT_SCOPES).sort() as BotEvents,
      },
      interactivity: {
        is_enabled: true,
        ...(eventsUrl && { request_url: eventsUrl, message_menu_options_url: eventsUrl }),
      },
      socket_mode_enabled: connection === 'socket',
      // Who runs one workspace pastes its token, which therefore must not change.
      token_rotation_enabled: workspaces === 'many',
      org_deploy_enabled: workspaces === 'many',
    },
  };
}

function describeFeatures(url: string | undefined): NonNullable<Manifest['features']> {
  return {
    agent_view: { agent_description: DESCRIPTION, suggested_prompts: PROMPTS },
    app_home: {
      home_tab_enabled: true,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    },
    bot_user: { display_name: 'prompt-to-issue', always_online: true },
    shortcuts: [
      {
        type: 'message',
        name: 'Draft a ticket',
        callback_id: SHORTCUTS.draft,
        description: 'Draft a ticket from this message',
      },
      {
        type: 'global',
        name: 'New ticket',
        callback_id: SHORTCUTS.newTicket,
        description: 'Write a ticket',
      },
    ],
    slash_commands: [
      {
        command: TICKET_COMMAND,
        description: 'Draft a ticket from a few words, or write one',
        usage_hint: 'what is wrong or wanted | help | settings | list | link',
        ...(url && { url }),
      },
    ],
  };
}
