import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { describeTrackerFaults, type Fault } from '../contracts/tracker-faults.ts';
import { describeTrackerNameFaults } from '../contracts/tracker-name-faults.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';

const TIMING = { readMs: 2_000, writeMs: 1_000, retryMs: 1 };
const FILED = { outcome: 'filed', says: /^Filed/ } as const;
const LATER = {
  outcome: 'later',
  says: /^Draft 1 is approved and not filed yet\. \S.* I go on by myself and never file it twice\.$/,
} as const;
const refused = (says: string) => ({ outcome: 'refused', says }) as const;
const FORBIDDEN =
  'The account of the token may not do this there: give it the Planner role or more, and see that the project has issues switched on. It is a draft again.';

async function start() {
  const server = await startGitLabServer();
  return {
    connect: () => createGitLabTracker({ url: server.url, token: TOKEN, timing: TIMING }),
    project: 'gitlab:acme/web/shop',
    failCreate: (fault: Fault) => server.will(/^POST .*\/issues$/, fault),
    failList: (fault: Fault) => server.will(/^GET .*\/issues$/, fault),
    failMake: (field: 'labels' | 'milestone', fault: Fault) =>
      server.will(field === 'labels' ? /^POST .*\/labels$/ : /^POST .*\/milestones$/, fault),
    names(field: 'labels' | 'milestone') {
      const { labels = [], milestones = [] } = server.world.projects[0] ?? {};
      return field === 'labels'
        ? labels.map(({ name }) => name)
        : milestones.map(({ title }) => title);
    },
    countIssues: () => server.world.projects[0]?.issues.length ?? 0,
    stop: server.stop,
  };
}

/** GitLab's limits come as 429 only: its 403 is a refusal, whatever else it says. */
describeTrackerFaults('GitLab', start, {
  '401': refused('said: Bad credentials. The token is wrong, expired or revoked; set a new one.'),
  '403': refused(`said: Forbidden. ${FORBIDDEN}`),
  '403 with Retry-After': refused(FORBIDDEN),
  '403 with no requests left': refused(FORBIDDEN),
  '404': refused('said: Not Found. It is not there, or the account of the token may not see it'),
  '410': refused('said: Issues are disabled. It is a draft again.'),
  '422': refused('said: Validation Failed. It is a draft again.'),
  '429': LATER,
  '429 with Retry-After': LATER,
  '500 before creating': LATER,
  '500 after creating': FILED,
  '502 after creating': FILED,
  'silence after creating': FILED,
  'a reset before creating': LATER,
  'a reset after creating': FILED,
  'a page instead of JSON, after creating': FILED,
  'half of its JSON, after creating': FILED,
});

const MANY = 'takes no more requests for a while. Try again in a minute.';
const ROLE = 'The account of the token may not do this there: give it the Planner role or more';

describeTrackerNameFaults('GitLab', start, {
  '401': {
    refused: 'said: Bad credentials. The token is wrong, expired or revoked; set a new one.',
  },
  '403': { refused: `said: Forbidden. ${ROLE}` },
  '403 with Retry-After': { refused: ROLE },
  '403 with no requests left': { refused: ROLE },
  '404': {
    refused: 'said: Not Found. It is not there, or the account of the token may not see it',
  },
  '410': { refused: 'said: Issues are disabled.' },
  '422': { refused: 'said: Validation Failed.' },
  '429': { refused: MANY },
  '429 with Retry-After': { refused: MANY },
  '500 before creating': 'not known',
  '500 after creating': 'created',
  '502 after creating': 'created',
  'silence after creating': 'created',
  'a reset before creating': 'not known',
  'a reset after creating': 'created',
  'a page instead of JSON, after creating': 'created',
  'half of its JSON, after creating': 'created',
});
