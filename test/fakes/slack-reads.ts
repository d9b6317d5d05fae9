/** Everything of the stand-in's Web API that is neither a message nor a view. */
import { z } from 'zod';
import {
  channelOf,
  checkThread,
  count,
  flag,
  json,
  messageOf,
  method,
  required,
  SlackRefusal,
  TIERS,
  ts,
  visibleChannel,
} from './slack-method.ts';
import { type SlackMessage, type SlackWorld, threadOf, toAppPart } from './slack-world.ts';

const authTest = method(TIERS.special, {}, (world) => ({
  url: 'https://stand-in.slack.com/',
  team: 'Stand-in',
  user: 'prompt-to-issue',
  team_id: world.team,
  user_id: world.botUser,
  bot_id: world.botId,
  ...(world.enterprise && { enterprise_id: world.enterprise }),
}));

const paged = {
  channel: required,
  cursor: z.string().optional(),
  inclusive: flag.optional(),
  latest: ts.optional(),
  oldest: ts.optional(),
  limit: count.max(1_000).optional(),
  include_all_metadata: flag.optional(),
};
type Page = {
  cursor?: string | undefined;
  inclusive?: boolean | undefined;
  latest?: string | undefined;
  oldest?: string | undefined;
  limit?: number | undefined;
  include_all_metadata?: boolean | undefined;
};

/** One page of these, in their order; `cursor` is the index to go on from. */
function page(world: SlackWorld, all: SlackMessage[], asked: Page) {
  const { latest = '9', oldest = '0', inclusive = false, limit = 100 } = asked;
  const within = all.filter(
    ({ ts: at }) => (at > oldest && at < latest) || (inclusive && (at === oldest || at === latest)),
  );
  const start = asked.cursor ? Number(asked.cursor) : 0;
  const messages = within
    .slice(start, start + limit)
    .map((message) => toApi(world, message, asked.include_all_metadata));
  const next = start + limit < within.length ? String(start + limit) : '';
  return { messages, has_more: next !== '', response_metadata: { next_cursor: next } };
}

/** Metadata is only shown when asked for. */
function toApi(world: SlackWorld, message: SlackMessage, withMetadata = false) {
  const { metadata, streamStartedAt, tasks, files, stopped, ...shown } = message;
  return {
    type: 'message',
    ...shown,
    ...toAppPart(world, message),
    team: world.users.get(message.user)?.team ?? world.team,
    ...(withMetadata && metadata && { metadata }),
    ...(files && {
      files: files.map(({ content, ...file }) => ({ ...file, size: content.length })),
    }),
  };
}

const replies = method(TIERS.three, { ...paged, ts }, (world, args) => {
  const channel = visibleChannel(world, args.channel);
  if (!channel.members.has(world.botUser)) throw new SlackRefusal('not_in_channel');
  const named = channel.messages.find((one) => one.ts === args.ts);
  if (!named) throw new SlackRefusal('thread_not_found');
  // Of a reply, that reply alone (github.com/slackapi/bolt-python/issues/783).
  const isReply = named.thread_ts !== undefined && named.thread_ts !== named.ts;
  const thread = isReply ? [named] : threadOf(channel, args.ts);
  const found = page(world, thread, args);
  // The first page always begins with the root, whatever times were asked for.
  const [root] = thread;
  const hasRoot = args.cursor || found.messages.some((one) => one.ts === root?.ts);
  if (root && !hasRoot) found.messages.unshift(toApi(world, root, args.include_all_metadata));
  return found;
});

const history = method(TIERS.three, paged, (world, args) => {
  const channel = channelOf(world, args.channel);
  const roots = channel.messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts);
  return page(world, [...roots].reverse(), args);
});

const info = method(TIERS.three, { channel: required }, (world, args) => {
  const { id, kind, archived, members } = visibleChannel(world, args.channel);
  return {
    channel: {
      id,
      is_channel: kind === 'channel',
      is_group: kind === 'group',
      is_im: kind === 'im',
      is_mpim: kind === 'mpim',
      is_private: kind !== 'channel',
      is_archived: archived,
      context_team_id: world.team,
      is_member: members.has(world.botUser),
    },
  };
});

