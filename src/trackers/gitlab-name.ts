/** Labels and milestones made in a GitLab project, for a person who asked for them. */
import { ProjectLabels, ProjectMilestones } from '@gitbeaker/rest';
import { z } from 'zod';
import type { MadeName } from '../core/tracker.ts';
import { labelSchema, milestoneSchema, parseAnswer, parseCreated } from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';
import { makeName } from './made-name.ts';

/** GitLab asks for one; this is what its own page begins with. */
const COLOUR = '#6699cc';
const PAGE = 100;

export async function createLabel(
  connection: GitLabConnection,
  project: string,
  name: string,
  signal: AbortSignal,
): Promise<MadeName> {
  const labels = connection.use(ProjectLabels, signal);
  return makeName({
    ...{ tracker: 'gitlab', project, name },
    create: async () => parseCreated(labelSchema, await labels.create(project, name, COLOUR)),
    list: async () =>
      parseAnswer(z.array(labelSchema), await labels.all(project, { perPage: PAGE })),
  });
}

/** One of its groups with that title is in its way as well. */
export async function createMilestone(
  connection: GitLabConnection,
  project: string,
  title: string,
  signal: AbortSignal,
): Promise<MadeName> {
  const milestones = connection.use(ProjectMilestones, signal);
  return makeName({
    ...{ tracker: 'gitlab', project, name: title },
    create: async () => parseCreated(milestoneSchema, await milestones.create(project, title)),
    async list() {
      const options = { search: title, includeParentMilestones: true, perPage: PAGE };
      const found = parseAnswer(z.array(milestoneSchema), await milestones.all(project, options));
      return found.map((one) => ({ name: one.title, isClosed: one.state === 'closed' }));
    },
  });
}
