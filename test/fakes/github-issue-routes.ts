/** The stand-in GitHub's issues, comments, sub-issues and search. */
import { z } from 'zod';
import {
  checkQuery,
  forbidden,
  type GitHubRequest,
  invalid,
  mayTriage,
  needPermission,
  notFound,
  openProject,
  paginate,
  Refused,
  type Reply,
  readBody,
} from './github-routing.ts';
import type { FakeComment, FakeIssue, FakeProject } from './github-world.ts';
import { readEffects } from './text-effects.ts';

const MAX_TITLE = 256;
const MAX_BODY = 65_536;
const MAX_SUB_ISSUES = 100;

const issueBody = z.strictObject({
  title: z.string(),
  body: z.string().optional(),
  labels: z.array(z.string()).optional(),
  assignees: z.array(z.string()).max(10).optional(),
  milestone: z.int().optional(),
  type: z.string().optional(),
});

export function createIssue(request: GitHubRequest): Reply {
  const project = openProject(request);
  needPermission(request, 'issues', 'write');
  if (project.isArchived) throw forbidden('Repository was archived so is read-only.');
  if (!project.hasIssues) {
    throw new Refused(410, { message: 'Issues has been disabled in this repository.' });
  }
  const given = readBody(request, issueBody);
  checkTexts(given);
  const wishes = mayTriage(request, project) ? takeWishes(request, project, given) : NO_WISHES;
  const now = new Date().toISOString();
  const issue: FakeIssue = {
    id: request.world.nextId(),
    number: project.issues.length + 1,
    title: given.title,
    body: given.body ?? '',
    state: 'open',
    user: request.token.user,
    createdAt: now,
    updatedAt: now,
    comments: [],
    isIndexed: false,
    ...wishes,
  };
  project.issues.push(issue);
  takeEffect(request, issue.title, issue.body);
  return { status: 201, body: render(request, project, issue) };
}

function checkTexts({ title, body = '' }: { title: string; body?: string | undefined }): void {
  if (title.trim() === '') throw invalid('title', 'missing_field');
  if ([...title].length > MAX_TITLE) {
    throw invalid('title', 'custom', 'title is too long (maximum is 256 characters)');
  }
  if ([...body].length > MAX_BODY) {
    throw invalid('body', 'custom', 'body is too long (maximum is 65536 characters)');
  }
}

function takeEffect({ world }: GitHubRequest, ...texts: string[]): void {
  for (const { pinged, closing, html } of texts.map(readEffects)) {
    world.effects.pinged.push(...pinged);
    world.effects.closing.push(...closing);
    world.effects.html.push(...html);
  }
}

/** Below the Triage role all of these are dropped in silence. */
const NO_WISHES = { labels: [], assignees: [] };

/** Makes the labels it does not know, as the real one does. */
function takeWishes(
  { world, path }: GitHubRequest,
  project: FakeProject,
  { labels = [], assignees = [], milestone, type }: z.infer<typeof issueBody>,
) {
  const known = labels.map((label) => {
    const found = project.labels.find((name) => name.toLowerCase() === label.toLowerCase());
    if (!found) project.labels.push(label);
    return found ?? label;
  });
  if (assignees.some((login) => !(login in project.roles))) throw invalid('assignees', 'invalid');
  const planned = project.milestones.find(({ number }) => number === milestone);
  if (milestone !== undefined && !planned) throw invalid('milestone', 'invalid');
  const types = world.types[path[1] ?? ''] ?? [];
  if (type !== undefined && !types.includes(type)) throw invalid('type', 'invalid');
  return {
    labels: known,
    assignees,
    ...(planned && { milestone: planned }),
    ...(type !== undefined && { type }),
  };
}

export function render({ root, web }: GitHubRequest, project: FakeProject, issue: FakeIssue) {
  const { fullName } = project;
  return {
    id: issue.id,
    number: issue.number,
    url: `${root}/repos/${fullName}/issues/${issue.number}`,
    html_url: `${web}/${fullName}/issues/${issue.number}`,
    repository_url: `${root}/repos/${fullName}`,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    user: issue.user,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt ?? null,
    labels: issue.labels.map((name) => ({ id: 1, name, color: 'ededed' })),
    assignees: issue.assignees.map((login) => ({ login })),
    milestone: issue.milestone ?? null,
    type: issue.type === undefined ? null : { id: 1, name: issue.type },
    ...(issue.pull && { pull_request: { url: '', merged_at: issue.pull.mergedAt ?? null } }),
  };
}

