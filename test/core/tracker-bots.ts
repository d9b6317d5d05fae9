/** Bots whose tickets go to GitHub and GitLab: the real SDKs against strict stand-ins. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { Command } from '../../src/core/action.ts';
import type { BotOptions } from '../../src/core/bot.ts';
import type { TicketChanges } from '../../src/core/ticket-fields.ts';
import type { Tracker } from '../../src/core/tracker.ts';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';
import { TOKEN as GITHUB_TOKEN } from '../fakes/github-world.ts';
import { type GitLabServer, startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN as GITLAB_TOKEN } from '../fakes/gitlab-world.ts';
import { useBots } from './bots.ts';

export const GITHUB_PROJECT = 'github:acme/shop';
export const GITLAB_PROJECT = 'gitlab:acme/web/shop';

const FAST = { readMs: 10_000, writeMs: 10_000, retryMs: 1, writeGapMs: 0 };

const target = (ordinal = 1) => ({ ordinal });
export const approve = (ordinal = 1): Command => ({ kind: 'approve', target: target(ordinal) });
export const edit = (changes: TicketChanges, ordinal = 1): Command => ({
  ...{ kind: 'edit', target: target(ordinal) },
  changes,
});

/** Inside a `describe`: both stand-ins for each test, which must have found nothing wrong with what they were sent. */
export function useTrackerBots() {
  const bots = useBots();
  let github: GitHubServer;
  let gitlab: GitLabServer;

  beforeEach(async () => {
    [github, gitlab] = await Promise.all([startGitHubServer(), startGitLabServer()]);
  });
  afterEach(async () => {
    expect([...github.problems, ...gitlab.problems]).toEqual([]);
    await Promise.all([github.stop(), gitlab.stop()]);
  });

  const hub = ({ attachments = false, token = GITHUB_TOKEN } = {}): Tracker =>
    createGitHubTracker({
      ...{ auth: { kind: 'token', token }, baseUrl: github.url },
      ...{ timing: FAST, attachments },
    });
  const lab = (token = GITLAB_TOKEN): Tracker =>
    createGitLabTracker({ url: gitlab.url, token, timing: FAST });

  function onTracker(
    project: string,
    tracker: Tracker,
    more: Partial<BotOptions> = {},
    shared = '',
  ) {
    return bots.setUp({
      environment: { project },
      shared,
      more: {
        chooseTracker: async () => tracker,
        timing: { leaseMs: 5_000, renewMs: 1_000, settleMs: 10 },
        ...more,
      },
    });
  }

  return {
    ...bots,
    hub,
    lab,
    onTracker,
    onGitHub: (more?: Partial<BotOptions>) => onTracker(GITHUB_PROJECT, hub(), more),
    onGitLab: (more?: Partial<BotOptions>) => onTracker(GITLAB_PROJECT, lab(), more),
    /** The stand-ins of this test. */
    servers: () => ({ github, gitlab }),
    /** The project of each, as its stand-in keeps it. */
    shop: () => github.world.projects[0] ?? expect.unreachable('the stand-in has no repository'),
    web: () => gitlab.world.projects[0] ?? expect.unreachable('the stand-in has no project'),
  };
}
