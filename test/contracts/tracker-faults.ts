/**
 * What a tracker may answer to a create, run through the real bot: whatever happens there is one issue
 * in the end, and the person reads what happened. Each tracker brings its own sentences.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tracker } from '../../src/core/tracker.ts';
import { useBots } from '../core/bots.ts';

/** How a request to a stand-in goes wrong; with `after` once it was carried out. */
export type Fault = { after?: boolean; times?: number } & (
  | { do: 'reply'; status: number; headers?: Record<string, string>; body?: string }
  | { do: 'silence' }
  | { do: 'reset' }
);

const PAGE = { 'content-type': 'text/html; charset=utf-8' };
const fail = (status: number, message: string, headers = {}): Fault => ({
  do: 'reply',
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message }),
});

/** Faults of the request that creates. */
export const CREATE_FAULTS = {
  '401': fail(401, 'Bad credentials'),
  '403': fail(403, 'Forbidden'),
  '403 with Retry-After': fail(403, 'You have exceeded a secondary rate limit.', {
    'retry-after': '60',
  }),
  '403 with no requests left': fail(403, 'API rate limit exceeded.', {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.floor(Date.now() / 1_000) + 600),
  }),
  '404': fail(404, 'Not Found'),
  '410': fail(410, 'Issues are disabled'),
  '422': fail(422, 'Validation Failed'),
  '429': fail(429, 'Too many requests'),
  '429 with Retry-After': fail(429, 'Too many requests', { 'retry-after': '60' }),
  '500 before creating': fail(500, 'Server Error'),
  '500 after creating': { ...fail(500, 'Server Error'), after: true },
  '502 after creating': {
    do: 'reply',
    status: 502,
    headers: PAGE,
    body: '<h1>502</h1>',
    after: true,
  },
  'silence after creating': { do: 'silence', after: true },
  'a reset before creating': { do: 'reset' },
  'a reset after creating': { do: 'reset', after: true },
  'a page instead of JSON, after creating': {
    do: 'reply',
    status: 201,
    headers: PAGE,
    body: '<h1>Sign in</h1>',
    after: true,
  },
  'half of its JSON, after creating': {
    do: 'reply',
    status: 201,
    headers: { 'content-type': 'application/json' },
    body: '{"number":',
    after: true,
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof CREATE_FAULTS;

export interface FaultyTracker {
  /** With deadlines of at most half a second; each one as a process of its own would have it. */
  connect(): Tracker;
  /** `github:acme/shop`. */
  project: string;
  /** For the next request that creates an issue. */
  failCreate(fault: Fault): void;
  /** For the next request that lists issues. */
  failList(fault: Fault): void;
  countIssues(): number;
  stop(): Promise<void>;
}

export interface Expected {
  /** `later`: nobody knows yet, and it goes on by itself. */
  outcome: 'filed' | 'refused' | 'later';
  /** What the person who approved reads. */
  says: string | RegExp;
}

const KINDS = { filed: 'done', refused: 'refused', later: 'done' } as const;

export function describeTrackerFaults(
  name: string,
  start: () => Promise<FaultyTracker>,
  table: Record<FaultName, Expected>,
): void {
  describe(`one issue, and a sentence, whatever ${name} answers to a create`, () => {
    const { setUp, say, command, talk, readTickets } = useBots();
    let under: FaultyTracker;
    let before = 0;

    beforeAll(async () => {
      under = await start();
    });
    beforeEach(() => {
      before = under.countIssues();
    });
    afterAll(() => under.stop());

    /** What looks for duplicates must not meet the faults that are meant for the filing. */
    const connect = () => ({ ...under.connect(), searchIssues: async () => [] });

    async function draft() {
      let tracker = connect();
      const timing = { leaseMs: 800, renewMs: 100, settleMs: 10 };
      const made = await setUp({
        environment: { project: under.project },
        more: { chooseTracker: async () => tracker, timing },
      });
      await talk(made.bot, say('draft Checkout hangs'));
      const approve = () => command(made.bot, { kind: 'approve', target: { ordinal: 1 } });
      const status = async () => (await readTickets(made.repositories))[0]?.status;
      const later = async () => {
        tracker = connect();
        await made.bot.resumePending();
        await made.bot.idle();
        expect(await status()).toBe('published');
      };
      /** How long it waits as the tracker asked, in milliseconds; then that time is over. */
      const passWait = async () => {
        const [ticket] = await readTickets(made.repositories);
        if (ticket?.status !== 'publishing') throw new Error('it does not wait');
        const { claim } = ticket;
        expect(claim.waits).toMatch(/\S/);
        const waitMs = claim.expiresAt - Date.now();
        const over = { ...claim, expiresAt: Date.now() };
        await made.repositories.tickets.renewPublishing(ticket, claim.token, over);
        return waitMs;
      };
      return { approve, status, later, passWait };
    }

    it.each(Object.entries(table))('%s', async (fault, { outcome, says }) => {
      const { approve, status, later, passWait } = await draft();
      under.failCreate(CREATE_FAULTS[fault as FaultName]);
      const answer = await approve();
      expect(answer.message).toMatch(says);
      expect(answer.kind).toBe(KINDS[outcome]);
      if (outcome === 'refused') {
        expect(under.countIssues()).toBe(before);
        expect(await status()).toBe('draft');
        expect(await approve()).toMatchObject({ kind: 'done' });
      }
      if (outcome === 'later') {
        const waitMs = await passWait();
        const asked = /Retry-After|no requests left/.test(fault);
        if (asked) expect(waitMs).toBeGreaterThan(45_000);
      }
      await vi.waitFor(later, { timeout: 10_000, interval: 20 });
      expect(under.countIssues()).toBe(before + 1);
    });

    it('502 after creating, and the list is down too', async () => {
      const { approve, status, later } = await draft();
      under.failCreate(CREATE_FAULTS['502 after creating']);
      under.failList({ ...CREATE_FAULTS['500 before creating'], times: 5 });
      await approve();
      // A draft could be filed a second time.
      expect(await status()).not.toBe('draft');
      await vi.waitFor(later, { timeout: 10_000, interval: 20 });
      expect(under.countIssues()).toBe(before + 1);
    });

    it('ten approvals at once, the first of them answered by a reset after creating', async () => {
      const { approve, later } = await draft();
      under.failCreate(CREATE_FAULTS['a reset after creating']);
      await Promise.all(Array.from({ length: 10 }, approve));
      await vi.waitFor(later, { timeout: 10_000, interval: 20 });
      expect(under.countIssues()).toBe(before + 1);
    });
  });
}
