/** What people press, type and submit in the stand-in Slack, and the interactions that Slack makes of it. */
import { refuseOptions } from './slack-blocks.ts';
import type { Acknowledgement, SlackDelivery } from './slack-delivery.ts';
import { applyAnswer, type Block, type Element, stateOf } from './slack-modal.ts';
import type { SlackServer } from './slack-server.ts';
import { type SlackChannel, type SlackMessage, type SlackView, toAppPart } from './slack-world.ts';

export interface SlackGestures {
  /** Presses the button of this action under this message. */
  click(user: string, channel: string, ts: string, actionId: string): Promise<Acknowledgement>;
  /** Presses a button of a message that only this person sees, for instance the answer to a command. */
  clickAnswer(
    user: string,
    channel: string,
    answer: unknown,
    actionId: string,
  ): Promise<Acknowledgement>;
  /** Presses a button of the app's Home. */
  clickHome(user: string, actionId: string): Promise<Acknowledgement>;
  /** `/ticket text` in a channel. */
  command(user: string, channel: string, text: string): Promise<Acknowledgement>;
  /** A message shortcut on a message, or a global one. */
  shortcut(
    user: string,
    callbackId: string,
    on?: { channel: string; ts: string },
  ): Promise<Acknowledgement>;
  /** Submits an open modal with these inputs over what it shows; applies the app's answer to it. */
  submit(view: SlackView, inputs?: Record<string, unknown>): Promise<Acknowledgement>;
  /** Types into a select with search. */
  suggest(view: SlackView, actionId: string, typed: string): Promise<Acknowledgement>;
}

export interface GesturesOptions {
  slack: SlackServer;
  delivery: SlackDelivery;
}

