/** What a GitLab stand-in holds: accounts, tokens, projects and their issues. */

/** GitLab's access levels by name. */
export const LEVELS = { guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40 };

export interface FakeUser {
  id: number;
  username: string;
  name: string;
}

export interface FakeToken {
  value: string;
  kind: 'access' | 'oauth';
  user: FakeUser;
  scopes: string[];
  active: boolean;
}

export interface FakeNote {
  id: number;
  body: string;
  author: FakeUser;
  createdAt: string;
}

export interface FakeIssue {
  id: number;
  iid: number;
  title: string;
  description: string;
  state: 'opened' | 'closed';
  author: FakeUser;
  createdAt: string;
  closedAt?: string;
  labels: string[];
  assignees: FakeUser[];
  milestone?: FakeMilestone;
  weight?: number;
  type: string;
  confidential: boolean;
  notes: FakeNote[];
  /** Ids of the issues it is related to. */
  links: number[];
}

export interface FakeMergeRequest {
  id: number;
  iid: number;
  title: string;
  description: string;
  state: 'opened' | 'closed' | 'merged' | 'locked';
  updatedAt: string;
  files: string[];
}

export interface FakeMilestone {
  id: number;
  title: string;
  state: 'active' | 'closed';
}

export interface FakeLabel {
  id: number;
  name: string;
  /** False for one of a group. */
  isProjectLabel: boolean;
}

export interface FakeMember {
  user: FakeUser;
  level: number;
  inherited?: boolean;
  state?: 'active' | 'blocked';
}

export interface FakeProject {
  id: number;
  path: string;
  /** What it was called before it was renamed. */
  oldPath?: string;
  visibility: 'public' | 'internal' | 'private';
  archived: boolean;
  issuesEnabled: boolean;
  members: FakeMember[];
  labels: FakeLabel[];
  milestones: FakeMilestone[];
  /** By key. */
  templates: Record<string, string>;
  /** By path. */
  files: Record<string, string>;
  issues: FakeIssue[];
  mergeRequests: FakeMergeRequest[];
  uploads: { filename: string; size: number }[];
}

export interface World {
  /** Free takes one assignee, keeps no weight and has no epics. */
  tier: 'free' | 'premium';
  users: FakeUser[];
  tokens: FakeToken[];
  projects: FakeProject[];
  /** New issues are not found by a search yet. */
  searchLags: boolean;
  /** Quick actions that were run, as `close` or `assign @ann`. */
  executed: string[];
  /** Whom a text notified, without the at sign. */
  pinged: string[];
  nextId(): number;
}

export const TOKEN = 'glpat-0123456789abcdefghij';

export function createWorld(): World {
  let last = 1_000;
  const nextId = () => {
    last += 1;
    return last;
  };
  const users = ['bot', 'ann', 'ben', 'zoe'].map((username) => ({
    id: nextId(),
    username,
    name: username[0]?.toUpperCase() + username.slice(1),
  }));
  const [bot, ann, ben] = users as [FakeUser, FakeUser, FakeUser];
  const project = (path: string, more: Partial<FakeProject> = {}): FakeProject => ({
    id: nextId(),
    path,
    visibility: 'private',
    archived: false,
    issuesEnabled: true,
    members: [
      { user: bot, level: LEVELS.reporter },
      { user: ann, level: LEVELS.developer, inherited: true },
      { user: ben, level: LEVELS.developer },
    ],
    labels: ['bug', 'ux', 'Backend'].map((name) => ({ id: nextId(), name, isProjectLabel: true })),
    milestones: [
      { id: nextId(), title: '1.0', state: 'closed' },
      { id: nextId(), title: '1.1', state: 'active' },
    ],
    templates: {},
    files: {},
    issues: [],
    mergeRequests: [],
    uploads: [],
    ...more,
  });
  return {
    tier: 'free',
    users,
    tokens: [{ value: TOKEN, kind: 'access', user: bot, scopes: ['api'], active: true }],
    projects: [
      project('acme/web/shop'),
      project('acme/site', { visibility: 'public', members: [] }),
      project('acme/secret', { members: [] }),
      project('acme/old', { archived: true }),
      project('acme/quiet', { issuesEnabled: false }),
    ],
    searchLags: false,
    executed: [],
    pinged: [],
    nextId,
  };
}
