/** Labels and milestones that are made in the stand-in GitLab. */
import { z } from 'zod';
import { toLabel, toMilestone } from './gitlab-answers.ts';
import {
  forbidden,
  type GitLabRequest,
  invalid,
  mayPlan,
  openProject,
  Refused,
  type Reply,
  readBody,
} from './gitlab-routing.ts';
import type { FakeMilestone } from './gitlab-world.ts';

const labelSchema = z.strictObject({
  name: z.string(),
  color: z.string().regex(/^#[0-9a-f]{6}$/i),
  description: z.string().optional(),
});
const milestoneSchema = z.strictObject({ title: z.string(), description: z.string().optional() });

function openForPlanning(request: GitLabRequest) {
  const project = openProject(request);
  if (project.archived || !mayPlan(request, project)) throw forbidden();
  return project;
}

/** Those of its groups count as there. */
export function createLabel(request: GitLabRequest): Reply {
  const { labels } = openForPlanning(request);
  const { name } = readBody(request, labelSchema);
  if (labels.some((label) => label.name === name)) {
    throw new Refused(409, { message: 'Label already exists' });
  }
  if (name.trim() === '') throw invalid({ title: ["can't be blank"] });
  if (name.includes(',')) throw invalid({ title: ['is invalid'] });
  const label = { id: request.world.nextId(), name, isProjectLabel: true };
  labels.push(label);
  return { status: 201, body: toLabel(label) };
}

export function createMilestone(request: GitLabRequest): Reply {
  const { milestones } = openForPlanning(request);
  const { title } = readBody(request, milestoneSchema);
  if (milestones.some((one) => one.title === title)) {
    const problem = '{:title=>["has already been taken"]}';
    throw new Refused(400, { message: `Failed to create milestone ${problem}` });
  }
  const milestone: FakeMilestone = { id: request.world.nextId(), title, state: 'active' };
  milestones.push(milestone);
  return { status: 201, body: toMilestone(milestone) };
}
