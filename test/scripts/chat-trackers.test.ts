/** `npm run chat` filing at a GitHub and a GitLab on this machine: the real process against the stand-ins. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stopEngine } from '../../src/db/engine.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';

const LAUNCHER = new URL('../../scripts/run.mjs', import.meta.url).pathname;
const CHAT = new URL('../../scripts/chat.ts', import.meta.url).pathname;
const PROBLEM =
  'Checkout hangs on Safari 17 after you press Pay. Expected: the order goes through.';

describe('chat --approve all', () => {
  let dataDir: string;
  let github: GitHubServer;
  let gitlab: GitLabServer;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'chat-trackers-'));
    [github, gitlab] = await Promise.all([startGitHubServer(), startGitLabServer()]);
  });
  afterAll(async () => {
    await Promise.all([github.stop(), gitlab.stop(), stopEngine({ dataDir })]);
    rmSync(dataDir, { recursive: true });
  });

  const serverOf = (tracker: string) => (tracker === 'github' ? github : gitlab);
  const issuesOf = (tracker: string) => serverOf(tracker).world.projects[0]?.issues ?? [];
  const envOf = (tracker: string, token?: string): Record<string, string> =>
    tracker === 'github'
      ? { GITHUB_API_URL: github.url, GITHUB_TOKEN: token ?? GITHUB_TOKEN }
      : { GITLAB_URL: gitlab.url, GITLAB_TOKEN: token ?? GITLAB_TOKEN };

  async function chat(tracker: string, project: string, env: Record<string, string>) {
    const args = ['--prompt', PROBLEM, '--approve', 'all', '--json'];
    const where = ['--tracker', tracker, '--project', project];
    const child = spawn(process.execPath, [LAUNCHER, CHAT, ...args, ...where], {
      cwd: dataDir,
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, DEFAULT_PROVIDER: 'offline', ...env },
    });
    child.stdin.end();
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, stderr, stdout };
  }

  it('files at a GitHub of GITHUB_API_URL', async () => {
    const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN };
    const { code, stderr, stdout } = await chat('github', 'acme/shop', env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).tickets).toMatchObject([
      { status: 'published', externalId: 'github:acme/shop#1' },
    ]);
    const [issue] = github.world.projects[0]?.issues ?? [];
    expect(issue).toMatchObject({ title: expect.stringContaining('Safari 17') });
    expect(issue?.body).toContain('Filed on behalf of');
    expect(github.problems).toEqual([]);
  });

  it('files at a GitLab of GITLAB_URL', async () => {
    const env = { GITLAB_URL: gitlab.url, GITLAB_TOKEN };
    const { code, stderr, stdout } = await chat('gitlab', 'acme/web/shop', env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).tickets).toMatchObject([
      { status: 'published', externalId: 'gitlab:acme/web/shop#1' },
    ]);
    expect(gitlab.world.projects[0]?.issues).toHaveLength(1);
    expect(gitlab.problems).toEqual([]);
  });

  it.each([
    {
      ...{ tracker: 'github', project: 'acme/shop', stranger: `github_pat_${'x'.repeat(30)}` },
      says: /GitHub at .* said: Bad credentials\. The token is wrong, expired or revoked/,
    },
    {
      ...{ tracker: 'gitlab', project: 'acme/web/shop', stranger: 'glpat-nobody' },
      says: /GitLab at .* said: 401 Unauthorized\. The token is wrong, expired or revoked/,
    },
  ])('says the reason of $tracker when it files nothing, and ends with 1', async (at) => {
    const { tracker, project, stranger, says } = at;
    const before = issuesOf(tracker).length;
    const { code, stderr } = await chat(tracker, project, envOf(tracker, stranger));
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
    expect(issuesOf(tracker)).toHaveLength(before);
  });

  it.each([
    { tracker: 'github', project: 'acme/shop' },
    { tracker: 'gitlab', project: 'acme/web/shop' },
  ])('says that $tracker asks to wait and who goes on, and the next process does', async (at) => {
    const { tracker, project } = at;
    const before = issuesOf(tracker).length;
    const limit = { do: 'reply', status: 429, headers: { 'retry-after': '1' } } as const;
    serverOf(tracker).will(/^POST .*\/issues$/, limit);
    const first = await chat(tracker, project, envOf(tracker));
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/is approved and not filed yet\. .* takes no more requests for/);
    expect(first.stderr).toContain('This command ends here');
    expect(JSON.parse(first.stdout).tickets).toMatchObject([{ status: 'publishing' }]);
    expect(issuesOf(tracker)).toHaveLength(before);
    // A process that comes before the second is over finds nothing to do.
    const over = Date.now() + 2_000;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(over), 5_000);
    const next = await chat(tracker, project, envOf(tracker));
    expect(next.code).toBe(0);
    expect(issuesOf(tracker)).toHaveLength(before + 2);
  });
});
