/** Where the local tracker keeps issues: a folder for each project, a file for each issue. */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CreatedIssue, type IssueSummary, TrackerError } from '../core/tracker.ts';
import { type IssueFile, parseIssueFile } from './local-file.ts';

const FILE_NAME = /^(\d{4,})\.md$/;
export const PROJECT_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u;
/** Files open at once: far below what systems allow a process. */
const READ_BATCH = 64;

export interface StoredIssue extends IssueFile {
  path: string;
}

/** A link appears complete and only if nobody has the number; a killed process leaves a hidden file at most. */
export async function appear(folder: string, path: string, content: string): Promise<boolean> {
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

export async function readIssues(root: string, project: string): Promise<StoredIssue[]> {
  const folder = folderOf(root, project);
  const names = await listFiles(folder);
  const issues: StoredIssue[] = [];
  for (let from = 0; from < names.length; from += READ_BATCH) {
    const batch = names.slice(from, from + READ_BATCH).map((name) => readIssue(join(folder, name)));
    issues.push(...(await Promise.all(batch)).filter((issue) => issue !== undefined));
  }
  return issues;
}

export async function readIssue(path: string): Promise<StoredIssue | undefined> {
  const content = await readText(path);
  const file = content === undefined ? undefined : parseIssueFile(content);
  return file && { ...file, path };
}

export async function lastNumber(folder: string): Promise<number> {
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

export async function listFolders(root: string): Promise<string[]> {
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

export async function readText(path: string): Promise<string | undefined> {
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
export function folderOf(root: string, project: string): string {
  if (PROJECT_NAME.test(project)) return join(root, project);
  throw new TrackerError(
    'local',
    'refused',
    'A local project is one word of letters, digits, dots, dashes and underscores.',
  );
}

export const pathOf = (folder: string, number: number) =>
  join(folder, `${String(number).padStart(4, '0')}.md`);

export function toCreated(project: string, number: number, path: string): CreatedIssue {
  return {
    project,
    number: String(number),
    url: pathToFileURL(path).href,
    host: 'local',
    projectId: project,
    dropped: [],
  };
}

export function toSummary(
  project: string,
  { number, title, path, state }: StoredIssue,
): IssueSummary {
  return { project, number: String(number), title, url: pathToFileURL(path).href, state };
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
