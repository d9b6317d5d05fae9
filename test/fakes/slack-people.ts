/** What people do in the stand-in Slack, and the events that Slack makes of it. */
import type { Acknowledgement, SlackDelivery } from './slack-delivery.ts';
import { createGestures, type SlackGestures } from './slack-gestures.ts';
import type { SlackServer } from './slack-server.ts';
import { type SlackChannel, type SlackFile, type SlackMessage, toAppPart } from './slack-world.ts';

export interface Saying {
  thread?: string;
  subtype?: string;
  files?: SlackFile[];
  /** Written by another app. */
  botId?: string;
  /** The name that the app goes by. */
  username?: string;
  /** What an app lays out, or somebody forwards. */
  attachments?: object[];
  blocks?: object[];
  /** Slack delivers each of its events twice, at the same moment. */
  doubled?: boolean;
}

export interface SlackPeople extends SlackGestures {
  /** Writes a message; resolves when the app has acknowledged every event of it, or was given up on. */
  say(user: string, channel: string, text: string, saying?: Saying): Promise<SlackMessage>;
  /** The events of a message again, as Slack redelivers them. */
  redeliver(channel: string, message: SlackMessage): Promise<Acknowledgement[]>;
  edit(channel: string, ts: string, text: string): Promise<Acknowledgement>;
  /** Slack adds to a message what a link in it leads to. */
  unfurl(channel: string, ts: string): Promise<Acknowledgement>;
  remove(channel: string, ts: string): Promise<Acknowledgement>;
  react(user: string, channel: string, ts: string, reaction: string): Promise<Acknowledgement>;
  /** Presses Slack's own Stop under an agent that works in this thread. */
  stop(user: string, channel: string, thread: string): Promise<Acknowledgement>;
  /** Nobody writes there any more; everything can still be read. */
  archive(user: string, channel: string): Promise<Acknowledgement>;
  unarchive(user: string, channel: string): Promise<Acknowledgement>;
  deleteChannel(channel: string): Promise<Acknowledgement>;
  /** A private channel is shared with another organisation: from then on Slack knows it by the other id only. */
  moveChannel(channel: string, to: string): Promise<Acknowledgement>;
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
      // In a channel shared with others, the workspace of whoever wrote.
      team_id: event.team ?? world.team,
      context_team_id: world.team,
      ...(world.enterprise && {
        enterprise_id: world.enterprise,
        context_enterprise_id: world.enterprise,
      }),
      api_app_id: 'A1',
      event,
      event_id: world.nextId('Ev'),
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [
        {
          enterprise_id: world.enterprise ?? null,
          team_id: world.org ? null : world.team,
          user_id: world.botUser,
          is_bot: true,
          is_enterprise_install: world.org ?? false,
        },
      ],
    },
  });

  const event = (body: Record<string, unknown>) => delivery.deliver(envelopeOf(body));

  /** A mention in a channel comes twice: as itself and as the message it is. */
  function eventsOf(channel: SlackChannel, message: SlackMessage): Record<string, unknown>[] {
    const { ts, text, user, thread_ts, subtype, bot_id, files } = message;
    const { username, attachments, blocks } = message;
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
      ...(username && { username }),
      ...(attachments && { attachments }),
      ...(blocks && { blocks }),
      ...toAppPart(world, message),
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
    const { thread, subtype, files, botId, doubled, username, attachments, blocks } = saying;
    const message: SlackMessage = {
      ts: world.nextTs(),
      user,
      text,
      ...(thread && { thread_ts: thread }),
      ...(subtype && { subtype }),
      ...(files && { files, subtype: 'file_share' }),
      ...(botId && { bot_id: botId }),
      ...(username && { username }),
      ...(attachments && { attachments }),
      ...(blocks && { blocks }),
    };
    channel.messages.push(message);
    const root = channel.messages.find(({ ts }) => ts === thread);
    if (root) root.thread_ts = root.ts;
    const events = eventsOf(channel, message).map(envelopeOf);
    const deliveries = doubled ? [...events, ...events] : events;
    await Promise.all(deliveries.map(delivery.deliver));
    return message;
  }

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
    const previous = { ...message };
    const from = { from_url: 'https://example.com', original_url: 'https://example.com' };
    message.attachments = [{ id: 1, title: 'A page', text: 'What it says', ...from }];
    return derived(channel, 'message_changed', previous, {
      message: { type: 'message', ...message },
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

  async function stop(user: string, channelId: string, thread: string) {
    const at = `${channelId}:${thread}:`;
    const session = world.sessions.findLast((one) => one.startsWith(at));
    if (session !== `${at}processing`) throw new Error(`Slack shows no Stop in ${at}`);
    const streaming = channelOf(channelId).messages.filter(
      (one) => one.thread_ts === thread && one.streaming_state === 'in_progress',
    );
    for (const message of streaming) {
      Object.assign(message, { stopped: true, streaming_state: 'completed' });
    }
    return event({
      type: 'agent_session_stopped',
      ...{ channel: channelId, user, thread_ts: thread, event_ts: world.nextTs() },
      streaming_message_ts: streaming.map(({ ts }) => ts),
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

  async function moveChannel(channelId: string, to: string) {
    const channel = channelOf(channelId);
    channel.id = to;
    world.channels.delete(channelId);
    world.channels.set(to, channel);
    return event({
      type: 'channel_id_changed',
      ...{ old_channel_id: channelId, new_channel_id: to, event_ts: world.nextTs() },
    });
  }

  const react = (user: string, channel: string, ts: string, reaction: string) =>
    event({
      type: 'reaction_added',
      user,
      reaction,
      item: { type: 'message', channel, ts },
      event_ts: world.nextTs(),
    });

  return {
    say,
    redeliver,
    edit,
    unfurl,
    remove,
    react,
    ...createGestures({ slack, delivery }),
    archive: (user, channel) => setArchived(user, channel, true),
    unarchive: (user, channel) => setArchived(user, channel, false),
    deleteChannel,
    moveChannel,
    stop,
    event,
  };
}

function toApiFile({ apiUrl }: SlackServer, { id, name, mimetype, content }: SlackFile) {
  const url = new URL(`/files/${id}`, apiUrl).href;
  return { id, name, mimetype, size: content.length, url_private: url, url_private_download: url };
}
