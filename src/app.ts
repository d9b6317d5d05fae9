/** The composition root: from a checked configuration to a bot that runs on one table. */
import type { AdminOptions } from './admin/index.ts';
import type { Tokens } from './admin/tokens.ts';
import type { Config } from './config.ts';
import type { Adapter, AdapterTools } from './core/adapter.ts';
import { type Bot, type BotTiming, createBot } from './core/bot.ts';
import type { Limits } from './core/limits.ts';
import type { Log } from './core/log.ts';
import type { ChatPlatform } from './core/platform.ts';
import {
  createProviderConnections,
  type ProviderConnections,
} from './core/provider-connections.ts';
import type { Repositories } from './core/repositories.ts';
import type { Settings } from './core/settings.ts';
import { createSharing } from './core/sharing.ts';
import { secretPurpose } from './core/stored-config.ts';
import { createTrackerConnections, type TrackerConnections } from './core/tracker-connections.ts';
import { createRepositories } from './db/index.ts';
import { observeRequests } from './db/observe-requests.ts';
import { ensureTable } from './db/table.ts';
import { scaleImage } from './image-scale.ts';
import { createMetrics } from './metrics.ts';
import { openSecrets, openTokens } from './open-keys.ts';
import { type OpenTable, openTable } from './open-table.ts';
import { createOutboundFetch } from './outbound.ts';
import { createProviders } from './providers/index.ts';
import { createTrackers, ISSUES_FOLDER } from './trackers/index.ts';
import { createWebhooks } from './trackers/webhooks.ts';
import { findUnpriced } from './unpriced.ts';

export interface AppOptions {
  config: Config;
  log: Log;
  /** Chat platforms that only show: nothing is received through them. */
  platforms: ChatPlatform[];
  /** Joins the chat platforms that are configured; the process starts them. */
  connect?(tools: AdapterTools): Promise<Adapter[]>;
  /** What the command line asks for, over the environment. */
  settings?: Settings;
  timing?: Partial<BotTiming>;
}

export interface App {
  bot: Bot;
  /** Not started yet. */
  adapters: Adapter[];
  repositories: Repositories;
  /** AI vendors that people connect by themselves. */
  providerConnections: ProviderConnections;
  /** Accesses to trackers that people connect by themselves. */
  trackerConnections: TrackerConnections;
  /** What the HTTP server works on. */
  admin: Omit<AdminOptions, 'addressOf'>;
  /** Signs and checks access tokens. */
  tokens: Tokens;
  /** What it runs on, a line each, and how to change it. */
  describe(): string[];
  /** Ends or hands over what runs, then lets go of the table and the engine. */
  close(graceMs: number): Promise<void>;
}

/** Where issues go while nothing else is configured, outside production: a container's disk is nobody's tracker. */
const LOCAL_PROJECT = 'local:issues';
const MARKER_PURPOSE = 'draft-marker';
const PROBE_ID = 'readyz';
/** The offline drafter asks nobody for anything. */
const OFFLINE_PRICE = { 'offline:rules': { input: 0, output: 0 } };

