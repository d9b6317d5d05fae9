/** `npm run chat` filing at a GitHub and a GitLab on this machine: the real process against the stand-ins. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it("says the tracker's own reason when it files nothing, and ends with 1", async () => {
    const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: `github_pat_${'x'.repeat(30)}` };
    const { code, stderr } = await chat('github', 'acme/shop', env);
    expect(code).toBe(1);
    expect(stderr).toContain('Bad credentials');
  });
});
