/** What people do in the stand-in Slack, and the events that Slack makes of it. */
import { refuseOptions } from './slack-blocks.ts';
import type { Acknowledgement, SlackDelivery } from './slack-delivery.ts';
import { applyAnswer, type Block, type Element, stateOf } from './slack-modal.ts';
import type { SlackServer } from './slack-server.ts';
import type { SlackChannel, SlackFile, SlackMessage, SlackView } from './slack-world.ts';

export interface Saying {
  thread?: string;
  subtype?: string;
  files?: SlackFile[];
  /** Written by another app. */
  botId?: string;
}

export interface SlackPeople {
  /** Writes a message; resolves when the app has acknowledged every event of it, or was given up on. */
  say(user: string, channel: string, text: string, saying?: Saying): Promise<SlackMessage>;
  /** The events of a message again, as Slack redelivers them. */
  redeliver(channel: string, message: SlackMessage): Promise<Acknowledgement[]>;
  edit(channel: string, ts: string, text: string): Promise<Acknowledgement>;
  /** Slack adds to a message what a link in it leads to. */
  unfurl(channel: string, ts: string): Promise<Acknowledgement>;
  remove(channel: string, ts: string): Promise<Acknowledgement>;
  react(user: string, channel: string, ts: string, reaction: string): Promise<Acknowledgement>;
  /** Presses the button of this action under this message. */
  click(user: string, channel: string, ts: string, actionId: string): Promise<Acknowledgement>;
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
  /** Nobody writes there any more; everything can still be read. */
  archive(user: string, channel: string): Promise<Acknowledgement>;
  unarchive(user: string, channel: string): Promise<Acknowledgement>;
  deleteChannel(channel: string): Promise<Acknowledgement>;
  /** Any other event. */
  event(event: Record<string, unknown>): Promise<Acknowledgement>;
}

export interface PeopleOptions {
  slack: SlackServer;
  delivery: SlackDelivery;
}

const CHANNEL_TYPES = { channel: 'channel', group: 'group', im: 'im', mpim: 'mpim' } as const;

