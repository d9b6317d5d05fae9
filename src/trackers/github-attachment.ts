/**
 * Files from the chat, on a branch of the repository kept for them: GitHub has no interface for the
 * uploads of its own editor. Whoever can read the repository can see them.
 */
import { createHash } from 'node:crypto';
import { TrackerError, type UploadedFile } from '../core/tracker.ts';
import type { GitHubConnection, OpenRepository } from './github-connection.ts';
import { unless } from './github-issue.ts';

export const ATTACHMENT_BRANCH = 'prompt-to-issue-attachments';
const README =
  'Files from chat threads, shown in issues. Removing this branch breaks their pictures.\n';

/** The same file twice is one file. Throws `TrackerError` where the account may not write to the repository. */
export async function uploadFile(
  connection: GitHubConnection,
  project: string,
  { name, mimeType, content }: UploadedFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const repository = await connection.open(project, signal);
  const file =
    name
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
      .slice(-100)
      .toWellFormed() || 'file';
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const path = `attachments/${digest}/${file}`;
  const stored = await store(repository, path, content);
  if (stored === undefined) return undefined;
  const address = `${stored}?raw=true`;
  return `${mimeType.startsWith('image/') ? '!' : ''}[${file}](${address})`;
}

/** Resolves with the file's page. */
async function store(
  repository: OpenRepository,
  path: string,
  content: Uint8Array,
): Promise<string | undefined> {
  await ensureBranch(repository);
  const known = await readAddress(repository, path);
  if (known) return known;
  const { octokit, at } = repository;
  const { data } = await octokit.rest.repos.createOrUpdateFileContents({
    ...at,
    path,
    branch: ATTACHMENT_BRANCH,
    message: `Add ${path}`,
    content: Buffer.from(content).toString('base64'),
  });
  return data.content?.html_url;
}

async function readAddress({ octokit, at }: OpenRepository, path: string) {
  const read = octokit.rest.repos.getContent({ ...at, path, ref: ATTACHMENT_BRANCH });
  const answer = await unless(['not-found'], read);
  if (!answer || Array.isArray(answer.data)) return undefined;
  return answer.data.html_url ?? undefined;
}

/** Without a history in common with the code. Two files may need it at the same moment. */
async function ensureBranch(repository: OpenRepository): Promise<void> {
  if (await hasBranch(repository)) return;
  try {
    await createBranch(repository);
  } catch (error) {
    const isRefused = error instanceof TrackerError && error.kind === 'refused';
    if (!isRefused || !(await hasBranch(repository))) throw error;
  }
}

async function hasBranch({ octokit, at }: OpenRepository): Promise<boolean> {
  const read = octokit.rest.git.getRef({ ...at, ref: `heads/${ATTACHMENT_BRANCH}` });
  return (await unless(['not-found'], read)) !== undefined;
}

async function createBranch({ octokit, at }: OpenRepository): Promise<void> {
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    tree: [{ path: 'README.md', mode: '100644', type: 'blob', content: README }],
  });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...at,
    message: 'Begin a branch for attachments',
    tree: tree.sha,
    parents: [],
  });
  await octokit.rest.git.createRef({
    ...at,
    ref: `refs/heads/${ATTACHMENT_BRANCH}`,
    sha: commit.sha,
  });
}
