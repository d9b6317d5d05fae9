/** Issues, notes and links of a stand-in GitLab, with what GitLab does unasked. */
import { z } from 'zod';
import { toIssue, toLink, toNote } from './gitlab-answers.ts';
import { extractQuickActions, findMentions } from './gitlab-quick-actions.ts';
import {
  checkQuery,
  forbidden,
  type GitLabRequest,
  invalid,
  levelIn,
  mayPlan,
  notFound,
  openProject,
  paginate,
  Refused,
  type Reply,
  readBody,
} from './gitlab-routing.ts';
import { type FakeIssue, type FakeProject, LEVELS } from './gitlab-world.ts';

const MAX_TITLE = 255;
const MAX_TEXT = 1_048_576;
const lengthOf = (text: string) => [...text].length;

const newIssueSchema = z.strictObject({
  title: z.string(),
  description: z.string().optional(),
  labels: z.string().optional(),
  assignee_ids: z.array(z.int()).optional(),
  milestone_id: z.int().optional(),
  weight: z.int().nonnegative().optional(),
  issue_type: z.enum(['issue', 'incident', 'test_case', 'task']).optional(),
});
type NewIssueBody = z.infer<typeof newIssueSchema>;

export function createIssue(request: GitLabRequest): Reply {
  const { world, token, web } = request;
  const project = openProject(request);
  const mayCreate = project.visibility === 'public' || levelIn(request, project) >= LEVELS.guest;
  if (!project.issuesEnabled || project.archived || !mayCreate) throw forbidden();
  const body = readBody(request, newIssueSchema);
  const { title, description = '' } = body;
  const problems = {
    ...(title.trim() === '' && { title: ["can't be blank"] }),
    ...(lengthOf(title) > MAX_TITLE && { title: ['is too long (maximum is 255 characters)'] }),
    ...(lengthOf(description) > MAX_TEXT && {
      description: ['is too long (maximum is 1048576 characters)'],
    }),
  };
  if (Object.keys(problems).length > 0) throw invalid(problems);
  const issue: FakeIssue = {
    id: world.nextId(),
    iid: project.issues.length + 1,
    title: title.trim(),
    description: '',
    state: 'opened',
    author: token.user,
    createdAt: new Date().toISOString(),
    labels: [],
    assignees: [],
    type: body.issue_type ?? 'issue',
    confidential: false,
    notes: [],
    links: [],
  };
  world.pinged.push(...findMentions(title));
  issue.description = runQuickActions(request, issue, description);
  if (mayPlan(request, project)) plan(request, project, issue, body);
  project.issues.push(issue);
  return { status: 201, body: toIssue(issue, project, world, web) };
}

/** Free keeps the first assignee only, and no weight; a label nobody knows is made. */
function plan(
  { world }: GitLabRequest,
  project: FakeProject,
  issue: FakeIssue,
  { labels, assignee_ids: ids = [], milestone_id, weight }: NewIssueBody,
): void {
  for (const name of labels?.split(',').map((label) => label.trim()) ?? []) {
    const isKnown = project.labels.some((label) => label.name === name);
    if (!isKnown) project.labels.push({ id: world.nextId(), name, isProjectLabel: true });
    issue.labels.push(name);
  }
  const members = project.members.map(({ user }) => user);
  const assignees = ids.flatMap((id) => members.find((user) => user.id === id) ?? []);
  issue.assignees = world.tier === 'free' ? assignees.slice(0, 1) : assignees;
  const milestone = project.milestones.find(({ id }) => id === milestone_id);
  if (milestone) issue.milestone = milestone;
  if (weight !== undefined && world.tier === 'premium') issue.weight = weight;
}

/** Text is obeyed before it is kept; what is left of it notifies whom it mentions. */
function runQuickActions({ world }: GitLabRequest, issue: FakeIssue, text: string): string {
  const { text: kept, commands } = extractQuickActions(text);
  world.executed.push(...commands);
  for (const command of commands) {
    const [name, ...rest] = command.split(' ');
    if (name === 'close') issue.state = 'closed';
    if (name === 'title') issue.title = rest.join(' ');
    if (name === 'confidential') issue.confidential = true;
  }
  world.pinged.push(...findMentions(kept));
  return kept.trimEnd();
}

const LIST = ['scope', 'author_id', 'created_after', 'search', 'in', 'state'];