export function createGestures({ slack, delivery }: GesturesOptions): SlackGestures {
  const { world } = slack;

  function channelOf(id: string): SlackChannel {
    const channel = world.channels.get(id);
    if (!channel) throw new Error(`the stand-in has no channel ${id}`);
    return channel;
  }

  function newTrigger(user: string): string {
    const id = world.nextId('trigger');
    world.triggers.set(id, { until: Date.now() + world.triggerLifetimeMs, user });
    return id;
  }

  /** Whoever acts comes with the workspace of their own; where an organisation has the app, no other is named. */
  const about = (user: string) => {
    const { name, team = world.team } = world.users.get(user) ?? {};
    const { enterprise, org = false } = world;
    return {
      user: { id: user, name, team_id: team },
      team: org ? null : { id: team, domain: 'stand-in' },
      api_app_id: 'A1',
      token: 'legacy',
      enterprise: enterprise ? { id: enterprise, name: 'Acme Corp' } : null,
      is_enterprise_install: org,
    };
  };
  const teamOf = ({ user }: SlackMessage) => world.users.get(user)?.team ?? world.team;
  const installedIn = () => ({ app_installed_team_id: world.org ? world.enterprise : world.team });
  const interact = (body: Record<string, unknown>) =>
    delivery.deliver({ kind: 'interaction', body });

  async function click(user: string, channelId: string, ts: string, actionId: string) {
    const message = channelOf(channelId).messages.find((one) => one.ts === ts);
    const found = findElement(message?.blocks ?? [], actionId);
    if (!message || !found) throw new Error(`there is no ${actionId} under ${ts}`);
    return interact({
      type: 'block_actions',
      ...about(user),
      trigger_id: newTrigger(user),
      response_url: world.responseUrl,
      channel: { id: channelId, name: 'general' },
      message: { type: 'message', ...message, team: teamOf(message) },
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channelId,
        is_ephemeral: false,
        ...(message.thread_ts && { thread_ts: message.thread_ts }),
      },
      actions: [{ ...found, action_ts: world.nextTs() }],
      state: { values: {} },
    });
  }

  async function clickAnswer(user: string, channelId: string, answer: unknown, actionId: string) {
    const { blocks = [], thread_ts } = answer as { blocks?: object[]; thread_ts?: string };
    const found = findElement(blocks, actionId);
    if (!found) throw new Error(`there is no ${actionId} in the answer`);
    return interact({
      type: 'block_actions',
      ...about(user),
      trigger_id: newTrigger(user),
      response_url: world.responseUrl,
      channel: { id: channelOf(channelId).id, name: 'general' },
      container: {
        type: 'message',
        message_ts: world.nextTs(),
        channel_id: channelId,
        is_ephemeral: true,
        ...(thread_ts && { thread_ts }),
      },
      actions: [{ ...found, action_ts: world.nextTs() }],
      state: { values: {} },
    });
  }

  async function clickHome(user: string, actionId: string) {
    const home = world.homes.get(user);
    const found = findElement((home?.blocks ?? []) as object[], actionId);
    if (!found) throw new Error(`there is no ${actionId} in the Home`);
    return interact({
      type: 'block_actions',
      ...about(user),
      trigger_id: newTrigger(user),
      view: {
        id: world.nextId('V'),
        type: 'home',
        private_metadata: '',
        ...home,
        ...installedIn(),
      },
      container: { type: 'view' },
      actions: [{ ...found, action_ts: world.nextTs() }],
    });
  }

  const command = (user: string, channel: string, text: string) =>
    delivery.deliver({
      kind: 'command',
      body: {
        token: 'legacy',
        command: '/ticket',
        text,
        response_url: world.responseUrl,
        trigger_id: newTrigger(user),
        user_id: user,
        user_name: world.users.get(user)?.name ?? '',
        team_id: world.team,
        team_domain: 'stand-in',
        ...(world.enterprise && { enterprise_id: world.enterprise, enterprise_name: 'Acme Corp' }),
        channel_id: channel,
        channel_name: channelOf(channel).kind === 'im' ? 'directmessage' : 'general',
        api_app_id: 'A1',
        is_enterprise_install: String(world.org ?? false),
      },
    });

  const shortcut: SlackGestures['shortcut'] = async (user, callbackId, on) => {
    const shared = {
      ...about(user),
      callback_id: callbackId,
      trigger_id: newTrigger(user),
      action_ts: world.nextTs(),
    };
    if (!on) return interact({ type: 'shortcut', ...shared });
    const message = channelOf(on.channel).messages.find(({ ts }) => ts === on.ts);
    if (!message) throw new Error(`the stand-in has no message ${on.ts}`);
    return interact({
      type: 'message_action',
      ...shared,
      response_url: world.responseUrl,
      message_ts: on.ts,
      channel: { id: on.channel, name: 'general' },
      message: {
        ...{ type: 'message', ...message, ...toAppPart(world, message), team: teamOf(message) },
      },
    });
  };

  async function submit(view: SlackView, inputs: Record<string, unknown> = {}) {
    const { values, missing } = stateOf(view, inputs);
    if (missing) throw new Error(`Slack's client would not send this: ${missing} is empty`);
    const acknowledged = await interact({
      type: 'view_submission',
      ...about(view.user),
      trigger_id: newTrigger(view.user),
      view: { id: view.id, hash: view.hash, ...view.view, ...installedIn(), state: { values } },
      response_urls: [],
    });
    applyAnswer(view, acknowledged);
    return acknowledged;
  }

  async function suggest(view: SlackView, actionId: string, typed: string) {
    const acknowledged = await interact({
      type: 'block_suggestion',
      ...about(view.user),
      action_id: actionId,
      block_id: actionId,
      value: typed,
      container: { type: 'view', view_id: view.id },
      view: { id: view.id, hash: view.hash, ...view.view, ...installedIn(), state: { values: {} } },
    });
    const refused = refuseOptions(acknowledged.body);
    if (refused) throw new Error(`Slack would show no options: ${refused}`);
    return acknowledged;
  }

  return { click, clickAnswer, clickHome, command, shortcut, submit, suggest };
}

function findElement(blocks: object[], actionId: string): Element | undefined {
  const elements = (blocks as Block[]).flatMap(({ elements = [], accessory }) =>
    accessory ? [...elements, accessory] : elements,
  );
  return elements.find(({ action_id }) => action_id === actionId);
}
