/**
 * Many approvals at the same moment, against trackers that limit how fast they take issues: all are
 * filed, none twice, nothing is sent before its time, and people see where they stand. The clock that
 * limits and claims go by stands still unless a test moves it.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ActionOutcome } from '../../src/core/action.ts';
import type { ProviderEvent, ProviderRequest } from '../../src/core/provider.ts';
import { conversationIdOf } from '../../src/core/thread.ts';
import type { TicketStatus } from '../../src/core/ticket.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { ann, place, thread, useBots } from '../core/bots.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';
import { DRAFT } from '../fakes/scripted-provider.ts';

/** Deadlines are of the real clock, on a busy machine. */
const PATIENT = { readMs: 60_000, writeMs: 60_000, retryMs: 1 };
const CREATE = /^POST .*\/issues$/;
const MINUTE_MS = 60_000;
/** What one turn may draft. */
const BATCH = 20;
const LIMIT = /takes no more requests for a while\.$/;
const LATER = /^Draft \d+ is approved and not filed yet\. .* takes no more requests for a while\./;

describe('a burst of approvals', () => {
  const { setUp, say, talk } = useBots();
  const stops: (() => Promise<void>)[] = [];

  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() }));
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  async function onGitHub() {
    const server = await startGitHubServer();
    stops.push(server.stop);
    const auth = { kind: 'token', token: GITHUB_TOKEN } as const;
    const timing = { ...PATIENT, writeGapMs: 0 };
    return { server, tracker: createGitHubTracker({ auth, baseUrl: server.url, timing }) };
  }

  async function onGitLab() {
    const server = await startGitLabServer();
    stops.push(server.stop);
    const token = GITLAB_TOKEN;
    return { server, tracker: createGitLabTracker({ url: server.url, token, timing: PATIENT }) };
  }

  /** Drafts as many, in threads of a batch each, and approves all while the first is on its way. */
  async function approve(count: number, project: string, tracker: Tracker) {
    const onItsWay = Promise.withResolvers<void>();
    const chooseTracker = async (): Promise<Tracker> => ({
      ...tracker,
      searchIssues: async () => [],
      async createIssue(...filing) {
        await onItsWay.promise;
        return tracker.createIssue(...filing);
      },
    });
    const { bot, platform, repositories } = await setUp({
      script: draftBatches(),
      environment: { project },
      more: { chooseTracker, timing: { leaseMs: 20_000, renewMs: 5_000, settleMs: 10 } },
    });
    const { showCard } = platform;
    const told = new Map<string, number[]>();
    platform.showCard = (card) => {
      const ahead = Number(/^(\d+) approved before it/.exec(card.waiting ?? '')?.[1]);
      const { id } = card.ticket;
      if (ahead) told.set(id, [...(told.get(id) ?? []), ahead]);
      return showCard(card);
    };
    const cards = () => [...platform.cards.values()];
    const places = () => cards().flatMap(({ waiting }) => waiting ?? []);
    const approvals: Promise<ActionOutcome>[] = [];
    const threads = Array.from({ length: count / BATCH }, (_, n) => ({
      ...thread,
      threadId: `t${n}`,
    }));
    for (const at of threads) {
      await talk(bot, say('draft', { thread: at }));
      for (let ordinal = 1; ordinal <= BATCH; ordinal += 1) {
        const command = { kind: 'approve', target: { ordinal } } as const;
        approvals.push(bot.handleAction({ thread: at, place, actor: ann, command }));
      }
      const allWait = () => places().length === approvals.length - 1;
      await vi.waitUntil(allWait, { timeout: 20_000, interval: 20 });
    }
    const seen = places();
    onItsWay.resolve();
    const outcomes = await Promise.all(approvals);
    async function countStates(): Promise<Partial<Record<TicketStatus, number>>> {
      const pages = await Promise.all(
        threads.map((at) => repositories.tickets.listTickets(conversationIdOf(at))),
      );
      const states = Object.groupBy(
        pages.flatMap(({ items }) => items),
        ({ status }) => status,
      );
      return Object.fromEntries(
        Object.entries(states).map(([status, tickets]) => [status, tickets.length]),
      );
    }
    /** A table that is slow at this moment leaves some for the next look. */
    async function resumeAll(): Promise<void> {
      await vi.waitFor(
        async () => {
          await bot.resumePending();
          expect(await countStates()).toEqual({ published: count });
        },
        { timeout: 60_000, interval: 1_000 },
      );
    }
    return { bot, outcomes, seen, told: [...told.values()], cards, countStates, resumeAll };
  }

  it('of a hundred meets both limits of GitHub, and all are filed in the end', async () => {
    const { server, tracker } = await onGitHub();
    server.limitWrites(80);
    const { bot, outcomes, seen, told, cards, countStates, resumeAll } = await approve(
      100,
      'github:acme/shop',
      tracker,
    );
    const issues = () => server.world.projects[0]?.issues ?? [];
    const sent = () => server.requests.filter((line) => CREATE.test(line)).length;

    expect(new Set(seen)).toEqual(placesOf(99, 'github'));
    expectCountedDown(told);
    expect([issues().length, sent()]).toEqual([80, 81]);
    expect(outcomes.filter(({ message }) => LATER.test(message))).toHaveLength(20);
    expect(cards().filter(({ waiting = '' }) => LIMIT.test(waiting))).toHaveLength(20);

    vi.advanceTimersByTime(MINUTE_MS - 1);
    await bot.resumePending();
    expect(sent()).toBe(81);

    vi.advanceTimersByTime(1);
    const resetsAt = Math.ceil(Date.now() / 1_000) + 600;
    Object.assign(server.world, { requestsLeft: 0, resetsAt });
    const before = server.requests.length;
    await bot.resumePending();
    expect(server.requests.slice(before)).toHaveLength(1);
    expect((await countStates()).publishing).toBeGreaterThanOrEqual(20);

    vi.advanceTimersByTime(resetsAt * 1_000 - Date.now());
    server.world.requestsLeft = 5_000;
    await resumeAll();
    expect([issues().length, sent()]).toEqual([100, 101]);
    expect(new Set(issues().map(({ title }) => title)).size).toBe(100);
    expect(cards().filter(({ waiting }) => waiting !== undefined)).toEqual([]);
    expect(server.mostWritesAtOnce()).toBe(1);
    expect(server.problems).toEqual([]);
  }, 180_000);

  it('of twenty meets the limit of GitLab, and all are filed in the end', async () => {
    const { server, tracker } = await onGitLab();
    server.limitWrites(15);
    const { outcomes, seen, told, resumeAll } = await approve(20, 'gitlab:acme/web/shop', tracker);
    const issues = () => server.world.projects[0]?.issues ?? [];
    const sent = () => server.requests.filter((line) => CREATE.test(line)).length;

    expect(new Set(seen)).toEqual(placesOf(19, 'gitlab'));
    expectCountedDown(told);
    expect([issues().length, sent()]).toEqual([15, 16]);
    expect(outcomes.filter(({ message }) => LATER.test(message))).toHaveLength(5);

    vi.advanceTimersByTime(MINUTE_MS);
    await resumeAll();
    expect([issues().length, sent()]).toEqual([20, 21]);
    expect(new Set(issues().map(({ title }) => title)).size).toBe(20);
    expect(server.problems).toEqual([]);
  }, 90_000);
});

