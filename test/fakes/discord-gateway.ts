/**
 * The gateway of the stand-in Discord: sessions over WebSockets, by shards and intents, that can be
 * resumed; what happened meanwhile comes again.
 */
import type { Server } from 'node:http';
import { ChannelType, GatewayIntentBits, GatewayOpcodes } from 'discord.js';
import { type WebSocket, WebSocketServer } from 'ws';
import { isReadable, toApiGuild, toApiMessage, toApiUser, userOf } from './discord-payload.ts';
import { permissionsOf } from './discord-permissions.ts';
import type { DiscordChannel, DiscordMessage, DiscordWorld } from './discord-world.ts';

const ALL_INTENTS = Object.values(GatewayIntentBits)
  .filter((bit) => typeof bit === 'number')
  .reduce((sum, bit) => sum | bit, 0);
const PRIVILEGED = GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences;
const MAX_PAYLOAD_BYTES = 4_096;
const MAX_COMMANDS = 120;
const COMMAND_WINDOW_MS = 60_000;

interface Event {
  op: GatewayOpcodes.Dispatch;
  t: string;
  s: number;
  d: object;
}

interface Session {
  id: string;
  intents: number;
  shard: [number, number];
  events: Event[];
  seq: number;
  socket: WebSocket | undefined;
}

export interface DiscordGateway {
  /** Connections refused from now on; those that are there stay. */
  refuse(on: boolean): void;
  /** The sessions that are connected. */
  connected(): number;
  /** Cuts every connection: without a word, or with this close code. Sessions can be resumed. */
  drop(code?: number): void;
  /** Asks every connection to reconnect (opcode 7), or says that its session is invalid (9). */
  tell(what: 'reconnect' | 'invalid'): void;
  /** Forgets sessions: those that come back must identify again. */
  forgetSessions(): void;
  /** Identifies and resumes so far. */
  identified: number;
  resumed: number;
  /** Codes with which apps closed their connections. */
  closes: number[];
  /** The last `d` of an identify. */
  lastIdentify: Record<string, unknown>;
  /** An event of a place, for the sessions that see it. `intent` 0: for all. */
  dispatch(name: string, channel: DiscordChannel | undefined, intent: number, data: object): void;
  /** An event about a message, with its words only for those that may have them. */
  dispatchMessage(name: string, message: DiscordMessage): void;
  close(): void;
}

