/** `bench data`: the repositories beside the bare SDK and the libraries that people put over it. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { Table } from '../../src/db/client.ts';
import { createRepositories, MessageRepository } from '../../src/db/index.ts';
import { startEngine } from '../../test/engine.ts';
import { createBareData } from './data-bare.ts';
import type { Measure } from './index.ts';
import { atOnce, type Measured, measureSideBySide } from './measure.ts';
import type { Limit, Report } from './report.ts';
import { versionsOf } from './versions.ts';

/** The same four requests, by whichever way. */
export interface DataPeer {
  name: string;
  /** A channel's settings, over whatever was there. */
  put(n: number): Promise<unknown>;
  /** One message of 1 KB, strongly consistent. */
  get(n: number): Promise<unknown>;
  /** The twenty messages of a conversation. */
  query(): Promise<unknown[]>;
  /** A message if absent, while its thread is there. */
  transact(n: number): Promise<unknown>;
}

export interface DataPlace {
  documents: DynamoDBDocumentClient;
  tableName: string;
  conversationId: string;
}

export const TEXT = 'It happens every time. '.repeat(45).slice(0, 1_000);
export const MESSAGES = 20;
/** When the n-th message was sent. */
export const timeOf = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
export const idOf = (n: number) => `m${String(n).padStart(9, '0')}`;
export const momentOf = (n: number) => `${timeOf(n)}#${idOf(n)}`;
/** As a message's item holds it. */
export const AUTHOR = { i: 'terminal:w:ann', n: 'Ann', s: 'member' };
export const SETTINGS = {
  project: 'github:acme/shop',
  answer: 'mentions',
  mode: 'ticket',
} as const;

const OPERATIONS = ['put', 'get', 'query', 'transact'] as const;
const WIDTH = 8;
const LIMITS = { 'lib-dynamodb': 1.05, electrodb: 0.75 };

/** Excluded from the type check: its packages are not installed with the product. */
async function loadPeers(): Promise<((place: DataPlace) => DataPeer)[]> {
  const { createDataPeers } = await import(new URL('./peers/data.ts', import.meta.url).href);
  return createDataPeers;
}

export const measureData: Measure = async ({ quick }) => {
  const engine = await startEngine();
  try {
    const table = await engine.table();
    const conversationId = await prepare(table);
    const documents = connectPlainly(engine.endpoint);
    const place = { documents, tableName: table.name, conversationId };
    const product = createProduct(table, conversationId);
    const peers = (await loadPeers()).map((create) => create(place));
    const all = [product, createBareData(place), ...peers];
    await checkAlike(all);
    const rounds = { rounds: quick ? 12 : 48, operations: 150, warmUp: 1_500 };
    const results = new Map<string, Measured[]>();
    let written = 1_000;
    for (const operation of OPERATIONS) {
      const candidates = all.map((peer) => ({
        name: peer.name,
        run: (operations: number) => {
          const first = written;
          written += operations;
          return atOnce(operations, WIDTH, (n) => peer[operation](first + n));
        },
      }));
      results.set(operation, await measureSideBySide(candidates, rounds));
    }
    return toReport(results);
  } finally {
    await engine.stop();
  }
};

async function prepare(table: Table): Promise<string> {
  const repositories = createRepositories(table);
  const thread = {
    ...{ platform: 'terminal' as const, workspaceId: 'w', channelId: 'c', threadId: 'bench' },
  };
  const conversationId = conversationIdOf(thread);
  const place = { workspaceId: 'w', channelId: 'c', visibility: 'dm' as const };
  const now = Date.now();
  const claim = { token: 't', turnId: 't', attempt: 1, claimedAt: now, expiresAt: now };
  await repositories.threads.bind({
    owner: { userId: 'u', createdAt: timeOf(0), conversationId },
    ...{ thread, place, title: 'Bench', claim, historyPending: false },
    message: messageOf(conversationId, 0),
  });
  const rest = Array.from({ length: MESSAGES - 1 }, (_, n) => messageOf(conversationId, n + 1));
  await repositories.messages.putMessages(rest);
  return conversationId;
}

/** The peers' client, with the SDK's own defaults. */
function connectPlainly(endpoint: string): DynamoDBDocumentClient {
  const credentials = { accessKeyId: 'fakeMyKeyId', secretAccessKey: 'fakeSecretAccessKey' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

function messageOf(conversationId: string, n: number) {
  const author = { identity: 'terminal:w:ann', name: 'Ann', standing: 'member' as const };
  return {
    id: idOf(n),
    conversationId,
    sentAt: timeOf(n),
    role: 'user' as const,
    text: TEXT,
    author,
  };
}

function createProduct(table: Table, conversationId: string): DataPeer {
  const { workspaces } = createRepositories(table);
  const messages = new MessageRepository(table);
  return {
    name: 'product',
    put: (n) => workspaces.saveChannelSettings('slack', 'T1', `C${n}`, SETTINGS),
    get: (n) => messages.getMessage(conversationId, momentOf(n % MESSAGES)),
    query: async () => (await messages.listMessages(conversationId, { limit: MESSAGES })).items,
    transact: (n) => messages.createMessage(messageOf(conversationId, n)),
  };
}

/** A comparison of different work would show nothing. */
async function checkAlike(all: DataPeer[]): Promise<void> {
  for (const peer of all) {
    const found = JSON.stringify([await peer.get(3), await peer.query()]);
    const texts = found.split(TEXT).length - 1;
    if (texts < MESSAGES + 1) throw new Error(`${peer.name} reads ${texts} of the messages`);
  }
}

function toReport(results: Map<string, Measured[]>): Report {
  const names = [...results.values()][0]?.map(({ name }) => name) ?? [];
  const cpuOf = (operation: string, name: string) =>
    results.get(operation)?.find((one) => one.name === name)?.cpuMicros ?? Number.NaN;
  const limits = Object.entries(LIMITS).flatMap(([peer, limit]) =>
    OPERATIONS.map((operation): Limit => {
      const reached = cpuOf(operation, 'product') / cpuOf(operation, peer);
      return { what: `${operation}: CPU, product / ${peer}`, reached, limit };
    }),
  );
  const rows = [...results].flatMap(([operation, measured]) =>
    measured.map(({ name, cpuMicros, wallMicros, spread }) => [
      ...[operation, name, cpuMicros, cpuMicros / cpuOf(operation, 'product')],
      ...[wallMicros, spread],
    ]),
  );
  return {
    bench: 'data',
    about: `CPU of one request at ${WIDTH} at once, the engine in a process of its own; first quartile.`,
    columns: ['request', 'by', 'CPU µs', '÷ product', 'clock µs', 'spread'],
    rows,
    limits,
    versions: versionsOf(
      '@aws-sdk/lib-dynamodb',
      'electrodb',
      'dynamodb-toolbox',
      'dynamodb-onetable',
    ),
    bars: OPERATIONS.flatMap((operation) =>
      names.map((name) => ({
        label: `${operation}, ${name}`,
        value: cpuOf(operation, name),
        unit: 'µs CPU',
      })),
    ),
  };
}
