/** Reading a repository's files, on its default branch. */
import type { CodeMatch } from '../core/tracker.ts';
import { codeMatchSchema, entrySchema, fileSchema, parseAnswer } from './github-answers.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { unless } from './github-issue.ts';

/** Characters of a file that are read. */
const MAX_FILE_LENGTH = 200_000;
/** Entries of a folder; GitHub lists no more either. */
const MAX_ENTRIES = 1_000;
/** Characters that GitHub's search takes. */
const MAX_QUERY_LENGTH = 200;
const PER_PAGE = 100;

export async function readFile(
  connection: GitHubConnection,
  project: string,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return readText(await connection.open(project, signal), trimPath(path));
}

/** Nothing for what is no file. */
export async function readText(
  { octokit, at }: OpenRepository,
  path: string,
): Promise<string | undefined> {
  if (!isPath(path)) return undefined;
  const answer = await unless(['not-found'], octokit.rest.repos.getContent({ ...at, path }));
  if (!answer || Array.isArray(answer.data) || answer.data.type !== 'file') return undefined;
  const { content, encoding } = parseAnswer(fileSchema, answer.data);
  if (encoding === 'none') return '(This file is too large to be read here.)';
  const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  if (bytes.includes(0)) return '(This file is not text.)';
  const text = bytes.toString('utf8');
  if (text.length <= MAX_FILE_LENGTH) return text;
  return `${text.slice(0, MAX_FILE_LENGTH).toWellFormed()}\n(The file is longer; this is its beginning.)`;
}

/** Folders end in a slash. Nothing when there is no such folder. */
export async function listTree(
  connection: GitHubConnection,
  project: string,
  path: string,
  signal: AbortSignal,
): Promise<string[]> {
  const folder = trimPath(path);
  if (folder && !isPath(folder)) return [];
  const { octokit, at } = await connection.open(project, signal);
  const listed = octokit.rest.repos.getContent({ ...at, path: folder });
  const answer = await unless(['not-found'], listed);
  if (!Array.isArray(answer?.data)) return [];
  const entries = parseAnswer(entrySchema.array(), answer.data).slice(0, MAX_ENTRIES);
  return entries.map((entry) => (entry.type === 'dir' ? `${entry.path}/` : entry.path));
}

/** On the default branch, in files below 384 KB: GitHub indexes no others. */
export async function searchCode(
  connection: GitHubConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<CodeMatch[]> {
  const { octokit, at } = await connection.open(project, signal);
  const words = text.replaceAll(/["\\\s]+/g, ' ').trim();
  if (!words) return [];
  const { data } = await octokit.rest.search.code({
    q: `"${words.slice(0, MAX_QUERY_LENGTH).toWellFormed()}" repo:${project}`,
    per_page: Math.min(limit, PER_PAGE),
    mediaType: { format: 'text-match' },
    request: at.request,
  });
  return parseAnswer(codeMatchSchema.array(), data.items).map(({ path, text_matches: found }) => ({
    path,
    excerpt: found?.map(({ fragment }) => fragment).join('\n…\n') ?? '',
  }));
}

const trimPath = (path: string) => path.replace(/^(?:\.?\/)+|\/+$/g, '');
/** No part leads upwards, which the address of another interface would be made of. */
const isPath = (path: string) =>
  path.split('/').every((part) => part !== '' && !/^\.\.?$/.test(part));
