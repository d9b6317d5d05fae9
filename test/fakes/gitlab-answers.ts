/** A stand-in GitLab's entities as JSON, held against the types that Gitbeaker's authors keep. */
import type {
  BlobSchema,
  ExpandedMergeRequestSchema,
  ExpandedUserSchema,
  IssueLinkSchema,
  IssueNoteSchema,
  IssueSchema,
  LabelSchema,
  MarkdownUploadCreatedSchema,
  MergeRequestDiffSchema,
  MergeRequestSchemaWithBasicLabels,
  MilestoneSchema,
  PersonalAccessTokenSchema,
  ProjectSchema,
  ProjectTemplateSchema,
  RepositoryFileExpandedSchema,
  RepositoryTreeSchema,
  SimpleMemberSchema,
} from '@gitbeaker/rest';
import type {
  FakeIssue,
  FakeLabel,
  FakeMember,
  FakeMergeRequest,
  FakeMilestone,
  FakeNote,
  FakeProject,
  FakeToken,
  FakeUser,
  World,
} from './gitlab-world.ts';

/** The fields an entity has of Gitbeaker's type, without its index signature; unknown fields do not compile. */
type Some<Schema> = {
  [Key in keyof Schema as string extends Key ? never : Key]?: Schema[Key] | null;
};

const CREATED = '2026-01-05T09:00:00.000Z';

export function toUser({ id, username, name }: FakeUser, root: string) {
  return { id, username, name, state: 'active', avatar_url: '', web_url: `${root}/${username}` };
}

export function toCurrentUser(user: FakeUser, root: string): Some<ExpandedUserSchema> {
  return { ...toUser(user, root), bot: true, created_at: CREATED, confirmed_at: CREATED };
}

export function toToken({ user, scopes, active }: FakeToken): Some<PersonalAccessTokenSchema> {
  const { id: user_id } = user;
  return { id: 1, name: 'tickets', revoked: false, created_at: CREATED, scopes, user_id, active };
}

export function toProject(
  project: FakeProject,
  member: FakeMember | undefined,
  root: string,
): Omit<Some<ProjectSchema>, 'permissions'> & { permissions: object } {
  const { id, path, visibility, archived } = project;
  const names = path.split('/');
  const access = member && { access_level: member.level, notification_level: 3 };
  return {
    id,
    name: names.at(-1) ?? '',
    path: names.at(-1) ?? '',
    name_with_namespace: names.join(' / '),
    path_with_namespace: path,
    web_url: `${root}/${path}`,
    default_branch: 'main',
    visibility,
    archived,
    issues_enabled: project.issuesEnabled,
    permissions: {
      project_access: member?.inherited ? null : (access ?? null),
      group_access: member?.inherited ? access : null,
    },
  };
}

export function toIssue(
  issue: FakeIssue,
  { id: project_id, path }: FakeProject,
  { tier }: World,
  root: string,
): Some<IssueSchema> & { issue_type: string } {
  const { id, iid, title, description, state, createdAt: created_at, milestone } = issue;
  return {
    id,
    iid,
    project_id,
    title,
    description,
    state,
    created_at,
    updated_at: issue.closedAt ?? created_at,
    closed_at: issue.closedAt ?? null,
    labels: issue.labels,
    milestone: milestone ? (toMilestone(milestone) as MilestoneSchema) : null,
    assignees: issue.assignees.map((user) => toUser(user, root)),
    author: toUser(issue.author, root),
    type: issue.type.toUpperCase(),
    issue_type: issue.type,
    confidential: issue.confidential,
    web_url: `${root}/${path}/-/issues/${iid}`,
    user_notes_count: issue.notes.length,
    ...(tier === 'premium' && { weight: issue.weight ?? null }),
  };
}

export function toNote(note: FakeNote, issue: FakeIssue, root: string): Some<IssueNoteSchema> {
  const { id, body, author, createdAt: created_at } = note;
  const noteable = { noteable_id: issue.id, noteable_iid: issue.iid };
  const shared = { system: false, resolvable: false, attachment: null };
  return {
    id,
    body,
    author: toUser(author, root),
    created_at,
    updated_at: created_at,
    ...shared,
    ...noteable,
    noteable_type: 'Issue',
  };
}

export function toLink(issue: FakeIssue, project: FakeProject): Some<IssueLinkSchema> {
  const { id, iid, title, state } = issue;
  return { id, iid, title, state, project_id: project.id, link_type: 'relates_to' };
}

export function toLabel({ id, name, isProjectLabel }: FakeLabel): Some<LabelSchema> {
  return { id, name, description: null, color: '#d9534f', is_project_label: isProjectLabel };
}

export function toMilestone({ id, title, state }: FakeMilestone): Some<MilestoneSchema> {
  return { id, iid: id, title, state, description: '', created_at: CREATED, expired: false };
}

export function toMember(member: FakeMember, root: string): Some<SimpleMemberSchema> {
  const { user, level, state = 'active' } = member;
  return { ...toUser(user, root), state, access_level: level };
}

export function toTemplateKey(key: string): { key: string; name: string } {
  return { key, name: key };
}

export function toTemplate(name: string, content: string): Some<ProjectTemplateSchema> {
  return { name, content };
}

export function toTreeEntry(path: string, type: 'tree' | 'blob'): Some<RepositoryTreeSchema> {
  return { id: 'a1', name: path.split('/').at(-1) ?? '', type, path, mode: '100644' };
}

export function toFile(path: string, content: string): Some<RepositoryFileExpandedSchema> {
  const bytes = Buffer.from(content);
  const name = path.split('/').at(-1) ?? '';
  return {
    file_name: name,
    file_path: path,
    size: bytes.length,
    encoding: 'base64',
    content: bytes.toString('base64'),
    ref: 'main',
  };
}

export function toBlob(path: string, data: string, project_id: number): Some<BlobSchema> {
  return { basename: path, data, path, filename: path, ref: 'main', startline: 1, project_id };
}

export function toUpload(filename: string, path: string): Some<MarkdownUploadCreatedSchema> {
  const alt = filename.replace(/\.[^.]*$/, '');
  const url = `/uploads/0123456789abcdef0123456789abcdef/${filename}`;
  return { id: 1, alt, url, full_path: `/${path}${url}`, markdown: `![${alt}](${url})` };
}

export function toMergeRequest(
  request: FakeMergeRequest,
  { id: projectId, path }: FakeProject,
  root: string,
) {
  const { id, iid, title, description, state, updatedAt } = request;
  return {
    ...{ id, iid, project_id: projectId, title, description, state },
    created_at: CREATED,
    updated_at: updatedAt,
    web_url: `${root}/${path}/-/merge_requests/${iid}`,
  } satisfies Some<MergeRequestSchemaWithBasicLabels>;
}

/** A single one tells how many files it changes. */
export function toSingleMergeRequest(...given: Parameters<typeof toMergeRequest>) {
  const [{ files }] = given;
  const changes_count = files.length > 1_000 ? '1000+' : String(files.length);
  return {
    ...toMergeRequest(...given),
    changes_count,
  } satisfies Some<ExpandedMergeRequestSchema>;
}

export function toDiff(path: string) {
  return {
    ...{ old_path: path, new_path: path, a_mode: '100644', b_mode: '100644', diff: '@@' },
    ...{ new_file: false, renamed_file: false, deleted_file: false },
  } satisfies Some<MergeRequestDiffSchema>;
}
