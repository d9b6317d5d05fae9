/**
 * A ticket as GitHub's issue. GitHub makes labels it does not know and leaves out in silence what the
 * account may not set, so only what exists is sent, and the answer is held against what was asked.
 */
import {
  type CreatedIssue,
  type NewIssue,
  TrackerError,
  type TrackerErrorKind,
} from '../core/tracker.ts';
import {
  type GitHubIssue,
  issueSchema,
  milestoneSchema,
  parseAnswer,
  parseCreated,
  repositorySchema,
  typeSchema,
} from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { readLabels, readMilestones } from './github-project.ts';

/** Characters GitHub takes. */
const MAX_TITLE_LENGTH = 256;
/** GitHub assigns ten people at most. */
const MAX_ASSIGNEES = 10;
/** What organisations call their issue types, by ours. */
const TYPE_NAMES: Record<NonNullable<NewIssue['type']>, string[]> = {
  bug: ['bug'],
  feature: ['feature'],
  task: ['task'],
  improvement: ['improvement', 'enhancement'],
  epic: ['epic'],
};

/** What of an issue's wishes is there, by GitHub's names and numbers, and a sentence for each that is not. */
interface Found {
  labels: string[];
  assignees: string[];
  milestone?: { number: number; title: string };
  type?: string;
  missing: string[];
}

/** One request creates; whatever fails before it has created nothing. */
export async function createIssue(
  connection: GitHubConnection,
  issue: NewIssue,
  signal: AbortSignal,
): Promise<CreatedIssue> {
  const repository = await connection.open(issue.project, signal);
  const [projectId, found] = await Promise.all([
    readProjectId(repository),
    findNamed(repository, issue),
  ]);
  const title = cutTitle(issue.title);
  const { octokit, at } = repository;
  const { data } = await octokit.rest.issues.create({
    ...at,
    title,
    body: issue.body,
    ...(found.labels.length > 0 && { labels: found.labels }),
    ...(found.assignees.length > 0 && { assignees: found.assignees }),
    ...(found.milestone && { milestone: found.milestone.number }),
    ...(found.type && { type: found.type }),
  });
  const created = parseCreated(issueSchema, data);
  const cut = title === issue.title ? [] : ['The title was cut: GitHub takes 256 characters.'];
  const dropped = [...found.missing, ...cut, ...findIgnored(found, created)];
  return { ...toCreated(connection, issue.project, projectId, created), dropped };
}

export function toCreated(
  connection: GitHubConnection,
  project: string,
  projectId: string,
  { number, html_url: url }: GitHubIssue,
): CreatedIssue {
  const host = connection.serverOf(url);
  return { project, number: String(number), url, host, projectId, dropped: [] };
}

/** Of the database: outlives a renamed repository. */
export async function readProjectId({ octokit, at }: OpenRepository): Promise<string> {
  const { data } = await octokit.rest.repos.get(at);
  return String(parseAnswer(repositorySchema, data).id);
}

/** `undefined` for an error of one of these kinds. */
export async function unless<Answer>(
  kinds: TrackerErrorKind[],
  answer: Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TrackerError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}

function cutTitle(title: string): string {
  const characters = [...title];
  if (characters.length <= MAX_TITLE_LENGTH) return title;
  return `${characters.slice(0, MAX_TITLE_LENGTH - 1).join('')}…`;
}

// --- Before: only what exists --------------------------------------------------------------------

async function findNamed(repository: OpenRepository, issue: NewIssue): Promise<Found> {
  const { project } = issue;
  const [labels, assignees, milestone, type] = await Promise.all([
    findLabels(repository, issue.labels),
    Promise.all(issue.assignees.map((login) => isAssignable(repository, login))),
    issue.milestone ? findMilestone(repository, issue.milestone) : undefined,
    findType(repository, issue),
  ]);
  const known = issue.assignees.filter((_, index) => assignees[index]);
  const missing = [
    ...issue.labels
      .filter((_, index) => labels[index] === undefined)
      .map((name) => `The label "${name}" does not exist in ${project} and was left out.`),
    ...issue.assignees
      .filter((_, index) => !assignees[index])
      .map((login) => `${login} cannot be assigned in ${project} and was left out.`),
    ...known
      .slice(MAX_ASSIGNEES)
      .map((login) => `${login} was not assigned: GitHub takes ten people for each issue.`),
    ...(issue.milestone && !milestone
      ? [`There is no open milestone "${issue.milestone}" in ${project}; it was left out.`]
      : []),
  ];
  return {
    labels: [...new Set(labels.flatMap((label) => label ?? []))],
    assignees: known.slice(0, MAX_ASSIGNEES),
    ...(milestone && { milestone }),
    ...(type && { type }),
    missing,
  };
}

/** In the order asked for, each as the repository spells it. */
async function findLabels(repository: OpenRepository, labels: string[]) {
  if (labels.length === 0) return [];
  const names = await readLabels(repository);
  return labels.map((label) => names.find((name) => isAlike(name, label)));
}

async function isAssignable({ octokit, at }: OpenRepository, assignee: string): Promise<boolean> {
  if (!/^[\w-]+(\[bot\])?$/.test(assignee)) return false;
  const check = octokit.rest.issues.checkUserCanBeAssigned({ ...at, assignee });
  return (await unless(['not-found'], check)) !== undefined;
}

async function findMilestone(repository: OpenRepository, title: string) {
  const milestones = await readMilestones(repository);
  const found =
    milestones.find((milestone) => milestone.title === title) ??
    milestones.find((milestone) => isAlike(milestone.title, title));
  return found && parseAnswer(milestoneSchema, found);
}

/** People's own repositories have no types, and not every token may see those of an organisation. */
async function findType({ octokit, at }: OpenRepository, { type, typeName }: NewIssue) {
  const wanted = [...(typeName ? [typeName] : []), ...(type ? TYPE_NAMES[type] : [])];
  if (wanted.length === 0) return undefined;
  const { owner: org, request } = at;
  const listed = octokit.rest.orgs.listIssueTypes({ org, request });
  const answer = await unless(['not-found', 'refused'], listed);
  const types = parseAnswer(typeSchema.array(), answer?.data ?? []);
  const names = types.filter(({ is_enabled: on }) => on !== false).map(({ name }) => name);
  return wanted.flatMap((name) => names.find((one) => isAlike(one, name)) ?? [])[0];
}

const isAlike = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

// --- After: what was ignored ---------------------------------------------------------------------

function findIgnored(found: Found, created: GitHubIssue): string[] {
  const labels = created.labels.map((label) => (typeof label === 'string' ? label : label.name));
  const assigned = created.assignees?.map(({ login }) => login.toLowerCase()) ?? [];
  const { milestone, type } = found;
  return [
    ...found.labels
      .filter((label) => !labels.includes(label))
      .map((label) => `the label "${label}"`),
    ...found.assignees
      .filter((login) => !assigned.includes(login.toLowerCase()))
      .map((login) => `the assignment to ${login}`),
    ...(milestone && created.milestone?.number !== milestone.number
      ? [`the milestone "${milestone.title}"`]
      : []),
    ...(type && created.type?.name !== type ? [`the type "${type}"`] : []),
  ].map((what) => `GitHub left out ${what}: the account may not set it (the role Triage may).`);
}
