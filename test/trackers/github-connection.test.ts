import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ForbiddenAddressError } from '../../src/core/errors.ts';
import type { NewIssue, Tracker } from '../../src/core/tracker.ts';
import { createGitHubTracker, type GitHubTrackerOptions } from '../../src/trackers/github.ts';
import type { Fault } from '../contracts/tracker-faults.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const TIMING = { readMs: 2_000, writeMs: 2_000, retryMs: 1, writeGapMs: 0 };
const CREATE = /^POST .*\/issues$/;
const READ = /^GET \/repos\/acme\/shop$/;
const ISSUE: NewIssue = {
  project: PROJECT,
  title: 'Checkout hangs',
  body: 'Nobody can pay.',
  rest: [],
  labels: [],
  assignees: [],
  marker: 'prompt-to-issue:1',
};
const signal = new AbortController().signal;

describe('the line to GitHub', () => {
  let server: GitHubServer;
  let tracker: Tracker;

  beforeEach(async () => {
    server = await startGitHubServer();
    tracker = connect();
  });
  afterEach(() => server.stop());

  const connect = (more: Partial<GitHubTrackerOptions> = {}) =>
    createGitHubTracker({
      auth: { kind: 'token', token: TOKEN },
      baseUrl: server.url,
      timing: TIMING,
      ...more,
    });
  const asApp = () => {
    const { id: appId, privateKey } = server.world.app;
    return connect({ auth: { kind: 'app', appId, privateKey } });
  };
  const create = (by = tracker) => by.createIssue(ISSUE, signal);
  const sent = (pattern: RegExp) => server.requests.filter((line) => pattern.test(line)).length;

  describe('a create', () => {
    it.each<[string, Fault, object]>([
      ['Retry-After', reply(403, { 'retry-after': '7' }), { retryAfterMs: 7_000 }],
      [
        'words of the secondary limit',
        reply(403, {}, 'You have exceeded a secondary rate limit. Please wait.'),
        { retryAfterMs: 60_000 },
      ],
      ['429 alone', reply(429), { retryAfterMs: 60_000 }],
    ])(
      'that meets a limit by %s did not happen, and says when to come again',
      async (_, fault, more) => {
        server.will(CREATE, fault);
        await expect(create()).rejects.toMatchObject({ kind: 'rate-limited', ...more });
        expect(server.world.projects[0]?.issues).toEqual([]);
        await expect(create()).rejects.toMatchObject({ kind: 'rate-limited' });
        expect(sent(CREATE)).toBe(1);
      },
    );

    it('that meets the primary limit may come again when that begins anew', async () => {
      server.world.requestsLeft = 0;
      server.world.resetsAt = Math.floor(Date.now() / 1_000) + 600;
      const error = await create().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ kind: 'rate-limited' });
      const { retryAfterMs } = error as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(590_000);
      expect(retryAfterMs).toBeLessThanOrEqual(600_000);
    });

    it('that lacks a permission is refused by its name', async () => {
      const [token] = server.world.tokens;
      if (token) token.permissions = { metadata: 'read' };
      await expect(create()).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('The token needs the permission issues=write.'),
      });
    });

    it('that finds nobody at the address did not happen', async () => {
      const nobody = connect({ baseUrl: await findClosedAddress() });
      await expect(create(nobody)).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });

    it('ends with the reason of whoever gave it up, and holds up nobody else', async () => {
      server.will(CREATE, { do: 'silence' });
      const [first, second] = [new AbortController(), new AbortController()];
      const given = tracker.createIssue(ISSUE, first.signal);
      while (sent(CREATE) === 0) await setImmediate();
      const waiting = tracker.createIssue(ISSUE, second.signal);
      const reason = new Error('the lease ended');
      second.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      first.abort(reason);
      await expect(given).rejects.toBe(reason);
      expect(await create()).toMatchObject({ number: '1' });
      expect(sent(CREATE)).toBe(2);
    });

    it('that was given up before it began is not sent', async () => {
      await expect(tracker.createIssue(ISSUE, AbortSignal.abort())).rejects.toThrow();
      expect(server.requests).toEqual([]);
    });
  });

  it('works off a burst of creates one at a time, each a second after the last, as GitHub asks', async () => {
    // The clock of the queue and of the stand-in; deadlines and the network keep the real one.
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      const spaced = connect({ timing: { readMs: 60_000, writeMs: 60_000 } });
      const burst = Array.from({ length: 100 }, () => create(spaced));
      for (const created of burst) {
        await created;
        await vi.advanceTimersByTimeAsync(1_000);
      }
      const numbers = (await Promise.all(burst)).map(({ number }) => Number(number));
      const [first = 0] = server.writtenAt;
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
      expect(server.writtenAt.map((at) => at - first)).toEqual(
        Array.from({ length: 100 }, (_, n) => n * 1_000),
      );
      expect(server.mostWritesAtOnce()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks again by the tag of the last answer, which costs nothing when nothing changed', async () => {
    await tracker.listLabels(PROJECT);
    expect(await tracker.listLabels(PROJECT)).toEqual(['bug', 'Backend']);
    expect(server.unchanged).toEqual(['GET /repos/acme/shop/labels']);
    server.world.projects[0]?.labels.push('new');
    expect(await tracker.listLabels(PROJECT)).toContain('new');
    const search = () => tracker.searchPullRequests(PROJECT, '', 5, signal);
    expect([await search(), await search()]).toEqual([[], []]);
    expect(server.unchanged).toContain('GET /repos/acme/shop/pulls');
  });

  describe('a read', () => {
    it('is repeated after a passing failure, when GitHub says so', async () => {
      server.will(READ, reply(403, { 'retry-after': '0' }));
      server.will(READ, reply(502));
      expect(await tracker.getProject(PROJECT)).toMatchObject({ project: PROJECT });
      expect(sent(READ)).toBe(3);
    });

    it('does not wait longer than anybody would', async () => {
      server.will(READ, reply(429, { 'retry-after': '3600' }));
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({
        kind: 'rate-limited',
        retryAfterMs: 3_600_000,
      });
      expect(sent(READ)).toBe(1);
    });

    it('of a page instead of JSON says where to look', async () => {
      const html = { 'content-type': 'text/html' };
      server.will(READ, { do: 'reply', status: 200, headers: html, body: '<h1>Hi</h1>', times: 3 });
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('check its address'),
      });
    });

    it('of a list that is a page is no list, and no fault of the token', async () => {
      const html = { 'content-type': 'text/html' };
      server.will(/labels$/, { do: 'reply', status: 200, headers: html, body: '<p>', times: 3 });
      await expect(tracker.listLabels(PROJECT)).rejects.toMatchObject({ kind: 'unreachable' });
    });

    it('takes the token to no other server', async () => {
      const other = await startGitHubServer();
      server.will(READ, reply(301, { location: `${other.url}/repositories/1` }));
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({ kind: 'refused' });
      expect(other.requests).toEqual([]);
      await other.stop();
    });
  });

  it('asks through the fetch it is given, and says why an address may not be reached', async () => {
    const guarded: typeof fetch = async () => {
      throw new TypeError('fetch failed', { cause: new ForbiddenAddressError('10.0.0.1') });
    };
    await expect(create(connect({ fetch: guarded }))).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('private network'),
    });
    expect(server.requests).toEqual([]);
  });

  it('keeps its token out of every failure', async () => {
    server.will(READ, reply(401));
    const error = await tracker.getProject(PROJECT).catch((reason: unknown) => reason);
    const all = JSON.stringify(error, (_, value) =>
      value instanceof Error
        ? Object.fromEntries(
            Object.getOwnPropertyNames(value).map((key) => [key, Reflect.get(value, key)]),
          )
        : value,
    );
    expect(all).toContain('unauthorised');
    expect(all).not.toContain(TOKEN);
  });

  describe('a GitHub App', () => {
    it('files as itself with a token of the installation, which it keeps, and finds it again', async () => {
      const app = asApp();
      const since = new Date().toISOString();
      const created = await create(app);
      await create(app);
      expect(server.world.projects[0]?.issues[0]?.user.login).toBe('ticket-bot[bot]');
      expect(sent(/access_tokens$/)).toBe(1);
      const marked = { ...ISSUE, body: 'x <!-- m-1 -->', marker: 'm-1' };
      const { number } = await app.createIssue(marked, signal);
      expect(await app.findIssueByMarker(PROJECT, 'm-1', since, signal)).toMatchObject({ number });
      expect(server.requests.some((line) => line.includes('creator=ticket-bot%5Bbot%5D'))).toBe(
        true,
      );
      expect(created.number).toBe('1');
      expect(await app.listProjects()).toContainEqual(
        expect.objectContaining({ project: PROJECT }),
      );
    });

    describe('that is uninstalled', () => {
      const LATER_MS = 60_000;
      const TOKEN_OVER_MS = 7_200_000;

      /** Its tokens end with it. The clock goes on: a token's first seconds are GitHub's own to doubt. */
      function uninstall(afterMs: number): void {
        const { world } = server;
        world.installations.splice(0);
        world.tokens = world.tokens.filter(({ value }) => !value.startsWith('ghs_'));
        vi.setSystemTime(Date.now() + afterMs);
      }
      const install = (id: number) =>
        server.world.installations.push({
          ...{ id, owner: 'acme' },
          permissions: { metadata: 'read', issues: 'write', contents: 'write' },
        });

      beforeEach(() => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
      });
      afterEach(() => {
        vi.useRealTimers();
      });

      it.each([
        ['while its token would last', LATER_MS],
        ['after its token is over', TOKEN_OVER_MS],
      ])('and installed again, %s, goes on', async (_, afterMs) => {
        const app = asApp();
        await create(app);
        uninstall(afterMs);
        install(100);
        const labelled = app.createIssue({ ...ISSUE, labels: ['bug'] }, signal);
        expect(await labelled).toMatchObject({ number: '2', dropped: [] });
        expect(server.world.projects[0]?.issues).toHaveLength(2);
        expect(await app.listLabels(PROJECT)).toContain('bug');
      });

      it('says so', async () => {
        const app = asApp();
        await create(app);
        for (const afterMs of [LATER_MS, TOKEN_OVER_MS]) {
          uninstall(afterMs);
          await expect(create(app)).rejects.toMatchObject({
            message: expect.stringContaining('the GitHub App is not installed on it'),
          });
          install(100 + afterMs);
          await create(app);
        }
        expect(server.world.projects[0]?.issues).toHaveLength(3);
      });
    });

    it('says where it is not installed, which permission it lacks, and that its key is none', async () => {
      expect(await asApp().testConnection(PROJECT)).toEqual({
        ok: true,
        message: `Issues go to acme/shop, filed by the App Ticket Bot at ${new URL(server.url).host}.`,
      });
      expect(await asApp().testConnection('zoe/shop')).toMatchObject({
        ok: false,
        message: expect.stringContaining('is not installed on it'),
      });
      const [installation] = server.world.installations;
      if (installation) installation.permissions = { metadata: 'read' };
      expect(await asApp().testConnection(PROJECT)).toMatchObject({
        ok: false,
        message: expect.stringContaining('lacks Issues: write'),
      });
      const keyless = connect({ auth: { kind: 'app', appId: '4711', privateKey: 'nonsense' } });
      expect(await keyless.testConnection()).toMatchObject({
        ok: false,
        message: expect.stringContaining('private key'),
      });
    });
  });

  describe('testConnection', () => {
    const token = () => {
      const [found] = server.world.tokens;
      if (!found) throw new Error('the stand-in knows no token');
      return found;
    };

    it.each<[string, () => void, string | undefined, string]>([
      ['a token nobody knows', () => server.world.tokens.splice(0), undefined, 'Bad credentials'],
      [
        'a classic token without scopes',
        () => Object.assign(token(), { scopes: [], permissions: undefined }),
        undefined,
        'lacks the scope repo',
      ],
      ['a repository it cannot see', () => undefined, 'acme/secret', 'must name the repository'],
      [
        'a fine-grained token that may only read',
        () => Object.assign(token(), { permissions: { metadata: 'read', issues: 'read' } }),
        PROJECT,
        'needs the permission issues=write',
      ],
      [
        'issues that are switched off',
        () => Object.assign(server.world.projects[0] ?? {}, { hasIssues: false }),
        PROJECT,
        'has its issues switched off',
      ],
    ])('names what is missing: %s', async (_, prepare, project, says) => {
      prepare();
      const check = await tracker.testConnection(project);
      expect(check).toMatchObject({ ok: false, message: expect.stringContaining(says) });
      expect(server.world.projects.flatMap(({ issues }) => issues)).toEqual([]);
    });

    it('is content with a token that may file, and files nothing', async () => {
      expect(await tracker.testConnection(PROJECT)).toEqual({
        ok: true,
        message: `Issues go to acme/shop, filed by @acme-bot at ${new URL(server.url).host}.`,
      });
      expect(server.world.projects[0]?.issues).toEqual([]);
    });
  });
});

function reply(status: number, headers: Record<string, string> = {}, message = 'No'): Fault {
  const body = JSON.stringify({ message });
  return { do: 'reply', status, headers: { 'content-type': 'application/json', ...headers }, body };
}
