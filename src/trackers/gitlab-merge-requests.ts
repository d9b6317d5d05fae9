/** Reading a project's merge requests. */
import { MergeRequests } from '@gitbeaker/rest';
import { z } from 'zod';
import type { PullRequest, PullRequestSummary } from '../core/tracker.ts';
import {
  diffSchema,
  type GitLabMergeRequest,
  mergeRequestSchema,
  parseAnswer,
} from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';
import { unlessMissing } from './gitlab-repository.ts';
import { chooseWords, scoreOf } from './likeness.ts';
import { cutDescription, MAX_CHANGED_FILES } from './pull-request.ts';

const MATCHES_PER_WORD = 30;

/** GitLab finds only what has every word, so each word is asked for alone. */
export async function searchMergeRequests(
  connection: GitLabConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<PullRequestSummary[]> {
  const words = chooseWords(text);
  const searches = words.length > 0 ? words : [undefined];
  const found = await Promise.all(searches.map((word) => list(connection, project, word, signal)));
  const requests = new Map(found.flat().map((request) => [request.iid, request]));
  return [...requests.values()]
    .map((request) => ({
      request,
      points: scoreOf(request.title, request.description ?? '', words),
    }))
    .sort((one, other) => other.points - one.points || compare(one.request, other.request))
    .slice(0, limit)
    .map(({ request }) => toSummary(request));
}

async function list(
  connection: GitLabConnection,
  projectId: string,
  search: string | undefined,
  signal: AbortSignal,
): Promise<GitLabMergeRequest[]> {
  const answer = await connection.use(MergeRequests, signal).all({
    projectId,
    ...(search !== undefined && { search, in: 'title,description' }),
    scope: 'all',
    orderBy: 'updated_at',
    sort: 'desc',
    perPage: MATCHES_PER_WORD,
    maxPages: 1,
  });
  return parseAnswer(z.array(mergeRequestSchema), answer);
}

/** The last changed first. */
function compare(one: GitLabMergeRequest, other: GitLabMergeRequest): number {
  return Date.parse(other.updated_at) - Date.parse(one.updated_at) || other.iid - one.iid;
}

/** One that is locked is being merged. */
function toSummary(request: GitLabMergeRequest): PullRequestSummary {
  const { iid, title, web_url: url, state, updated_at: updatedAt } = request;
  const isEnded = state === 'merged' || state === 'closed';
  return { number: String(iid), title, url, updatedAt, state: isEnded ? state : 'open' };
}

export async function getMergeRequest(
  connection: GitLabConnection,
  project: string,
  number: string,
  signal: AbortSignal,
): Promise<PullRequest | undefined> {
  const resource = connection.use(MergeRequests, signal);
  const answer = await unlessMissing(resource.show(project, Number(number)));
  if (answer === undefined) return undefined;
  const request = parseAnswer(mergeRequestSchema, answer);
  const options = { perPage: MAX_CHANGED_FILES, maxPages: 1 };
  const diffs = await resource.allDiffs(project, Number(number), options);
  const files = parseAnswer(z.array(diffSchema), diffs).map((diff) => diff.new_path);
  return {
    ...toSummary(request),
    description: cutDescription(request.description ?? ''),
    files,
    moreFiles: Number.parseInt(request.changes_count ?? '', 10) > files.length,
  };
}
