/** Reading a repository's pull requests. */
import type { PullRequest, PullRequestSummary } from '../core/tracker.ts';
import { changedFileSchema, type GitHubPull, parseAnswer, pullSchema } from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { unless } from './github-issue.ts';
import { searchWords } from './github-search.ts';
import { chooseWords, scoreOf } from './likeness.ts';
import { cutDescription, MAX_CHANGED_FILES } from './pull-request.ts';

const PAGE = 100;

/** Of what GitHub's search finds and of the latest, which its index may not have yet. */
export async function searchPullRequests(
  connection: GitHubConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<PullRequestSummary[]> {
  const words = chooseWords(text);
  const repository = await connection.open(project, signal);
  const [latest, found] = await Promise.all([
    listLatest(repository),
    words.length > 0 ? searchWords(repository, project, words, 'pull-request') : [],
  ]);
  const indexed = parseAnswer(pullSchema.array(), found).filter((one) => one.pull_request);
  const pulls = new Map([...indexed, ...latest].map((pull) => [pull.number, pull]));
  return [...pulls.values()]
    .map((pull) => ({ pull, points: scoreOf(pull.title, pull.body ?? '', words) }))
    .filter(({ points }) => words.length === 0 || points > 0)
    .sort((one, other) => other.points - one.points || compare(one.pull, other.pull))
    .slice(0, limit)
    .map(({ pull }) => toSummary(pull));
}

async function listLatest({ octokit, at }: OpenRepository): Promise<GitHubPull[]> {
  const { data } = await octokit.rest.pulls.list({
    ...at,
    state: 'all',
    sort: 'updated',
    direction: 'desc',
    per_page: PAGE,
  });
  return parseAnswer(pullSchema.array(), data);
}

/** The last changed first. */
function compare(one: GitHubPull, other: GitHubPull): number {
  return Date.parse(other.updated_at) - Date.parse(one.updated_at) || other.number - one.number;
}

function toSummary(pull: GitHubPull): PullRequestSummary {
  const { number, title, html_url: url, updated_at: updatedAt } = pull;
  const isMerged = Boolean(pull.merged_at ?? pull.pull_request?.merged_at);
  return {
    ...{ number: String(number), title, url, updatedAt },
    state: isMerged ? 'merged' : pull.state,
  };
}

export async function getPullRequest(
  connection: GitHubConnection,
  project: string,
  number: string,
  signal: AbortSignal,
): Promise<PullRequest | undefined> {
  const { octokit, at } = await connection.open(project, signal);
  const named = { ...at, pull_number: Number(number) };
  const answer = await unless(['not-found'], octokit.rest.pulls.get(named));
  if (!answer) return undefined;
  const pull = parseAnswer(pullSchema, answer.data);
  const { data } = await octokit.rest.pulls.listFiles({ ...named, per_page: MAX_CHANGED_FILES });
  const files = parseAnswer(changedFileSchema.array(), data).map(({ filename }) => filename);
  return {
    ...toSummary(pull),
    description: cutDescription(pull.body ?? ''),
    files,
    moreFiles: answer.data.changed_files > files.length,
  };
}
