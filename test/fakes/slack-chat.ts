/** `chat.*` of the stand-in: posting, editing, streaming, and what Slack refuses in each. */
import { z } from 'zod';
import { refuseMessageBlocks } from './slack-blocks.ts';
import {
  channelOf,
  checkThread,
  flag,
  json,
  messageOf,
  method,
  required,
  SlackRefusal,
  TIERS,
  ts,
} from './slack-method.ts';
import type { SlackMessage, SlackWorld } from './slack-world.ts';

/** `chat.update` refuses more; `chat.postMessage` cuts at 40,000 without a word. */
const MAX_UPDATE_TEXT = 4_000;
const MAX_POST_TEXT = 40_000;
const MAX_MARKDOWN = 12_000;
const MAX_METADATA_BYTES = 8_000;

const metadata = json(
  z.strictObject({
    event_type: z.string().regex(/^[a-z0-9_]{1,255}$/),
    event_payload: z.record(z.string(), z.unknown()),
  }),
);
const contents = {
  text: z.string().optional(),
  blocks: json(z.array(z.looseObject({ type: z.string() }))).optional(),
  markdown_text: z.string().optional(),
  parse: z.enum(['none', 'full', 'client']).optional(),
  link_names: flag.optional(),
};
type Contents = {
  text?: string | undefined;
  blocks?: object[] | undefined;
  markdown_text?: string | undefined;
  parse?: string | undefined;
  link_names?: boolean | undefined;
};

function checkContents(world: SlackWorld, given: Contents, defaultParse: string): void {
  const { text, blocks, markdown_text } = given;
  if (markdown_text !== undefined && (text !== undefined || blocks)) {
    throw new SlackRefusal('markdown_text_conflict');
  }
  if (!text && !blocks?.length && !markdown_text) throw new SlackRefusal('no_text');
  if ((markdown_text?.length ?? 0) > MAX_MARKDOWN) throw new SlackRefusal('msg_too_long');
  const refused = blocks && refuseMessageBlocks(blocks);
  if (refused) throw new SlackRefusal(refused);
  if (blocks && !text) throw new SlackRefusal('no_text: blocks without a fallback text');
  const linked = given.link_names || (given.parse ?? defaultParse) !== 'none';
  notePings(world, [text, ...textsOf(blocks ?? [])], linked);
  notePings(world, [markdown_text, ...markdownOf(blocks ?? [])], false, MARKDOWN_PING);
}