export function createPeople({ slack, delivery }: PeopleOptions): SlackPeople {
  const { world } = slack;

  function channelOf(id: string): SlackChannel {
    const channel = world.channels.get(id);
    if (!channel) throw new Error(`the stand-in has no channel ${id}`);
    return channel;
  }

  const envelopeOf = (event: Record<string, unknown>) => ({
    kind: 'event' as const,
    body: {
      type: 'event_callback',
      token: 'legacy',
      team_id: world.team,
      ...(world.enterprise && { enterprise_id: world.enterprise }),
      api_app_id: 'A1',
      event,
      event_id: world.nextId('Ev'),
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [
        {
          enterprise_id: world.enterprise ?? null,
          team_id: world.team,
          user_id: world.botUser,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
    },
  });

  const event = (body: Record<string, unknown>) => delivery.deliver(envelopeOf(body));

  /** A mention in a channel comes twice: as itself and as the message it is. */
  function eventsOf(channel: SlackChannel, message: SlackMessage): Record<string, unknown>[] {
    const { ts, text, user, thread_ts, subtype, bot_id, files } = message;
    const team = world.users.get(user)?.team ?? world.team;
    const shared = {
      ts,
      text,
      user,
      team,
      channel: channel.id,
      event_ts: ts,
      ...(thread_ts && { thread_ts }),
      ...(bot_id && { bot_id }),
      ...(files && { files: files.map((file) => toApiFile(slack, file)) }),
    };
    const said = {
      type: 'message',
      channel_type: CHANNEL_TYPES[channel.kind],
      client_msg_id: `c-${ts}`,
      ...(subtype && { subtype }),
      ...shared,
    };
    const mentioned = text.includes(`<@${world.botUser}>`) && channel.kind !== 'im';
    return mentioned ? [{ type: 'app_mention', ...shared }, said] : [said];
  }

  const redeliver = (channel: string, message: SlackMessage) =>
    Promise.all(eventsOf(channelOf(channel), message).map(event));

  async function say(user: string, channelId: string, text: string, saying: Saying = {}) {
    const channel = channelOf(channelId);
    if (channel.archived)
      throw new Error(`Slack lets nobody write in ${channelId}: it is archived`);
    const { thread, subtype, files, botId } = saying;
    const message: SlackMessage = {
      ts: world.nextTs(),
      user,
      text,
      ...(thread && { thread_ts: thread }),
      ...(subtype && { subtype }),
      ...(files && { files, subtype: 'file_share' }),
      ...(botId && { bot_id: botId }),
    };
    channel.messages.push(message);
    const root = channel.messages.find(({ ts }) => ts === thread);
    if (root) root.thread_ts = root.ts;
    await redeliver(channelId, message);
    return message;
  }

  function newTrigger(user: string): string {
    const id = world.nextId('trigger');
    world.triggers.set(id, { until: Date.now() + world.triggerLifetimeMs, user });
    return id;
  }

  const about = (user: string) => ({
    user: { id: user, name: world.users.get(user)?.name, team_id: world.users.get(user)?.team },
    team: { id: world.team, domain: 'stand-in' },
    api_app_id: 'A1',
    token: 'legacy',
    enterprise: null,
    is_enterprise_install: false,
  });
  const interact = (body: Record<string, unknown>) =>
    delivery.deliver({ kind: 'interaction', body });

  function messageIn(channel: SlackChannel, ts: string): SlackMessage {
    const message = channel.messages.find((one) => one.ts === ts);
    if (!message) throw new Error(`the stand-in has no message ${ts}`);
    return message;
  }

  /** A message as another event tells of it. */
  const derived = (
    { id, kind }: SlackChannel,
    subtype: string,
    previous: SlackMessage,
    rest: Record<string, unknown>,
  ) =>
    event({
      type: 'message',
      subtype,
      hidden: true,
      channel: id,
      channel_type: CHANNEL_TYPES[kind],
      ts: world.nextTs(),
      event_ts: world.nextTs(),
      previous_message: { type: 'message', ...previous },
      ...rest,
    });

  async function edit(channelId: string, ts: string, text: string) {
    const channel = channelOf(channelId);
    const message = messageIn(channel, ts);
    const previous = { ...message };
    Object.assign(message, { text, edited: true });
    return derived(channel, 'message_changed', previous, {
      message: { type: 'message', ...message },
    });
  }

  /** Slack has looked at a link in it. */
  async function unfurl(channelId: string, ts: string) {
    const channel = channelOf(channelId);
    const message = messageIn(channel, ts);
    return derived(channel, 'message_changed', message, {
      message: { type: 'message', ...message, attachments: [{ id: 1, title: 'A page' }] },
    });
  }

  /** Of a message with replies a stone is left. */
  async function remove(channelId: string, ts: string) {
    const channel = channelOf(channelId);
    const previous = messageIn(channel, ts);
    const index = channel.messages.indexOf(previous);
    const replies = channel.messages.filter(({ thread_ts }) => thread_ts === ts).length - 1;
    if (previous.thread_ts !== ts || replies < 1) {
      channel.messages.splice(index, 1);
      return derived(channel, 'message_deleted', previous, { deleted_ts: ts });
    }
    const stone = { ts, thread_ts: ts, user: 'USLACKBOT', text: 'This message was deleted.' };
    const tombstone = { ...stone, subtype: 'tombstone' };
    channel.messages.splice(index, 1, tombstone);
    return derived(channel, 'message_changed', previous, {
      message: { type: 'message', ...tombstone, hidden: true },
    });
  }

  /** Private channels, which were called groups, have events of their own. */
  const nameOf = ({ kind }: SlackChannel, what: string) =>
    `${kind === 'channel' ? 'channel' : 'group'}_${what}`;

  /** The event, and what Slack itself writes into the channel. */
  async function setArchived(user: string, channelId: string, archived: boolean) {
    const channel = channelOf(channelId);
    channel.archived = archived;
    const type = nameOf(channel, archived ? 'archive' : 'unarchive');
    const ts = world.nextTs();
    const acknowledged = await event({ type, channel: channelId, user, event_ts: ts });
    const text = `<@${user}> ${archived ? 'archived' : 'un-archived'} the channel`;
    const message = { ts, user, text, subtype: type };
    channel.messages.push(message);
    await redeliver(channelId, message);
    return acknowledged;
  }

  async function deleteChannel(channelId: string) {
    const type = nameOf(channelOf(channelId), 'deleted');
    world.channels.delete(channelId);
    return event({ type, channel: channelId, event_ts: world.nextTs() });
  }

  const react = (user: string, channel: string, ts: string, reaction: string) =>
    event({
      type: 'reaction_added',
      user,
      reaction,
      item: { type: 'message', channel, ts },
      event_ts: world.nextTs(),
    });

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
      message: { type: 'message', ...message },
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

  async function clickHome(user: string, actionId: string) {
    const home = world.homes.get(user);
    const found = findElement((home?.blocks ?? []) as object[], actionId);
    if (!found) throw new Error(`there is no ${actionId} in the Home`);
    return interact({
      type: 'block_actions',
      ...about(user),
      trigger_id: newTrigger(user),
      view: { id: world.nextId('V'), type: 'home', private_metadata: '', ...home },
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
        channel_id: channel,
        channel_name: channelOf(channel).kind === 'im' ? 'directmessage' : 'general',
        api_app_id: 'A1',
        is_enterprise_install: 'false',
      },
    });

  const shortcut: SlackPeople['shortcut'] = async (user, callbackId, on) => {
    const shared = {
      ...about(user),
      callback_id: callbackId,
      trigger_id: newTrigger(user),
      action_ts: world.nextTs(),
    };
    if (!on) return interact({ type: 'shortcut', ...shared });
    const message = channelOf(on.channel).messages.find(({ ts }) => ts === on.ts);
    return interact({
      type: 'message_action',
      ...shared,
      response_url: world.responseUrl,
      message_ts: on.ts,
      channel: { id: on.channel, name: 'general' },
      message: { type: 'message', ...message },
    });
  };

  async function submit(view: SlackView, inputs: Record<string, unknown> = {}) {
    const { values, missing } = stateOf(view, inputs);
    if (missing) throw new Error(`Slack's client would not send this: ${missing} is empty`);
    const acknowledged = await interact({
      type: 'view_submission',
      ...about(view.user),
      trigger_id: newTrigger(view.user),
      view: { id: view.id, hash: view.hash, ...view.view, state: { values } },
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
      view: { id: view.id, hash: view.hash, ...view.view, state: { values: {} } },
    });
    const refused = refuseOptions(acknowledged.body);
    if (refused) throw new Error(`Slack would show no options: ${refused}`);
    return acknowledged;
  }

  return {
    say,
    redeliver,
    edit,
    unfurl,
    remove,
    react,
    click,
    clickHome,
    command,
    shortcut,
    submit,
    suggest,
    archive: (user, channel) => setArchived(user, channel, true),
    unarchive: (user, channel) => setArchived(user, channel, false),
    deleteChannel,
    event,
  };
}

function findElement(blocks: object[], actionId: string): Element | undefined {
  const elements = (blocks as Block[]).flatMap(({ elements = [], accessory }) =>
    accessory ? [...elements, accessory] : elements,
  );
  return elements.find(({ action_id }) => action_id === actionId);
}

function toApiFile({ apiUrl }: SlackServer, { id, name, mimetype, content }: SlackFile) {
  const url = new URL(`/files/${id}`, apiUrl).href;
  return { id, name, mimetype, size: content.length, url_private: url, url_private_download: url };
}
