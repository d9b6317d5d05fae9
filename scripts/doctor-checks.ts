/** What `npm run doctor` looks at. Each check tells a finding and, where something is wrong, what to do. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../src/config.ts';
import type { ProviderName } from '../src/connections.ts';
import { findRunningEngine } from '../src/db/engine.ts';
import { findProgram, hasEngineData, NO_ENGINE } from '../src/db/engine-program.ts';
import { answers } from '../src/db/engine-start.ts';
import { inspectTable } from '../src/db/table.ts';
import { openTable } from '../src/open-table.ts';
import { decodeSecretsKey, loadDevelopmentKey } from '../src/secrets.ts';
import { findUnpriced } from '../src/unpriced.ts';

/** `note` is for what works and might surprise. */
export interface Finding {
  level: 'ok' | 'note' | 'wrong';
  subject: string;
  text: string;
}

export function checkNode(version: string): Finding {
  return ok('node', version);
}

export function checkDataDir(config: Config): Finding {
  const path = resolve(config.dataDir);
  try {
    accessSync(firstExisting(path), constants.W_OK | constants.X_OK);
    return ok('data', existsSync(path) ? path : `${path}, made when it is first needed`);
  } catch {
    return needsDataDir(config)
      ? wrong('data', `${path} cannot be written to; set DATA_DIR to another folder`)
      : note('data', `${path} cannot be written to, and nothing that is set here needs it`);
  }
}

/** For the engine's file, the local tracker's issues, or the key of development. */
function needsDataDir({
  table,
  trackers: { defaultProject },
  secrets,
  production,
}: Config): boolean {
  const isLocal = defaultProject === undefined ? !production : defaultProject.startsWith('local:');
  return table.kind === 'embedded' || isLocal || secrets.key === undefined;
}

export async function checkEngine({ table, dataDir }: Config): Promise<Finding> {
  if (table.kind === 'aws') return ok('engine', `Amazon DynamoDB in ${table.region}`);
  if (table.kind === 'endpoint') {
    if (await answers(table.endpoint)) return ok('engine', `DynamoDB answers at ${table.endpoint}`);
    return wrong(
      'engine',
      `nothing speaks DynamoDB at ${table.endpoint}; npm run dynamodb:start starts an engine there, or remove DYNAMODB_ENDPOINT`,
    );
  }
  const running = await findRunningEngine(dataDir);
  if (running) return ok('engine', `${running.engine} runs at ${running.endpoint}`);
  const program = findProgram(resolve(dataDir));
  return program
    ? ok('engine', `${program.name}, started when needed`)
    : wrong('engine', NO_ENGINE);
}

/** Starts the embedded engine for a moment if it holds anything; makes nothing. */
export async function checkTable(config: Config): Promise<Finding> {
  const { table: place, dataDir } = config;
  if (place.kind === 'embedded' && !hasEngineData(dataDir)) {
    return note('table', `${place.name} is made at the first start`);
  }
  const { table, close } = await openTable(config);
  try {
    return describeTable(place, await inspectTable(table));
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    const next =
      reason === 'AccessDeniedException'
        ? 'let these credentials do dynamodb:DescribeTable and dynamodb:DescribeTimeToLive, or run this with others'
        : 'check the address, the region and the credentials';
    return wrong('table', `${table.name} did not answer (${reason}); ${next}`);
  } finally {
    await close();
  }
}

/** Everywhere but at Amazon the process makes, at its start, what is missing. */
function describeTable(
  { kind, name }: Config['table'],
  found: Awaited<ReturnType<typeof inspectTable>>,
): Finding {
  const lacking = kind === 'aws' ? wrong : note;
  if (!found) return lacking('table', `${name} is not there; npm run dynamodb:setup makes it`);
  if (found.faults.length > 0) {
    const faults = found.faults.join('; ');
    return wrong('table', `${name} is not one of ours: ${faults}; set DYNAMODB_TABLE_NAME`);
  }
  if (!found.expires) {
    const text = `${name} keeps what has expired; npm run dynamodb:setup switches its time to live on`;
    return lacking('table', text);
  }
  return ok('table', `${name}, ${found.status}`);
}

