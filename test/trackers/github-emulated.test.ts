/** GitHub's tracker against a second, independent stand-in: emulate's GitHub. */
import { createEmulator } from 'emulate';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTracker } from '../contracts/tracker.ts';
import { findClosedAddress } from '../fakes/vendor-server.ts';

const TIMING = { readMs: 5_000, writeMs: 5_000, retryMs: 1, writeGapMs: 0 };

describeTracker('github, emulated', async () => {
  const github = await createEmulator({
    service: 'github',
    port: Number(new URL(await findClosedAddress()).port),
    seed: {
      github: {
        users: [{ login: 'octocat' }],
        repos: [{ owner: 'octocat', name: 'shop', auto_init: true }],
      },
      tokens: { 'test-token': { login: 'octocat' } },
    },
  });
  const headers = { authorization: 'token test-token', 'content-type': 'application/json' };
  const labels = `${github.url}/repos/octocat/shop/labels`;
  await fetch(labels, { method: 'POST', headers, body: '{"name":"bug","color":"ff0000"}' });
  const auth = { kind: 'token', token: 'test-token' } as const;
  const tracker = createGitHubTracker({ auth, baseUrl: github.url, timing: TIMING });
  return {
    tracker,
    project: 'octocat/shop',
    refusedProject: 'octocat/nothing',
    async commentsOf(number) {
      const url = `${github.url}/repos/octocat/shop/issues/${number}/comments`;
      const answer = await fetch(url, { headers });
      return ((await answer.json()) as { body: string }[]).map(({ body }) => body);
    },
    stop: () => github.close(),
  };
});