export function listIssues(request: GitHubRequest): Reply {
  checkQuery(request, ['creator', 'since', 'state']);
  const project = openProject(request);
  needPermission(request, 'issues', 'read');
  const { query } = request;
  const [creator, since, state] = [query.get('creator'), query.get('since'), query.get('state')];
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const found = project.issues
    .filter(({ user }) => creator === null || user.login === creator)
    .filter(
      ({ updatedAt }) => since === null || updatedAt >= since.replace('Z', '.000Z').slice(0, 24),
    )
    .filter((issue) => state === 'all' || issue.state === (state ?? 'open'))
    .sort((one, other) => other[key].localeCompare(one[key]) || other.number - one.number);
  const page = paginate(request, found);
  return { ...page, body: page.body.map((issue) => render(request, project, issue)) };
}

export function findIssue(request: GitHubRequest, project: FakeProject): FakeIssue {
  const at = request.path[0] === 'repositories' ? 3 : 4;
  const number = Number(request.path[at]);
  const issue = project.issues.find((one) => one.number === number);
  if (!issue) throw notFound();
  return issue;
}

export function showIssue(request: GitHubRequest): Reply {
  const project = openProject(request);
  needPermission(request, 'issues', 'read');
  return { status: 200, body: render(request, project, findIssue(request, project)) };
}

export function listComments(request: GitHubRequest): Reply {
  const project = openProject(request);
  const issue = findIssue(request, project);
  const page = paginate(request, issue.comments);
  return { ...page, body: page.body.map((each) => renderComment(request, project, issue, each)) };
}

const commentBody = z.strictObject({ body: z.string() });

export function createComment(request: GitHubRequest): Reply {
  const project = openProject(request);
  needPermission(request, 'issues', 'write');
  const issue = findIssue(request, project);
  const { body } = readBody(request, commentBody);
  checkTexts({ title: 'a comment', body });
  const added = { id: request.world.nextId(), body, user: request.token.user };
  issue.comments.push(added);
  takeEffect(request, body);
  issue.updatedAt = new Date().toISOString();
  return { status: 201, body: renderComment(request, project, issue, added) };
}

function renderComment(
  request: GitHubRequest,
  project: FakeProject,
  issue: FakeIssue,
  { id, body, user }: FakeComment,
) {
  const { html_url: url } = render(request, project, issue);
  return { id, html_url: `${url}#issuecomment-${id}`, body, user };
}

// --- Sub-issues ----------------------------------------------------------------------------------

export function showParent(request: GitHubRequest): Reply {
  const project = openProject(request);
  const { parent } = findIssue(request, project);
  if (!parent) throw notFound();
  return { status: 200, body: render(request, project, parent) };
}

const subIssueBody = z.strictObject({ sub_issue_id: z.int() });

/** By the child's id in the database: its number is not enough. */
export function addSubIssue(request: GitHubRequest): Reply {
  const project = openProject(request);
  needPermission(request, 'issues', 'write');
  const parent = findIssue(request, project);
  const { sub_issue_id: id } = readBody(request, subIssueBody);
  const child = project.issues.find((issue) => issue.id === id);
  if (!child) throw notFound();
  if (child.parent) {
    throw invalid('sub_issue_id', 'custom', 'Sub issue may only have one parent');
  }
  const children = project.issues.filter((issue) => issue.parent === parent);
  if (children.length >= MAX_SUB_ISSUES) throw invalid('sub_issue_id', 'custom', 'too many');
  child.parent = parent;
  return { status: 201, body: render(request, project, parent) };
}

// --- Search --------------------------------------------------------------------------------------

const MAX_WORDS_LENGTH = 256;
const MAX_OPERATORS = 5;

/** Knows only what was indexed. */
export function searchIssues(request: GitHubRequest): Reply {
  checkQuery(request, ['q', 'advanced_search']);
  const q = request.query.get('q') ?? '';
  const [, name = ''] = /\brepo:(\S+)/.exec(q) ?? [];
  const text = q.replaceAll(/\b(?:repo|is):\S+/g, '').trim();
  if (
    [...text].length > MAX_WORDS_LENGTH ||
    text.split(/\b(?:OR|AND|NOT)\b/).length > MAX_OPERATORS + 1
  ) {
    throw invalid('q', 'invalid', 'The search is longer than 256 characters.');
  }
  const [, kind] = /\bis:(issue|pull-request)\b/.exec(q) ?? [];
  if (!kind) request.object('a search needs is:issue or is:pull-request');
  const project = openProject({ ...request, path: ['repos', ...name.split('/')] });
  const words = [...text.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word.toLowerCase());
  const found = project.issues.filter(({ title, body, isIndexed, pull }) => {
    if ((pull !== undefined) !== (kind === 'pull-request')) return false;
    const all = `${title}\n${body}`.toLowerCase();
    return isIndexed && words.some((word) => all.includes(word));
  });
  const items = paginate(request, found).body.map((issue) => render(request, project, issue));
  return { status: 200, body: { total_count: found.length, incomplete_results: false, items } };
}
