import { expect } from 'vitest';
import { createGitLabTracker } from '../../src/trackers/gitlab.ts';
import { describeTrackerCalls } from '../contracts/tracker-calls.ts';
import { startGitLabServer } from '../fakes/gitlab-server.ts';
import { TOKEN } from '../fakes/gitlab-world.ts';

const SAID_FORBIDDEN =
  /^GitLab at \S+ said: \S.*\. The account of the token may not do this there: give it the Planner role/;
const LIMITED = /^GitLab at \S+ takes no more requests for a while\.$/;
const RESET = /^GitLab at \S+ could not be reached( \(\w+\))?\.$/;
const FAILED_500 = /^GitLab at \S+ failed \(500\)\.$/;
const shopOf = (path: string) => new RegExp(`^GET /projects/acme/web/shop${path}$`);

async function start() {
  const server = await startGitLabServer();
  const [project] = server.world.projects;
  if (!project) throw new Error('the stand-in has no project');
  project.files = { 'README.md': 'The shop.' };
  const issueOf = (number: string) => project.issues.find(({ iid }) => String(iid) === number);
  return {
    connect: (deadlineMs: number) =>
      createGitLabTracker({
        ...{ url: server.url, token: TOKEN },
        timing: { readMs: deadlineMs, writeMs: deadlineMs, retryMs: 1 },
      }),
    project: project.path,
    plan: server.will,
    heal: server.heal,
    countSent: (request: RegExp) =>
      server.requests.filter((line) => request.test(line.replace(/\?.*$/, ''))).length,
    countComments: (number: string, text: string) =>
      issueOf(number)?.notes.filter(({ body }) => body.includes(text)).length ?? 0,
    countChildren: (number: string) => issueOf(number)?.links.length ?? 0,
    async stop() {
      expect(server.problems).toEqual([]);
      await server.stop();
    },
  };
}

describeTrackerCalls('GitLab', start, {
  faults: {
    '401': [
      'unauthorised',
      /^GitLab at \S+ said: Bad credentials\. The token is wrong, expired or revoked; set a new one\.$/,
    ],
    '403': ['refused', SAID_FORBIDDEN],
    '403 with Retry-After': ['refused', SAID_FORBIDDEN],
    '403 with no requests left': ['refused', SAID_FORBIDDEN],
    '404': ['not-found', /^GitLab at \S+ said: Not Found\. It is not there, or the account of the/],
    '410': ['refused', /^GitLab at \S+ said: Issues are disabled\.$/],
    '422': ['refused', /^GitLab at \S+ said: Validation Failed\.$/],
    '429': ['rate-limited', LIMITED],
    '429 with Retry-After': ['rate-limited', LIMITED],
    '500 before creating': ['unreachable', FAILED_500],
    '500 after creating': ['unreachable', FAILED_500],
    '502 after creating': ['unreachable', /^GitLab at \S+ failed \(502\)\.$/],
    'silence after creating': ['unreachable', /^GitLab at \S+ did not answer in time\.$/],
    'a reset before creating': ['unreachable', RESET],
    'a reset after creating': ['unreachable', RESET],
    'a page instead of JSON, after creating': [
      'unreachable',
      /^GitLab at \S+ answered with a page that is not GitLab’s API; check its address\.$/,
    ],
    'half of its JSON, after creating': [
      'unreachable',
      /^GitLab at \S+ sent something that cannot be read\.$/,
    ],
  },
  requests: {
    'labels before a create': shopOf('/labels'),
    'the list of our issues': shopOf('/issues'),
    'the rest of a long text': /^POST \S+\/notes$/,
    'a link to the epic': /^POST \S+\/links$/,
    'a comment': /^POST \S+\/notes$/,
    'an upload': /^POST \S+\/uploads$/,
    'our comments': shopOf('/issues/\\d+/notes'),
    'an issue': shopOf('/issues/\\d+'),
    'a search for issues': shopOf('/issues'),
    'a search in code': shopOf('/search'),
    'a file': shopOf('/repository/files/README.md'),
    'a folder': shopOf('/repository/tree'),
    'a search for changes': shopOf('/merge_requests'),
    'a change': shopOf('/merge_requests/1'),
    'the test of the token': /^GET \/user$/,
    'a project': shopOf(''),
    'all projects': /^GET \/projects$/,
    labels: shopOf('/labels'),
    milestones: shopOf('/milestones'),
    people: shopOf('/members/all'),
    templates: shopOf('/templates/issues'),
  },
  quiet: {
    'an issue': { 'not-found': undefined },
    'a file': { 'not-found': undefined },
    'a folder': { 'not-found': [] },
    'a change': { 'not-found': undefined },
    'a project': { 'not-found': undefined },
  },
});
