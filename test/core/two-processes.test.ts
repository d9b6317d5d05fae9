/** What two processes may do to one another's work. */
import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/core/errors.ts';
import { type NewIssue, TrackerError } from '../../src/core/tracker.ts';
import { createIdleTracker, toCreatedIssue } from '../fakes/idle-tracker.ts';
import { ann, hang, place, useBots } from './bots.ts';

const LEASE = { leaseMs: 600, renewMs: 100 };

describe('two processes', () => {
  const { setUp, say, command, talk, readMessages, readTickets } = useBots();

  /** The repository as it is, but for what `parts` says. */
  function partly<Repository extends object>(
    repository: Repository,
    parts: Partial<Repository>,
  ): Repository {
    return new Proxy(repository, {
      get(target, name) {
        const value = parts[name as keyof Repository] ?? target[name as keyof Repository];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  it('file one issue when the tracker files what a holder that lost its lease had sent', async () => {
    const shared = 'late-create';
    const issues: NewIssue[] = [];
    let calls = 0;
    const sent = Promise.withResolvers<void>();
    const landed = Promise.withResolvers<void>();
    const tracker = createIdleTracker({
      async createIssue(issue, signal) {
        calls += 1;
        if (calls > 1) return toCreatedIssue(issue, String(issues.push(issue)));
        sent.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        // What is under way arrives some time after nobody waits for it any more.
        setTimeout(() => landed.resolve(void issues.push(issue)), 300);
        throw new TrackerError('local', 'ambiguous', 'no answer');
      },
      async findIssueByMarker(project, marker) {
        const index = issues.findIndex((issue) => issue.marker === marker);
        return index < 0 ? undefined : toCreatedIssue({ project }, String(index + 1));
      },
    });
    const timing = { ...LEASE, settleMs: 1_000 };
    const more = { chooseTracker: async () => tracker, timing };
    const other = await setUp({ shared, more });
    const { repositories } = other;
    const tickets = partly(repositories.tickets, {
      renewPublishing: async () => {
        throw new StoreUnavailableError('renew', undefined);
      },
    });
    const cutOff = await setUp({
      shared,
      more: { ...more, repositories: { ...repositories, tickets } },
    });
    await talk(cutOff.bot, say('draft Checkout hangs'));
    const approved = command(cutOff.bot, { kind: 'approve', target: { ordinal: 1 } });
    await sent.promise;
    await vi.waitFor(
      async () => {
        await other.bot.resumePending();
        expect((await readTickets(repositories))[0]).toMatchObject({ status: 'published' });
      },
      { timeout: 10_000 },
    );
    await Promise.all([approved, landed.promise]);
    expect(issues).toHaveLength(1);
  });

  it('answer a message that is edited four times, each time in another process', async () => {
    const shared = 'edited-often';
    const begun = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const message = say('wording 0');
    for (const [n, { promise, resolve }] of begun.entries()) {
      const { bot } = await setUp({ shared, script: (_, signal) => hang(signal, resolve) });
      if (n === 0) await bot.handleMessage(message);
      else await bot.handleEdit({ ...message, text: `wording ${n}` });
      await promise;
    }
    const last = await setUp({ shared });
    await last.bot.handleEdit({ ...message, text: 'wording 4' });
    await last.bot.idle();
    const [, answer, ...more] = await readMessages(last.repositories);
    expect(answer?.text).toBe('heard: wording 4');
    expect(more).toEqual([]);
  });

  it('open one thread for a command, however long the platform takes to open it', async () => {
    const shared = 'slow-platform';
    const more = { timing: { ...LEASE, settleMs: 10 } };
    const one = await setUp({ shared, more });
    const other = await setUp({ shared, more });
    const opened = Promise.withResolvers<void>();
    const { openThread } = one.platform;
    one.platform.openThread = async (start, resumed) => {
      await opened.promise;
      return openThread(start, resumed);
    };
    let openedThere = 0;
    other.platform.openThread = async (start, resumed) => {
      openedThere += 1;
      return openThread(start, resumed);
    };
    const givenAt = '2026-03-01T10:00:00.000Z';
    const start = { id: 'i1', platform: 'terminal', place, author: ann, text: 'hello' } as const;
    const begun = Date.now();
    const outcome = await one.bot.handleStart({ ...start, settings: {}, givenAt });
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(begun + 2 * LEASE.leaseMs), 5_000);
    await other.bot.resumePending();
    opened.resolve();
    if (outcome.kind === 'stored') await outcome.opened;
    await Promise.all([one.bot.idle(), other.bot.idle()]);
    expect(openedThere).toBe(0);
    expect(one.platform.replies).toHaveLength(1);
  });

  it('answer at once in one what came to the other while it was going', async () => {
    const shared = 'came-late';
    const timing = { leaseMs: 60_000, renewMs: 1_000, settleMs: 10 };
    const going = await setUp({ shared, more: { timing } });
    const other = await setUp({ shared, more: { timing } });
    await going.bot.close(0);
    expect(await going.bot.handleMessage(say('just in time'))).toMatchObject({ kind: 'stored' });
    await vi.waitFor(async () => expect(await other.bot.resumePending()).toBe(1), 10_000);
    await other.bot.idle();
    expect(other.platform.replies[0]?.views.at(-1)?.text).toBe('heard: just in time');
    expect(going.platform.replies).toEqual([]);
  });
});
