/**
 * The local tracker: a Markdown file per issue, `<directory>/<project>/0001.md`, with YAML front
 * matter. Several processes may file at once; a file appears whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CreatedIssue,
  type IssueSummary,
  type NewIssue,
  type Tracker,
  TrackerError,
} from '../core/tracker.ts';
import { formatIssueFile, type IssueFile, parseIssueFile } from './local-file.ts';

export interface LocalTrackerOptions {
  /** Where the projects' folders are; made when first needed. */
  directory: string;
}

/** GitHub's labels for a new repository, without those that speak to contributors. */
const DEFAULT_LABELS = ['bug', 'documentation', 'duplicate', 'enhancement', 'question'];
const FILE_NAME = /^(\d{4,})\.md$/;

interface StoredIssue extends IssueFile {
  path: string;
}

export function createLocalTracker({ directory }: LocalTrackerOptions): Tracker {
  const root = resolve(directory);
  const nothing = async () => [];

  return {
    name: 'local',
    createIssue: (issue) => createIssue(root, issue),
    findIssueByMarker: async (project, marker) => findByMarker(root, project, marker),
    searchIssues: (project, text, limit) => searchIssues(root, project, text, limit),
    comment: (project, number, body) => comment(root, project, number, body),
    listProjects: async () => {
      const names = await listFolders(root);
      return names.map((name) => ({ project: name, name, visibility: 'private' as const }));
    },
    async listLabels(project) {
      const used = (await readIssues(root, project)).flatMap(({ labels }) => labels);
      return [...new Set([...DEFAULT_LABELS, ...used])].sort();
    },
    listMilestones: nothing,
    listAssignees: nothing,
    listTemplates: nothing,
    // A folder of issues has no repository behind it.
    readFile: async () => undefined,
    listTree: nothing,
    searchCode: nothing,
  };
}

async function createIssue(root: string, issue: NewIssue): Promise<CreatedIssue> {
  const folder = folderOf(root, issue.project);
  await mkdir(folder, { recursive: true });
  for (let number = (await lastNumber(folder)) + 1; ; number += 1) {
    const file: IssueFile = { ...issue, number, state: 'open', created: new Date().toISOString() };
    const path = pathOf(folder, number);
    if (await appear(folder, path, formatIssueFile(file)))
      return toCreated(issue.project, number, path);
  }
}

/** A link appears complete and only if nobody has the number; a killed process leaves a hidden file at most. */
async function appear(folder: string, path: string, content: string): Promise<boolean> {
  const unseen = join(folder, `.${randomUUID()}`);
  await writeFile(unseen, content, { flag: 'wx' });
  try {
    await link(unseen, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new TrackerError('local', 'unreachable', `The file ${path} cannot be written.`, error);
  } finally {
    await unlink(unseen);
  }
}

async function findByMarker(root: string, project: string, marker: string) {
  const issues = await readIssues(root, project);
  const found = issues.find((issue) => issue.marker === marker);
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
  const folder = folderOf(root, project);
  const path = pathOf(folder, Number(number));
  const content = await readText(path);
  if (content === undefined) {
    throw new TrackerError('local', 'not-found', `There is no issue ${number} in ${project}.`);
  }
  const unseen = join(folder, `.${randomUUID()}`);
  await writeFile(unseen, `${content.trimEnd()}\n\n---\n\n${body.trim()}\n`, { flag: 'wx' });
  await rename(unseen, path);
  return pathToFileURL(path).href;
}

async function readIssues(root: string, project: string): Promise<StoredIssue[]> {
  const folder = folderOf(root, project);
  const issues = await Promise.all(
    (await listFiles(folder)).map(async (name) => {
      const path = join(folder, name);
      const content = await readText(path);
      const file = content === undefined ? undefined : parseIssueFile(content);
      return file ? [{ ...file, path }] : [];
    }),
  );
  return issues.flat();
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
    throw new TrackerError('local', 'unreachable', `The folder ${folder} cannot be read.`, error);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new TrackerError('local', 'unreachable', `The file ${path} cannot be read.`, error);
  }
}

/** A project is one folder: a name that would lead elsewhere is refused. */
function folderOf(root: string, project: string): string {
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u.test(project)) return join(root, project);
  throw new TrackerError(
    'local',
    'refused',
    'A local project is one word of letters, digits, dots, dashes and underscores.',
  );
}

const pathOf = (folder: string, number: number) =>
  join(folder, `${String(number).padStart(4, '0')}.md`);

function toCreated(project: string, number: number, path: string): CreatedIssue {
  return { project, number: String(number), url: pathToFileURL(path).href, dropped: [] };
}

function toSummary(project: string, { number, title, path, state }: StoredIssue): IssueSummary {
  return { project, number: String(number), title, url: pathToFileURL(path).href, state };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
