/** Finding issues of the local tracker: ours by its marker, and those that resemble a text. */
import type { IssueSummary } from '../core/tracker.ts';
import { readIssues, type StoredIssue, toCreated, toSummary } from './local-folder.ts';

export async function findByMarker(root: string, project: string, marker: string, since: string) {
  const issues = await readIssues(root, project);
  const found = issues.find((issue) => issue.marker === marker && issue.created >= since);
  return found && toCreated(project, found.number, found.path);
}

export async function searchIssues(
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

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}
