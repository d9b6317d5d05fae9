/**
 * A ticket as GitLab's issue. GitLab makes labels it does not know and leaves out in silence what
 * the account may not set, so only what exists is sent, and the answer is held against what was asked.
 */
import { Issues, ProjectLabels, ProjectMembers, ProjectMilestones } from '@gitbeaker/rest';
import { z } from 'zod';
import type { CreatedIssue, NewIssue } from '../core/tracker.ts';
import {
  type GitLabIssue,
  issueSchema,
  labelSchema,
  memberSchema,
  milestoneSchema,
  parseAnswer,
  parseCreated,
} from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';

/** Characters GitLab takes. */
const MAX_TITLE_LENGTH = 255;
const PAGE = 100;

/** What of an issue's wishes is there, by GitLab's names and ids, and a sentence for each that is not. */
interface Found {
  labels: string[];
  assignees: { id: number; username: string }[];
  milestone?: { id: number; title: string };
  missing: string[];
}

/** One request creates; whatever fails before it has created nothing. */
export async function createIssue(
  connection: GitLabConnection,
  issue: NewIssue,
  signal: AbortSignal,
): Promise<CreatedIssue> {
  const found = await findNamed(connection, issue, signal);
  const title = cutTitle(issue.title);
  const answer = await connection.use(Issues, signal).create(issue.project, title, {
    description: issue.body,
    ...(found.labels.length > 0 && { labels: found.labels.join(',') }),
    ...(found.assignees.length > 0 && { assigneeIds: found.assignees.map(({ id }) => id) }),
    ...(found.milestone && { milestoneId: found.milestone.id }),
    ...(issue.weight !== undefined && { weight: issue.weight }),
    ...(issue.type === 'task' && { issueType: 'task' }),
  });
  const created = parseCreated(issueSchema, answer);
  const cut = title === issue.title ? [] : ['The title was cut: GitLab takes 255 characters.'];
  const dropped = [...found.missing, ...cut, ...findIgnored(issue, found, created)];
  return { ...toCreated(connection, issue.project, created), dropped };
}

export function toCreated(
  connection: GitLabConnection,
  project: string,
  { iid, web_url: url, project_id: projectId }: GitLabIssue,
): CreatedIssue {
  const host = connection.serverOf(url);
  return { project, number: String(iid), url, host, projectId: String(projectId), dropped: [] };
}

function cutTitle(title: string): string {
  const characters = [...title];
  if (characters.length <= MAX_TITLE_LENGTH) return title;
  return `${characters.slice(0, MAX_TITLE_LENGTH - 1).join('')}…`;
}

// --- Before: only what exists --------------------------------------------------------------------

async function findNamed(
  connection: GitLabConnection,
  issue: NewIssue,
  signal: AbortSignal,
): Promise<Found> {
  const { project } = issue;
  const [labels, assignees, milestone] = await Promise.all([
    issue.labels.length > 0 ? findLabels(connection, issue, signal) : [],
    Promise.all(issue.assignees.map((name) => findMember(connection, project, name, signal))),
    issue.milestone ? findMilestone(connection, project, issue.milestone, signal) : undefined,
  ]);
  const known = assignees.filter((member) => member !== undefined);
  return {
    labels: labels.flatMap((label) => label ?? []),
    assignees: known,
    ...(milestone && { milestone }),
    missing: [
      ...issue.labels
        .filter((_, index) => labels[index] === undefined)
        .map((name) => `The label "${name}" does not exist in ${project} and was left out.`),
      ...issue.assignees
        .filter((_, index) => assignees[index] === undefined)
        .map((name) => `${name} is no member of ${project} and was not assigned.`),
      ...(issue.milestone && !milestone
        ? [`There is no open milestone "${issue.milestone}" in ${project}; it was left out.`]
        : []),
    ],
  };
}

/** In the order asked for, each as the project spells it. */
async function findLabels(
  connection: GitLabConnection,
  { project, labels }: NewIssue,
  signal: AbortSignal,
): Promise<(string | undefined)[]> {
  const answer = await connection.use(ProjectLabels, signal).all(project, { perPage: PAGE });
  const names = parseAnswer(z.array(labelSchema), answer).map(({ name }) => name);
  return labels.map((label) => names.find((name) => name === label) ?? findLoosely(names, label));
}

async function findMember(
  connection: GitLabConnection,
  project: string,
  username: string,
  signal: AbortSignal,
) {
  const options = { includeInherited: true, query: username, perPage: PAGE };
  const answer = await connection.use(ProjectMembers, signal).all(project, options);
  const members = parseAnswer(z.array(memberSchema), answer);
  return members.find((member) => isAlike(member.username, username) && member.state === 'active');
}

async function findMilestone(
  connection: GitLabConnection,
  project: string,
  title: string,
  signal: AbortSignal,
) {
  const options = { state: 'active', search: title, includeParentMilestones: true, perPage: PAGE };
  const answer = await connection.use(ProjectMilestones, signal).all(project, options);
  const milestones = parseAnswer(z.array(milestoneSchema), answer);
  return (
    milestones.find((milestone) => milestone.title === title) ??
    milestones.find((milestone) => isAlike(milestone.title, title))
  );
}

const isAlike = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
const findLoosely = (names: string[], wanted: string) =>
  names.find((name) => isAlike(name, wanted));

// --- After: what was ignored ---------------------------------------------------------------------

function findIgnored(issue: NewIssue, found: Found, created: GitLabIssue): string[] {
  const assigned = created.assignees?.map(({ id }) => id) ?? [];
  const unset = [
    ...found.labels
      .filter((label) => !created.labels.includes(label))
      .map((label) => `the label "${label}"`),
    ...(found.milestone && created.milestone?.id !== found.milestone.id
      ? [`the milestone "${found.milestone.title}"`]
      : []),
  ].map((what) => `GitLab left out ${what}: the account may not set it (the role Planner may).`);
  const unassigned = found.assignees
    .filter(({ id }) => !assigned.includes(id))
    .map(
      ({ username }) => `GitLab did not assign ${username}${assigned.length > 0 ? ONE_ONLY : ''}.`,
    );
  return [
    ...unset,
    ...unassigned,
    ...(issue.weight !== undefined && created.weight !== issue.weight
      ? [`GitLab kept no weight of ${issue.weight}: its Free tier has none.`]
      : []),
    ...(issue.type === 'task' && created.issue_type && created.issue_type !== 'task'
      ? [`GitLab filed it as ${created.issue_type}, not as a task.`]
      : []),
  ];
}

const ONE_ONLY = '; its Free tier takes one person for each issue';
