/** The parts of GitHub's answers that are used. */
import { z } from 'zod';
import { TrackerError } from '../core/tracker.ts';

/** Deleted accounts come as `null`. */
const userSchema = z.object({ login: z.string() });

export const issueSchema = z.object({
  /** Of the database: what sub-issues are linked by. */
  id: z.int(),
  number: z.int(),
  title: z.string(),
  html_url: z.url(),
  state: z.enum(['open', 'closed']),
  body: z.string().nullish(),
  user: userSchema.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  closed_at: z.string().nullish(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  assignees: z.array(userSchema).nullish(),
  milestone: z.object({ number: z.int(), title: z.string() }).nullish(),
  /** Absent where the organisation has no types. */
  type: z.object({ name: z.string() }).nullish(),
  /** Pull requests come in the lists of issues. */
  pull_request: z.unknown().optional(),
});
export type GitHubIssue = z.infer<typeof issueSchema>;

export const repositorySchema = z.object({
  id: z.int(),
  full_name: z.string(),
  html_url: z.url(),
  private: z.boolean(),
  default_branch: z.string().nullish(),
  archived: z.boolean().nullish(),
  has_issues: z.boolean().nullish(),
  permissions: z.object({ triage: z.boolean().nullish(), push: z.boolean().nullish() }).nullish(),
});
export type GitHubRepository = z.infer<typeof repositorySchema>;

export const commentSchema = z.object({
  html_url: z.string(),
  body: z.string().nullish(),
  user: userSchema.nullish(),
});

export const entrySchema = z.object({ path: z.string(), name: z.string(), type: z.string() });
/** `content` is absent for folders and submodules; `encoding` is `none` above a megabyte. */
export const fileSchema = z.object({
  type: z.literal('file'),
  encoding: z.string(),
  content: z.string(),
});
export const labelSchema = z.object({ name: z.string() });
export const milestoneSchema = z.object({
  number: z.int(),
  title: z.string(),
  state: z.string().nullish(),
});
export const typeSchema = z.object({ name: z.string(), is_enabled: z.boolean().nullish() });
export const personSchema = userSchema;
export const installationSchema = z.object({
  id: z.int(),
  permissions: z.record(z.string(), z.string()),
});
export const appSchema = z.object({ slug: z.string(), name: z.string() });
/** As a pull request, and as the search lists one among issues. */
export const pullSchema = z.object({
  number: z.int(),
  title: z.string(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  body: z.string().nullish(),
  updated_at: z.string(),
  merged_at: z.string().nullish(),
  pull_request: z.object({ merged_at: z.string().nullish() }).nullish(),
});
export type GitHubPull = z.infer<typeof pullSchema>;

export const changedFileSchema = z.object({ filename: z.string() });
export const codeMatchSchema = z.object({
  path: z.string(),
  text_matches: z.array(z.object({ fragment: z.string() })).nullish(),
});

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
  const message = 'What answered is not GitHub, or one of another version; check its address.';
  throw new TrackerError('github', kind, message, { cause: parsed.error });
}
