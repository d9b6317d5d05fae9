/** Labels and milestones made in a repository, for a person who asked for them. */
import { type MadeName, TrackerError } from '../core/tracker.ts';
import { labelSchema, milestoneSchema, parseCreated } from './github-answers.ts';
import type { GitHubConnection } from './github-connection.ts';
import { readLabels, readMilestones } from './github-project.ts';
import { makeName } from './made-name.ts';

/** In the colour that GitHub gives. */
export async function createLabel(
  connection: GitHubConnection,
  project: string,
  name: string,
  signal: AbortSignal,
): Promise<MadeName> {
  const repository = await connection.open(project, signal);
  const { octokit, at } = repository;
  return makeName({
    ...{ tracker: 'github', project, name },
    async create() {
      const { data } = await explained(octokit.rest.issues.createLabel({ ...at, name }));
      parseCreated(labelSchema, data);
    },
    list: async () => (await readLabels(repository)).map((label) => ({ name: label })),
  });
}

export async function createMilestone(
  connection: GitHubConnection,
  project: string,
  title: string,
  signal: AbortSignal,
): Promise<MadeName> {
  const repository = await connection.open(project, signal);
  const { octokit, at } = repository;
  return makeName({
    ...{ tracker: 'github', project, name: title },
    async create() {
      const { data } = await explained(octokit.rest.issues.createMilestone({ ...at, title }));
      parseCreated(milestoneSchema, data);
    },
    async list() {
      const milestones = await readMilestones(repository, 'all');
      return milestones.map((one) => ({ name: one.title, isClosed: one.state === 'closed' }));
    },
  });
}

/** Accounts that may read there and not write are told that nothing is there. */
async function explained<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TrackerError) || error.kind !== 'not-found') throw error;
    const message = `${error.message} Labels and milestones are made by accounts with the role Write.`;
    throw new TrackerError('github', 'not-found', message, { cause: error });
  }
}
