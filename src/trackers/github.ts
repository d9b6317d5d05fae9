/** GitHub.com and GitHub Enterprise Server behind the Tracker port, through Octokit. */
import type { Tracker } from '../core/tracker.ts';
import { uploadFile } from './github-attachment.ts';
import { checkConnection } from './github-check.ts';
import { connectGitHub, type GitHubConnectionOptions } from './github-connection.ts';
import { createIssue } from './github-issue.ts';
import { createLabel, createMilestone } from './github-name.ts';
import {
  getProject,
  listAssignees,
  listLabels,
  listMilestones,
  listProjects,
  listTemplates,
} from './github-project.ts';
import { getPullRequest, searchPullRequests } from './github-pulls.ts';
import { listTree, readFile, searchCode } from './github-repository.ts';
import { findIssueByMarker, searchIssues } from './github-search.ts';
import { comment, finishIssue, getIssue, hasComment } from './github-thread.ts';

export interface GitHubTrackerOptions extends GitHubConnectionOptions {
  /** Whether files may be put on a branch of the repository. Default: they may not. */
  attachments?: boolean;
}

/** Projects are named `owner/repository`. */
export function createGitHubTracker(options: GitHubTrackerOptions): Tracker {
  const { attachments = false } = options;
  const connection = connectGitHub(options);
  return {
    name: 'github',
    createIssue: (issue, signal) => createIssue(connection, issue, signal),
    findIssueByMarker: (project, marker, since, signal) =>
      findIssueByMarker(connection, { project, marker, since }, signal),
    finishIssue: (issue, created, signal) => finishIssue(connection, issue, created, signal),
    getIssue: (project, number, signal) => getIssue(connection, project, number, signal),
    searchIssues: (project, text, limit, signal) =>
      searchIssues(connection, project, text, limit, signal),
    hasComment: (project, number, marker, signal) =>
      hasComment(connection, { project, number }, marker, signal),
    comment: (project, number, body, signal) => comment(connection, project, number, body, signal),
    uploadFile: async (project, file, signal) =>
      attachments ? uploadFile(connection, project, file, signal) : undefined,
    testConnection: (project) => checkConnection(connection, project),
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
      searchPullRequests(connection, project, text, limit, signal),
    getPullRequest: (project, number, signal) =>
      getPullRequest(connection, project, number, signal),
  };
}
