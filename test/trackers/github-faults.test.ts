import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTrackerFaults } from '../contracts/tracker-faults.ts';
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
    failCreate: (fault: Parameters<typeof server.will>[1]) =>
      server.will(/^POST .*\/issues$/, fault),
    failList: (fault: Parameters<typeof server.will>[1]) => server.will(/^GET .*\/issues$/, fault),
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
