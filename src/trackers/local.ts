/**
 * The local tracker: a Markdown file per issue, `<directory>/<project>/0001.md`, with YAML front
 * matter. Several processes may file at once; a file appears whole or not at all.
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neutraliseTitle } from '../core/neutralise-markdown.ts';
import {
  type CreatedIssue,
  type NewIssue,
  type Tracker,
  TrackerError,
  type TrackerProject,
  type UploadedFile,
} from '../core/tracker.ts';
import { formatIssueFile } from './local-file.ts';
import {
  appear,
  codeOf,
  folderOf,
  lastNumber,
  listFolders,
  PROJECT_NAME,
  pathOf,
  readIssue,
  readIssues,
  readText,
  toCreated,
  toSummary,
} from './local-folder.ts';
import { addName, readNames } from './local-name.ts';
import { findByMarker, searchIssues } from './local-search.ts';

export interface LocalTrackerOptions {
  /** Where the projects' folders are; made when first needed. */
  directory: string;
}

/** Offered before any issue carries one. */
const DEFAULT_LABELS = [
  'bug',
  'documentation',
  'enhancement',
  'performance',
  'question',
  'security',
  'ux',
];
export function createLocalTracker({ directory }: LocalTrackerOptions): Tracker {
  const root = resolve(directory);
  const nothing = async () => [];

  return {
    name: 'local',
    createIssue: (issue, signal) => createIssue(root, issue, signal),
    findIssueByMarker: (project, marker, since) => findByMarker(root, project, marker, since),
    searchIssues: (project, text, limit) => searchIssues(root, project, text, limit),
    finishIssue: (issue, created) => finishIssue(root, issue, created),
    getIssue: (project, number) => getIssue(root, project, number),
    hasComment: async (project, number, marker) =>
      ((await readText(pathOf(folderOf(root, project), Number(number)))) ?? '').includes(marker),
    comment: (project, number, body) => comment(root, project, number, body),
    uploadFile: (project, file) => uploadFile(root, project, file),
    testConnection: async () => ({ ok: true, message: `Issues become files under ${root}.` }),
    // A folder is made with its first issue.
    getProject: async (project) => (PROJECT_NAME.test(project) ? toProject(project) : undefined),
    listProjects: async () =>
      (await listFolders(root)).filter((name) => PROJECT_NAME.test(name)).map(toProject),
    listLabels: (project) => listLabels(root, project),
    listMilestones: (project) => listMilestones(root, project),
    createLabel: async (project, name) =>
      addName(folderOf(root, project), 'labels', name, await listLabels(root, project)),
    createMilestone: async (project, title) =>
      addName(folderOf(root, project), 'milestones', title, await listMilestones(root, project)),
    async listAssignees(project) {
      const used = (await readIssues(root, project)).flatMap(({ assignees }) => assignees);
      return toSortedSet(used).map((username) => ({ username, name: username }));
    },
    listTemplates: nothing,
    // A folder of issues has no repository behind it.
    readFile: async () => undefined,
    listTree: nothing,
    searchCode: nothing,
    searchPullRequests: nothing,
    getPullRequest: async () => undefined,
  };
}

async function listLabels(root: string, project: string): Promise<string[]> {
  const used = (await readIssues(root, project)).flatMap(({ labels }) => labels);
  const made = await readNames(folderOf(root, project), 'labels');
  return toSortedSet([...DEFAULT_LABELS, ...made, ...used]);
}

async function listMilestones(root: string, project: string): Promise<string[]> {
  const used = (await readIssues(root, project)).flatMap((one) => one.milestone ?? []);
  return toSortedSet([...(await readNames(folderOf(root, project), 'milestones')), ...used]);
}

async function createIssue(
  root: string,
  issue: NewIssue,
  signal: AbortSignal,
): Promise<CreatedIssue> {
  const folder = folderOf(root, issue.project);
  try {
    await mkdir(folder, { recursive: true });
    for (let number = (await lastNumber(folder)) + 1; ; number += 1) {
      signal.throwIfAborted();
      const created = new Date().toISOString();
      const path = pathOf(folder, number);
      const content = formatIssueFile({ ...issue, number, state: 'open', created });
      if (await appear(folder, path, content)) return toCreated(issue.project, number, path);
    }
  } catch (error) {
    // Whatever went wrong, the link was not made: nothing was created.
    if (codeOf(error) === undefined) throw error;
    const reason = `The issue cannot be written under ${folder} (${codeOf(error)}).`;
    throw new TrackerError('local', 'refused', reason, { cause: error });
  }
}

async function finishIssue(root: string, { project, rest }: NewIssue, { number }: CreatedIssue) {
  const path = pathOf(folderOf(root, project), Number(number));
  const written = (await readText(path)) ?? '';
  for (const part of rest) {
    if (!written.includes(part.trim())) await comment(root, project, number, part);
  }
  return [];
}

async function getIssue(root: string, project: string, number: string) {
  const issue = await readIssue(pathOf(folderOf(root, project), Number(number)));
  return issue && toSummary(project, issue);
}

/** Beside the issues, under a name of its own: what somebody called it could be anything. */
async function uploadFile(
  root: string,
  project: string,
  { name, mimeType, content }: UploadedFile,
) {
  const folder = join(folderOf(root, project), 'attachments');
  await mkdir(folder, { recursive: true });
  const extension = /\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? '';
  const file = `${createHash('sha256').update(content).digest('hex').slice(0, 32)}${extension}`;
  await writeFile(join(folder, file), content);
  const isImage = mimeType.startsWith('image/');
  return `${isImage ? '!' : ''}[${neutraliseTitle(name)}](attachments/${file})`;
}

async function comment(root: string, project: string, number: string, body: string) {
  const path = pathOf(folderOf(root, project), Number(number));
  if ((await readText(path)) === undefined) {
    throw new TrackerError('local', 'not-found', `There is no issue ${number} in ${project}.`);
  }
  // In one write and at the end: what somebody else adds or edits meanwhile stays.
  await appendFile(path, `\n---\n\n${body.trim()}\n`);
  return pathToFileURL(path).href;
}

function toProject(project: string): TrackerProject {
  return { project, name: project, host: 'local', projectId: project, visibility: 'private' };
}

function toSortedSet(names: string[]): string[] {
  return [...new Set(names)].sort();
}
