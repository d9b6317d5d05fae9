/** The admin server for tests: on a real engine, with a bot whose model and tracker do as told. */
import { type AdminOptions, createAdmin } from '../../src/admin/index.ts';
import type { MetricsPage } from '../../src/admin/metrics.ts';
import { createTokens, type Tokens } from '../../src/admin/tokens.ts';
import type { Adapter } from '../../src/core/adapter.ts';
import type { BotOptions } from '../../src/core/bot.ts';
import type { Limits } from '../../src/core/limits.ts';
import type { Provider } from '../../src/core/provider.ts';
import { createProviderConnections } from '../../src/core/provider-connections.ts';
import { createSharing } from '../../src/core/sharing.ts';
import { createTrackerConnections } from '../../src/core/tracker-connections.ts';
import type { Role, User } from '../../src/core/user.ts';
import { createSecrets } from '../../src/secrets.ts';
import { echo, type Script, silent, useBots } from '../core/bots.ts';
import { createIdleTracker } from '../fakes/idle-tracker.ts';

export const SECRET = 'a secret of the tests, long enough';
export const PUBLIC_URL = 'https://bot.example.com';

/** A vendor whose key works. */
function createScriptedConnection(): Provider {
  return {
    name: 'script',
    async *stream() {},
    listModels: async () => [{ id: 'm-1', contextTokens: 8_000 }],
    testConnection: async () => ({ ok: true, message: 'The key works.' }),
  };
}

const PROJECT = {
  ...{ project: 'github:octo/web', name: 'octo/web', host: 'github.com', projectId: '7' },
  visibility: 'private' as const,
};

/** A tracker that sees one project. */
function createConnectedTracker() {
  return createIdleTracker({
    listProjects: async () => [PROJECT],
    async testConnection(project) {
      if (project && project !== PROJECT.project) return { ok: false, message: 'Not seen.' };
      return { ok: true, message: 'The token works.' };
    },
  });
}

/** Inside a `describe`. */
export function useAdmin() {
  const bots = useBots();

  async function setUp({
    tokens = createTokens({ kind: 'secret', secret: SECRET }) as Tokens | undefined,
    log = silent as BotOptions['log'],
    provider = createScriptedConnection(),
    connectedTracker = createConnectedTracker(),
    more = {} as Partial<BotOptions>,
    script = echo as Script,
    metrics = undefined as MetricsPage | undefined,
    adapters = [] as Adapter[],
    limits = {} as Limits,
  } = {}) {
    const { retentionDays, ...environment } = limits;
    const parts = { publicUrl: PUBLIC_URL, retentionDays, ...more };
    const given = await bots.setUp({ script, environment, more: parts });
    const { bot, repositories } = given;
    const secrets = createSecrets({ key: Buffer.alloc(32, 7).toString('base64') });
    const options: AdminOptions = {
      bot,
      repositories,
      tokens,
      log,
      metrics,
      adapters,
      publicUrl: PUBLIC_URL,
      origins: [PUBLIC_URL],
      environment: limits,
      providerConnections: createProviderConnections({
        providerConfigs: repositories.providerConfigs,
        encrypt: secrets.encrypt,
        open: async () => provider,
      }),
      trackerConnections: createTrackerConnections({
        trackerConfigs: repositories.trackerConfigs,
        encrypt: secrets.encrypt,
        open: async () => connectedTracker,
      }),
      addressOf: (c) => c.req.header('x-test-address') ?? 'here',
      sharing: createSharing({ conversations: repositories.conversations, publicUrl: PUBLIC_URL }),
      checkTable: () => repositories.threads.get('readyz'),
    };
    const app = createAdmin(options);

    async function newUser(role: Role, name: string = role): Promise<User> {
      const made = await repositories.users.createUser({ name, role });
      if (made.kind !== 'created') throw new Error(made.kind);
      return made.user;
    }

    const tokenOf = async (user: User) => (await tokens?.issue?.(user.id, 5)) ?? '';

    /** A request under `/v1` as this user; JSON in and out. */
    async function ask(
      user: User | undefined,
      method: string,
      path: string,
      { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
    ) {
      const response = await app.request(`/v1${path}`, {
        method,
        headers: {
          ...(user && { authorization: `Bearer ${await tokenOf(user)}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      };
    }

    return { ...given, app, options, newUser, tokenOf, ask };
  }

  return { ...bots, setUp };
}
