import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTrackerFaults, type Fault } from '../contracts/tracker-faults.ts';
import { describeTrackerNameFaults } from '../contracts/tracker-name-faults.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';

const TIMING = { readMs: 500, writeMs: 300, retryMs: 1, writeGapMs: 0 };
const FILED = /^Filed/;
const LATER =
  /^Draft 1 is approved and not filed yet\. \S.* I go on by myself and never file it twice\.$/;

async function start() {
  const server = await startGitHubServer();
  const auth = { kind: 'token', token: TOKEN } as const;
  return {
    connect: () => createGitHubTracker({ auth, baseUrl: server.url, timing: TIMING }),
    project: `github:${PROJECT}`,
    failCreate: (fault: Fault) => server.will(/^POST .*\/issues$/, fault),
    failList: (fault: Fault) => server.will(/^GET .*\/issues$/, fault),
    failMake: (field: 'labels' | 'milestone', fault: Fault) =>
      server.will(field === 'labels' ? /^POST .*\/labels$/ : /^POST .*\/milestones$/, fault),
    names(field: 'labels' | 'milestone') {
      const { labels = [], milestones = [] } = server.world.projects[0] ?? {};
      return field === 'labels' ? labels : milestones.map(({ title }) => title);
    },
    countIssues: () => server.world.projects[0]?.issues.length ?? 0,
    stop: server.stop,
  };
}

describeTrackerFaults('GitHub', start, {
  '401': {
    outcome: 'refused',
    says: 'said: Bad credentials. The token is wrong, expired or revoked; set a new one. It is a draft again.',
  },
  '403': {
    outcome: 'refused',
    says: 'said: Forbidden. The account of the token may not do this there: give the token the permission Issues: write. It is a draft again.',
  },
  '403 with Retry-After': { outcome: 'later', says: LATER },
  '403 with no requests left': { outcome: 'later', says: LATER },
  '404': {
    outcome: 'refused',
    says: 'said: Not Found. It is not there, or the token may not see it: private repositories show only to tokens with access to them. It is a draft again.',
  },
  '410': {
    outcome: 'refused',
    says: 'said: Issues are disabled. If issues are switched off there, switch them on in its settings. It is a draft again.',
  },
  '422': { outcome: 'refused', says: 'said: Validation Failed. It is a draft again.' },
  '429': { outcome: 'later', says: LATER },
  '429 with Retry-After': { outcome: 'later', says: LATER },
  '500 before creating': { outcome: 'later', says: LATER },
  '500 after creating': { outcome: 'filed', says: FILED },
  '502 after creating': { outcome: 'filed', says: FILED },
  'silence after creating': { outcome: 'filed', says: FILED },
  'a reset before creating': { outcome: 'later', says: LATER },
  'a reset after creating': { outcome: 'filed', says: FILED },
  'a page instead of JSON, after creating': { outcome: 'filed', says: FILED },
  'half of its JSON, after creating': { outcome: 'filed', says: FILED },
});

const MANY = 'takes no more requests for a while. Try again in';

describeTrackerNameFaults('GitHub', start, {
  '401': {
    refused: 'said: Bad credentials. The token is wrong, expired or revoked; set a new one.',
  },
  '403': { refused: 'said: Forbidden. The account of the token may not do this there: give the' },
  '403 with Retry-After': { refused: `${MANY} a minute.` },
  '403 with no requests left': { refused: MANY },
  '404': { refused: 'Labels and milestones are made by accounts with the role Write.' },
  '410': { refused: 'said: Issues are disabled. If issues are switched off there, switch them on' },
  '422': { refused: 'said: Validation Failed.' },
  '429': { refused: `${MANY} a minute.` },
  '429 with Retry-After': { refused: `${MANY} a minute.` },
  '500 before creating': 'not known',
  '500 after creating': 'created',
  '502 after creating': 'created',
  'silence after creating': 'created',
  'a reset before creating': 'not known',
  'a reset after creating': 'created',
  'a page instead of JSON, after creating': 'created',
  'half of its JSON, after creating': 'created',
});