const open = method(TIERS.three, { users: required }, (world, args) => {
  const direct = [...world.channels.values()].find(
    ({ kind, members }) => kind === 'im' && members.has(args.users),
  );
  if (!direct) throw new SlackRefusal('user_not_found');
  return { channel: { id: direct.id } };
});

const usersInfo = method(TIERS.four, { user: required }, (world, args) => {
  const user = world.users.get(args.user);
  if (!user) throw new SlackRefusal('user_not_found');
  return {
    user: {
      id: user.id,
      team_id: user.team,
      name: user.name.toLowerCase(),
      is_bot: user.bot,
      is_restricted: user.guest,
      is_ultra_restricted: false,
      is_stranger: user.team !== world.team && !user.teams,
      ...(user.teams && { enterprise_user: { id: user.id, teams: user.teams } }),
      profile: { display_name: user.name, real_name: user.name },
    },
  };
});

/** A file from Slack Connect has its address only here. */
const filesInfo = method(TIERS.four, { file: required }, (world, args) => {
  const messages = [...world.channels.values()].flatMap((channel) => channel.messages);
  const file = messages.flatMap(({ files = [] }) => files).find(({ id }) => id === args.file);
  if (!file) throw new SlackRefusal('file_not_found');
  const { content, ...shown } = file;
  const url = `${world.filesUrl}${file.id}`;
  return { file: { ...shown, size: content.length, url_private: url, url_private_download: url } };
});

const addReaction = method(
  TIERS.three,
  { channel: required, timestamp: ts, name: required },
  (world, args) => {
    const message = messageOf(channelOf(world, args.channel), args.timestamp);
    if (message.reactions?.includes(args.name)) throw new SlackRefusal('already_reacted');
    message.reactions = [...(message.reactions ?? []), args.name];
    return {};
  },
);

const setStatus = method(
  TIERS.special,
  {
    channel_id: required,
    thread_ts: ts,
    status: z.string(),
    loading_messages: json(z.array(z.string()).max(10)).optional(),
  },
  (world, args) => {
    checkThread(channelOf(world, args.channel_id), args.thread_ts);
    const key = `${args.channel_id}:${args.thread_ts}`;
    if (args.status === '') world.statuses.delete(key);
    else world.statuses.set(key, args.status);
    return {};
  },
);

const setPrompts = method(
  TIERS.four,
  {
    channel_id: required,
    thread_ts: ts.optional(),
    title: z.string().optional(),
    prompts: json(
      z
        .array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }))
        .min(1)
        .max(4),
    ),
  },
  (world, args) => {
    if (channelOf(world, args.channel_id).kind !== 'im')
      throw new SlackRefusal('channel_not_found');
    world.prompts.push({ channel: args.channel_id, prompts: args.prompts });
    return {};
  },
);

const sessionStatus = method(
  TIERS.three,
  {
    channel_id: required,
    thread_ts: ts,
    status: z.enum(['active', 'processing', 'suspended', 'closed']),
    title: z.string().max(200).optional(),
    initiator_user_id: z.string().optional(),
  },
  (world, args) => {
    checkThread(channelOf(world, args.channel_id), args.thread_ts);
    world.sessions.push(`${args.channel_id}:${args.thread_ts}:${args.status}`);
    return {};
  },
);

export const OTHER_METHODS = {
  'auth.test': authTest,
  'conversations.replies': replies,
  'conversations.history': history,
  'conversations.info': info,
  'conversations.open': open,
  'users.info': usersInfo,
  'files.info': filesInfo,
  'reactions.add': addReaction,
  'assistant.threads.setStatus': setStatus,
  'assistant.threads.setSuggestedPrompts': setPrompts,
  'agents.sessions.setStatus': sessionStatus,
};