/** Halves of a hundred, the first time, and what else draws a card meanwhile. */
const MOST_DRAWINGS = 10;

/** What cards say only goes down, in few edits, and is not left as it was first. */
function expectCountedDown(told: number[][]): void {
  for (const places of told) {
    const fromFirst = places.slice(places.indexOf(Math.max(...places)));
    expect(fromFirst).toEqual(fromFirst.toSorted((one, other) => other - one));
    expect(places.length).toBeLessThanOrEqual(MOST_DRAWINGS);
  }
  expect(Math.max(...told.map((places) => new Set(places).size))).toBeGreaterThanOrEqual(2);
}

/** What the cards of all but the first say. */
function placesOf(most: number, tracker: string): Set<string> {
  const places = Array.from({ length: most }, (_, n) => n + 1);
  return new Set(places.map((ahead) => `${ahead} approved before it go to ${tracker} first.`));
}

/** A model that drafts a batch whenever it is asked, each ticket under a title of its own. */
function draftBatches() {
  let drafted = 0;
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
  return async function* drafting({ messages }: ProviderRequest): AsyncIterable<ProviderEvent> {
    const isDone = messages.at(-1)?.role === 'tool';
    if (!isDone) {
      const tickets = Array.from({ length: BATCH }, () => {
        drafted += 1;
        return { ...DRAFT, title: `Ticket ${drafted}` };
      });
      yield { type: 'toolCall', call: { id: '1', name: 'draft_tickets', input: { tickets } } };
    }
    yield { type: 'end', stopReason: isDone ? 'end' : 'tools', usage };
  };
}