export function listIssues(request: GitLabRequest): Reply {
  const { query, world, web } = request;
  checkQuery(request, LIST);
  const project = openProject(request);
  const author = query.get('author_id');
  const after = query.get('created_after') ?? '';
  const words = query.get('search')?.toLowerCase().split(/\s+/) ?? [];
  const found = project.issues
    .filter((issue) => author === null || String(issue.author.id) === author)
    .filter((issue) => issue.createdAt >= after)
    .filter((issue) => words.length === 0 || (!world.searchLags && matches(issue, words)));
  const sorted = query.get('sort') === 'asc' ? found : found.toReversed();
  const page = paginate(request, sorted);
  return { ...page, body: page.body.map((issue) => toIssue(issue, project, world, web)) };
}

/** Every word must be there; one of fewer than three characters only as the whole title. */
function matches({ title, description }: FakeIssue, words: string[]): boolean {
  const long = words.filter((word) => lengthOf(word) >= 3);
  const text = `${title}\n${description}`.toLowerCase();
  if (long.length === 0) return title.toLowerCase() === words.join(' ');
  return long.every((word) => text.includes(word));
}

export function findIssue({ path }: GitLabRequest, project: FakeProject): FakeIssue {
  const issue = project.issues.find(({ iid }) => String(iid) === path[3]);
  if (!issue) throw notFound();
  return issue;
}

export function showIssue(request: GitLabRequest): Reply {
  const project = openProject(request);
  const issue = findIssue(request, project);
  return { status: 200, body: toIssue(issue, project, request.world, request.web) };
}

export function listNotes(request: GitLabRequest): Reply {
  checkQuery(request, []);
  const { notes, ...issue } = findIssue(request, openProject(request));
  const sorted = request.query.get('sort') === 'asc' ? notes : notes.toReversed();
  const page = paginate(request, sorted);
  return {
    ...page,
    body: page.body.map((note) => toNote(note, { ...issue, notes }, request.web)),
  };
}

const noteSchema = z.strictObject({ body: z.string() });

/** A note that only commands is obeyed and not kept. */
export function createNote(request: GitLabRequest): Reply {
  const { world, token, web } = request;
  const issue = findIssue(request, openProject(request));
  const { body } = readBody(request, noteSchema);
  if (body.trim() === '') {
    const reason = '400 Bad request - Note {:note=>["can\'t be blank"]}';
    throw new Refused(400, { message: reason });
  }
  if (lengthOf(body) > MAX_TEXT)
    throw invalid({ note: ['is too long (maximum is 1000000 characters)'] });
  const kept = runQuickActions(request, issue, body);
  if (kept === '') return { status: 202, body: { commands_changes: {}, summary: ['Done.'] } };
  const note = {
    id: world.nextId(),
    body: kept,
    author: token.user,
    createdAt: new Date().toISOString(),
  };
  issue.notes.push(note);
  return { status: 201, body: toNote(note, issue, web) };
}

export function listLinks(request: GitLabRequest): Reply {
  const project = openProject(request);
  const { links } = findIssue(request, project);
  const linked = project.issues.filter(({ id }) => links.includes(id));
  return { status: 200, body: linked.map((issue) => toLink(issue, project)) };
}

const linkSchema = z.strictObject({
  target_project_id: z.union([z.string(), z.int()]),
  target_issue_iid: z.int(),
  link_type: z.enum(['relates_to', 'blocks', 'is_blocked_by']).optional(),
});

export function createLink(request: GitLabRequest): Reply {
  const project = openProject(request);
  const source = findIssue(request, project);
  const { target_issue_iid: iid, link_type = 'relates_to' } = readBody(request, linkSchema);
  const target = project.issues.find((issue) => issue.iid === iid);
  if (!target) throw notFound();
  if (!mayPlan(request, project)) throw forbidden();
  if (link_type !== 'relates_to' && request.world.tier === 'free') {
    throw new Refused(403, { message: 'Blocked issues not available for current license' });
  }
  if (source.links.includes(target.id)) {
    throw new Refused(409, { message: 'Issue(s) already assigned' });
  }
  source.links.push(target.id);
  target.links.push(source.id);
  const [source_issue, target_issue] = [source, target].map((issue) => toLink(issue, project));
  return { status: 201, body: { source_issue, target_issue, link_type } };
}
