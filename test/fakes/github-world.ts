/** What a stand-in GitHub holds, as its database would. */
import { generateKeyPairSync } from 'node:crypto';
import type { TextEffects } from './text-effects.ts';

export interface FakeUser {
  login: string;
}

/** A classic token has scopes; a fine-grained one, or an installation's, has permissions. */
export interface FakeToken {
  value: string;
  user: FakeUser;
  scopes?: string[];
  permissions?: Record<string, string>;
}

export interface FakeComment {
  id: number;
  body: string;
  user: FakeUser;
}

export interface FakeIssue {
  id: number;
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  user: FakeUser;
  createdAt: string;
  updatedAt: string;
  closedAt?: string;
  labels: string[];
  assignees: string[];
  milestone?: FakeMilestone;
  type?: string;
  comments: FakeComment[];
  parent?: FakeIssue;
  /** It is a pull request: GitHub keeps those among the issues. */
  pull?: FakePull;
  /** Whether the search knows it yet. */
  isIndexed: boolean;
}

export interface FakePull {
  files: string[];
  mergedAt?: string;
}

export interface FakeMilestone {
  number: number;
  title: string;
  state: 'open' | 'closed';
}

export type Role = 'read' | 'triage' | 'write';

export interface FakeProject {
  id: number;
  fullName: string;
  /** Its name before it was renamed; leads here. */
  oldName?: string;
  isPrivate: boolean;
  isArchived: boolean;
  hasIssues: boolean;
  /** By login; everybody else reads what is public. */
  roles: Record<string, Role>;
  labels: string[];
  milestones: FakeMilestone[];
  issues: FakeIssue[];
  /** Of the default branch. */
  files: Record<string, string | Uint8Array>;
  branches: Record<string, Record<string, string | Uint8Array>>;
}

export interface World {
  users: FakeUser[];
  tokens: FakeToken[];
  projects: FakeProject[];
  /** Issue types by organisation; absent for people. */
  types: Record<string, string[]>;
  app: { id: string; slug: string; privateKey: string; publicKey: string };
  installations: { id: number; owner: string; permissions: Record<string, string> }[];
  /** What texts did by themselves. */
  effects: TextEffects;
  /** Requests left of the primary limit; 304 costs nothing. */
  requestsLeft: number;
  /** Seconds since 1970 at which the primary limit begins anew. */
  resetsAt: number;
  nextId(): number;
}

export const TOKEN = `github_pat_${'a1B2'.repeat(8)}`;
export const PROJECT = 'acme/shop';

export function createWorld(): World {
  let lastId = 1_000;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const [bot, ann] = [{ login: 'acme-bot' }, { login: 'ann' }];
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const permissions = {
    ...{ metadata: 'read', issues: 'write', contents: 'write' },
    pull_requests: 'read',
  };
  return {
    users: [bot, ann],
    tokens: [{ value: TOKEN, user: bot, permissions }],
    projects: [
      { ...newProject(nextId(), PROJECT), roles: { 'acme-bot': 'write', ann: 'write' } },
      { ...newProject(nextId(), 'acme/secret'), isPrivate: true, roles: { ann: 'write' } },
    ],
    types: { acme: ['Bug', 'Feature', 'Task'] },
    app: { id: '4711', slug: 'ticket-bot', privateKey, publicKey },
    installations: [{ id: 99, owner: 'acme', permissions }],
    effects: { pinged: [], closing: [], html: [] },
    requestsLeft: 5_000,
    resetsAt: Math.floor(Date.now() / 1_000) + 3_600,
    nextId,
  };
}

export function newProject(id: number, fullName: string): FakeProject {
  return {
    id,
    fullName,
    isPrivate: false,
    isArchived: false,
    hasIssues: true,
    roles: {},
    labels: ['bug', 'Backend'],
    milestones: [
      { number: 1, title: '1.0', state: 'closed' },
      { number: 2, title: '1.1', state: 'open' },
    ],
    issues: [],
    files: { 'README.md': 'The shop.' },
    branches: {},
  };
}
