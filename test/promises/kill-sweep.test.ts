/**
 * A process killed at the steps of a turn and of publishing: a step is each moment before and after
 * anything leaves the process (a request to the table, a call to the chat or the tracker, an event of
 * the model). After restart no message is unanswered, no reply there twice, no issue filed twice, no
 * claim stuck.
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
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { newProject } from '../fakes/github-world.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { createProcessBot } from '../fakes/process-bot.ts';
import { type OrderOutcome, startWorker } from '../fakes/worker-process.ts';
import { readPending } from './pending.ts';
import { ANN, expectAnswered, messageOf, PLACE, threadOf } from './thread-truth.ts';

/** `npm run soak` kills at every step; `npm test` at some, from another one in each scenario. */
const FULL = process.env.SOAK === '1';
/** Milliseconds that a killed process's claim outlives it; long enough that no busy machine lets it lapse before. */
const LEASE_MS = 2_000;
/** The next process must not lose its claim to a busy machine: three lapses, and a turn is given up. */
const SURVIVOR_LEASE_MS = 10_000;
/** Redeliveries and takeovers go on for so long, in milliseconds; an idle machine needs a fraction. */
const PATIENCE_MS = 60_000;
/** Workers side by side, on two cores. */
const SIDE_BY_SIDE = 3;
/** The sweep ends by itself where a run lives; this only ends a sweep that does not. */
const MAX_STEPS = 400;
/** Milliseconds for one scenario: every step on a busy machine takes much longer than some on an idle one. */
const LIMIT_MS = FULL ? 1_800_000 : 240_000;

interface Scenario {
  name: string;
  midTurn: boolean;
  /** The first step to be killed at, and from there each so many. */
  from: number;
  stride: number;
  /** Where issues go. */
  tracker: 'local' | 'github' | 'gitlab';
}

/** What was not acknowledged is pressed again. */
function isFiled(outcome: OrderOutcome): boolean {
  return outcome.kind === 'done' && (outcome.result as ActionOutcome).kind === 'done';
}

/** What a killed process was about to write lies beside them, hidden. */
const listIssues = async (directory: string) =>
  (await readdir(join(directory, 'issues'))).filter((name) => !name.startsWith('.'));

describe('a process killed at any step', () => {
  let engine: TestEngine;
  let chat: ChatStandIn;
  let github: GitHubServer;
  let gitlab: GitLabServer;
  let directory = '';

  beforeAll(async () => {
    [engine, chat, github, gitlab, directory] = await Promise.all([
      startEngine(),
      startChat(),
      startGitHubServer(),
      startGitLabServer(),
      mkdtemp(join(tmpdir(), 'kill-sweep-')),
    ]);
  });
  afterAll(async () => {
    await Promise.all([
      engine.stop(),
      chat.stop(),
      github.stop(),
      gitlab.stop(),
      rm(directory, { recursive: true }),
    ]);
  });

  /** A project of this run alone, as its stand-in keeps it. */
  function openProject(tracker: 'github' | 'gitlab', name: string, id: number) {
    const project = `acme/${name}-${id}`;
    if (tracker === 'github') {
      const opened = { ...newProject(id, project), roles: { 'acme-bot': 'write' as const } };
      github.world.projects.push(opened);
      return { remote: { tracker, url: github.url, project }, issues: opened.issues };
    }
    const [like] = gitlab.world.projects;
    if (!like) throw new Error('the stand-in has no project');
    const opened = { ...like, id, path: project, issues: [] };
    gitlab.world.projects.push(opened);
    return { remote: { tracker, url: gitlab.url, project }, issues: opened.issues };
  }

  /** One run, killed at this step; true when it lived to the end. */
  async function run({ name, midTurn, tracker }: Scenario, killAt: number): Promise<boolean> {
    const thread = threadOf(`${name}-${killAt}`);
    const first = messageOf(thread, 1, 'draft Checkout hangs');
    const second = messageOf(thread, 2, 'and another thing');
    const sent = midTurn ? [first, second] : [first];
    const tableName = `sweep-${name}-${killAt}`;
    const table = await engine.table(tableName);
    const issuesDirectory = join(directory, `${name}-${killAt}`);
    const shared = { endpoint: engine.endpoint, tableName, chatUrl: chat.url, issuesDirectory };
    const place = tracker === 'local' ? undefined : openProject(tracker, name, killAt);
    const options = { ...shared, ...(place && { remote: place.remote }) };
    const approve: Action = {
      thread,
      place: PLACE,
      actor: ANN,
      command: { kind: 'approve', target: { ordinal: 1 } },
    };

    const worker = await startWorker({
      ...options,
      leaseMs: LEASE_MS,
      killAt,
      ...(midTurn && { midTurn: second }),
    });
    await worker.order({ kind: 'message', message: first });
    await worker.order({ kind: 'idle' });
    const approved = await worker.order({ kind: 'action', action: approve });
    const ended = await worker.order({ kind: 'idle' });
    // One that filed nothing had fewer steps than there are.
    const lived = ended.kind === 'done' && isFiled(approved);
    await worker.stop();

    // The next process: the platform delivers again, and the person presses what was not acknowledged.
    const { bot, table: connection } = createProcessBot({
      ...options,
      leaseMs: SURVIVOR_LEASE_MS,
    });
    const repositories = createRepositories(table);
    const patience = { timeout: PATIENCE_MS, interval: 50 };
    for (const message of sent) await vi.waitFor(() => bot.handleMessage(message), patience);
    const settled = () =>
      vi.waitFor(async () => {
        await bot.resumePending();
        await bot.idle();
        expect(await readPending(repositories)).toBe(0);
      }, patience);
    await settled();
    if (!isFiled(approved)) await bot.handleAction(approve);
    await settled();
    await bot.close(0);
    connection.close();

    await expectAnswered(repositories, chat.url, thread, sent);
    const { items: tickets } = await repositories.tickets.listTickets(conversationIdOf(thread));
    expect(tickets.map(({ status }) => status)).toEqual(['published']);
    const cards = (await readChat(chat.url, thread)).filter(({ kind }) => kind === 'card');
    expect(cards.map(({ state }) => state)).toEqual(['published']);
    if (place) expect(place.issues).toHaveLength(1);
    else expect(await listIssues(issuesDirectory)).toEqual(['0001.md']);
    return lived;
  }

  it.each<Scenario>([
    { name: 'alone', from: 1, stride: 8, midTurn: false, tracker: 'local' },
    { name: 'mid-turn', from: 2, stride: 8, midTurn: true, tracker: 'local' },
    { name: 'at-github', from: 3, stride: 8, midTurn: false, tracker: 'github' },
    { name: 'at-gitlab', from: 9, stride: 12, midTurn: false, tracker: 'gitlab' },
  ])(
    'leaves nothing undone and nothing done twice: $name',
    async (scenario) => {
      const stride = FULL ? 1 : scenario.stride;
      let next = FULL ? 1 : scenario.from;
      let last = MAX_STEPS;
      async function sweep(): Promise<void> {
        while (next <= last) {
          const killAt = next;
          next += stride;
          try {
            if (await run(scenario, killAt)) last = Math.min(last, killAt);
          } catch (error) {
            throw new Error(`killed at step ${killAt}`, { cause: error });
          }
        }
      }
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, sweep));
      console.info(`${scenario.name}: killed at every ${stride}. of ${last - 1} steps`);
      expect(last).toBeGreaterThan(30);
      expect(last).toBeLessThan(MAX_STEPS);
    },
    LIMIT_MS,
  );
});
