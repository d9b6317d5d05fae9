/**
 * An approved ticket that ends every process which files it: after some of them it is left to a person,
 * and however often it is tried, one issue comes of it.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Action, ActionOutcome } from '../../src/core/action.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import { createRepositories } from '../../src/db/index.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import { type ChatStandIn, readChat, startChat } from '../fakes/chat-platform.ts';
import { createProcessBot, type PortStep } from '../fakes/process-bot.ts';
import { startWorker } from '../fakes/worker-process.ts';
import { readPending } from './pending.ts';
import { ANN, messageOf, PLACE, threadOf } from './thread-truth.ts';

/** Milliseconds that a dead process's claim outlives it. */
const LEASE_MS = 1_000;
/** Of the process that nothing ends. */
const SURVIVOR_LEASE_MS = 10_000;
const PATIENCE = { timeout: 20_000, interval: 100 };
/** More processes than any ticket may cost. */
const MANY = 9;

describe('a ticket whose filing ends every process', () => {
  let engine: TestEngine;
  let chat: ChatStandIn;
  let directory = '';

  beforeAll(async () => {
    [engine, chat, directory] = await Promise.all([
      startEngine(),
      startChat(),
      mkdtemp(join(tmpdir(), 'deadly-filing-')),
    ]);
  });
  afterAll(() => Promise.all([engine.stop(), chat.stop(), rm(directory, { recursive: true })]));

  /** Approves a draft; resolves once no process dies of it any more, or that would never be. */
  async function fileUntilLeft(name: string, killFirst: PortStep, killIn = killFirst) {
    const thread = threadOf(name);
    const table = await engine.table(name);
    const repositories = createRepositories(table);
    const issuesDirectory = join(directory, name);
    const shared = { endpoint: engine.endpoint, tableName: name, chatUrl: chat.url };
    const options = { ...shared, issuesDirectory, leaseMs: LEASE_MS };
    const readTicket = async () =>
      (await repositories.tickets.listTickets(conversationIdOf(thread))).items[0];
    const approve: Action = {
      ...{ thread, place: PLACE, actor: ANN },
      command: { kind: 'approve', target: { ordinal: 1 } },
    };

    const first = await startWorker({ ...options, killIn: killFirst });
    await first.order({ kind: 'message', message: messageOf(thread, 1, 'draft Checkout hangs') });
    await first.order({ kind: 'idle' });
    expect(await first.order({ kind: 'action', action: approve })).toEqual({ kind: 'dead' });
    let dead = 1;
    while (dead < MANY && (await readTicket())?.status === 'publishing') {
      const worker = await startWorker({ ...options, killIn });
      await vi.waitFor(async () => {
        await worker.order({ kind: 'resume' });
        expect(worker.alive() && (await readTicket())?.status === 'publishing').toBe(false);
      }, PATIENCE);
      if (!worker.alive()) dead += 1;
      await worker.stop();
    }
    const issues = async () =>
      (await readdir(join(issuesDirectory, 'issues'))).filter((file) => file.endsWith('.md'));
    async function tryAgain(): Promise<ActionOutcome> {
      const { bot, table: connection } = createProcessBot({
        ...options,
        leaseMs: SURVIVOR_LEASE_MS,
      });
      const outcome = await bot.handleAction(approve);
      await bot.close(0);
      connection.close();
      return outcome;
    }
    return { thread, repositories, readTicket, dead, issues, tryAgain };
  }

  it('is a draft again after five of them, says so, and is filed once when a person tries again', async () => {
    const left = await fileUntilLeft('unfiled', 'before createIssue');
    expect(left.dead).toBe(5);
    const refusal = expect.stringMatching(/five tries .* I look for the issue first/);
    expect(await left.readTicket()).toMatchObject({ status: 'draft', refusal });
    const shown = await readChat(chat.url, left.thread);
    expect(shown.filter(({ kind }) => kind === 'card').map(({ state }) => state)).toEqual([
      'draft',
    ]);
    expect(JSON.stringify(shown)).toContain('Draft 1 was not filed');
    expect(await readPending(left.repositories)).toBe(0);
    expect(await left.tryAgain()).toMatchObject({ kind: 'done' });
    expect(await left.issues()).toEqual(['0001.md']);
  }, 60_000);

  it('is filed as it is found, when they died of what comes after the creation', async () => {
    const left = await fileUntilLeft('unfinished', 'before finishIssue');
    expect(left.dead).toBe(5);
    expect(await left.readTicket()).toMatchObject({ status: 'published', issue: { number: '1' } });
    expect(JSON.stringify(await readChat(chat.url, left.thread))).toContain('may be missing');
    expect(await left.issues()).toEqual(['0001.md']);
  }, 60_000);

  it('is left to a person when even looking for it ends them, and is found when it can be', async () => {
    const left = await fileUntilLeft('unseen', 'after createIssue', 'before findIssueByMarker');
    expect(left.dead).toBe(6);
    expect(await left.readTicket()).toMatchObject({ status: 'draft' });
    expect(await left.tryAgain()).toMatchObject({ kind: 'done' });
    expect(await left.readTicket()).toMatchObject({ status: 'published', issue: { number: '1' } });
    expect(await left.issues()).toEqual(['0001.md']);
  }, 60_000);
});
