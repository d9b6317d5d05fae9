/** Reading a project's files, on its default branch. */
import { Repositories, RepositoryFiles, Search } from '@gitbeaker/rest';
import { z } from 'zod';
import { type CodeMatch, TrackerError } from '../core/tracker.ts';
import { blobSchema, fileSchema, parseAnswer, treeEntrySchema } from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';

const DEFAULT_BRANCH = 'HEAD';
/** Characters of a file that are read. */
const MAX_FILE_LENGTH = 200_000;
const PAGE = 100;
const MAX_TREE_PAGES = 10;

export async function readFile(
  connection: GitLabConnection,
  project: string,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const files = connection.use(RepositoryFiles, signal);
  const answer = await unlessMissing(files.show(project, trimPath(path), DEFAULT_BRANCH));
  if (answer === undefined) return undefined;
  const { content, encoding } = parseAnswer(fileSchema, answer);
  const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  if (bytes.includes(0)) return '(This file is not text.)';
  const text = bytes.toString('utf8');
  if (text.length <= MAX_FILE_LENGTH) return text;
  return `${text.slice(0, MAX_FILE_LENGTH).toWellFormed()}\n(The file is longer; this is its beginning.)`;
}

/** Folders end in a slash. Nothing when there is no such folder. */
export async function listTree(
  connection: GitLabConnection,
  project: string,
  path: string,
  signal: AbortSignal,
): Promise<string[]> {
  const folder = trimPath(path);
  const answer = await unlessMissing(
    connection.use(Repositories, signal).allRepositoryTrees(project, {
      ...(folder && { path: folder }),
      pagination: 'keyset',
      perPage: PAGE,
      maxPages: MAX_TREE_PAGES,
    }),
  );
  const entries = parseAnswer(z.array(treeEntrySchema), answer ?? []);
  return entries.map((entry) => (entry.type === 'tree' ? `${entry.path}/` : entry.path));
}

/** Throws `TrackerError` `refused` where the server searches no code. */
export async function searchCode(
  connection: GitLabConnection,
  project: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<CodeMatch[]> {
  const options = { projectId: project, perPage: limit, maxPages: 1 };
  const answer = await connection.use(Search, signal).all('blobs', text, options);
  return parseAnswer(z.array(blobSchema), answer).map(({ path, data }) => ({
    path,
    excerpt: data,
  }));
}

export async function unlessMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TrackerError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

const trimPath = (path: string) => path.replace(/^(?:\.?\/)+|\/+$/g, '');
