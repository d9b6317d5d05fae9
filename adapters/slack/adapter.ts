/** Slack joined to the bot: what receives through Bolt, and the platform that writes by the Web API. */
import { App, LogLevel } from '@slack/bolt';
import type { Adapter, AdapterTools } from '../../src/core/adapter.ts';
import type { Bot } from '../../src/core/bot.ts';
import { type Clients, createOneWorkspace } from './clients.ts';
import { messageSchema } from './events.ts';
import { createInbound } from './inbound.ts';
import { listen } from './listeners.ts';
import { createQuiet } from './on-message.ts';
import { createPeople } from './people.ts';
import { createPlaces } from './places.ts';
import { createSlackPlatform } from './platform.ts';
import { createHttpRoute, createReceiver } from './receiver.ts';
import type { Receiving } from './receiving.ts';
import { silentLogger } from './silent-logger.ts';
import { connectSocket, type Socket } from './socket.ts';

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
}

const SLACK_API_URL = 'https://slack.com/api/';

export function createSlackAdapter(options: SlackAdapterOptions): Adapter {
  const { config, repositories, publicUrl, log } = options;
  const { connection, apiUrl = SLACK_API_URL } = config;
  const clients = connectWorkspaces(config, apiUrl);
  const people = createPeople({ clients, log });
  const places = createPlaces({ clients, log });
  const inbound = createInbound({ clients, people, places });
  const platform = createSlackPlatform({
    ...{ clientOf: clients.clientOf, apiUrl, log },
    readMessage: (thread, message) => {
      const said = messageSchema.safeParse({ ...message, channel: thread.channelId });
      return said.success
        ? inbound.read(thread.workspaceId, said.data)
        : Promise.resolve(undefined);
    },
  });
  let receiving: Receiving | undefined;
  let socket: Socket | undefined;
  let isStarted = false;
  const receiver = createReceiver({
    isQuiet: createQuiet(() => receiving),
    connect(process) {
      if (connection.kind === 'socket') socket = connectSocket({ ...connection, apiUrl }, process);
      return socket ?? { start: async () => undefined, stop: async () => undefined };
    },
  });

  async function start(bot: Bot): Promise<void> {
    await clients.check();
    receiving = { bot, clients, inbound, people, places, platform, repositories, publicUrl, log };
    listen(createApp(receiver, clients, apiUrl), receiving);
    await receiver.start();
    isStarted = true;
  }

  return {
    platform,
    ...(connection.kind === 'http' && {
      routes: [createHttpRoute({ ...connection, process: receiver.process, log })],
    }),
    start,
    connected: () => isStarted && (socket?.connected() ?? true),
    async stop() {
      isStarted = false;
      await receiver.stop();
    },
  };
}

function connectWorkspaces({ workspaces }: SlackConfig, apiUrl: string): Clients {
  if (workspaces.kind === 'one') return createOneWorkspace({ ...workspaces, apiUrl });
  throw new Error('many workspaces need an installation store');
}

/** Bolt, with our receiver. What its listeners reject is not acknowledged. */
function createApp(receiver: ReturnType<typeof createReceiver>, clients: Clients, apiUrl: string) {
  return new App({
    receiver,
    logger: silentLogger,
    logLevel: LogLevel.ERROR,
    convoStore: false,
    clientOptions: { slackApiUrl: apiUrl },
    async authorize({ teamId, enterpriseId }) {
      const installation = await clients.installationOf(teamId ?? enterpriseId ?? '');
      const { workspaceId, botToken, botId, botUserId } = installation;
      return { botToken, botId, botUserId, teamId: workspaceId };
    },
  });
}
