/**
 * The local tracker: a Markdown file per issue, `<directory>/<project>/0001.md`, with YAML front
 * matter. Several processes may file at once; a file appears whole or not at all.
 */
import { createHash, randomUUID } from 'node:crypto';
import { appendFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { neutraliseTitle } from '../core/neutralise-markdown.ts';
import {
  type CreatedIssue,
  type IssueSummary,
  type NewIssue,
  type Tracker,
  TrackerError,
  type TrackerProject,
  type UploadedFile,
} from '../core/tracker.ts';
import { formatIssueFile, type IssueFile, parseIssueFile } from './local-file.ts';
import { addName, readNames } from './local-name.ts';

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
const FILE_NAME = /^(\d{4,})\.md$/;
const PROJECT_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u;
/** Files open at once: far below what systems allow a process. */
const READ_BATCH = 64;

interface StoredIssue extends IssueFile {
  path: string;
}

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

/** A link appears complete and only if nobody has the number; a killed process leaves a hidden file at most. */
async function appear(folder: string, path: string, content: string): Promise<boolean> {
  const unseen = join(folder, `.${randomUUID()}`);
  try {
    await writeFile(unseen, content, { flag: 'wx', flush: true });
    await link(unseen, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(unseen, { force: true });
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

async function findByMarker(root: string, project: string, marker: string, since: string) {
  const issues = await readIssues(root, project);
  const found = issues.find((issue) => issue.marker === marker && issue.created >= since);
  return found && toCreated(project, found.number, found.path);
}

async function searchIssues(
  root: string,
  project: string,
  text: string,
  limit: number,
): Promise<IssueSummary[]> {
  const wanted = new Set(wordsOf(text));
  const score = ({ title, body }: StoredIssue) => {
    const titled = new Set(wordsOf(title));
    const said = new Set(wordsOf(body));
    return [...wanted].reduce(
      (sum, word) => sum + (titled.has(word) ? 3 : said.has(word) ? 1 : 0),
      0,
    );
  };
  return (await readIssues(root, project))
    .map((issue) => ({ issue, points: score(issue) }))
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points)
    .slice(0, limit)
    .map(({ issue }) => toSummary(project, issue));
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

async function readIssues(root: string, project: string): Promise<StoredIssue[]> {
  const folder = folderOf(root, project);
  const names = await listFiles(folder);
  const issues: StoredIssue[] = [];
  for (let from = 0; from < names.length; from += READ_BATCH) {
    const batch = names.slice(from, from + READ_BATCH).map((name) => readIssue(join(folder, name)));
    issues.push(...(await Promise.all(batch)).filter((issue) => issue !== undefined));
  }
  return issues;
}

async function readIssue(path: string): Promise<StoredIssue | undefined> {
  const content = await readText(path);
  const file = content === undefined ? undefined : parseIssueFile(content);
  return file && { ...file, path };
}

async function lastNumber(folder: string): Promise<number> {
  const numbers = (await listFiles(folder)).map((name) => Number(FILE_NAME.exec(name)?.[1]));
  return Math.max(0, ...numbers);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readFolder(folder);
  return entries
    .filter((entry) => FILE_NAME.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

async function listFolders(root: string): Promise<string[]> {
  const entries = await readFolder(root);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function readFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new TrackerError('local', 'unreachable', `The folder ${folder} cannot be read.`, {
      cause: error,
    });
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new TrackerError('local', 'unreachable', `The file ${path} cannot be read.`, {
      cause: error,
    });
  }
}

/** A project is one folder: a name that would lead elsewhere is refused. */
function folderOf(root: string, project: string): string {
  if (PROJECT_NAME.test(project)) return join(root, project);
  throw new TrackerError(
    'local',
    'refused',
    'A local project is one word of letters, digits, dots, dashes and underscores.',
  );
}

const pathOf = (folder: string, number: number) =>
  join(folder, `${String(number).padStart(4, '0')}.md`);

function toCreated(project: string, number: number, path: string): CreatedIssue {
  return {
    project,
    number: String(number),
    url: pathToFileURL(path).href,
    host: 'local',
    projectId: project,
    dropped: [],
  };
}

function toSummary(project: string, { number, title, path, state }: StoredIssue): IssueSummary {
  return { project, number: String(number), title, url: pathToFileURL(path).href, state };
}

function toProject(project: string): TrackerProject {
  return { project, name: project, host: 'local', projectId: project, visibility: 'private' };
}

function toSortedSet(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
