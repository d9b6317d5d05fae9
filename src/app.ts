/** The composition root: from a checked configuration to a bot that runs on one table. */

import type { Config, TableConfig } from './config.ts';
import { type Bot, type BotTiming, createBot } from './core/bot.ts';
import type { Log } from './core/log.ts';
import type { ChatPlatform } from './core/platform.ts';
import type { Repositories } from './core/repositories.ts';
import type { Settings } from './core/settings.ts';
import { createTable, type Table } from './db/client.ts';
import { type EngineUse, useEngine } from './db/engine.ts';
import { createRepositories } from './db/index.ts';
import { ensureTable } from './db/table.ts';
import { createProviders } from './providers/index.ts';
import { createSecrets, loadDevelopmentKey, type Secrets } from './secrets.ts';
import { createTrackers, ISSUES_FOLDER } from './trackers/index.ts';

export interface AppOptions {
  config: Config;
  log: Log;
  /** The chat platforms connected to this process. */
  platforms: ChatPlatform[];
  timing?: Partial<BotTiming>;
}

export interface App {
  bot: Bot;
  repositories: Repositories;
  table: Table;
  secrets: Secrets;
  /** What it runs on, a line each, and how to change it. */
  describe(): string[];
  /** Ends or hands over what runs, then lets go of the table and the engine. */
  close(graceMs: number): Promise<void>;
}

/** Where issues go while nothing else is configured. */
const LOCAL_PROJECT = 'local:issues';
const MARKER_PURPOSE = 'draft-marker';

/** Throws when the engine or the table cannot be had; then nothing is left running. */
export async function createApp({ config, log, platforms, timing }: AppOptions): Promise<App> {
  const engine = await joinEngine(config, log);
  const table = connect(config.table, engine);
  try {
    // In production the table is made once, by whoever may: the app itself needs no such right.
    if (config.table.kind !== 'aws') await ensureTable(table);
  } catch (error) {
    table.close();
    await engine?.release();
    throw error;
  }
  const secrets = openSecrets(config);
  const repositories = createRepositories(table);
  const bot = createBot({
    repositories,
    platforms,
    chooseProvider: createProviders({ defaultProvider: providerOf(config) }),
    chooseTracker: createTrackers(config),
    environment: environmentSettings(config),
    markerKey: secrets.deriveKey(MARKER_PURPOSE),
    log,
    ...(timing && { timing }),
  });
  return {
    bot,
    repositories,
    table,
    secrets,
    describe: () => describeApp(config, engine),
    async close(graceMs) {
      await bot.close(graceMs);
      table.close();
      await engine?.release();
    },
  };
}

function joinEngine({ table, dataDir }: Config, log: Log): Promise<EngineUse> | undefined {
  return table.kind === 'embedded' ? useEngine({ dataDir, log }) : undefined;
}

function connect(config: TableConfig, engine: EngineUse | undefined): Table {
  const { name: tableName, region } = config;
  if (config.kind === 'aws') return createTable({ tableName, region });
  if (config.kind === 'embedded') {
    return createTable({ tableName, region, endpoint: engine?.endpoint });
  }
  const { endpoint, credentials } = config;
  return createTable({ tableName, region, endpoint, credentials });
}

function openSecrets({ secrets, dataDir }: Config): Secrets {
  return createSecrets({
    key: secrets.key ?? loadDevelopmentKey(dataDir),
    oldKeys: secrets.oldKeys,
  });
}

function environmentSettings({ trackers }: Config): Settings {
  return { project: trackers.defaultProject ?? LOCAL_PROJECT };
}

/** The offline drafter is the only provider so far, whatever else is configured. */
function providerOf(_config: Config): string {
  return 'offline';
}

function describeApp(config: Config, engine: EngineUse | undefined): string[] {
  const { table, trackers, dataDir } = config;
  const place =
    table.kind === 'embedded'
      ? `${engine?.engine ?? 'engine'} on ${engine?.endpoint}, file under ${dataDir}/${engine?.shared ? ' (shared with another process)' : ''}; set DYNAMODB_ENDPOINT for another`
      : table.kind === 'endpoint'
        ? `DynamoDB at ${table.endpoint}, table ${table.name} (DYNAMODB_ENDPOINT)`
        : `Amazon DynamoDB in ${table.region}, table ${table.name}`;
  const project = trackers.defaultProject ?? LOCAL_PROJECT;
  return [
    `engine    ${place}`,
    'provider  offline drafter: rules, no model',
    `tracker   ${project}, files under ${dataDir}/${ISSUES_FOLDER}/; set DEFAULT_PROJECT=local:NAME for another`,
  ];
}
