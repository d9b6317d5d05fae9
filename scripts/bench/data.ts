/**
 * `bench data`: the repositories beside the bare SDK and the libraries that people put over it, each in a process of
 * its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { Table } from '../../src/db/client.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine } from '../../test/engine.ts';
import { type DataPlace, MESSAGES, messageOf, OPERATIONS, timeOf } from './data-case.ts';
import { type DataOrder, WIDTH } from './data-process.ts';
import type { Measure } from './index.ts';
import { type Measured, measureSideBySide, type Spent } from './measure.ts';
import type { Limit, Report } from './report.ts';
import { versionsOf } from './versions.ts';

const PROCESS = join(import.meta.dirname, 'data-process.ts');
const CANDIDATES = {
  product: 'data-product.ts',
  'lib-dynamodb': '../floor/bare-data.ts',
  electrodb: 'peers/data-electrodb.ts',
  'dynamodb-toolbox': 'peers/data-toolbox.ts',
  onetable: 'peers/data-onetable.ts',
};
const LIMITS = { 'lib-dynamodb': 1.05, electrodb: 0.75 };

interface Running {
  name: string;
  child: ChildProcess;
  obey(order: DataOrder): Promise<unknown>;
}

export const measureData: Measure = async ({ quick }) => {
  const engine = await startEngine();
  const running: Running[] = [];
  try {
    const table = await engine.table();
    const conversationId = await prepare(table);
    const place = { endpoint: engine.endpoint, tableName: table.name, conversationId };
    for (const [name, file] of Object.entries(CANDIDATES)) {
      running.push(await start(name, file, place));
    }
    for (const one of running) await checkAlike(one);
    return toReport(await measureAll(running, quick ? 12 : 60));
  } finally {
    for (const { child } of running) child.kill();
    await engine.stop();
  }
};

async function start(name: string, file: string, place: DataPlace): Promise<Running> {
  const child = fork(PROCESS, [file, JSON.stringify(place)]);
  await once(child, 'message');
  return {
    ...{ name, child },
    async obey(order) {
      const answered = once(child, 'message');
      child.send(order);
      const [answer] = await answered;
      return answer;
    },
  };
}

async function measureAll(running: Running[], rounds: number): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>();
  let written = 1_000;
  for (const operation of OPERATIONS) {
    const candidates = running.map(({ name, obey }) => ({
      name,
      async round(operations: number): Promise<Spent> {
        const first = written;
        written += operations;
        return (await obey({ kind: 'round', operation, first, operations })) as Spent;
      },
    }));
    const size = { rounds, operations: 150, warmUp: 2_000 };
    results.set(operation, await measureSideBySide(candidates, size));
  }
  return results;
}

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

/** A comparison of different work would show nothing. */
async function checkAlike({ name, obey }: Running): Promise<void> {
  const texts = Number(await obey({ kind: 'count' }));
  if (texts < MESSAGES + 1) throw new Error(`${name} reads ${texts} of the messages`);
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
