/** Accounts, projects and repositories of a stand-in GitLab. */
import {
  toBlob,
  toCurrentUser,
  toFile,
  toLabel,
  toMember,
  toMilestone,
  toProject,
  toTemplate,
  toTemplateKey,
  toToken,
  toTreeEntry,
  toUpload,
} from './gitlab-answers.ts';
import {
  checkQuery,
  type GitLabRequest,
  levelIn,
  notFound,
  openProject,
  paginate,
  paginateByKey,
  Refused,
  type Reply,
} from './gitlab-routing.ts';
import type { FakeProject } from './gitlab-world.ts';

export function showUser({ token, web }: GitLabRequest): Reply {
  return { status: 200, body: toCurrentUser(token.user, web) };
}

/** Tokens of an OAuth login are no personal access tokens. */
export function showToken({ token }: GitLabRequest): Reply {
  if (token.kind === 'oauth') throw new Refused(400, { message: '400 Bad request' });
  return { status: 200, body: toToken(token) };
}

export function showProject(request: GitLabRequest): Reply {
  return { status: 200, body: renderProject(request, openProject(request)) };
}

function renderProject({ token, web }: GitLabRequest, project: FakeProject) {
  const member = project.members.find(({ user }) => user === token.user);
  return toProject(project, member, web);
}

const PROJECTS = ['membership', 'archived', 'with_issues_enabled', 'min_access_level'];

export function listProjects(request: GitLabRequest): Reply {
  const { query, world } = request;
  checkQuery(request, PROJECTS);
  const least = Number(query.get('min_access_level') ?? 0);
  const found = world.projects
    .filter((project) => levelIn(request, project) >= Math.max(least, 1))
    .filter(({ archived }) => query.get('archived') !== 'false' || !archived)
    .filter(({ issuesEnabled }) => !query.has('with_issues_enabled') || issuesEnabled)
    .sort((one, other) => other.id - one.id);
  const isKeyset = query.get('pagination') === 'keyset' && query.get('order_by') === 'id';
  const page = isKeyset
    ? paginateByKey(request, found, 'id_before', ({ id }) => String(id))
    : paginate(request, found);
  return { ...page, body: page.body.map((project) => renderProject(request, project)) };
}

export function listLabels(request: GitLabRequest): Reply {
  checkQuery(request, ['include_ancestor_groups']);
  const page = paginate(request, openProject(request).labels);
  return { ...page, body: page.body.map(toLabel) };
}

export function listMilestones(request: GitLabRequest): Reply {
  const { query } = request;
  checkQuery(request, ['state', 'search', 'include_parent_milestones', 'include_ancestors']);
  const search = query.get('search')?.toLowerCase() ?? '';
  const found = openProject(request)
    .milestones.filter(({ state }) => !query.has('state') || state === query.get('state'))
    .filter(({ title }) => title.toLowerCase().includes(search));
  const page = paginate(request, found);
  return { ...page, body: page.body.map(toMilestone) };
}

/** `/members` are the direct ones; `/members/all` those of its groups too. */
export function listMembers(request: GitLabRequest): Reply {
  checkQuery(request, ['query']);
  const isAll = request.path[3] === 'all';
  const wanted = request.query.get('query')?.toLowerCase() ?? '';
  const found = openProject(request)
    .members.filter(({ inherited }) => isAll || !inherited)
    .filter(({ user }) => `${user.username} ${user.name}`.toLowerCase().includes(wanted));
  const page = paginate(request, found);
  return { ...page, body: page.body.map((member) => toMember(member, request.web)) };
}

export function listTemplates(request: GitLabRequest): Reply {
  const page = paginate(request, Object.keys(openProject(request).templates));
  return { ...page, body: page.body.map(toTemplateKey) };
}

export function showTemplate(request: GitLabRequest): Reply {
  const key = request.path[4] ?? '';
  const content = openProject(request).templates[key];
  if (content === undefined) throw notFound('Template');
  return { status: 200, body: toTemplate(key, content) };
}

export function listTree(request: GitLabRequest): Reply {
  checkQuery(request, ['path', 'recursive', 'ref']);
  const { files } = openProject(request);
  const folder = request.query.get('path');
  const prefix = folder ? `${folder}/` : '';
  const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
  if (inside.length === 0) throw notFound('Tree');
  const names = new Set(inside.map((path) => path.slice(prefix.length).split('/')[0] ?? ''));
  const entries = [...names].map((name) => {
    const path = `${prefix}${name}`;
    return toTreeEntry(path, path in files ? 'blob' : 'tree');
  });
  return paginateByKey(request, entries, 'page_token', ({ path }) => String(path));
}

export function showFile(request: GitLabRequest): Reply {
  if (!request.query.has('ref')) throw new Refused(400, { error: 'ref is missing' });
  const path = request.path[4] ?? '';
  const content = openProject(request).files[path];
  if (content === undefined) throw notFound('File');
  return { status: 200, body: toFile(path, content) };
}

export function searchBlobs(request: GitLabRequest): Reply {
  checkQuery(request, ['scope', 'search']);
  const { files, id } = openProject(request);
  const { query } = request;
  if (query.get('scope') !== 'blobs') {
    throw new Refused(400, { error: 'scope does not have a valid value' });
  }
  const wanted = query.get('search')?.toLowerCase() ?? '';
  const found = Object.entries(files).filter(([, text]) => text.toLowerCase().includes(wanted));
  return paginate(
    request,
    found.map(([path, text]) => toBlob(path, text.slice(0, 200), id)),
  );
}

export function createUpload(request: GitLabRequest): Reply {
  const project = openProject(request);
  const { body } = request;
  const file = body instanceof FormData ? body.get('file') : undefined;
  if (!(file instanceof File)) throw new Refused(400, { error: 'file is missing' });
  project.uploads.push({ filename: file.name, size: file.size });
  return { status: 201, body: toUpload(file.name, project.path) };
}
