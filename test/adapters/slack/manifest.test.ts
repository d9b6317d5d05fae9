/** The manifest: what the app hears and calls is what it asks Slack for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { listen } from '../../../adapters/slack/listeners.ts';
import { createManifest } from '../../../adapters/slack/manifest.ts';
import type { Receiving } from '../../../adapters/slack/receiving.ts';
import { BOT_SCOPES, EVENT_SCOPES, METHOD_SCOPES } from '../../../adapters/slack/scopes.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'adapters', 'slack');
/** The Web API's families whose methods are called through the SDK's client. */
const CALL =
  /\.((?:agents|apps|assistant|auth|chat|conversations|files|oauth\.v2|reactions|users|views)(?:\s*\.[a-z][A-Za-z0-9]*)+)\(/g;
const MESSAGES = ['message.channels', 'message.groups', 'message.im', 'message.mpim'];

/** What the listeners register with Bolt. */
function listened() {
  const heard: Record<'event' | 'command' | 'shortcut', unknown[]> = {
    event: [],
    command: [],
    shortcut: [],
  };
  const app = {
    event: (name: string) => heard.event.push(name),
    command: (name: string) => heard.command.push(name),
    shortcut: ({ callback_id }: { callback_id: string }) => heard.shortcut.push(callback_id),
    action: () => undefined,
    view: () => undefined,
    options: () => undefined,
  };
  listen(app as unknown as App, {} as Receiving);
  return heard;
}

function methodsCalled(): string[] {
  const source = readdirSync(FOLDER).map((file) => readFileSync(join(FOLDER, file), 'utf8'));
  const found = source.flatMap((text) => [...text.matchAll(CALL)].map(([, name = '']) => name));
  return [...new Set(found.map((name) => name.replaceAll(/\s/g, '')))].filter(
    (name) => !/\.(map|get|set|has|add|delete|filter|values)$/.test(name) || name in METHOD_SCOPES,
  );
}

describe('the manifest', () => {
  const one = { connection: 'socket', workspaces: 'one' } as const;

  it('subscribes to every event the listeners wait for, and to no other', () => {
    const wanted = listened().event.flatMap((name) => (name === 'message' ? MESSAGES : [name]));
    const { settings } = createManifest(one);
    expect(settings?.event_subscriptions?.bot_events).toEqual([...new Set(wanted)].sort());
  });

  it('has the command and the shortcuts the listeners wait for', () => {
    const { features } = createManifest(one);
    const heard = listened();
    expect(features?.slash_commands?.map(({ command }) => command)).toEqual(heard.command);
    expect(features?.shortcuts?.map(({ callback_id }) => callback_id)).toEqual(heard.shortcut);
  });

  it('asks for the scopes of every method that is called, and of every event', () => {
    const called = methodsCalled();
    expect(called).toContain('chat.postMessage');
    expect(called).toContain('assistant.threads.setSuggestedPrompts');
    expect(called.filter((name) => !(name in METHOD_SCOPES))).toEqual([]);
    const { oauth_config } = createManifest(one);
    expect(oauth_config?.scopes?.bot).toEqual(BOT_SCOPES);
    const needed = [...Object.values(METHOD_SCOPES), ...Object.values(EVENT_SCOPES)].flat();
    expect(needed.filter((scope) => !BOT_SCOPES.includes(scope))).toEqual([]);
  });

  it('needs no address over Socket Mode', () => {
    const manifest = createManifest(one);
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: true,
      token_rotation_enabled: false,
    });
    expect(JSON.stringify(manifest)).not.toMatch(/https?:/);
  });

  it('sends everything to the public address over HTTP, searches of selects too', () => {
    const publicUrl = 'https://bot.example.com';
    const { settings, features } = createManifest({ ...one, connection: 'http', publicUrl });
    const url = `${publicUrl}/slack/events`;
    expect(settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: url },
      interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
    });
    expect(features?.slash_commands?.[0]?.url).toBe(url);
  });

  it('lets many workspaces install it, with tokens that rotate, organisations too', () => {
    const publicUrl = 'https://bot.example.com';
    const manifest = createManifest({ connection: 'http', workspaces: 'many', publicUrl });
    expect(manifest.oauth_config?.redirect_urls).toEqual([`${publicUrl}/slack/oauth_redirect`]);
    expect(manifest.settings).toMatchObject({
      org_deploy_enabled: true,
      token_rotation_enabled: true,
    });
  });

  it('keeps to what Slack takes: names, descriptions, at most 5 global and 5 message shortcuts', () => {
    const { display_information: shown, features } = createManifest(one);
    expect(shown.name.length).toBeLessThanOrEqual(35);
    expect(shown.description?.length).toBeLessThanOrEqual(140);
    expect(shown.long_description?.length).toBeGreaterThanOrEqual(175);
    expect(features?.agent_view?.agent_description?.length).toBeLessThanOrEqual(300);
    for (const { name, description } of features?.shortcuts ?? []) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
  });
});
