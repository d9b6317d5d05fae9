/** What a repository has to choose from: labels, milestones, people, templates. */
import type { Octokit } from '@octokit/rest';
import type { IssueTemplate, TrackerPerson, TrackerProject } from '../core/tracker.ts';
import {
  entrySchema,
  type GitHubRepository,
  labelSchema,
  milestoneSchema,
  parseAnswer,
  personSchema,
  repositorySchema,
} from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { unless } from './github-issue.ts';
import { readText } from './github-repository.ts';
import { parseForm, parseMarkdown } from './issue-template.ts';

const PAGE = 100;
/** Repositories offered at most, in pages; the account of a bot rarely sees more. */
const MAX_PROJECT_PAGES = 20;
/** Each template is a request of its own. */
const MAX_TEMPLATES = 20;
const TEMPLATES = '.github/ISSUE_TEMPLATE';

/** The last pushed to first; those that take issues. */
export async function listProjects(connection: GitHubConnection): Promise<TrackerProject[]> {
  const { auth, account } = connection;
  const found =
    auth.kind === 'token'
      ? await listOwn(account)
      : (await Promise.all((await connection.listInstallations()).map(listInstalled))).flat();
  const repositories = parseAnswer(repositorySchema.array(), found);
  return repositories
    .filter(({ archived, has_issues: takesIssues }) => !archived && takesIssues !== false)
    .map((repository) => toProject(connection, repository));
}

async function listOwn(octokit: Octokit): Promise<unknown[]> {
  const pages = octokit.paginate.iterator(octokit.rest.repos.listForAuthenticatedUser, {
    sort: 'pushed',
    per_page: PAGE,
  });
  return gather(pages, MAX_PROJECT_PAGES);
}

async function listInstalled(octokit: Octokit): Promise<unknown[]> {
  const list = octokit.rest.apps.listReposAccessibleToInstallation;
  return gather(octokit.paginate.iterator(list, { per_page: PAGE }), MAX_PROJECT_PAGES);
}

async function gather(pages: AsyncIterable<{ data: unknown[] }>, most: number) {
  const items: unknown[] = [];
  let count = 0;
  for await (const { data } of pages) {
    items.push(...data);
    count += 1;
    if (count === most) break;
  }
  return items;
}

export async function getProject(
  connection: GitHubConnection,
  project: string,
): Promise<TrackerProject | undefined> {
  const found = await findRepository(connection, project);
  return found && { ...toProject(connection, found), project };
}

export async function findRepository(
  connection: GitHubConnection,
  project: string,
): Promise<GitHubRepository | undefined> {
  const read = async () => {
    const { octokit, at } = await connection.open(project);
    return octokit.rest.repos.get(at);
  };
  const answer = await unless(['not-found'], read());
  return answer && parseAnswer(repositorySchema, answer.data);
}

/** An organisation's internal repository counts as private: the world cannot read it. */
function toProject(
  connection: GitHubConnection,
  { id, full_name: name, html_url: url, private: isPrivate }: GitHubRepository,
): TrackerProject {
  const host = connection.serverOf(url);
  const place = { project: name, name, host, projectId: String(id) };
  return { ...place, visibility: isPrivate ? 'private' : 'public' };
}

export async function listLabels(connection: GitHubConnection, project: string): Promise<string[]> {
  return readLabels(await connection.open(project));
}

export async function readLabels({ octokit, at }: OpenRepository): Promise<string[]> {
  const list = octokit.rest.issues.listLabelsForRepo;
  const labels = await octokit.paginate(list, { ...at, per_page: PAGE });
  return parseAnswer(labelSchema.array(), labels).map(({ name }) => name);
}

export async function listMilestones(
  connection: GitHubConnection,
  project: string,
): Promise<string[]> {
  const milestones = await readMilestones(await connection.open(project));
  return milestones.map(({ title }) => title);
}

export async function readMilestones(
  { octokit, at }: OpenRepository,
  state: 'open' | 'all' = 'open',
) {
  const list = octokit.rest.issues.listMilestones;
  const milestones = await octokit.paginate(list, { ...at, state, per_page: PAGE });
  return parseAnswer(milestoneSchema.array(), milestones);
}

/** Whoever GitHub lets be assigned; it gives logins only. */
export async function listAssignees(
  connection: GitHubConnection,
  project: string,
): Promise<TrackerPerson[]> {
  const { octokit, at } = await connection.open(project);
  const list = octokit.rest.issues.listAssignees;
  const people = await octokit.paginate(list, { ...at, per_page: PAGE });
  return parseAnswer(personSchema.array(), people).map(({ login }) => ({
    username: login,
    name: login,
  }));
}

/** Issue forms and Markdown templates of the repository, or else those of its owner's `.github`. */
export async function listTemplates(
  connection: GitHubConnection,
  project: string,
): Promise<IssueTemplate[]> {
  const own = await readTemplates(await connection.open(project));
  if (own.length > 0) return own;
  const [owner] = project.split('/');
  const shared = connection.open(`${owner}/.github`).then(readTemplates);
  return (await unless(['not-found', 'refused'], shared)) ?? [];
}

async function readTemplates(repository: OpenRepository): Promise<IssueTemplate[]> {
  const { octokit, at } = repository;
  const listed = octokit.rest.repos.getContent({ ...at, path: TEMPLATES });
  const answer = await unless(['not-found'], listed);
  const entries = Array.isArray(answer?.data) ? answer.data : [];
  const paths = parseAnswer(entrySchema.array(), entries)
    .filter(({ type, name }) => type === 'file' && /\.(?:md|ya?ml)$/i.test(name))
    .filter(({ name }) => !/^config\.ya?ml$/i.test(name))
    .map(({ path }) => path);
  const texts = await Promise.all(
    paths.slice(0, MAX_TEMPLATES).map(async (path) => {
      const content = await readText(repository, path);
      if (content === undefined) return [];
      const isForm = !path.toLowerCase().endsWith('.md');
      return (isForm ? parseForm(path, content) : parseMarkdown(path, content)) ?? [];
    }),
  );
  return texts.flat();
}
