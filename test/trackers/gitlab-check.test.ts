import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { LEVELS, TOKEN } from '../fakes/gitlab-world.ts';

const PROJECT = 'acme/web/shop';

describe('testConnection of GitLab', () => {
  let server: GitLabServer;
  beforeEach(async () => {
    server = await startGitLabServer();
  });
  afterEach(async () => {
    expect(server.problems).toEqual([]);
    await server.stop();
  });

  const check = (project?: string, token = TOKEN) =>
    createGitLabTracker({ url: server.url, token, timing: { retryMs: 1 } }).testConnection(project);
  const host = () => new URL(server.url).host;
  const level = (access: number) => {
    for (const member of server.world.projects[0]?.members ?? []) member.level = access;
  };

  it('names the account, and where issues go', async () => {
    expect(await check()).toEqual({ ok: true, message: `The token is of @bot at ${host()}.` });
    const message = `Issues go to ${PROJECT}, filed by @bot at ${host()}.`;
    expect(await check(PROJECT)).toEqual({ ok: true, message });
  });

  it('names the scope that is missing', async () => {
    for (const token of server.world.tokens) token.scopes = ['read_api', 'read_user'];
    const message = 'The GitLab token lacks the scope api; it has read_api, read_user.';
    expect(await check(PROJECT)).toEqual({ ok: false, message });
  });

  it('says that a token is wrong or expired', async () => {
    const wrong = await check(undefined, 'glpat-wrong');
    expect(wrong).toMatchObject({
      ok: false,
      message: expect.stringContaining('401 Unauthorized'),
    });
    for (const token of server.world.tokens) token.active = false;
    const expired = await check();
    expect(expired).toMatchObject({
      ok: false,
      message: expect.stringContaining('Token is expired'),
    });
  });

  it('names the role that is missing', async () => {
    level(LEVELS.guest);
    expect(await check(PROJECT)).toMatchObject({
      ok: true,
      message: expect.stringContaining('Planner'),
    });
    level(5);
    expect(await check(PROJECT)).toMatchObject({
      ok: false,
      message: expect.stringContaining('give it the role Planner or more'),
    });
  });

  it('takes the role a group gives', async () => {
    for (const member of server.world.projects[0]?.members ?? []) member.inherited = true;
    expect(await check(PROJECT)).toMatchObject({
      ok: true,
      message: expect.not.stringContaining('but'),
    });
  });

  it.each([
    ['acme/secret', 'There is no acme/secret, or @bot'],
    ['acme/old', 'acme/old is archived'],
    ['acme/quiet', 'acme/quiet has its issues switched off'],
  ])('says why %s takes no issues', async (project, reason) => {
    const found = await check(project);
    expect(found).toMatchObject({ ok: false, message: expect.stringContaining(reason) });
  });

  it('says that what answers is not GitLab', async () => {
    const tracker = createGitLabTracker({
      url: `${server.url}/elsewhere`,
      token: TOKEN,
      fetch: async () =>
        new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } }),
      timing: { retryMs: 1 },
    });
    const message = `GitLab at ${host()}/elsewhere answered with a page that is not GitLab’s API; check its address.`;
    expect(await tracker.testConnection()).toEqual({ ok: false, message });
  });
});
