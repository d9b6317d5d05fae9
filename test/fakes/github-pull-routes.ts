/** The stand-in GitHub's pull requests. */
import { findIssue, render } from './github-issue-routes.ts';
import {
  checkQuery,
  type GitHubRequest,
  needPermission,
  notFound,
  openProject,
  paginate,
  type Reply,
} from './github-routing.ts';
import type { FakeIssue, FakeProject } from './github-world.ts';

function renderPull(request: GitHubRequest, project: FakeProject, issue: FakeIssue) {
  const { pull_request: pull, html_url: url, ...fields } = render(request, project, issue);
  const html_url = url.replace('/issues/', '/pull/');
  return { ...fields, html_url, merged_at: pull?.merged_at ?? null };
}

export function listPulls(request: GitHubRequest): Reply {
  checkQuery(request, ['state']);
  const project = openProject(request);
  needPermission(request, 'pull_requests', 'read');
  const state = request.query.get('state') ?? 'open';
  const found = project.issues
    .filter((issue) => issue.pull && (state === 'all' || issue.state === state))
    .sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
  const page = paginate(request, found);
  return { ...page, body: page.body.map((issue) => renderPull(request, project, issue)) };
}

function findPull(request: GitHubRequest, project: FakeProject) {
  needPermission(request, 'pull_requests', 'read');
  const issue = findIssue(request, project);
  if (!issue.pull) throw notFound();
  return { issue, pull: issue.pull };
}

export function showPull(request: GitHubRequest): Reply {
  const project = openProject(request);
  const { issue, pull } = findPull(request, project);
  const body = { ...renderPull(request, project, issue), changed_files: pull.files.length };
  return { status: 200, body };
}

export function listPullFiles(request: GitHubRequest): Reply {
  const { pull } = findPull(request, openProject(request));
  const page = paginate(request, pull.files);
  return { ...page, body: page.body.map((filename) => ({ filename, status: 'modified' })) };
}
