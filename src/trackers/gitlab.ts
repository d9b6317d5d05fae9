/** GitLab.com and self-managed GitLab behind the Tracker port, through Gitbeaker. */
import { Users } from '@gitbeaker/rest';
import type { Tracker } from '../core/tracker.ts';
import { currentUserSchema, parseAnswer } from './gitlab-answers.ts';
import { checkConnection } from './gitlab-check.ts';
import { connectGitLab, type GitLabConnectionOptions } from './gitlab-connection.ts';
import { createIssue } from './gitlab-issue.ts';
import { getMergeRequest, searchMergeRequests } from './gitlab-merge-requests.ts';
import { createLabel, createMilestone } from './gitlab-name.ts';
import {
  getProject,
  listAssignees,
  listLabels,
  listMilestones,
  listProjects,
  listTemplates,
} from './gitlab-project.ts';
import { listTree, readFile, searchCode } from './gitlab-repository.ts';
import { findIssueByMarker, searchIssues } from './gitlab-search.ts';
import { comment, finishIssue, getIssue, readOwnNotes, uploadFile } from './gitlab-thread.ts';

export const GITLAB_COM = 'https://gitlab.com';

/** Projects are named by their path, `group/sub/project`, or by their number. */
export function createGitLabTracker(options: GitLabConnectionOptions): Tracker {
  const connection = connectGitLab(options);
  let account: { id: number; username: string } | undefined;

  /** The token's account, asked for once. */
  async function readSelf(signal?: AbortSignal) {
    if (account) return account;
    const answer = await connection.use(Users, signal).showCurrentUser();
    account = parseAnswer(currentUserSchema, answer);
    return account;
  }
  const self = async (signal: AbortSignal) => (await readSelf(signal)).id;

  return {
    name: 'gitlab',
    createIssue: (issue, signal) => createIssue(connection, issue, signal),
    findIssueByMarker: async (project, marker, since, signal) =>
      findIssueByMarker(connection, await self(signal), { project, marker, since }, signal),
    finishIssue: (issue, created, signal) => finishIssue(connection, self, issue, created, signal),
    getIssue: (project, number, signal) => getIssue(connection, project, number, signal),
    searchIssues: (project, text, limit, signal) =>
      searchIssues(connection, project, text, limit, signal),
    hasComment: async (project, number, marker, signal) => {
      const notes = await readOwnNotes(connection, await self(signal), { project, number }, signal);
      return notes.some((body) => body.includes(marker));
    },
    comment: (project, number, body, signal) => comment(connection, project, number, body, signal),
    uploadFile: (project, file, signal) => uploadFile(connection, project, file, signal),
    testConnection: (project) =>
      checkConnection(connection, async () => (await readSelf()).username, project),
    getProject: (project) => getProject(connection, project),
    listProjects: () => listProjects(connection),
    listLabels: (project) => listLabels(connection, project),
    listMilestones: (project) => listMilestones(connection, project),
    createLabel: (project, name, signal) => createLabel(connection, project, name, signal),
    createMilestone: (project, title, signal) =>
      createMilestone(connection, project, title, signal),
    listAssignees: (project) => listAssignees(connection, project),
    listTemplates: (project) => listTemplates(connection, project),
    readFile: (project, path, signal) => readFile(connection, project, path, signal),
    listTree: (project, path, signal) => listTree(connection, project, path, signal),
    searchCode: (project, text, limit, signal) =>
      searchCode(connection, project, text, limit, signal),
    searchPullRequests: (project, text, limit, signal) =>
      searchMergeRequests(connection, project, text, limit, signal),
    getPullRequest: (project, number, signal) =>
      getMergeRequest(connection, project, number, signal),
  };
}