/** Markdown is unescaped once more than mrkdwn: what it becomes must be harmless too. */
const MARKDOWN_PING =
  /(?:<|&lt;|&#0*60;|&#x0*3c;)\\?(?:!(?:channel|here|everyone|subteam)|@[UW][A-Z0-9]+)/gi;
const MRKDWN_PING = /<!(?:channel|here|everyone|subteam)[^>]*>|<@[UW][A-Z0-9]+>/g;

function markdownOf(blocks: object[]): string[] {
  return (blocks as { type?: string; text?: string }[]).flatMap(({ type, text }) =>
    type === 'markdown' && text ? [text] : [],
  );
}

function notePings(
  world: SlackWorld,
  texts: (string | undefined)[],
  linked: boolean,
  pattern = MRKDWN_PING,
): void {
  for (const text of texts) {
    const special = text?.match(pattern) ?? [];
    const plain = linked ? (text?.match(/(?<!\S)@(?:channel|here|everyone)\b/g) ?? []) : [];
    world.pings.push(...special, ...plain);
  }
}

function textsOf(blocks: object[]): string[] {
  const texts: string[] = [];
  JSON.stringify(blocks, (key, value) => {
    const isPlain = value?.type === 'plain_text';
    if (key === 'text' && typeof value === 'string') texts.push(value);
    return isPlain ? undefined : value;
  });
  return texts;
}

function checkMetadata(value: unknown): void {
  if (Buffer.byteLength(JSON.stringify(value ?? {})) > MAX_METADATA_BYTES) {
    throw new SlackRefusal('metadata_too_large');
  }
}

const postMessage = method(
  TIERS.special,
  {
    channel: required,
    ...contents,
    thread_ts: ts.optional(),
    metadata: metadata.optional(),
    unfurl_links: flag.optional(),
    unfurl_media: flag.optional(),
    reply_broadcast: flag.optional(),
  },
  (world, args) => {
    const channel = channelOf(world, args.channel);
    checkThread(channel, args.thread_ts);
    checkContents(world, args, 'none');
    checkMetadata(args.metadata);
    const text = (args.text ?? args.markdown_text ?? '').slice(0, MAX_POST_TEXT);
    const message: SlackMessage = {
      ts: world.nextTs(),
      user: world.botUser,
      bot_id: world.botId,
      text,
      ...(args.thread_ts && { thread_ts: args.thread_ts }),
      ...(args.blocks && { blocks: args.blocks }),
      ...(args.metadata && { metadata: args.metadata }),
    };
    channel.messages.push(message);
    if (args.thread_ts) clearStatus(world, args.channel, args.thread_ts);
    return { channel: channel.id, ts: message.ts, message };
  },
);

const update = method(
  TIERS.three,
  { channel: required, ts, ...contents, metadata: metadata.optional() },
  (world, args) => {
    const message = messageOf(channelOf(world, args.channel), args.ts);
    if (message.user !== world.botUser) throw new SlackRefusal('cant_update_message');
    if (message.streaming_state === 'in_progress') {
      throw new SlackRefusal('streaming_state_conflict');
    }
    if (Date.now() - Number(args.ts) * 1_000 > (world.editWindowMs ?? Number.POSITIVE_INFINITY)) {
      throw new SlackRefusal('edit_window_closed');
    }
    if ((args.text?.length ?? 0) > MAX_UPDATE_TEXT) throw new SlackRefusal('msg_too_long');
    checkContents(world, args, 'client');
    checkMetadata(args.metadata);
    message.text = args.text ?? args.markdown_text ?? '';
    // Text alone takes the blocks away; `metadata` stays unless given.
    if (args.blocks) message.blocks = args.blocks;
    else delete message.blocks;
    if (args.metadata) message.metadata = args.metadata;
    message.edited = true;
    return { channel: args.channel, ts: args.ts, text: message.text };
  },
);

const remove = method(TIERS.three, { channel: required, ts }, (world, args) => {
  const channel = channelOf(world, args.channel);
  const message = messageOf(channel, args.ts);
  if (message.user !== world.botUser) throw new SlackRefusal('cant_delete_message');
  channel.messages.splice(channel.messages.indexOf(message), 1);
  return { channel: args.channel, ts: args.ts };
});

const postEphemeral = method(
  TIERS.four,
  { channel: required, user: required, ...contents, thread_ts: ts.optional() },
  (world, args) => {
    const channel = channelOf(world, args.channel);
    if (!channel.members.has(args.user)) throw new SlackRefusal('user_not_in_channel');
    checkThread(channel, args.thread_ts);
    checkContents(world, args, 'none');
    const { user, thread_ts, blocks } = args;
    const text = args.text ?? args.markdown_text ?? '';
    world.ephemerals.push({
      channel: channel.id,
      user,
      text,
      ...(thread_ts && { thread_ts }),
      ...(blocks && { blocks }),
    });
    return { message_ts: world.nextTs() };
  },
);

const chunk = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('markdown_text'),
    text: z.string().min(1).max(MAX_MARKDOWN),
  }),
  z.strictObject({
    type: z.literal('task_update'),
    id: z.string().min(1).max(255),
    title: z.string().min(1).max(256),
    status: z.enum(['pending', 'in_progress', 'complete', 'error']),
    details: z.string().max(256).optional(),
    output: z.string().max(256).optional(),
  }),
  z.strictObject({ type: z.literal('plan_update'), title: z.string().min(1).max(256) }),
  z.strictObject({ type: z.literal('blocks'), blocks: z.array(z.looseObject({})).min(1).max(50) }),
]);
const written = {
  markdown_text: z.string().min(1).optional(),
  chunks: json(z.array(chunk).min(1)).optional(),
};
type Written = {
  markdown_text?: string | undefined;
  chunks?: z.infer<typeof chunk>[] | undefined;
};

