/** Slack's clients, one for each workspace the app is installed in, and who the bot is there. */
import { LogLevel, type WebAPICallResult, WebClient, type WebClientOptions } from '@slack/web-api';
import { InvalidInputError } from '../../src/core/errors.ts';
import type { MovedChannels } from './moved-channels.ts';
import { refusalOf } from './refusals.ts';

/** The app in one workspace. */
export interface Installation {
  /** The workspace; of an app installed for a whole organisation, the one that was asked for. */
  workspaceId: string;
  botToken: string;
  botUserId: string;
  botId: string;
  /** The workspace's address, `https://acme.slack.com/`. */
  url: string;
  /** Said with every call when the token is a whole organisation's: the workspace that is meant. */
  teamId?: string;
}

/** Where something came from: workspaces in the order in which they may be meant, and their organisation. */
export interface InstallationSource {
  workspaceIds: string[];
  enterpriseId?: string | undefined;
  /** It came through the organisation's installation: a workspace's own, if there is one, is another one. */
  ofOrganisation?: boolean;
}

/** The app is not installed there, or not any more. */
export class NotInstalledError extends Error {
  override name = 'NotInstalledError';

  constructor(workspaceId: string) {
    super(`the app is not installed in Slack's workspace ${workspaceId}`);
  }
}

export interface Clients {
  /** Rejects with `NotInstalledError` when the app is not installed there. */
  clientOf(workspaceId: string): Promise<WebClient>;
  installationOf(workspaceId: string): Promise<Installation>;
  /** Through which installation something came to us. Rejects with `NotInstalledError`. */
  locate(source: InstallationSource): Promise<Installation>;
  /** Asked at the start. Rejects with `InvalidInputError` when Slack does not take the token. */
  check(): Promise<void>;
  /** The app was removed, or its tokens were revoked, `at` (seconds since the epoch, as Slack counts). */
  forget(workspaceId: string, at: number): Promise<void>;
}

export interface OneWorkspaceOptions {
  botToken: string;
  apiUrl: string;
  moved?: MovedChannels;
}

/** Milliseconds; a message of ours is not worth waiting longer for. */
const TIMEOUT_MS = 15_000;

export interface ClientOptions {
  /** Of an organisation's token: the workspace that is meant. */
  teamId?: string | undefined;
  /** Absent: no channel is followed to another id. */
  moved?: MovedChannels | undefined;
}

/**
 * Repeats nothing by itself, because a post that is repeated is posted twice; and says when there is
 * too much of something instead of holding everything up.
 */
export function createClient(
  token: string | undefined,
  apiUrl: string,
  { teamId, moved }: ClientOptions = {},
): WebClient {
  const options: WebClientOptions = {
    slackApiUrl: apiUrl,
    ...(teamId && { teamId }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT_MS,
    logLevel: LogLevel.ERROR,
  };
  return moved ? new FollowingClient(moved, token, options) : new WebClient(token, options);
}

/** Asks for a channel by the id that Slack knows it by. What Slack knows no channel for was not done, and may be asked again. */
class FollowingClient extends WebClient {
  readonly #moved: MovedChannels;

  constructor(moved: MovedChannels, token: string | undefined, options: WebClientOptions) {
    super(token, options);
    this.#moved = moved;
  }

  override async apiCall(
    method: string,
    options: Record<string, unknown> = {},
  ): Promise<WebAPICallResult> {
    const name = 'channel' in options ? 'channel' : 'channel_id';
    const channel = options[name];
    if (typeof channel !== 'string') return super.apiCall(method, options);
    const known = this.#moved.knownAs(channel);
    try {
      return await super.apiCall(method, { ...options, [name]: known });
    } catch (error) {
      if (refusalOf(error) !== 'channel_not_found') throw error;
      const newest = await this.#moved.newestOf(channel).catch(() => undefined);
      if (!newest || newest === known) throw error;
      return super.apiCall(method, { ...options, [name]: newest });
    }
  }
}

/** Who a token is of. */
export async function identify(client: WebClient): Promise<Omit<Installation, 'botToken'>> {
  const { team_id = '', user_id = '', bot_id = '', url = '' } = await client.auth.test();
  return { workspaceId: team_id, botUserId: user_id, botId: bot_id, url };
}

/** One workspace, by its token. */
export function createOneWorkspace({ botToken, apiUrl, moved }: OneWorkspaceOptions): Clients {
  const client = createClient(botToken, apiUrl, { moved });
  let known: Promise<Installation> | undefined;

  function read(): Promise<Installation> {
    known ??= identify(client).then((found) => ({ ...found, botToken }));
    known.catch(() => {
      known = undefined;
    });
    return known;
  }

  async function check(): Promise<void> {
    try {
      await read();
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      throw new InvalidInputError('SLACK_BOT_TOKEN', [
        `Slack does not take it (${code}); copy the Bot User OAuth Token from the app's page, under Install App`,
      ]);
    }
  }

  return {
    check,
    clientOf: async () => client,
    installationOf: read,
    locate: read,
    // There is nothing stored that could be removed; the next start says what is wrong.
    forget: async () => undefined,
  };
}
