/** A tracker that has nothing and does nothing: tests give it the part they are about. */
import type { CreatedIssue, NewIssue, Tracker } from '../../src/core/tracker.ts';

export function createIdleTracker(parts: Partial<Tracker> = {}): Tracker {
  const nothing = async () => [];
  const none = async () => undefined;
  return {
    name: 'local',
    createIssue: async () => {
      throw new Error('this tracker files nothing');
    },
    finishIssue: nothing,
    getIssue: none,
    findIssueByMarker: none,
    searchIssues: nothing,
    hasComment: async () => false,
    comment: async () => '',
    uploadFile: none,
    testConnection: async () => ({ ok: true, message: 'It works.' }),
    getProject: async (project) => ({
      ...{ project, name: project, projectId: project },
      host: 'tracker.example.com',
      visibility: 'private',
    }),
    listProjects: nothing,
    listLabels: nothing,
    listMilestones: nothing,
    createLabel: async () => 'created',
    createMilestone: async () => 'created',
    listAssignees: nothing,
    listTemplates: nothing,
    readFile: none,
    listTree: nothing,
    searchCode: nothing,
    searchPullRequests: nothing,
    getPullRequest: none,
    ...parts,
  };
}

/** An issue as such a tracker would have created it. */
export function toCreatedIssue(
  { project }: Pick<NewIssue, 'project'>,
  number: string,
): CreatedIssue {
  const url = `https://tracker.example.com/${number}`;
  return { project, number, url, host: 'tracker.example.com', projectId: project, dropped: [] };
}