function append(world: SlackWorld, message: SlackMessage, given: Written, needed: boolean): void {
  const { markdown_text, chunks = [] } = given;
  if ((markdown_text?.length ?? 0) > MAX_MARKDOWN) throw new SlackRefusal('msg_too_long');
  if (needed && markdown_text === undefined && chunks.length === 0) {
    throw new SlackRefusal('no_text');
  }
  const texts = [markdown_text ?? ''];
  for (const one of chunks) {
    if (one.type === 'markdown_text') texts.push(one.text);
    if (one.type === 'task_update') {
      message.tasks = { ...message.tasks, [one.id]: { title: one.title, status: one.status } };
    }
  }
  message.text += texts.join('');
  notePings(world, [message.text], false, MARKDOWN_PING);
}

const startStream = method(
  TIERS.two,
  {
    channel: required,
    thread_ts: ts,
    ...written,
    recipient_user_id: required.optional(),
    recipient_team_id: required.optional(),
    task_display_mode: z.enum(['timeline', 'plan', 'dense']).optional(),
  },
  (world, args) => {
    const channel = channelOf(world, args.channel);
    checkThread(channel, args.thread_ts);
    if (channel.kind !== 'im') {
      if (!args.recipient_user_id) throw new SlackRefusal('missing_recipient_user_id');
      if (!args.recipient_team_id) throw new SlackRefusal('missing_recipient_team_id');
      const { team, teams = [team] } = world.users.get(args.recipient_user_id) ?? {};
      if (!teams.includes(args.recipient_team_id)) throw new SlackRefusal('user_not_found');
    }
    const message: SlackMessage = {
      ts: world.nextTs(),
      thread_ts: args.thread_ts,
      user: world.botUser,
      bot_id: world.botId,
      text: '',
      streaming_state: 'in_progress',
      streamStartedAt: Date.now(),
    };
    append(world, message, args, false);
    channel.messages.push(message);
    clearStatus(world, args.channel, args.thread_ts);
    return { channel: channel.id, ts: message.ts };
  },
);

function streaming(world: SlackWorld, channelId: string, messageTs: string): SlackMessage {
  const message = messageOf(channelOf(world, channelId), messageTs);
  if (message.stopped) throw new SlackRefusal('stopped_by_user');
  const age = Date.now() - (message.streamStartedAt ?? 0);
  if (age > world.streamLifetimeMs) message.streaming_state = 'completed';
  if (message.streaming_state !== 'in_progress') {
    throw new SlackRefusal('message_not_in_streaming_state');
  }
  return message;
}

const appendStream = method(TIERS.four, { channel: required, ts, ...written }, (world, args) => {
  append(world, streaming(world, args.channel, args.ts), args, true);
  return { channel: args.channel, ts: args.ts };
});

const stopStream = method(
  TIERS.two,
  {
    channel: required,
    ts,
    ...written,
    // Slack's own SDK ends a stream with an empty list when everything was appended before.
    chunks: json(z.array(chunk)).optional(),
    blocks: contents.blocks,
    metadata: metadata.optional(),
    session_status: z.enum(['active', 'processing', 'suspended', 'closed']).optional(),
  },
  (world, args) => {
    const message = streaming(world, args.channel, args.ts);
    const refused = args.blocks && refuseMessageBlocks(args.blocks);
    if (refused) throw new SlackRefusal(refused);
    checkMetadata(args.metadata);
    append(world, message, args, false);
    message.streaming_state = 'completed';
    if (args.blocks) message.blocks = args.blocks;
    if (args.metadata) message.metadata = args.metadata;
    if (args.session_status) {
      world.sessions.push(`${args.channel}:${message.thread_ts}:${args.session_status}`);
    }
    return { channel: args.channel, ts: args.ts };
  },
);

const getPermalink = method(
  TIERS.special,
  { channel: required, message_ts: ts },
  (world, { channel, message_ts }) => {
    messageOf(channelOf(world, channel), message_ts);
    const permalink = `https://stand-in.slack.com/archives/${channel}/p${message_ts.replace('.', '')}`;
    return { channel, permalink };
  },
);

function clearStatus(world: SlackWorld, channel: string, threadTs: string): void {
  world.statuses.delete(`${channel}:${threadTs}`);
}

export const CHAT_METHODS = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
  'chat.startStream': startStream,
  'chat.appendStream': appendStream,
  'chat.stopStream': stopStream,
  'chat.getPermalink': getPermalink,
};
