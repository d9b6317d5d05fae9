import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenAddressError } from '../../src/core/errors.ts';
import type { NewIssue, Tracker } from '../../src/core/tracker.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import type { Fault } from '../contracts/tracker-faults.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const PROJECT = 'acme/web/shop';
const CREATE = /^POST .*\/issues$/;
const READ = /^GET \/projects\/acme\/web\/shop$/;
const ISSUE: NewIssue = {
  project: PROJECT,
  title: 'Checkout hangs',
  body: 'Nobody can pay.',
  rest: [],
  labels: [],
  assignees: [],
  marker: 'prompt-to-issue:1',
};
const PLAIN = { 'content-type': 'text/plain' };
const PAGE = { 'content-type': 'text/html; charset=utf-8' };
const signal = new AbortController().signal;

describe('the line to GitLab', () => {
  let server: GitLabServer;
  let tracker: Tracker;

  beforeEach(async () => {
    server = await startGitLabServer();
    const timing = { readMs: 2_000, writeMs: 2_000, retryMs: 1 };
    tracker = createGitLabTracker({ url: server.url, token: TOKEN, timing });
  });
  afterEach(() => server.stop());

  const create = () => tracker.createIssue(ISSUE, signal);
  const issues = () => server.world.projects[0]?.issues ?? [];
  const sent = (pattern: RegExp) => server.requests.filter((line) => pattern.test(line)).length;
  const impatient = () =>
    createGitLabTracker({ url: server.url, token: TOKEN, timing: { readMs: 50, writeMs: 50 } });

  describe('a create', () => {
    it.each<[string, Fault, object]>([
      ['401', json(401, { message: '401 Unauthorized' }), { kind: 'unauthorised' }],
      ['403', json(403, { message: '403 Forbidden' }), { kind: 'refused' }],
      ['403 for a scope', json(403, { error: 'insufficient_scope' }), { kind: 'unauthorised' }],
      ['404', json(404, { message: '404 Project Not Found' }), { kind: 'not-found' }],
      ['410', json(410, { message: '410 Gone' }), { kind: 'refused' }],
      ['422', json(422, { message: { base: ['No more issues'] } }), { kind: 'refused' }],
      ['404 with a page', reply(404, PAGE, '<h1>Nope</h1>'), { kind: 'not-found' }],
      [
        '429 with Retry-After',
        reply(429, { ...PLAIN, 'retry-after': '7' }, 'Retry later\n'),
        { kind: 'rate-limited', retryAfterMs: 7_000 },
      ],
      ['429 without', reply(429, PLAIN, 'Retry later\n'), { kind: 'rate-limited' }],
    ])('that is answered %s is refused for certain, and sent once', async (_, fault, error) => {
      server.will(CREATE, fault);
      await expect(create()).rejects.toMatchObject({ name: 'TrackerError', ...error });
      expect(issues()).toEqual([]);
      expect(sent(CREATE)).toBe(1);
    });

    it.each<[string, Fault]>([
      ['500', json(500, { message: '500 Internal Server Error' })],
      ['502', reply(502, PAGE, '<h1>502</h1>')],
      ['503', reply(503, PLAIN, '')],
      ['a page instead of JSON', reply(201, PAGE, '<h1>Sign in</h1>')],
      ['half of its JSON', reply(201, { 'content-type': 'application/json' }, '{"iid":')],
      ['something else', json(201, { hello: 'there' })],
      ['a broken connection', { do: 'reset' }],
    ])('that is answered by %s may have happened, and is sent once', async (_, fault) => {
      server.will(CREATE, { ...fault, after: true });
      await expect(create()).rejects.toMatchObject({ name: 'TrackerError', kind: 'ambiguous' });
      expect(issues()).toHaveLength(1);
      expect(sent(CREATE)).toBe(1);
    });

    it('that is not answered in time may have happened', async () => {
      server.will(CREATE, { do: 'silence', after: true });
      await expect(impatient().createIssue(ISSUE, signal)).rejects.toMatchObject({
        kind: 'ambiguous',
        message: expect.stringContaining('did not answer in time'),
      });
      expect(sent(CREATE)).toBe(1);
    });

    it('that finds nobody at the address did not happen', async () => {
      const nobody = createGitLabTracker({ url: await findClosedAddress(), token: TOKEN });
      await expect(nobody.createIssue(ISSUE, signal)).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });

    it('that cannot look up its labels first does not happen', async () => {
      server.will(/labels$/, { ...reply(503, PLAIN, ''), times: 3 });
      const labelled = tracker.createIssue({ ...ISSUE, labels: ['bug'] }, signal);
      await expect(labelled).rejects.toMatchObject({ kind: 'unreachable' });
      expect(sent(CREATE)).toBe(0);
    });

    it('ends with the reason of whoever gave it up', async () => {
      server.will(CREATE, { do: 'silence' });
      const controller = new AbortController();
      const created = tracker.createIssue(ISSUE, controller.signal);
      const reason = new Error('the lease ended');
      while (sent(CREATE) === 0) await setImmediate();
      controller.abort(reason);
      await expect(created).rejects.toBe(reason);
    });

    it('that was given up before it began is not sent', async () => {
      await expect(tracker.createIssue(ISSUE, AbortSignal.abort())).rejects.toThrow();
      expect(server.requests).toEqual([]);
    });
  });

  describe('a read', () => {
    it('is repeated after a passing failure, when GitLab says so', async () => {
      server.will(READ, reply(429, { ...PLAIN, 'retry-after': '0' }, 'Retry later\n'));
      server.will(READ, reply(502, PAGE, '<h1>502</h1>'));
      expect(await tracker.getProject(PROJECT)).toMatchObject({ project: PROJECT });
      expect(sent(READ)).toBe(3);
    });

    it('does not wait longer than anybody would', async () => {
      server.will(READ, reply(429, { ...PLAIN, 'retry-after': '3600' }, 'Retry later\n'));
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({
        kind: 'rate-limited',
        retryAfterMs: 3_600_000,
      });
      expect(sent(READ)).toBe(1);
    });

    it('of what is unchanged is answered without sending it again', async () => {
      const [project] = server.world.projects;
      if (!project) throw new Error('the stand-in has no project');
      project.files['src/pay.ts'] = 'pay();\n';
      const readAll = async () => [
        await tracker.listLabels(PROJECT),
        await tracker.listMilestones(PROJECT),
        await tracker.listAssignees(PROJECT),
        await tracker.listTemplates(PROJECT),
        await tracker.readFile(PROJECT, 'src/pay.ts', signal),
        await tracker.listTree(PROJECT, 'src', signal),
        await tracker.searchCode(PROJECT, 'pay', 5, signal),
        await tracker.searchIssues(PROJECT, 'checkout', 5, signal),
        await tracker.searchPullRequests(PROJECT, 'checkout', 5, signal),
      ];
      await create();
      const first = await readAll();
      const asked = server.requests.length;
      server.unchanged.length = 0;
      expect(await readAll()).toEqual(first);
      expect(server.unchanged).toEqual(server.requests.slice(asked));

      project.files['src/pay.ts'] = 'pay(now);\n';
      expect(await tracker.readFile(PROJECT, 'src/pay.ts', signal)).toBe('pay(now);\n');
    });

    it('of an unchanged page goes on to the page that came after it', async () => {
      const [project] = server.world.projects;
      if (!project) throw new Error('the stand-in has no project');
      const add = (id: number) =>
        project.labels.push({ id, name: `label-${id}`, isProjectLabel: true });
      while (project.labels.length < 100) add(project.labels.length);
      expect(await tracker.listLabels(PROJECT)).toHaveLength(100);
      add(100);
      expect(await tracker.listLabels(PROJECT)).toContain('label-100');
      expect(server.unchanged).toHaveLength(1);
    });

    it('is given up after three tries', async () => {
      server.will(READ, { do: 'reset', times: 9 });
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({ kind: 'unreachable' });
      expect(sent(READ)).toBe(3);
    });

    it('of a page instead of JSON says where to look', async () => {
      server.will(READ, { ...reply(200, PAGE, '<h1>Sign in</h1>'), times: 3 });
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({
        message: expect.stringContaining('check its address'),
      });
    });

    it('takes the token to no other server', async () => {
      const other = await startGitLabServer();
      const location = `${other.url}/api/v4/projects/1`;
      server.will(READ, reply(302, { location }, ''));
      await expect(tracker.getProject(PROJECT)).rejects.toMatchObject({ kind: 'refused' });
      expect(other.requests).toEqual([]);
      await other.stop();
    });
  });

  it('asks through the fetch it is given', async () => {
    const asked: string[] = [];
    const guarded: typeof fetch = (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    };
    const watched = createGitLabTracker({ url: server.url, token: TOKEN, fetch: guarded });
    await watched.createIssue({ ...ISSUE, labels: ['bug'] }, signal);
    expect(asked).toHaveLength(server.requests.length);
  });

  it('files nothing to an address that may not be reached, and says why', async () => {
    const guarded: typeof fetch = async () => {
      throw new TypeError('fetch failed', { cause: new ForbiddenAddressError('10.0.0.1') });
    };
    const kept = createGitLabTracker({ url: server.url, token: TOKEN, fetch: guarded });
    await expect(kept.createIssue(ISSUE, signal)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('private network'),
    });
  });

  it('keeps its token out of every failure', async () => {
    server.will(READ, json(401, { message: '401 Unauthorized' }));
    const error = await tracker.getProject(PROJECT).catch((reason: unknown) => reason);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(TOKEN);
  });
});

function reply(status: number, headers: Record<string, string>, body: string): Fault {
  return { do: 'reply', status, headers, body };
}

function json(status: number, body: object): Fault {
  return reply(status, { 'content-type': 'application/json' }, JSON.stringify(body));
}
