/** What a stand-in Slack holds: a workspace, its people and channels, the messages in them. */

export interface SlackUser {
  id: string;
  name: string;
  /** The user's own workspace: another one than the channel's for people from Slack Connect. */
  team: string;
  /** All workspaces of the organisation somebody belongs to. */
  teams?: string[];
  guest: boolean;
  bot: boolean;
}

export interface SlackFile {
  id: string;
  name: string;
  mimetype: string;
  content: string;
  /** Asked for with the token, Slack sends the reader on to there. */
  redirectsTo?: string;
}

export interface SlackMessage {
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  text: string;
  subtype?: string;
  blocks?: object[];
  attachments?: object[];
  /** The name that an app goes by in this message. */
  username?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  files?: SlackFile[];
  /** Of a streamed message. */
  streaming_state?: 'in_progress' | 'completed';
  /** Tasks shown while streaming, by id. */
  tasks?: Record<string, { title: string; status: string }>;
  streamStartedAt?: number;
  /** A person pressed Stop while it streamed. */
  stopped?: boolean;
  edited?: boolean;
  reactions?: string[];
}

export type SlackChannelKind = 'channel' | 'group' | 'im' | 'mpim';

export interface SlackChannel {
  id: string;
  kind: SlackChannelKind;
  members: Set<string>;
  archived: boolean;
  messages: SlackMessage[];
}

export interface SlackEphemeral {
  channel: string;
  user: string;
  thread_ts?: string;
  text: string;
  blocks?: object[];
}

export interface SlackView {
  id: string;
  hash: string;
  user: string;
  /** The view as the app sent it. */
  view: Record<string, unknown>;
  open: boolean;
}

export interface SlackWorld {
  team: string;
  /** Present when the workspace belongs to an Enterprise Grid. */
  enterprise?: string;
  /** The app is installed for all of it. */
  org?: boolean;
  botUser: string;
  botId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** What the app was granted; absent: everything. */
  scopes?: Set<string>;
  users: Map<string, SlackUser>;
  channels: Map<string, SlackChannel>;
  views: Map<string, SlackView>;
  homes: Map<string, Record<string, unknown>>;
  ephemerals: SlackEphemeral[];
  /** What is shown as status in a thread, by `channel:thread_ts`. */
  statuses: Map<string, string>;
  /** Session states in order, `channel:thread_ts:status`. */
  sessions: string[];
  prompts: { channel: string; prompts: unknown[] }[];
  /** Texts that would have notified people who were not meant: `<!channel>` and its like. */
  pings: string[];
  triggers: Map<string, { until: number; user: string }>;
  /** Where files are, their id still to be added. */
  filesUrl: string;
  /** Where commands and interactions may be answered later, and what came there. */
  responseUrl: string;
  responses: unknown[];
  /** Milliseconds a stream may live; Slack's are about five minutes. */
  streamLifetimeMs: number;
  /** Milliseconds in which a message may be edited; absent: for ever. */
  editWindowMs?: number;
  /** Milliseconds of a trigger id. */
  triggerLifetimeMs: number;
  nextTs(): string;
  nextId(prefix: string): string;
}

const STREAM_LIFETIME_MS = 300_000;
const TRIGGER_LIFETIME_MS = 3_000;

export function createWorld(overrides: Partial<SlackWorld> = {}): SlackWorld {
  let counter = 0;
  let lastMicros = Date.now() * 1_000;
  return {
    team: 'T1',
    botUser: 'UBOT',
    botId: 'BBOT',
    botToken: 'xoxb-stand-in',
    appToken: 'xapp-stand-in',
    signingSecret: 'stand-in-signing-secret',
    users: new Map(),
    channels: new Map(),
    views: new Map(),
    homes: new Map(),
    ephemerals: [],
    statuses: new Map(),
    sessions: [],
    prompts: [],
    pings: [],
    triggers: new Map(),
    filesUrl: '',
    responseUrl: '',
    responses: [],
    streamLifetimeMs: STREAM_LIFETIME_MS,
    triggerLifetimeMs: TRIGGER_LIFETIME_MS,
    nextTs() {
      lastMicros = Math.max(lastMicros + 1, Date.now() * 1_000);
      return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
    nextId(prefix) {
      counter += 1;
      return `${prefix}${String(counter).padStart(8, '0')}`;
    },
    ...overrides,
  };
}

/** A channel with these people, and the bot unless told otherwise. */
export function addChannel(
  world: SlackWorld,
  id: string,
  kind: SlackChannelKind,
  members: string[],
  { withBot = true } = {},
): SlackChannel {
  const everybody = withBot ? [...members, world.botUser] : members;
  const channel = { id, kind, members: new Set(everybody), archived: false, messages: [] };
  world.channels.set(id, channel);
  return channel;
}

export function addUser(
  world: SlackWorld,
  id: string,
  name: string,
  kind: Partial<Pick<SlackUser, 'team' | 'teams' | 'guest' | 'bot'>> = {},
): SlackUser {
  const user = { id, name, team: world.team, guest: false, bot: false, ...kind };
  world.users.set(id, user);
  return user;
}

/** What Slack tells of an app with its messages; without its bot user where a webhook of old posted. */
export function toAppPart({ users, team }: SlackWorld, { user, bot_id, subtype }: SlackMessage) {
  if (!bot_id) return {};
  if (subtype === 'bot_message') return { user: undefined };
  const name = users.get(user)?.name ?? 'prompt-to-issue';
  return { bot_profile: { id: bot_id, name, team_id: team } };
}

/** The messages of a thread, the root included, oldest first. */
export function threadOf({ messages }: SlackChannel, rootTs: string): SlackMessage[] {
  return messages.filter(({ ts, thread_ts }) => ts === rootTs || thread_ts === rootTs);
}
