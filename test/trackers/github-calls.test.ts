import { expect } from 'vitest';
import { createGitHubTracker } from '../../src/trackers/github.ts';
import { describeTrackerCalls } from '../contracts/tracker-calls.ts';
import { startGitHubServer } from '../fakes/github-server.ts';
import { PROJECT, TOKEN } from '../fakes/github-world.ts';

const LIMITED = /^GitHub at \S+ takes no more requests for a while\.$/;
const CANNOT_BE_READ = /^GitHub at \S+ sent something that cannot be read\.$/;
const RESET = /^GitHub at \S+ could not be reached( \(\w+\))?\.$/;
const FAILED_500 = /^GitHub at \S+ failed \(500\)\.$/;

async function start() {
  const server = await startGitHubServer();
  const auth = { kind: 'token', token: TOKEN } as const;
  const issueOf = (number: string) =>
    server.world.projects[0]?.issues.find((issue) => String(issue.number) === number);
  return {
    connect: (deadlineMs: number) =>
      createGitHubTracker({
        auth,
        baseUrl: server.url,
        timing: { readMs: deadlineMs, writeMs: deadlineMs, retryMs: 1, writeGapMs: 0 },
        attachments: true,
      }),
    project: PROJECT,
    plan: server.will,
    heal: server.heal,
    countSent: (request: RegExp) =>
      server.requests.filter((line) => request.test(line.replace(/\?.*$/, ''))).length,
    countComments: (number: string, text: string) =>
      issueOf(number)?.comments.filter(({ body }) => body.includes(text)).length ?? 0,
    countChildren: (number: string) =>
      server.world.projects[0]?.issues.filter(({ parent }) => parent === issueOf(number)).length ??
      0,
    async stop() {
      expect(server.problems).toEqual([]);
      await server.stop();
    },
  };
}

describeTrackerCalls('GitHub', start, {
  faults: {
    '401': [
      'unauthorised',
      /^GitHub at \S+ said: Bad credentials\. The token is wrong, expired or revoked; set a new one\.$/,
    ],
    '403': ['refused', /^GitHub at \S+ said: Forbidden\. The account of the token may not do this/],
    '403 with Retry-After': ['rate-limited', LIMITED],
    '403 with no requests left': ['rate-limited', LIMITED],
    '404': ['not-found', /^GitHub at \S+ said: Not Found\. It is not there, or the token may not/],
    '410': ['refused', /^GitHub at \S+ said: Issues are disabled\. If issues are switched off/],
    '422': ['refused', /^GitHub at \S+ said: Validation Failed\.$/],
    '429': ['rate-limited', LIMITED],
    '429 with Retry-After': ['rate-limited', LIMITED],
    '500 before creating': ['unreachable', FAILED_500],
    '500 after creating': ['unreachable', FAILED_500],
    '502 after creating': ['unreachable', /^GitHub at \S+ failed \(502\)\.$/],
    'silence after creating': ['unreachable', /^GitHub at \S+ did not answer in time\.$/],
    'a reset before creating': ['unreachable', RESET],
    'a reset after creating': ['unreachable', RESET],
    'a page instead of JSON, after creating': [
      'unreachable',
      /^GitHub at \S+ answered with a page that is not GitHub’s API; check its address\.$/,
    ],
    'half of its JSON, after creating': ['unreachable', CANNOT_BE_READ],
  },
  requests: {
    'labels before a create': /^GET \S+\/labels$/,
    'the list of our issues': /^GET \/repos\/acme\/shop\/issues$/,
    'the rest of a long text': /^POST \S+\/comments$/,
    'a link to the epic': /^POST \S+\/sub_issues$/,
    'a comment': /^POST \S+\/comments$/,
    'an upload': /^PUT \S+\/contents\//,
    'our comments': /^GET \S+\/comments$/,
    'an issue': /^GET \S+\/issues\/\d+$/,
    'a search for issues': /^GET \/repos\/acme\/shop\/issues$/,
    'a search in code': /^GET \/search\/code$/,
    'a file': /^GET \S+\/contents\/README.md$/,
    'a folder': /^GET \S+\/contents\/?$/,
    'a search for changes': /^GET \S+\/pulls$/,
    'a change': /^GET \S+\/pulls\/1$/,
    'the test of the token': /^GET \/user$/,
    'a project': /^GET \/repos\/acme\/shop$/,
    'all projects': /^GET \/user\/repos$/,
    labels: /^GET \S+\/labels$/,
    milestones: /^GET \S+\/milestones$/,
    people: /^GET \S+\/assignees$/,
    templates: /^GET \/repos\/acme\/shop\/contents\/.github\/ISSUE_TEMPLATE$/,
  },
  quiet: {
    // A deleted issue is answered 410.
    'an issue': { 'not-found': undefined, refused: undefined },
    'a file': { 'not-found': undefined },
    'a folder': { 'not-found': [] },
    'a change': { 'not-found': undefined },
    'a project': { 'not-found': undefined },
    templates: { 'not-found': [] },
  },
});
