/** Merge requests of a stand-in GitLab. */
import { toDiff, toMergeRequest, toSingleMergeRequest } from './gitlab-answers.ts';
import {
  checkQuery,
  type GitLabRequest,
  notFound,
  openProject,
  paginate,
  type Reply,
} from './gitlab-routing.ts';

/** Without `scope=all` the real one lists only those the account made itself. */
export function listMergeRequests(request: GitLabRequest): Reply {
  const { query, web } = request;
  checkQuery(request, ['scope', 'search', 'in']);
  if (query.get('scope') !== 'all') request.object('merge requests of others need scope=all');
  const project = openProject(request);
  const words = query.get('search')?.toLowerCase().split(/\s+/) ?? [];
  const found = project.mergeRequests
    .filter(({ title, description }) => {
      const text = `${title}\n${description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((one, other) => other.updatedAt.localeCompare(one.updatedAt));
  const page = paginate(request, found);
  return { ...page, body: page.body.map((one) => toMergeRequest(one, project, web)) };
}

function findMergeRequest(request: GitLabRequest) {
  const project = openProject(request);
  const found = project.mergeRequests.find(({ iid }) => String(iid) === request.path[3]);
  if (!found) throw notFound();
  return { project, found };
}

export function showMergeRequest(request: GitLabRequest): Reply {
  const { project, found } = findMergeRequest(request);
  return { status: 200, body: toSingleMergeRequest(found, project, request.web) };
}

export function listDiffs(request: GitLabRequest): Reply {
  const { found } = findMergeRequest(request);
  const page = paginate(request, found.files);
  return { ...page, body: page.body.map(toDiff) };
}
