/** From a tracker's signed request to the card and the thread: what counts, what is refused, and what happens once. */
import { describe, expect, it } from 'vitest';
import { createAdmin } from '../src/admin/index.ts';
import type { Bot } from '../src/core/bot.ts';
import { StoreUnavailableError } from '../src/core/errors.ts';
import type { Repositories } from '../src/core/repositories.ts';
import type { FiledIssue } from '../src/core/ticket.ts';
import { createWebhooks } from '../src/trackers/webhooks.ts';
import { silent, useBots } from './core/bots.ts';
import {
  commentHook,
  type GitHubHook,
  issuesHook,
  signGitHub,
  toGitHubRequest,
} from './fakes/github-delivery.ts';
import { issueHook, noteHook, signGitLab, toGitLabRequest } from './fakes/gitlab-delivery.ts';
import { toCreatedIssue } from './fakes/idle-tracker.ts';

const SECRET = 'the current secret';
const FORMER = 'the secret of before';
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const CODE = '`ben`';

describe('webhooks', () => {
  const { setUp, say, talk, command, readTickets } = useBots();

  const webhooks = () =>
    createWebhooks({
      github: { webhookSecrets: [SECRET, FORMER] },
      gitlab: { webhookSecrets: [SIGNING, SECRET] },
    });

  /** A thread whose draft was filed, at GitHub or GitLab, and the server that hears of it. */
  async function file(tracker: 'github' | 'gitlab' = 'github', shared = '') {
    const made = await setUp({
      shared,
      environment: { project: `${tracker}:acme/shop` },
      tracker: {
        name: tracker,
        createIssue: async (issue) => ({ ...toCreatedIssue(issue, '12'), projectId: '4711' }),
      },
    });
    await talk(made.bot, say('draft Checkout hangs'));
    await command(made.bot, { kind: 'approve-all' });
    const [ticket] = await readTickets(made.repositories);
    if (ticket?.status !== 'published') throw new Error('nothing was filed');
    made.platform.notices.length = 0;
    const logged: unknown[] = [];
    return { ...made, issue: ticket.issue, server: await serve(made, logged), logged };
  }

  async function serve(
    { bot, repositories }: { bot: Bot; repositories: Repositories },
    logged: unknown[] = [],
  ) {
    const log = { ...silent, info: (...line: unknown[]) => void logged.push(line) };
    const app = createAdmin({
      ...({ bot, repositories, log } as unknown as Parameters<typeof createAdmin>[0]),
      webhooks: await webhooks(),
    });
    return async (request: Request) => {
      const { status } = await app.request(request);
      await bot.idle();
      return status;
    };
  }

  const latest = async (repositories: Repositories) => {
    const [ticket] = await readTickets(repositories);
    return ticket?.status === 'published' ? ticket.issue.latest : undefined;
  };
  const github = (hook: GitHubHook, headers?: Record<string, string>) =>
    toGitHubRequest(hook, SECRET, headers);

  it('tells the thread that its issue was closed, and the card follows', async () => {
    const { server, issue, platform, repositories } = await file();
    expect(await server(github(issuesHook(issue, 'closed')))).toBe(204);
    expect(platform.notices).toEqual([
      `[acme/shop#12](${issue.externalUrl}) was closed as completed by ${CODE}.`,
    ]);
    const [card] = platform.cards.values();
    expect(card?.ticket).toMatchObject({ issue: { latest: { state: 'closed' } } });
    expect(await server(github(issuesHook(issue, 'reopened')))).toBe(204);
    expect(await latest(repositories)).toMatchObject({ state: 'open' });
    expect(platform.notices).toHaveLength(2);
  });

  it('hears of comments, new names, deletions and moves', async () => {
    const { server, issue, platform, repositories } = await file();
    await server(github(commentHook(issue, 'Seen on **Safari**\n17 too.')));
    const changes = { title: { from: 'Checkout hangs' } };
    const renamed = { issue: { title: 'Pay hangs' }, more: { changes } };
    await server(github(issuesHook(issue, 'edited', renamed)));
    const moved: FiledIssue = { ...issue, project: 'acme/pay', projectId: '99', number: '3' };
    const to = issuesHook(moved, 'opened').payload as { issue: object; repository: object };
    const more = { changes: { new_issue: to.issue, new_repository: to.repository } };
    await server(github(issuesHook(issue, 'transferred', { more })));
    expect(platform.notices).toEqual([
      `${CODE} commented on [acme/shop#12](${issue.externalUrl}): [read it](${issue.externalUrl}#issuecomment-7)\n> Seen on **Safari** 17 too.`,
      `[acme/shop#12](${issue.externalUrl}) is now called \`Pay hangs\`.`,
      `acme/shop#12 was moved to [acme/pay#3](${moved.externalUrl}) by ${CODE}.`,
    ]);
    await server(github(issuesHook(issue, 'closed')));
    expect(platform.notices).toHaveLength(3);
    await server(github(issuesHook(moved, 'deleted')));
    expect(platform.notices.at(-1)).toBe(`acme/pay#3 was deleted by ${CODE}.`);
    expect(await latest(repositories)).toMatchObject({ state: 'deleted' });
  });

  it('acts once, however often and under whichever delivery id an event comes', async () => {
    const { server, issue, platform } = await file();
    const [closed, comment] = [issuesHook(issue, 'closed'), commentHook(issue, 'Me too.')];
    for (const hook of [closed, closed, comment, closed, comment]) {
      expect(await server(github(hook))).toBe(204);
    }
    expect(platform.notices).toHaveLength(2);
  });

  it('acts once when two processes are told', async () => {
    const one = await file('github', 'two-processes');
    const other = await setUp({ shared: 'two-processes' });
    const otherServer = await serve(other);
    const hook = issuesHook(one.issue, 'closed');
    await Promise.all([one.server(github(hook)), otherServer(github(hook))]);
    expect([...one.platform.notices, ...other.platform.notices]).toHaveLength(1);
  });

  it('says nothing of what came from the thread itself, nor of what programs say', async () => {
    const { server, issue, platform } = await file();
    const marked = `Ann said so.\n\n<!-- prompt-to-issue:${'0a'.repeat(16)} -->`;
    expect(await server(github(commentHook(issue, marked)))).toBe(204);
    expect(await server(github(commentHook(issue, 'CI passed', { type: 'Bot', id: 8 })))).toBe(204);
    expect(platform.notices).toEqual([]);
  });

  it('does not write an older state over a later one', async () => {
    const { server, issue, repositories, platform } = await file();
    const [early, late] = [5_000, 1_000].map((ago) => new Date(Date.now() - ago).toISOString());
    await server(github(issuesHook(issue, 'reopened', { ...(late && { at: late }) })));
    await server(github(issuesHook(issue, 'closed', { ...(early && { at: early }) })));
    expect(await latest(repositories)).toMatchObject({ state: 'open' });
    expect(platform.notices).toHaveLength(1);
  });

  it('is not acknowledged while the table is away, and is told when it comes again', async () => {
    const made = await file();
    const { issues } = made.repositories;
    const { listFollowers } = issues;
    issues.listFollowers = () =>
      Promise.reject(new StoreUnavailableError('query', new Error('away')));
    const hook = issuesHook(made.issue, 'closed');
    expect(await made.server(github(hook))).toBe(503);
    issues.listFollowers = listFollowers;
    expect(await made.server(github(hook))).toBe(204);
    expect(made.platform.notices).toHaveLength(1);
  });

  it('is finished by another process when the one that stored it dies', async () => {
    const made = await file('github', 'one-dies');
    const show = made.platform.showCard;
    let died = () => {};
    const dead = new Promise<void>((resolve) => {
      died = resolve;
    });
    // The process stops in the middle for good: its claim is not renewed any more.
    made.repositories.errands.renewErrand = async () => false;
    made.platform.showCard = () => new Promise(() => died());
    const other = await setUp({ shared: 'one-dies' });
    void made.server(github(issuesHook(made.issue, 'closed')));
    await dead;
    await expect.poll(() => other.bot.resumePending(), { timeout: 5_000 }).toBe(1);
    await other.bot.idle();
    expect(other.platform.notices).toHaveLength(1);
    made.platform.showCard = show;
  });

  it('takes nothing that is not signed with its secret', async () => {
    const { server, issue, platform } = await file();
    const hook = issuesHook(issue, 'closed');
    const forged: Record<string, string>[] = [
      { 'x-hub-signature-256': signGitHub(JSON.stringify(hook.payload), 'guessed') },
      { 'x-hub-signature-256': signGitHub('{}', SECRET) },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': 'sha1=0000' },
      { 'x-hub-signature-256': '' },
    ];
    for (const headers of forged) expect(await server(github(hook, headers))).toBe(401);
    expect(platform.notices).toEqual([]);
    expect(await server(toGitHubRequest(hook, FORMER))).toBe(204);
    expect(platform.notices).toHaveLength(1);
  });

  it('leaves out what was told so long ago that it is forgotten', async () => {
    const { server, issue, platform } = await file();
    const at = new Date(Date.now() - 4 * 86_400_000).toISOString();
    expect(await server(github(commentHook(issue, 'Old news.', { at })))).toBe(204);
    expect(platform.notices).toEqual([]);
  });

  it('reads the form that GitHub sends unless told otherwise', async () => {
    const { server, issue, platform } = await file();
    const { event, payload } = issuesHook(issue, 'closed');
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': event,
      'x-hub-signature-256': signGitHub(body, SECRET),
    };
    const url = 'http://bot.example.com/webhooks/github';
    expect(await server(new Request(url, { method: 'POST', body, headers }))).toBe(204);
    expect(platform.notices).toHaveLength(1);
  });

  it('refuses more than an issue can be', async () => {
    const { server } = await file();
    const hook = { event: 'issues', payload: { padding: 'x'.repeat(8 * 1_048_576) } };
    expect(await server(github(hook))).toBe(413);
  });

  it('answers whatever is sent with 2xx or 4xx', async () => {
    const { server, issue } = await file();
    const { payload } = issuesHook(issue, 'closed');
    for (const mangled of manglings(payload)) {
      for (const event of ['issues', 'issue_comment', 'ping', '']) {
        const status = await server(github({ event, payload: mangled as object }));
        expect(status, JSON.stringify(mangled)).toBeLessThan(500);
      }
      const headers = { 'x-gitlab-token': SECRET };
      expect(await server(toGitLabRequest(JSON.stringify(mangled), headers))).toBeLessThan(500);
    }
    expect(await server(toGitLabRequest('{"object_kind":', { 'x-gitlab-token': SECRET }))).toBe(
      400,
    );
  });

  it("takes GitLab's signature, or its token, and neither forged nor old ones", async () => {
    const { server, issue, platform } = await file('gitlab');
    const hook = issueHook(issue, 'close');
    const body = JSON.stringify(hook);
    const now = Math.floor(Date.now() / 1000);
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const refused: Record<string, string>[] = [
      {},
      { 'x-gitlab-token': 'guessed' },
      // The key that signs is no token: sent as one it proves nothing.
      { 'x-gitlab-token': SIGNING },
      signGitLab(body, other),
      signGitLab(`${body} `, SIGNING),
      signGitLab(body, SIGNING, { at: now - 301 }),
      signGitLab(body, SIGNING, { at: now + 305 }),
    ];
    for (const headers of refused) expect(await server(toGitLabRequest(body, headers))).toBe(401);
    expect(platform.notices).toEqual([]);
    expect(await server(toGitLabRequest(body, signGitLab(body, SIGNING)))).toBe(204);
    expect(await server(toGitLabRequest(hook, { 'x-gitlab-token': SECRET }))).toBe(204);
    expect(platform.notices).toEqual([
      `[acme/shop#12](${issue.externalUrl}) was closed by ${CODE}.`,
    ]);
  });

  it('logs why it could not verify a sender, once a minute for each reason, and tells the tracker', async () => {
    const { bot, repositories, issue } = await file('gitlab');
    const logged: unknown[] = [];
    const log = { ...silent, warn: (...line: unknown[]) => void logged.push(line) };
    const app = createAdmin({
      ...({ bot, repositories, log } as unknown as Parameters<typeof createAdmin>[0]),
      webhooks: await webhooks(),
    });
    const body = JSON.stringify(issueHook(issue, 'close'));
    const now = Math.floor(Date.now() / 1000);
    const refused = [
      toGitLabRequest(body, {}),
      toGitLabRequest(body, { 'x-gitlab-token': 'guessed' }),
      toGitLabRequest(body, { 'x-gitlab-token': 'guessed again' }),
      toGitLabRequest(body, signGitLab(body, SIGNING, { at: now - 301 })),
      toGitHubRequest(issuesHook(issue, 'closed'), 'guessed'),
    ];
    const details: string[] = [];
    for (const request of refused) {
      const answer = (await (await app.request(request)).json()) as { detail: string };
      expect(answer).toMatchObject({ status: 401, code: 'not-verified' });
      details.push(answer.detail);
    }
    expect(details[3]).toMatch(/clocks/);
    const line = (tracker: string, reason: string) => [
      'webhook-not-verified',
      { tracker, reason, count: 1 },
    ];
    expect(logged).toEqual([
      line('gitlab', 'no signature'),
      line('gitlab', 'another secret'),
      line('gitlab', 'clock'),
      line('github', 'another secret'),
    ]);
  });

  it('follows an issue at GitLab: closed, reopened, renamed, moved', async () => {
    const { server, issue, platform, repositories } = await file('gitlab');
    const send = async (...hook: Parameters<typeof issueHook>) =>
      expect(await server(toGitLabRequest(issueHook(...hook), { 'x-gitlab-token': SECRET }))).toBe(
        204,
      );
    await send(issue, 'close');
    expect(await latest(repositories)).toMatchObject({ state: 'closed' });
    await send(issue, 'reopen', { updated_at: later(1) });
    expect(await latest(repositories)).toMatchObject({ state: 'open' });
    const renamed = { title: { previous: 'Checkout hangs', current: 'Pay hangs' } };
    await send(issue, 'update', { title: 'Pay hangs', updated_at: later(2) }, renamed);
    await send(issue, 'close', { moved_to_id: 302, updated_at: later(3) });
    const name = `[acme/shop#12](${issue.externalUrl})`;
    expect(platform.notices).toEqual([
      expect.stringContaining(`${name} was closed`),
      expect.stringContaining(`${name} was reopened`),
      `${name} is now called \`Pay hangs\`.`,
      expect.stringContaining('moved'),
    ]);
    const [card] = platform.cards.values();
    expect(card?.ticket).toMatchObject({ issue: { latest: { state: 'closed' } } });
  });

  /** As GitLab writes it, to the second. */
  const later = (seconds: number) =>
    new Date(Date.now() + seconds * 1_000).toISOString().replace(/T(.{8}).*/, ' $1 UTC');

  it('hears what is said at GitLab, but nothing confidential and none of its own remarks', async () => {
    const { server, issue, platform } = await file('gitlab');
    const send = (hook: object) => server(toGitLabRequest(hook, { 'x-gitlab-token': SECRET }));
    await send(noteHook(issue, 'Between us.', { internal: true }, 1));
    await send({ ...noteHook(issue, 'Between us.', {}, 2), event_type: 'confidential_note' });
    await send(noteHook(issue, 'changed the description', { system: true }, 3));
    await send(noteHook(issue, 'On a merge request', { noteable_type: 'MergeRequest' }, 4));
    await send(issueHook(issue, 'close', { confidential: true }));
    expect(platform.notices).toEqual([]);
    await send(noteHook(issue, 'Fixed in 1.2.', {}, 5));
    await send(issueHook(issue, 'update', {}, { title: { previous: 'Pay', current: 'x' } }));
    expect(platform.notices).toHaveLength(2);
  });

  it('does not care about issues that no thread follows, and logs where they are', async () => {
    const { server, issue, platform, logged } = await file();
    expect(await server(github(issuesHook({ ...issue, number: '13' }, 'closed')))).toBe(204);
    expect(platform.notices).toEqual([]);
    const { host, projectId } = issue;
    expect(logged).toEqual([
      ['webhook-without-follower', { tracker: 'github', host, projectId, number: '13' }],
    ]);
  });
});

/** The payload with each of its parts gone or of another kind. */
function manglings(payload: object): unknown[] {
  const strange = [null, '', 'x'.repeat(2_000), -1, 1e300, [], {}, '#', '\u0000\ud800', true];
  const whole = [...strange, '__proto__'];
  const parts = Object.keys(payload).flatMap((name) => [
    ...strange.map((value) => ({ ...payload, [name]: value })),
    ...nested(payload, name, strange),
  ]);
  return [...whole, ...parts];
}

function nested(payload: object, name: string, strange: unknown[]): object[] {
  const part: unknown = payload[name as keyof typeof payload];
  if (typeof part !== 'object' || part === null) return [];
  return Object.keys(part).flatMap((key) =>
    strange.map((value) => ({ ...payload, [name]: { ...part, [key]: value } })),
  );
}
