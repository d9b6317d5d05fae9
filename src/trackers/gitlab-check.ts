/** Whether a token works and may file, and if not, which scope or role is missing. */
import { PersonalAccessTokens } from '@gitbeaker/rest';
import type { ConnectionCheck } from '../core/provider.ts';
import { TrackerError } from '../core/tracker.ts';
import { type GitLabProject, parseAnswer, tokenSchema } from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';
import { findProject } from './gitlab-project.ts';

/** GitLab's access levels by number. */
const GUEST = 10;
const PLANNER = 15;

export async function checkConnection(
  connection: GitLabConnection,
  readUsername: () => Promise<string>,
  project: string | undefined,
): Promise<ConnectionCheck> {
  try {
    const problem = await findTokenProblem(connection);
    if (problem) return { ok: false, message: problem };
    const account = `@${await readUsername()} at ${connection.host}`;
    if (project === undefined) return { ok: true, message: `The token is of ${account}.` };
    return checkProject(account, project, await findProject(connection, project));
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    return { ok: false, message: error.message };
  }
}

async function findTokenProblem(connection: GitLabConnection): Promise<string | undefined> {
  const answer = await readToken(connection);
  if (answer === undefined) return undefined;
  const { scopes, active } = parseAnswer(tokenSchema, answer);
  if (active === false) return 'The GitLab token is expired or revoked; set a new one.';
  if (scopes.includes('api')) return undefined;
  return `The GitLab token lacks the scope api; it has ${scopes.join(', ') || 'none'}.`;
}

/** Nothing when it is no access token but one of an OAuth login, which GitLab does not describe here. */
async function readToken(connection: GitLabConnection): Promise<unknown> {
  try {
    return await connection.use(PersonalAccessTokens).show();
  } catch (error) {
    const isNone = error instanceof TrackerError && ['not-found', 'refused'].includes(error.kind);
    if (isNone) return undefined;
    throw error;
  }
}

function checkProject(
  account: string,
  path: string,
  project: GitLabProject | undefined,
): ConnectionCheck {
  const wrong = (message: string) => ({ ok: false as const, message });
  if (!project) return wrong(`There is no ${path}, or ${account} is no member: add it as Planner.`);
  if (project.archived) return wrong(`${path} is archived; GitLab takes no issues there.`);
  if (project.issues_enabled === false) {
    return wrong(`${path} has its issues switched off (Settings, General, Visibility).`);
  }
  const level = levelOf(project);
  if (level >= PLANNER) return { ok: true, message: `Issues go to ${path}, filed by ${account}.` };
  if (level < GUEST && project.visibility === 'private') {
    return wrong(`${account} may not file in ${path}: give it the role Planner or more.`);
  }
  const less = 'cannot set labels, milestones or people there: give it the role Planner or more.';
  return { ok: true, message: `Issues go to ${path}, but ${account} ${less}` };
}

function levelOf({ permissions }: GitLabProject): number {
  const { project_access: own, group_access: inherited } = permissions ?? {};
  return Math.max(own?.access_level ?? 0, inherited?.access_level ?? 0);
}