export function checkSecrets({ secrets, dataDir }: Config): Finding {
  if (secrets.key) {
    const old = secrets.oldKeys.length;
    return ok('secrets', `SECRETS_KEY is set${old ? `, and ${old} old` : ''}`);
  }
  const path = join(dataDir, 'secrets.key');
  if (!existsSync(path)) return note('secrets', `${path} is made when it is first needed`);
  if (statSync(path).mode & 0o077) {
    return wrong('secrets', `others can read ${path}; run: chmod 600 ${path}`);
  }
  try {
    decodeSecretsKey(loadDevelopmentKey(dataDir));
    return ok('secrets', `the key of this machine, ${path}`);
  } catch {
    return wrong('secrets', `${path} holds no key; remove it, and enter stored API keys again`);
  }
}

export function checkProvider({ providers }: Config): Finding {
  const { default: chosen } = providers;
  if (chosen === 'offline') {
    return note('provider', 'the offline drafter: rules, no model');
  }
  const model = modelOf(chosen, providers);
  return ok('provider', model ? `${chosen}, model ${model}` : chosen);
}

/** Nothing to say where there is no cap. */
export function checkSpendCaps(config: Config): Finding[] {
  const { daily, monthly } = config.spendCaps;
  if (daily === undefined && monthly === undefined) return [];
  const unpriced = findUnpriced(config);
  if (unpriced.length > 0) {
    const text = `the cap cannot be kept without the price of ${unpriced.join(' and ')}; set MODEL_PRICES (0 for what costs nothing)`;
    return [wrong('spending', text)];
  }
  const caps = [
    ...(daily === undefined ? [] : [`$${daily} a day`]),
    ...(monthly === undefined ? [] : [`$${monthly} a month`]),
  ];
  return [ok('spending', `at most ${caps.join(' and ')}`)];
}

export function checkTracker({ trackers, dataDir, production }: Config): Finding {
  const { defaultProject, github, gitlab } = trackers;
  const [tracker] = defaultProject?.split(':') ?? [];
  if (tracker === 'github' && !github?.access) {
    return wrong(
      'tracker',
      `DEFAULT_PROJECT is ${defaultProject}; set GITHUB_TOKEN, or GITHUB_APP_ID with its key`,
    );
  }
  if (tracker === 'gitlab' && !gitlab?.token) {
    return wrong('tracker', `DEFAULT_PROJECT is ${defaultProject}; set GITLAB_TOKEN`);
  }
  if (tracker === 'github' || tracker === 'gitlab') return ok('tracker', `${defaultProject}`);
  if (!defaultProject && production) {
    return note(
      'tracker',
      'none chosen: cards ask where to, where no place has a project; set DEFAULT_PROJECT for all',
    );
  }
  return note(
    'tracker',
    `files under ${join(dataDir, 'issues')}/; set DEFAULT_PROJECT for another`,
  );
}

/** Whether trackers can tell us what happens to issues, and at which address. */
export function checkWebhooks({ trackers, http }: Config): Finding {
  const { github, gitlab } = trackers;
  const heard = [github?.webhookSecrets && 'github', gitlab?.webhookSecrets && 'gitlab'];
  const names = heard.filter((name) => name !== undefined);
  if (names.length === 0) {
    return note(
      'webhooks',
      'none: issues are looked at when somebody looks at their thread; GITHUB_WEBHOOK_SECRET or GITLAB_WEBHOOK_SECRET lets trackers tell',
    );
  }
  if (!http.publicUrl) {
    return wrong('webhooks', `set PUBLIC_URL: ${names.join(' and ')} must reach this server`);
  }
  const base = http.publicUrl.replace(/\/+$/, '');
  return ok('webhooks', names.map((name) => `${base}/webhooks/${name}`).join(' and '));
}

export function checkChat({ slack, discord }: Config): Finding {
  const connected = [
    slack && `Slack by ${slack.connection.kind === 'socket' ? 'Socket Mode' : 'HTTP'}`,
    discord && 'Discord',
  ].filter(Boolean);
  if (connected.length > 0) return ok('chat', connected.join(' and '));
  return note('chat', 'neither Slack nor Discord: npm run chat works in this terminal');
}

function modelOf(name: ProviderName, providers: Config['providers']): string | undefined {
  return name === 'offline' ? undefined : providers[name]?.model;
}

function firstExisting(path: string): string {
  return existsSync(path) ? path : firstExisting(dirname(path));
}

function ok(subject: string, text: string): Finding {
  return { level: 'ok', subject, text };
}

function note(subject: string, text: string): Finding {
  return { level: 'note', subject, text };
}

function wrong(subject: string, text: string): Finding {
  return { level: 'wrong', subject, text };
}