/** Throws when the engine or the table cannot be had; then nothing is left running. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, platforms, timing } = options;
  const { metricsToken } = config;
  const metrics = metricsToken === undefined ? undefined : await createMetrics();
  const log = metrics?.countLog(options.log) ?? options.log;
  const unpriced = findUnpriced(config);
  if (unpriced.length > 0) {
    log.warn('cap-without-price', { models: unpriced.join(', '), variable: 'MODEL_PRICES' });
  }
  const opened = await openTable(config, log);
  try {
    // In production the table is made once, by whoever may: the app itself needs no such right.
    if (config.table.kind !== 'aws') await ensureTable(opened.table);
    if (metrics) observeRequests(opened.table, metrics.observeRequest);
    const settings = environmentSettings(options);
    const secrets = openSecrets(config);
    const { encrypt, decrypt } = secrets;
    const { publicUrl } = config.http;
    const repositories = createRepositories(opened.table);
    const fetchOutside = createOutboundFetch(config);
    const providers = await createProviders(config.providers, {
      fetch: fetchOutside,
      openKey: (stored) => decrypt(stored.encryptedKey ?? '', secretPurpose('provider', stored)),
      log,
    });
    const trackers = createTrackers(config, {
      fetch: fetchOutside,
      openToken: (stored) => decrypt(stored.encryptedToken ?? '', secretPurpose('tracker', stored)),
      log,
    });
    const tools = { repositories, encrypt, decrypt, publicUrl, log };
    const adapters = (await options.connect?.(tools)) ?? [];
    const bot = createBot({
      repositories,
      platforms: [...platforms, ...adapters.map(({ platform }) => platform)],
      chooseProvider: providers.choose,
      chooseTracker: trackers.choose,
      trackerUrls: environmentUrls(config),
      trackers: trackers.names,
      environment: settings,
      providers: providers.names,
      publicUrl,
      retentionDays: config.retentionDays,
      prices: { ...OFFLINE_PRICE, ...config.prices },
      scaleImage,
      markerKeys: [secrets.deriveKey(MARKER_PURPOSE), ...secrets.deriveOldKeys(MARKER_PURPOSE)],
      log,
      observe: metrics?.observe,
      ...(timing && { timing }),
    });
    const providerConnections = createProviderConnections({
      providerConfigs: repositories.providerConfigs,
      encrypt,
      open: providers.open,
    });
    const trackerConnections = createTrackerConnections({
      trackerConfigs: repositories.trackerConfigs,
      encrypt,
      open: trackers.open,
    });
    const tokens = openTokens(config, secrets);
    const webhooks = await createWebhooks(config.trackers);
    return {
      bot,
      adapters,
      repositories,
      tokens,
      providerConnections,
      trackerConnections,
      admin: {
        bot,
        adapters,
        providerConnections,
        trackerConnections,
        repositories,
        tokens,
        webhooks,
        log,
        metrics:
          metrics && metricsToken ? { token: metricsToken, render: metrics.render } : undefined,
        publicUrl,
        origins: originsOf(config),
        environment: environmentLimits(config),
        sharing: createSharing({ conversations: repositories.conversations, publicUrl }),
        // Any read tells whether the table answers.
        checkTable: () => repositories.threads.get(PROBE_ID),
      },
      describe: () => describeApp(config, opened, settings, providers.describe(settings.provider)),
      async close(graceMs) {
        await bot.close(graceMs);
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Where browsers reach us: by the public address, and on the machine itself. */
function originsOf({ http: { publicUrl, port } }: Config): string[] {
  const local = ['localhost', '127.0.0.1'].map((host) => `http://${host}:${port}`);
  return publicUrl ? [new URL(publicUrl).origin, ...local] : local;
}

/** Where the environment's trackers are, if not at their vendors'. */
function environmentUrls({ trackers: { github, gitlab } }: Config) {
  return {
    ...(github?.apiUrl && { github: github.apiUrl }),
    ...(gitlab?.url && { gitlab: gitlab.url }),
  };
}

function environmentSettings({ config, settings }: AppOptions): Settings {
  return {
    project: config.trackers.defaultProject ?? (config.production ? undefined : LOCAL_PROJECT),
    spendCapDaily: config.spendCaps.daily,
    spendCapMonthly: config.spendCaps.monthly,
    ...settings,
  };
}

function environmentLimits({ spendCaps, retentionDays }: Config): Limits {
  return { spendCapDaily: spendCaps.daily, spendCapMonthly: spendCaps.monthly, retentionDays };
}

const CHANGE_TABLE = {
  embedded: 'set DYNAMODB_ENDPOINT for another',
  endpoint: 'DYNAMODB_ENDPOINT names it',
  aws: 'AWS_REGION and DYNAMODB_TABLE_NAME name it',
};

function describeApp(
  config: Config,
  { place, engine }: OpenTable,
  settings: Settings,
  provider: string,
): string[] {
  const { table } = config;
  const shared = engine?.shared ? ', shared with a running process' : '';
  return [
    `engine    ${place}, table ${table.name}${shared}; ${CHANGE_TABLE[table.kind]}`,
    `provider  ${provider}`,
    `tracker   ${describeProject(settings.project, config)}`,
  ];
}

function describeProject(project: string | undefined, { dataDir, trackers }: Config): string {
  if (project === undefined) return 'none chosen: cards ask where to; DEFAULT_PROJECT names one';
  const variable = project.startsWith('github:') ? 'GITHUB_TOKEN' : 'GITLAB_TOKEN';
  const { github, gitlab } = trackers;
  if (project.startsWith('local:')) {
    return `${project}, files under ${dataDir}/${ISSUES_FOLDER}/; set DEFAULT_PROJECT for another`;
  }
  if (variable === 'GITHUB_TOKEN' ? github?.access : gitlab?.token) return project;
  return `${project}; nothing is filed there until you set ${variable} or connect it in the console`;
}
