/**
 * The engine gone in the middle of a turn and back again, its data on a file: the turn is finished,
 * what came meanwhile is refused and answered when it is delivered again, nothing is half-written.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRepositories } from '../../src/db/index.ts';
import { ensureTable } from '../../src/db/table.ts';
import { findFreePort } from '../engine.ts';
import { type ChatStandIn, startChat } from '../fakes/chat-platform.ts';
import { createProcessBot, type ProcessBot } from '../fakes/process-bot.ts';
import { readPending } from './pending.ts';
import { expectAnswered, messageOf, threadOf } from './thread-truth.ts';

/** How long the engine is gone, and how long a claim lasts: it outlasts the first outage, not the second. */
const OUTAGE_MS = 10_000;
const LASTING_LEASE_MS = 2 * OUTAGE_MS;
const SHORT_LEASE_MS = OUTAGE_MS / 4;

describe('an engine that is gone for a while', () => {
  let chat: ChatStandIn;
  let directory = '';
  let port = 0;
  let engine: ChildProcess | undefined;

  beforeAll(async () => {
    [chat, directory, port] = await Promise.all([
      startChat(),
      mkdtemp(join(tmpdir(), 'outage-')),
      findFreePort(),
    ]);
    await startFileEngine();
  });
  afterAll(async () => {
    engine?.kill('SIGKILL');
    await Promise.all([chat.stop(), rm(directory, { recursive: true })]);
  });

  async function startFileEngine(): Promise<void> {
    const manifest = `@dynoxide/${process.platform}-${process.arch}/package.json`;
    const program = join(dirname(createRequire(import.meta.url).resolve(manifest)), 'dynoxide');
    const args = ['serve', '--host', '127.0.0.1', '--port', `${port}`];
    engine = spawn(program, [...args, '--db-path', join(directory, 'engine.db')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // It says on standard error where it listens.
    if (engine.stderr) await once(engine.stderr, 'data');
  }

  async function stopEngine(): Promise<void> {
    const ended = engine && once(engine, 'exit');
    engine?.kill('SIGKILL');
    await ended;
  }

  it.each([
    { name: 'the claim outlasts it', leaseMs: LASTING_LEASE_MS },
    { name: 'the claim lapses meanwhile', leaseMs: SHORT_LEASE_MS },
  ])(
    'finishes the turn: $name',
    async ({ name, leaseMs }) => {
      const thread = threadOf(name);
      const [first, second] = [messageOf(thread, 1, 'hello'), messageOf(thread, 2, 'still there?')];
      const gone = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const shared = {
        endpoint: `http://127.0.0.1:${port}`,
        tableName: `outage-${leaseMs}`,
        chatUrl: chat.url,
        issuesDirectory: join(directory, 'issues'),
        leaseMs,
      };
      const { bot, table }: ProcessBot = createProcessBot({
        ...shared,
        async beforeEvent() {
          begun.resolve();
          await gone.promise;
        },
      });
      await ensureTable(table);
      await bot.handleMessage(first);
      await begun.promise;
      await stopEngine();
      gone.resolve();

      const refusedAfter = performance.now();
      await expect(bot.handleMessage(second)).rejects.toMatchObject({
        name: 'StoreUnavailableError',
      });
      expect(performance.now() - refusedAfter).toBeLessThan(3_000);
      const left = Math.max(0, OUTAGE_MS - (performance.now() - refusedAfter));
      await vi.waitFor(() => expect(performance.now() - refusedAfter).toBeGreaterThan(left), {
        timeout: OUTAGE_MS + 1_000,
      });
      await startFileEngine();

      const repositories = createRepositories(table);
      await vi.waitFor(
        async () => {
          await bot.handleMessage(second);
          await bot.resumePending();
          await bot.idle();
          expect(await readPending(repositories)).toBe(0);
        },
        { timeout: 20_000 + leaseMs, interval: 100 },
      );
      await expectAnswered(repositories, chat.url, thread, [first, second]);
      await bot.close(0);
      table.close();
    },
    90_000,
  );
});
