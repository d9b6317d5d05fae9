import { expect } from 'vitest';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTracker } from '../contracts/tracker.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';

const FAST = { readMs: 2_000, writeMs: 2_000, retryMs: 1, writeGapMs: 0 };
const BY_TOKEN = { kind: 'token', token: TOKEN } as const;

describeTracker('github', async () => {
  const server = await startGitHubServer();
  return {
    tracker: createGitHubTracker({ auth: BY_TOKEN, baseUrl: server.url, timing: FAST }),
    project: PROJECT,
    refusedProject: 'acme/secret',
    async commentsOf(number) {
      const issue = server.world.projects[0]?.issues.find((one) => String(one.number) === number);
      return issue?.comments.map(({ body }) => body) ?? [];
    },
    async stop() {
      expect(server.problems).toEqual([]);
      await server.stop();
    },
  };
});
