/** What a GitLab project has to choose from: labels, milestones, people, templates. */
import {
  ProjectLabels,
  ProjectMembers,
  ProjectMilestones,
  Projects,
  ProjectTemplates,
} from '@gitbeaker/rest';
import { z } from 'zod';
import {
  type IssueTemplate,
  TrackerError,
  type TrackerPerson,
  type TrackerProject,
} from '../core/tracker.ts';
import {
  type GitLabProject,
  labelSchema,
  memberSchema,
  milestoneSchema,
  parseAnswer,
  projectSchema,
  templateKeySchema,
  templateSchema,
} from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';
import { parseMarkdown, parseQuickActions, toPresets } from './issue-template.ts';

const PAGE = 100;
/** Projects offered at most, in pages; the account of a bot rarely sees more. */
const MAX_PROJECT_PAGES = 20;
/** Whoever has less than a guest's access level files nothing. */
const GUEST = 10;
/** Each template is a request of its own. */
const MAX_TEMPLATES = 20;

/** The newest first, by keyset: offsets end at 50,000 on GitLab.com. */
export async function listProjects(connection: GitLabConnection): Promise<TrackerProject[]> {
  const answer = await connection.use(Projects).all<false, 'keyset'>({
    membership: true,
    archived: false,
    withIssuesEnabled: true,
    minAccessLevel: GUEST,
    pagination: 'keyset',
    orderBy: 'id',
    sort: 'desc',
    perPage: PAGE,
    maxPages: MAX_PROJECT_PAGES,
  });
  return parseAnswer(z.array(projectSchema), answer).map((project) =>
    toProject(connection, project),
  );
}

export async function getProject(
  connection: GitLabConnection,
  project: string,
): Promise<TrackerProject | undefined> {
  const found = await findProject(connection, project);
  return found && toProject(connection, found);
}

export async function findProject(
  connection: GitLabConnection,
  project: string,
): Promise<GitLabProject | undefined> {
  try {
    return parseAnswer(projectSchema, await connection.use(Projects).show(project));
  } catch (error) {
    if (error instanceof TrackerError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** An internal project is open to every account of the server, but to nobody else. */
function toProject(connection: GitLabConnection, project: GitLabProject): TrackerProject {
  const { id, path_with_namespace: path, name_with_namespace: name, visibility } = project;
  const host = connection.serverOf(project.web_url);
  const place = { project: path, name, host, projectId: String(id) };
  return { ...place, visibility: visibility === 'public' ? 'public' : 'private' };
}

/** Those of its groups included. */
export async function listLabels(connection: GitLabConnection, project: string): Promise<string[]> {
  const answer = await connection.use(ProjectLabels).all(project, { perPage: PAGE });
  return parseAnswer(z.array(labelSchema), answer).map(({ name }) => name);
}

/** Open ones, those of its groups included. */
export async function listMilestones(
  connection: GitLabConnection,
  project: string,
): Promise<string[]> {
  const options = { state: 'active', includeParentMilestones: true, perPage: PAGE };
  const answer = await connection.use(ProjectMilestones).all(project, options);
  return parseAnswer(z.array(milestoneSchema), answer).map(({ title }) => title);
}

/** Members of the project and of its groups. */
export async function listAssignees(
  connection: GitLabConnection,
  project: string,
): Promise<TrackerPerson[]> {
  const options = { includeInherited: true, perPage: PAGE };
  const answer = await connection.use(ProjectMembers).all(project, options);
  const active = parseAnswer(z.array(memberSchema), answer).filter((one) => one.state === 'active');
  return active.map(({ username, name }) => ({ username, name }));
}

/** `.gitlab/issue_templates/*.md` of the default branch, and those the project inherits. */
export async function listTemplates(
  connection: GitLabConnection,
  project: string,
): Promise<IssueTemplate[]> {
  const templates = connection.use(ProjectTemplates);
  const keys = parseAnswer(z.array(templateKeySchema), await templates.all(project, 'issues'));
  const read = async ({ key }: z.infer<typeof templateKeySchema>) => {
    const answer = await templates.show(project, 'issues', key);
    const { name, content } = parseAnswer(templateSchema, answer);
    return { ...parseMarkdown(name, content), name, ...toPresets(parseQuickActions(content)) };
  };
  return Promise.all(keys.slice(0, MAX_TEMPLATES).map(read));
}
