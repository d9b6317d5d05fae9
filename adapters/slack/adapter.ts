/** Slack joined to the bot: what receives through Bolt, and the platform that writes by the Web API. */
import { App, LogLevel } from '@slack/bolt';
import type { Adapter, AdapterRoute, AdapterTools } from '../../src/core/adapter.ts';
import type { Bot } from '../../src/core/bot.ts';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { within } from '../../src/core/within.ts';
import { type Clients, createOneWorkspace } from './clients.ts';
import { messageSchema } from './events.ts';
import { createInbound } from './inbound.ts';
import { createInstallRoutes } from './install.ts';
import { createInstallState } from './install-state.ts';
import { listen } from './listeners.ts';
import { REDIRECT_PATH } from './manifest.ts';
import { createManyWorkspaces } from './many-workspaces.ts';
import { createMovedChannels, type MovedChannels } from './moved-channels.ts';
import { createOAuth } from './oauth.ts';
import { createPeople } from './people.ts';
import { createPlaces } from './places.ts';
import { createSlackPlatform } from './platform.ts';
import { createQuiet } from './quiet.ts';
import { createHttpRoute, createReceiver } from './receiver.ts';
import type { Receiving } from './receiving.ts';
import { createRotation } from './rotation.ts';
import { silentLogger } from './silent-logger.ts';
import { connectSocket, type Socket } from './socket.ts';
import { sourceOf } from './source.ts';
import { createVault } from './vault.ts';

/** What the adapter is configured with; the composition's own `SlackConfig` has these. */
export interface SlackConfig {
  connection: { kind: 'socket'; appToken: string } | { kind: 'http'; signingSecret: string };
  workspaces:
    | { kind: 'one'; botToken: string }
    | { kind: 'many'; clientId: string; clientSecret: string; stateSecret: string };
  apiUrl?: string | undefined;
}

export interface SlackAdapterOptions extends AdapterTools {
  config: SlackConfig;
  /** False for a Slack that does not count calls. Default: true. */
  keepsTiers?: boolean;
}

const SLACK_API_URL = 'https://slack.com/api/';

export function createSlackAdapter(options: SlackAdapterOptions): Adapter {
  const { config, publicUrl, log } = options;
  const { connection, apiUrl = SLACK_API_URL } = config;
  const moved = createMovedChannels(options.repositories);
  const { clients, installRoutes } = connectWorkspaces(options, apiUrl, moved);
  const people = createPeople({ clients, log });
  const places = createPlaces({ clients, log });
  const inbound = createInbound({ clients, people, places, moved });
  const platform = createSlackPlatform({
    ...{
      clientOf: clients.clientOf,
      homeOf: people.homeOf,
      moved,
      apiUrl,
      log,
      keepsTiers: options.keepsTiers,
    },
    readMessage: (thread, message) => {
      const said = messageSchema.safeParse({ ...message, channel: thread.channelId });
      return said.success
        ? inbound.readEarlier(thread.workspaceId, said.data)
        : Promise.resolve(undefined);
    },
  });
  let receiving: Receiving | undefined;
  let socket: Socket | undefined;
  let isStarted = false;
  const receiver = createReceiver({
    isQuiet: createQuiet(() => receiving),
    translate: moved.translate,
    log,
    connect(process) {
      if (connection.kind === 'socket') socket = connectSocket({ ...connection, apiUrl }, process);
      return socket ?? { start: async () => undefined, stop: async () => undefined };
    },
  });

  async function start(bot: Bot): Promise<void> {
    await clients.check();
    receiving = { bot, clients, inbound, people, places, moved, platform, publicUrl, log };
    listen(createApp(receiver, clients, apiUrl), receiving);
    await receiver.start();
    isStarted = true;
  }

  return {
    platform,
    routes: [
      ...(connection.kind === 'http'
        ? [createHttpRoute({ ...connection, process: receiver.process, log })]
        : []),
      ...installRoutes,
    ],
    start,
    connected: () => isStarted && (socket?.connected() ?? true),
    async stop() {
      isStarted = false;
      await receiver.stop();
    },
  };
}

interface Workspaces {
  clients: Clients;
  /** Where many workspaces install the app. */
  installRoutes: AdapterRoute[];
}

function connectWorkspaces(
  { config, ...tools }: SlackAdapterOptions,
  apiUrl: string,
  moved: MovedChannels,
): Workspaces {
  const { workspaces } = config;
  if (workspaces.kind === 'one') {
    return { clients: createOneWorkspace({ ...workspaces, apiUrl, moved }), installRoutes: [] };
  }
  const { publicUrl, log, repositories } = tools;
  const { marks } = repositories;
  const vault = createVault(tools);
  const redirectUrl = `${publicUrl}${REDIRECT_PATH}`;
  const oauth = createOAuth({ ...workspaces, redirectUrl, apiUrl });
  const renew = createRotation({ vault, marks, refresh: oauth.refresh, log });
  const clients = createManyWorkspaces({ vault, renew, marks, moved, apiUrl, publicUrl });
  const secure = publicUrl?.startsWith('https:') ?? false;
  const state = createInstallState({ secret: workspaces.stateSecret, secure, marks });
  const { changed } = clients;
  return { clients, installRoutes: createInstallRoutes({ oauth, state, vault, changed, log }) };
}

/** Milliseconds of the three seconds that Slack waits: the rest is for what was said, or for saying why not. */
const LOCATED_WITHIN_MS = 2_000;

/** Bolt, with our receiver. What its listeners reject is not acknowledged. */
function createApp(receiver: ReturnType<typeof createReceiver>, clients: Clients, apiUrl: string) {
  return new App({
    receiver,
    logger: silentLogger,
    logLevel: LogLevel.ERROR,
    convoStore: false,
    clientOptions: { slackApiUrl: apiUrl },
    async authorize({ teamId, enterpriseId }, body) {
      const source = sourceOf(teamId, enterpriseId, body);
      const installation = await within(LOCATED_WITHIN_MS, clients.locate(source));
      if (!installation) throw new StoreUnavailableError('locate', undefined);
      const { workspaceId, botToken, botId, botUserId } = installation;
      return { botToken, botId, botUserId, teamId: workspaceId };
    },
  });
}
