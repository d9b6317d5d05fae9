/** Labels and milestones that are made in the stand-in GitHub. */
import { z } from 'zod';
import {
  forbidden,
  type GitHubRequest,
  needPermission,
  notFound,
  openProject,
  Refused,
  type Reply,
  readBody,
  roleIn,
} from './github-routing.ts';

const MAX_LABEL = 50;

const labelBody = z.strictObject({
  name: z.string(),
  color: z
    .string()
    .regex(/^[0-9a-f]{6}$/i)
    .optional(),
  description: z.string().max(100).optional(),
});
const milestoneBody = z.strictObject({
  title: z.string(),
  state: z.enum(['open', 'closed']).optional(),
  description: z.string().optional(),
});

/** Whoever may only read, or triage, is told that nothing is there. */
function openForWriting(request: GitHubRequest) {
  const project = openProject(request);
  needPermission(request, 'issues', 'write');
  if (roleIn(request, project) !== 'write') throw notFound();
  if (project.isArchived) throw forbidden('Repository was archived so is read-only.');
  return project;
}

function invalid(resource: string, field: string, code: string, message?: string) {
  const errors = [{ resource, field, code, ...(message && { message }) }];
  return new Refused(422, { message: 'Validation Failed', errors, status: '422' });
}

export function createLabel(request: GitHubRequest): Reply {
  const { labels } = openForWriting(request);
  const { name, color = 'ededed' } = readBody(request, labelBody);
  if (name.trim() === '') throw invalid('Label', 'name', 'missing_field');
  if ([...name].length > MAX_LABEL) {
    throw invalid('Label', 'name', 'custom', 'name is too long (maximum is 50 characters)');
  }
  if (labels.some((label) => label.toLowerCase() === name.toLowerCase())) {
    throw invalid('Label', 'name', 'already_exists');
  }
  labels.push(name);
  return { status: 201, body: { id: request.world.nextId(), name, color, default: false } };
}

export function createMilestone(request: GitHubRequest): Reply {
  const { milestones } = openForWriting(request);
  const { title, state = 'open' } = readBody(request, milestoneBody);
  if (title.trim() === '') throw invalid('Milestone', 'title', 'missing_field');
  if (milestones.some((one) => one.title === title)) {
    throw invalid('Milestone', 'title', 'already_exists');
  }
  const milestone = { number: milestones.length + 1, title, state };
  milestones.push(milestone);
  return { status: 201, body: milestone };
}
