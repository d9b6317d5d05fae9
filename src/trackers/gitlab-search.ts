/** Finding issues: ours by its marker, and those that resemble a text. */
import { Issues } from '@gitbeaker/rest';
import { z } from 'zod';
import type { CreatedIssue, IssueSummary } from '../core/tracker.ts';
import { type GitLabIssue, issueSchema, parseAnswer } from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';
import { toCreated } from './gitlab-issue.ts';
import { toSummary } from './gitlab-thread.ts';
import { chooseWords, scoreOf } from './likeness.ts';

/** How far GitLab's clock may be behind ours, in milliseconds. */
const CLOCK_SLACK_MS = 30_000;
const PAGE = 100;
const MATCHES_PER_WORD = 30;
/** An issue closed longer ago is no duplicate any more, in milliseconds. */
const CLOSED_LATELY_MS = 90 * 24 * 60 * 60 * 1_000;

/** The list is read from GitLab's database, unlike its search, which may lag. */
export async function findIssueByMarker(
  connection: GitLabConnection,
  self: number,
  wanted: { project: string; marker: string; since: string },
  signal: AbortSignal,
): Promise<CreatedIssue | undefined> {
  const { project, marker, since } = wanted;
  const answer = await connection.use(Issues, signal).all({
    projectId: project,
    authorId: self,
    scope: 'all',
    createdAfter: new Date(Date.parse(since) - CLOCK_SLACK_MS).toISOString(),
    orderBy: 'created_at',
    sort: 'asc',
    perPage: PAGE,
  });
  const issues = parseAnswer(z.array(issueSchema), answer);
  const found = issues.find(({ description }) => description?.includes(marker));
  return found && toCreated(connection, project, found);
}

/** The likeliest first: by how many of the text's words an issue has, those in its title first. */
export async function searchIssues(
  connection: GitLabConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<IssueSummary[]> {
  const words = chooseWords(text);
  const found = await Promise.all(
    words.map((word) => searchWord(connection, project, word, signal)),
  );
  const issues = new Map(found.flat().map((issue) => [issue.iid, issue]));
  return [...issues.values()]
    .filter(isCurrent)
    .map((issue) => ({ issue, points: scoreOf(issue.title, issue.description ?? '', words) }))
    .sort((one, other) => other.points - one.points || compare(one.issue, other.issue))
    .slice(0, limit)
    .map(({ issue }) => toSummary(project, issue));
}

/** GitLab finds only what has every word, so each word is asked for alone. */
async function searchWord(
  connection: GitLabConnection,
  projectId: string,
  search: string,
  signal: AbortSignal,
): Promise<GitLabIssue[]> {
  const answer = await connection.use(Issues, signal).all({
    projectId,
    search,
    in: 'title,description',
    scope: 'all',
    orderBy: 'updated_at',
    sort: 'desc',
    perPage: MATCHES_PER_WORD,
    maxPages: 1,
  });
  return parseAnswer(z.array(issueSchema), answer);
}

function isCurrent({ state, closed_at: closedAt }: GitLabIssue): boolean {
  return state !== 'closed' || !closedAt || Date.now() - Date.parse(closedAt) < CLOSED_LATELY_MS;
}

/** Open ones first, then the newest. */
function compare(one: GitLabIssue, other: GitLabIssue): number {
  return Number(one.state === 'closed') - Number(other.state === 'closed') || other.iid - one.iid;
}
