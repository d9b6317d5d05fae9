/** Socket Mode through Bolt's own receiver, which brings what it hears to ours. */
import { type App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { InvalidInputError } from '../../src/core/errors.ts';
import type { SlackReceiver } from './receiver.ts';
import { refusalOf } from './refusals.ts';
import { silentLogger } from './silent-logger.ts';

export interface SocketOptions {
  appToken: string;
  apiUrl: string;
}

export interface Socket {
  start(): Promise<void>;
  stop(): Promise<void>;
  connected(): boolean;
}

export function connectSocket(
  { appToken, apiUrl }: SocketOptions,
  process: SlackReceiver['process'],
): Socket {
  let isConnected = false;
  const receiver = new SocketModeReceiver({
    appToken,
    logger: silentLogger,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
    // What could not be taken is not acknowledged: Slack sends it again.
    processEventErrorHandler: async () => false,
  });
  receiver.client.on('connected', () => {
    isConnected = true;
  });
  for (const event of ['reconnecting', 'disconnected', 'connecting']) {
    receiver.client.on(event, () => {
      isConnected = false;
    });
  }
  receiver.init({ processEvent: process } as unknown as App);

  async function start(): Promise<void> {
    try {
      await receiver.start();
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      throw new InvalidInputError('SLACK_APP_TOKEN', [
        `Slack does not take it (${code}); make an app-level token with the scope connections:write, under Basic Information`,
      ]);
    }
  }

  return {
    start,
    stop: async () => void (await receiver.stop()),
    connected: () => isConnected,
  };
}
