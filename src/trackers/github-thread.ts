/** What happens to an issue after it was created: comments, the rest of a long text, its epic. */
import {
  type CreatedIssue,
  type IssueSummary,
  type NewIssue,
  TrackerError,
} from '../core/tracker.ts';
import {
  commentSchema,
  type GitHubIssue,
  issueSchema,
  parseAnswer,
  parseCreated,
} from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { unless } from './github-issue.ts';

const PAGE = 100;

export async function getIssue(
  connection: GitHubConnection,
  project: string,
  number: string,
  signal: AbortSignal,
): Promise<IssueSummary | undefined> {
  const repository = await connection.open(project, signal);
  const issue = await findIssue(repository, number);
  return issue && toSummary(project, issue);
}

/** A deleted issue is answered 410, as a refusal; a pull request is none. */
async function findIssue({ octokit, at }: OpenRepository, number: string) {
  const read = octokit.rest.issues.get({ ...at, issue_number: Number(number) });
  const answer = await unless(['not-found', 'refused'], read);
  const issue = answer && parseAnswer(issueSchema, answer.data);
  return issue?.pull_request ? undefined : issue;
}

export function toSummary(project: string, issue: GitHubIssue): IssueSummary {
  const { number, title, html_url: url, state, updated_at: updatedAt } = issue;
  return { project, number: String(number), title, url, state, updatedAt };
}

/** Resolves with the comment's address. */
export async function comment(
  connection: GitHubConnection,
  project: string,
  number: string,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  return addComment(await connection.open(project, signal), number, body);
}

async function addComment({ octokit, at }: OpenRepository, number: string, body: string) {
  const issue = { ...at, issue_number: Number(number) };
  const { data } = await octokit.rest.issues.createComment({ ...issue, body });
  return parseCreated(commentSchema, data).html_url;
}

/** Throws while GitHub cannot be asked; what it refuses is a sentence. */
export async function finishIssue(
  connection: GitHubConnection,
  issue: NewIssue,
  created: CreatedIssue,
  signal: AbortSignal,
): Promise<string[]> {
  const { rest, parent, project } = issue;
  if (rest.length === 0 && parent === undefined) return [];
  const repository = await connection.open(project, signal);
  const undone: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TrackerError) || !isCertain(error)) throw error;
      undone.push(`${what}: ${error.message}`);
    }
  };
  if (rest.length > 0) {
    const what = issue.body === '' ? 'It' : 'The rest of the text';
    await attempt(`${what} could not be added`, async () =>
      addRest(repository, await connection.self(signal), issue, created),
    );
  }
  if (parent !== undefined) {
    await attempt(`It could not be made a sub-issue of #${parent}`, () =>
      linkTo(repository, parent, created),
    );
  }
  return undone;
}

function isCertain({ kind }: TrackerError): boolean {
  return kind === 'refused' || kind === 'unauthorised' || kind === 'not-found';
}

/** Each part carries a marker of its own; one of ours that is there already is not added again. */
async function addRest(
  repository: OpenRepository,
  self: string,
  { rest, marker }: NewIssue,
  { number }: CreatedIssue,
): Promise<void> {
  const there = await readOwnComments(repository, self, number);
  for (const [index, text] of rest.entries()) {
    const hidden = `<!-- ${marker} part ${index + 2} -->`;
    if (there.some((body) => body.includes(hidden))) continue;
    await addComment(repository, number, `${text}\n\n${hidden}`);
  }
}

/** The texts of our own account's comments. */
async function readOwnComments(
  { octokit, at }: OpenRepository,
  self: string,
  number: string,
): Promise<string[]> {
  const issue = { ...at, issue_number: Number(number), per_page: PAGE };
  const comments = await octokit.paginate(octokit.rest.issues.listComments, issue);
  return parseAnswer(commentSchema.array(), comments)
    .filter(({ user }) => user?.login.toLowerCase() === self.toLowerCase())
    .map(({ body }) => body ?? '');
}

export async function hasComment(
  connection: GitHubConnection,
  { project, number }: { project: string; number: string },
  marker: string,
  signal: AbortSignal,
): Promise<boolean> {
  const repository = await connection.open(project, signal);
  const comments = await readOwnComments(repository, await connection.self(signal), number);
  return comments.some((body) => body.includes(marker));
}

/** GitHub links by the child's id in its database. An issue that has its parent already is left alone. */
async function linkTo(
  repository: OpenRepository,
  parent: string,
  { number }: CreatedIssue,
): Promise<void> {
  const { octokit, at } = repository;
  const child = { ...at, issue_number: Number(number) };
  const known = await unless(['not-found'], octokit.rest.issues.getParent(child));
  if (known && parseAnswer(issueSchema, known.data).number === Number(parent)) return;
  const { data } = await octokit.rest.issues.get(child);
  const { id } = parseAnswer(issueSchema, data);
  await octokit.rest.issues.addSubIssue({
    ...at,
    issue_number: Number(parent),
    sub_issue_id: id,
  });
}
