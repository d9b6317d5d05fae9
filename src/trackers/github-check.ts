/** Whether a token or an App works and may file, and if not, which permission or scope is missing. */
import type { ConnectionCheck } from '../core/provider.ts';
import { TrackerError } from '../core/tracker.ts';
import {
  appSchema,
  type GitHubRepository,
  installationSchema,
  parseAnswer,
  personSchema,
} from './github-answers.ts';
import type { GitHubConnection } from './github-connection.ts';
import { unless } from './github-issue.ts';
import { findRepository } from './github-project.ts';

/** A problem, or `undefined`. */
type Problem = string | undefined;

export async function checkConnection(
  connection: GitHubConnection,
  project: string | undefined,
): Promise<ConnectionCheck> {
  try {
    return connection.auth.kind === 'app'
      ? await checkApp(connection, project)
      : await checkToken(connection, project);
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    return { ok: false, message: error.message };
  }
}

const wrong = (message: string): ConnectionCheck => ({ ok: false, message });

// --- A token -------------------------------------------------------------------------------------

async function checkToken(
  connection: GitHubConnection,
  project: string | undefined,
): Promise<ConnectionCheck> {
  const { data, headers } = await connection.account.rest.users.getAuthenticated();
  const account = `@${parseAnswer(personSchema, data).login} at ${connection.host}`;
  const scopes = readScopes(headers['x-oauth-scopes']);
  if (scopes && !scopes.includes('repo') && !scopes.includes('public_repo')) {
    return wrong(
      `The token of ${account} lacks the scope repo (public_repo is enough for public repositories); it has ${scopes.join(', ') || 'none'}.`,
    );
  }
  if (project === undefined) return { ok: true, message: `The token is of ${account}.` };
  const repository = await findRepository(connection, project);
  if (!repository) {
    return wrong(
      `There is no ${project}, or the token of ${account} may not see it: a fine-grained token must name the repository and have Issues: write; a classic one needs the scope repo.`,
    );
  }
  if (scopes && repository.private && !scopes.includes('repo')) {
    return wrong(`${project} is private: the token of ${account} needs the scope repo.`);
  }
  const problem = findClosed(project, repository) ?? (await findRefusal(connection, project));
  return problem ? wrong(problem) : { ok: true, message: toSuccess(project, account, repository) };
}

/** Fine-grained tokens have no scopes. */
function readScopes(header: unknown): string[] | undefined {
  if (typeof header !== 'string') return undefined;
  return header.split(/,\s*/).filter(Boolean);
}

function findClosed(project: string, { archived, has_issues: issues }: GitHubRepository): Problem {
  if (archived) return `${project} is archived; GitHub takes no issues there.`;
  if (issues === false) return `${project} has its issues switched off (Settings, Features).`;
  return undefined;
}

/** An issue without a title is none: GitHub answers 422 to whoever might file it, and 403 with what is missing. */
async function findRefusal(connection: GitHubConnection, project: string): Promise<Problem> {
  const { octokit, at } = await connection.open(project);
  try {
    await octokit.request('POST /repos/{owner}/{repo}/issues', { ...at, title: '' });
  } catch (error) {
    const isInvalid = statusOf(error) === 422;
    if (error instanceof TrackerError && !isInvalid) return error.message;
    if (!isInvalid) throw error;
  }
  return undefined;
}

function statusOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'status' in cause ? cause.status : undefined;
}

function toSuccess(project: string, account: string, { permissions }: GitHubRepository): string {
  const mayLabel = !permissions || permissions.triage || permissions.push;
  if (mayLabel) return `Issues go to ${project}, filed by ${account}.`;
  return `Issues go to ${project}, but ${account} cannot set labels, milestones or people there: give it the role Triage or more.`;
}

// --- An App --------------------------------------------------------------------------------------

async function checkApp(
  { account, host }: GitHubConnection,
  project: string | undefined,
): Promise<ConnectionCheck> {
  const { data } = await account.rest.apps.getAuthenticated();
  const { name } = parseAnswer(appSchema, data);
  const app = `the App ${name} at ${host}`;
  if (project === undefined) return { ok: true, message: `It is ${app}.` };
  const [owner = '', repo = ''] = project.split('/');
  const found = account.rest.apps.getRepoInstallation({ owner, repo });
  const answer = await unless(['not-found'], found);
  if (!answer) return wrong(`There is no ${project}, or ${app} is not installed on it.`);
  const { permissions } = parseAnswer(installationSchema, answer.data);
  const missing = [
    ...(permissions.issues === 'write' ? [] : ['Issues: write']),
    ...(permissions.metadata ? [] : ['Metadata: read']),
  ];
  if (missing.length > 0) return wrong(`${capitalise(app)} lacks ${missing.join(' and ')}.`);
  const more = permissions.contents ? '' : ' Without Contents: read it sees no templates or files.';
  return { ok: true, message: `Issues go to ${project}, filed by ${app}.${more}` };
}

const capitalise = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