export function createGateway(world: DiscordWorld, http: Server, originOf: () => string) {
  const sessions = new Map<string, Session>();
  let refusing = false;
  const server = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, connection, head) => {
    if (refusing) return void connection.destroy();
    server.handleUpgrade(request, connection, head, welcome);
  });

  function welcome(socket: WebSocket): void {
    let session: Session | undefined;
    let sent: number[] = [];
    send(socket, { op: GatewayOpcodes.Hello, d: { heartbeat_interval: world.heartbeatMs } });
    socket.on('message', (data) => {
      const text = String(data);
      sent = [...sent.filter((at) => at > Date.now() - COMMAND_WINDOW_MS), Date.now()];
      if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return socket.close(4_002);
      if (sent.length > MAX_COMMANDS) return socket.close(4_008);
      const { op, d } = JSON.parse(text) as { op: number; d: Record<string, unknown> };
      if (op === GatewayOpcodes.Heartbeat) return send(socket, { op: GatewayOpcodes.HeartbeatAck });
      if (op === GatewayOpcodes.Identify || op === GatewayOpcodes.Resume) {
        if (session) return socket.close(4_005);
        session = op === GatewayOpcodes.Identify ? identify(socket, d) : resume(socket, d);
      } else if (!session) socket.close(4_003);
    });
    socket.on('close', (code) => {
      gateway.closes.push(code);
      if (session?.socket !== socket) return;
      session.socket = undefined;
      // These two say that the app does not come back.
      if (code === 1_000 || code === 1_001) sessions.delete(session.id);
    });
  }

  function identify(socket: WebSocket, d: Record<string, unknown>): Session | undefined {
    gateway.lastIdentify = d;
    const refusal = refuseIdentify(world, d);
    if (refusal) return void socket.close(refusal);
    gateway.identified += 1;
    world.identifiesLeft -= 1;
    const shard = (d.shard ?? [0, 1]) as [number, number];
    const session: Session = {
      id: world.nextId(),
      intents: Number(d.intents),
      ...{ shard, events: [], seq: 0, socket },
    };
    sessions.set(session.id, session);
    const guilds = [...world.guilds.values()].filter(({ id }) => isOnShard(session, id));
    push(session, 'READY', {
      v: 10,
      user: toApiUser(userOf(world, world.applicationId)),
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: originOf().replace('http', 'ws'),
      shard,
      application: { id: world.applicationId, flags: 0 },
    });
    if (session.intents & GatewayIntentBits.Guilds) {
      for (const guild of guilds) push(session, 'GUILD_CREATE', toApiGuild(world, guild));
    }
    return session;
  }

  function resume(socket: WebSocket, d: Record<string, unknown>): Session | undefined {
    const session = sessions.get(String(d.session_id));
    if (d.token !== world.token) return void socket.close(4_004);
    if (!session) return void send(socket, { op: GatewayOpcodes.InvalidSession, d: false });
    if (Number(d.seq) > session.seq) return void socket.close(4_007);
    gateway.resumed += 1;
    session.socket?.close(4_000);
    session.socket = socket;
    for (const event of session.events.filter(({ s }) => s > Number(d.seq))) send(socket, event);
    push(session, 'RESUMED', {});
    return session;
  }

  function dispatch(
    name: string,
    channel: DiscordChannel | undefined,
    intent: number,
    data: object | ((session: Session) => object),
  ): void {
    for (const session of sessions.values()) {
      if (intent && !(session.intents & intent)) continue;
      if (!isOnShard(session, channel?.guildId) || (channel && !sees(world, channel))) continue;
      push(session, name, typeof data === 'function' ? data(session) : data);
    }
  }

  function dispatchMessage(name: string, message: DiscordMessage): void {
    const channel = world.channels.get(message.channelId);
    const isDm = channel?.type === ChannelType.DM;
    const intent = isDm ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages;
    const guild = world.guilds.get(channel?.guildId ?? '');
    dispatch(name, channel, intent, ({ intents }) => ({
      ...toApiMessage(world, message, {
        origin: originOf(),
        readable: (intents & GatewayIntentBits.MessageContent) !== 0 || isReadable(world, message),
      }),
      channel_type: channel?.type,
      ...(guild && { guild_id: guild.id, member: memberOf(guild, message.authorId) }),
    }));
  }

  const open = () => [...sessions.values()].flatMap(({ socket }) => socket ?? []);
  const gateway: DiscordGateway = {
    refuse: (on) => {
      refusing = on;
    },
    connected: () => open().length,
    drop: (code) => {
      for (const socket of open()) code ? socket.close(code) : socket.terminate();
    },
    tell: (what) => {
      const op = what === 'reconnect' ? GatewayOpcodes.Reconnect : GatewayOpcodes.InvalidSession;
      for (const socket of open()) send(socket, { op, d: what === 'reconnect' ? null : false });
      if (what === 'invalid') sessions.clear();
    },
    forgetSessions: () => sessions.clear(),
    ...{ identified: 0, resumed: 0, closes: [], lastIdentify: {}, dispatch, dispatchMessage },
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
  return gateway;
}

function memberOf(guild: import('./discord-world.ts').DiscordGuild, userId: string) {
  const member = guild.members.get(userId);
  return member && { roles: member.roles, pending: member.pending, joined_at: null, flags: 0 };
}

function push(session: Session, name: string, data: object): void {
  session.seq += 1;
  // Its own copy: what is resumed later comes as it was then.
  const event: Event = {
    op: GatewayOpcodes.Dispatch,
    t: name,
    s: session.seq,
    d: structuredClone(data),
  };
  session.events.push(event);
  if (session.socket) send(session.socket, event);
}

function send(socket: WebSocket, payload: object): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(payload));
}

/** A close code, or `undefined`. */
function refuseIdentify(world: DiscordWorld, d: Record<string, unknown>): number | undefined {
  const intents = Number(d.intents);
  const [shard, count] = (d.shard ?? [0, 1]) as [number, number];
  if (d.token !== world.token) return 4_004;
  if (!(shard >= 0 && shard < count)) return 4_010;
  if (!Number.isInteger(intents) || intents & ~ALL_INTENTS) return 4_013;
  const content = intents & GatewayIntentBits.MessageContent && !world.messageContent;
  return content || intents & PRIVILEGED ? 4_014 : undefined;
}

/** Direct messages are the first shard's. */
function isOnShard({ shard: [shard, count] }: Session, guildId: string | undefined): boolean {
  return Number((BigInt(guildId ?? 0) >> 22n) % BigInt(count)) === shard;
}

/** Whether the bot hears of what happens in this channel. */
function sees(world: DiscordWorld, channel: DiscordChannel): boolean {
  const outside =
    channel.type === ChannelType.PrivateThread && !channel.thread?.members.has(world.applicationId);
  // 1 << 10: to view a channel.
  return !outside && (permissionsOf(world, channel, world.applicationId) & 1_024n) !== 0n;
}
