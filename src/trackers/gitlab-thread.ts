/** What happens to an issue after it was created: comments, the rest of a long text, its epic, files. */
import { IssueLinks, IssueNotes, Issues, ProjectMarkdownUploads } from '@gitbeaker/rest';
import { z } from 'zod';
import {
  type CreatedIssue,
  type IssueSummary,
  type NewIssue,
  TrackerError,
  type UploadedFile,
} from '../core/tracker.ts';
import {
  type GitLabIssue,
  issueSchema,
  linkSchema,
  noteSchema,
  parseAnswer,
  parseCreated,
  uploadSchema,
} from './gitlab-answers.ts';
import type { GitLabConnection } from './gitlab-connection.ts';

const PAGE = 100;

export async function getIssue(
  connection: GitLabConnection,
  project: string,
  number: string,
  signal: AbortSignal,
): Promise<IssueSummary | undefined> {
  try {
    return toSummary(project, await readIssue(connection, project, number, signal));
  } catch (error) {
    if (error instanceof TrackerError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

export function toSummary(project: string, issue: GitLabIssue): IssueSummary {
  const { iid, title, web_url: url, state, updated_at: updatedAt } = issue;
  return {
    project,
    number: String(iid),
    title,
    url,
    state: state === 'closed' ? 'closed' : 'open',
    ...(updatedAt && { updatedAt }),
  };
}

async function readIssue(
  connection: GitLabConnection,
  project: string,
  number: string,
  signal: AbortSignal,
): Promise<GitLabIssue> {
  const answer = await connection.use(Issues, signal).show(Number(number), { projectId: project });
  return parseAnswer(issueSchema, answer);
}

/** Resolves with the note's address. */
export async function comment(
  connection: GitLabConnection,
  project: string,
  number: string,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const { web_url: url } = await readIssue(connection, project, number, signal);
  const answer = await connection.use(IssueNotes, signal).create(project, Number(number), body);
  return `${url}#note_${parseCreated(noteSchema, answer).id}`;
}

/** Throws while GitLab cannot be asked; what it refuses is a sentence. */
export async function finishIssue(
  connection: GitLabConnection,
  self: (signal: AbortSignal) => Promise<number>,
  issue: NewIssue,
  created: CreatedIssue,
  signal: AbortSignal,
): Promise<string[]> {
  const { rest, parent } = issue;
  const undone: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TrackerError) || !isCertain(error)) throw error;
      undone.push(`${what}: ${error.message}`);
    }
  };
  if (rest.length > 0) {
    const what = issue.body === '' ? 'It' : 'The rest of the text';
    await attempt(`${what} could not be added`, async () =>
      addRest(connection, await self(signal), issue, created, signal),
    );
  }
  if (parent !== undefined) {
    await attempt(`It could not be linked to #${parent}`, () =>
      linkTo(connection, parent, created, signal),
    );
  }
  return undone;
}

function isCertain({ kind }: TrackerError): boolean {
  return kind === 'refused' || kind === 'unauthorised' || kind === 'not-found';
}

/** Each part carries a marker of its own; one of ours that is there already is not added again. */
async function addRest(
  connection: GitLabConnection,
  self: number,
  { rest, marker }: NewIssue,
  { project, number }: CreatedIssue,
  signal: AbortSignal,
): Promise<void> {
  const notes = connection.use(IssueNotes, signal);
  const there = await readOwnNotes(connection, self, { project, number }, signal);
  for (const [index, text] of rest.entries()) {
    const hidden = `<!-- ${marker} part ${index + 2} -->`;
    if (there.some((body) => body.includes(hidden))) continue;
    parseCreated(noteSchema, await notes.create(project, Number(number), `${text}\n\n${hidden}`));
  }
}

/** The texts of our own account's notes. */
export async function readOwnNotes(
  connection: GitLabConnection,
  self: number,
  { project, number }: { project: string; number: string },
  signal: AbortSignal,
): Promise<string[]> {
  const notes = connection.use(IssueNotes, signal);
  const options = { sort: 'asc', orderBy: 'created_at', perPage: PAGE } as const;
  return parseAnswer(z.array(noteSchema), await notes.all(project, Number(number), options))
    .filter(({ author }) => author.id === self)
    .map(({ body }) => body);
}

/** Epics of GitLab's own belong to groups and to paid tiers: children are linked as related. */
async function linkTo(
  connection: GitLabConnection,
  parent: string,
  { project, number }: CreatedIssue,
  signal: AbortSignal,
): Promise<void> {
  const links = connection.use(IssueLinks, signal);
  const there = parseAnswer(z.array(linkSchema), await links.all(project, Number(number)));
  const { project_id: projectId } = await readIssue(connection, project, number, signal);
  const isLinked = ({ iid, project_id }: z.infer<typeof linkSchema>) =>
    iid === Number(parent) && project_id === projectId;
  if (there.some(isLinked)) return;
  await links.create(project, Number(number), project, Number(parent), { linkType: 'relates_to' });
}

/** Into the project's uploads, which its members can see. */
export async function uploadFile(
  connection: GitLabConnection,
  project: string,
  { name, mimeType, content }: UploadedFile,
  signal: AbortSignal,
): Promise<string> {
  const file = {
    content: new Blob([Uint8Array.from(content)], { type: mimeType }),
    filename: name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(-100) || 'file',
  };
  const answer = await connection.use(ProjectMarkdownUploads, signal).create(project, file);
  return parseCreated(uploadSchema, answer).markdown;
}
