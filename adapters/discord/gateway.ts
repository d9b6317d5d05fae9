/**
 * The connection to Discord's gateway: one client for the configured shards, with as few intents as
 * the product needs. Events are taken as Discord sends them: discord.js says nothing of messages in
 * threads that it does not know, and after a restart it knows no archived ones.
 */
import {
  Client,
  CloseCodes,
  Events,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  Options,
  Partials,
  type REST,
  SimpleShardingStrategy,
} from 'discord.js';
import { InvalidInputError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log.ts';

/** What the adapter is configured with; the composition's own `DiscordConfig` has these. */
export interface DiscordConfig {
  token: string;
  applicationId?: string | undefined;
  /** All of them in this process, or those named of `total`. */
  shards: 'auto' | { ids: number[]; total: number };
  /** Default https://discord.com/api */
  apiUrl?: string | undefined;
}

export interface GatewayOptions {
  config: DiscordConfig;
  /** What everything is sent with: limits are counted once. */
  rest: REST;
  log: Log;
}

export const PORTAL = 'https://discord.com/developers/applications';
const NO_TOKEN = `Discord does not accept DISCORD_TOKEN; reset it at ${PORTAL}, under Bot, and set the new one`;
const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.DirectMessages,
];
const WHY: Record<number, string> = {
  [GatewayCloseCodes.AuthenticationFailed]: NO_TOKEN,
  [GatewayCloseCodes.InvalidShard]:
    'Discord does not accept DISCORD_SHARDS; set auto, or ids below the count',
  [GatewayCloseCodes.ShardingRequired]:
    'the bot is in too many servers for one shard; set DISCORD_SHARDS=auto',
};

/** A client that is not connected yet. With `content`, it asks for the words of every message. */
function createClient({ config, rest, log }: GatewayOptions, content: boolean): Client {
  const { shards } = config;
  const client: Client = new Client({
    intents: content ? [...INTENTS, GatewayIntentBits.MessageContent] : INTENTS,
    partials: [Partials.Channel, Partials.Message],
    ...(shards === 'auto' ? { shards } : { shards: shards.ids, shardCount: shards.total }),
    allowedMentions: { parse: [], repliedUser: false },
    // The table is where messages are kept.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      PresenceManager: 0,
      GuildMemberManager: { maxSize: 0, keepOverLimit: ({ id }) => id === client.user?.id },
    }),
    ws: { buildStrategy: createLeavingStrategy },
  });
  client.rest = rest;
  client.on(Events.Raw, (packet, shard) => passOverLateResume(client, packet, shard));
  client.on(Events.Error, (error) => log.warn('discord-error', {}, error));
  client.on(Events.ShardError, (error, shard) => log.warn('discord-shard-error', { shard }, error));
  client.on(Events.ShardDisconnect, ({ code }, shard) => {
    log.error('discord-disconnected', {
      shard,
      code,
      why: WHY[code] ?? 'Discord ended it for good',
    });
  });
  return client;
}

/**
 * A session may be called invalid at the moment it was resumed. discord.js 14.28 has forgotten it by the time it
 * hears of the resume, reads its sequence all the same, and the process would end with that error.
 */
function passOverLateResume(client: Client, packet: { t: string | null }, shardId: number): void {
  const shard = client.ws.shards.get(shardId) as { sessionInfo?: object | null } | undefined;
  if (packet.t === GatewayDispatchEvents.Resumed && !shard?.sessionInfo) packet.t = null;
}

/**
 * Discord shows a bot as offline at once when it leaves with the usual code, and forgets its session;
 * with this one it stays online while the next process of a rolling restart connects.
 */
function createLeavingStrategy(
  manager: ConstructorParameters<typeof SimpleShardingStrategy>[0],
): SimpleShardingStrategy {
  const strategy = new SimpleShardingStrategy(manager);
  const destroy = strategy.destroy.bind(strategy);
  strategy.destroy = (options) => destroy({ ...options, code: CloseCodes.Resuming });
  return strategy;
}

/**
 * Logs in and resolves with the client once it is ready; `listen` hears it from the first event on.
 * Where the message-content intent was not granted, it connects without. Rejects with
 * `InvalidInputError` when the operator has to do something.
 */
export async function connectGateway(
  options: GatewayOptions,
  listen: (client: Client) => void,
): Promise<{ client: Client; hasContent: boolean }> {
  const client = createClient(options, true);
  try {
    await logIn(client, options, listen);
    return { client, hasContent: true };
  } catch (error) {
    await client.destroy();
    if (!isDisallowed(error)) throw explain(error);
  }
  const limited = createClient(options, false);
  try {
    await logIn(limited, options, listen);
    return { client: limited, hasContent: false };
  } catch (error) {
    await limited.destroy();
    throw explain(error);
  }
}

async function logIn(
  client: Client,
  { config }: GatewayOptions,
  listen: (client: Client) => void,
): Promise<void> {
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  listen(client);
  await client.login(config.token);
  await ready;
}

/** discord.js knows the close code and tells only its words. */
const isDisallowed = (error: unknown) =>
  error instanceof Error && error.message === 'Used disallowed intents';

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const refused = code === 'TokenInvalid' || error.message === 'Authentication failed';
  if (refused) return new InvalidInputError('Discord', [NO_TOKEN]);
  const byShards = /shard/i.test(error.message);
  return byShards
    ? new InvalidInputError('Discord', [WHY[GatewayCloseCodes.InvalidShard] ?? ''])
    : error;
}
