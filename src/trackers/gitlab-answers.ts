/** The parts of GitLab's answers that are read, checked once: servers differ by version and tier. */
import { z } from 'zod';
import { TrackerError } from '../core/tracker.ts';

const userSchema = z.object({ id: z.int(), username: z.string() });

export const issueSchema = z.object({
  iid: z.int(),
  project_id: z.int(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.string(),
  web_url: z.url(),
  created_at: z.string(),
  updated_at: z.string().nullish(),
  closed_at: z.string().nullish(),
  labels: z.array(z.string()),
  assignees: z.array(userSchema).nullish(),
  milestone: z.object({ id: z.int(), title: z.string() }).nullish(),
  /** Absent where the tier keeps none. */
  weight: z.int().nullish(),
  issue_type: z.string().nullish(),
});
export type GitLabIssue = z.infer<typeof issueSchema>;

export const mergeRequestSchema = z.object({
  iid: z.int(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.string(),
  web_url: z.string(),
  updated_at: z.string(),
  /** `3`, `1000+`; only of a single one. */
  changes_count: z.string().nullish(),
});
export type GitLabMergeRequest = z.infer<typeof mergeRequestSchema>;
export const diffSchema = z.object({ new_path: z.string() });

export const noteSchema = z.object({
  id: z.int(),
  body: z.string(),
  author: userSchema,
});

export const projectSchema = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
  name_with_namespace: z.string(),
  web_url: z.url(),
  visibility: z.enum(['public', 'internal', 'private']),
  archived: z.boolean().nullish(),
  issues_enabled: z.boolean().nullish(),
  permissions: z
    .object({
      project_access: z.object({ access_level: z.int() }).nullish(),
      group_access: z.object({ access_level: z.int() }).nullish(),
    })
    .nullish(),
});
export type GitLabProject = z.infer<typeof projectSchema>;

export const currentUserSchema = userSchema;
export const labelSchema = z.object({ name: z.string() });
export const milestoneSchema = z.object({
  id: z.int(),
  title: z.string(),
  state: z.string().nullish(),
});
export const memberSchema = userSchema.extend({ name: z.string(), state: z.string() });
export const linkSchema = z.object({ iid: z.int(), project_id: z.int() });
export const templateKeySchema = z.object({ key: z.string(), name: z.string() });
export const templateSchema = z.object({ name: z.string(), content: z.string() });
export const treeEntrySchema = z.object({ path: z.string(), type: z.string() });
export const fileSchema = z.object({ encoding: z.string(), content: z.string() });
export const blobSchema = z.object({ path: z.string(), data: z.string() });
export const uploadSchema = z.object({ markdown: z.string() });
export const tokenSchema = z.object({ scopes: z.array(z.string()), active: z.boolean().nullish() });

/** Throws `TrackerError` `unreachable` for an answer of another shape. */
export function parseAnswer<Shape extends z.ZodType>(
  shape: Shape,
  answer: unknown,
): z.infer<Shape> {
  return parseAs('unreachable', shape, answer);
}

/** For what may have been created: throws `TrackerError` `ambiguous`. */
export function parseCreated<Shape extends z.ZodType>(
  shape: Shape,
  answer: unknown,
): z.infer<Shape> {
  return parseAs('ambiguous', shape, answer);
}

function parseAs<Shape extends z.ZodType>(
  kind: 'unreachable' | 'ambiguous',
  shape: Shape,
  answer: unknown,
): z.infer<Shape> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const message = 'What answered is not GitLab, or one of another version; check its address.';
  throw new TrackerError('gitlab', kind, message, { cause: parsed.error });
}
