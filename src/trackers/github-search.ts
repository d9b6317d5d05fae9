/** Finding issues: ours by its marker, and those that resemble a text. */
import type { CreatedIssue, IssueSummary } from '../core/tracker.ts';
import { type GitHubIssue, issueSchema, parseAnswer } from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { readProjectId, toCreated, unless } from './github-issue.ts';
import { toSummary } from './github-thread.ts';
import { chooseWords, scoreOf } from './likeness.ts';

/** How far GitHub's clock may be behind ours, in milliseconds. */
const CLOCK_SLACK_MS = 30_000;
const PAGE = 100;
/** An issue closed longer ago is no duplicate any more, in milliseconds. */
const CLOSED_LATELY_MS = 90 * 24 * 60 * 60 * 1_000;

/** The list is read from GitHub's database, unlike its search, which lags. */
export async function findIssueByMarker(
  connection: GitHubConnection,
  wanted: { project: string; marker: string; since: string },
  signal: AbortSignal,
): Promise<CreatedIssue | undefined> {
  const { project, marker } = wanted;
  const repository = await connection.open(project, signal);
  const creator = await connection.self(signal);
  const since = new Date(Date.parse(wanted.since) - CLOCK_SLACK_MS);
  for await (const issues of listOwnSince(repository, creator, since)) {
    const found = issues.find(
      ({ user, body }) => isSame(user?.login, creator) && body?.includes(marker),
    );
    if (found) return toCreated(connection, project, await readProjectId(repository), found);
  }
  return undefined;
}

/** The newest first; `since` of GitHub's list is about changes, so older issues end it here. */
async function* listOwnSince(
  { octokit, at }: OpenRepository,
  creator: string,
  since: Date,
): AsyncIterable<GitHubIssue[]> {
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, {
    ...at,
    creator,
    since: since.toISOString(),
    state: 'all',
    sort: 'created',
    direction: 'desc',
    per_page: PAGE,
  });
  for await (const { data } of pages) {
    const issues = parseAnswer(issueSchema.array(), data);
    const recent = issues.filter((issue) => Date.parse(issue.created_at) >= since.getTime());
    yield recent;
    if (recent.length < issues.length) return;
  }
}

const isSame = (one = '', other: string) => one.toLowerCase() === other.toLowerCase();

/** Of what GitHub's search finds and of the latest, which its index may not have yet. */
export async function searchIssues(
  connection: GitHubConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<IssueSummary[]> {
  const words = chooseWords(text);
  if (words.length === 0) return [];
  const repository = await connection.open(project, signal);
  const [latest, found] = await Promise.all([
    listLatest(repository),
    searchWords(repository, project, words, 'issue'),
  ]);
  const indexed = parseAnswer(issueSchema.array(), found);
  const issues = new Map([...indexed, ...latest].map((issue) => [issue.number, issue]));
  return [...issues.values()]
    .filter((issue) => !issue.pull_request && isCurrent(issue))
    .map((issue) => ({ issue, points: scoreOf(issue.title, issue.body ?? '', words) }))
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points || compare(one.issue, other.issue))
    .slice(0, limit)
    .map(({ issue }) => toSummary(project, issue));
}

async function listLatest({ octokit, at }: OpenRepository): Promise<GitHubIssue[]> {
  const { data } = await octokit.rest.issues.listForRepo({
    ...at,
    state: 'all',
    sort: 'updated',
    direction: 'desc',
    per_page: PAGE,
  });
  return parseAnswer(issueSchema.array(), data);
}

/**
 * One of the words is enough. Five of them are within the 256 characters that GitHub takes. Nothing
 * where its search is not to be had: it has limits of its own.
 */
export async function searchWords(
  { octokit, at: { request } }: OpenRepository,
  project: string,
  words: string[],
  kind: 'issue' | 'pull-request',
): Promise<unknown[]> {
  const terms = words.map((word) => `"${word}"`).join(' OR ');
  const search = octokit.rest.search.issuesAndPullRequests({
    q: `${terms} repo:${project} is:${kind}`,
    per_page: PAGE,
    advanced_search: 'true',
    request,
  });
  return (await unless(['refused', 'rate-limited', 'unreachable'], search))?.data.items ?? [];
}

function isCurrent({ state, closed_at: closedAt }: GitHubIssue): boolean {
  return state !== 'closed' || !closedAt || Date.now() - Date.parse(closedAt) < CLOSED_LATELY_MS;
}

/** Open ones first, then the newest. */
function compare(one: GitHubIssue, other: GitHubIssue): number {
  const closed = Number(one.state === 'closed') - Number(other.state === 'closed');
  return closed || other.number - one.number;
}
