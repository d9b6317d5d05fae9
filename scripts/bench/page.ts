/** `docs/performance.md`: what a bench found replaces what stood in its place, so that no number is copied by hand. */
import { InvalidInputError } from '../../src/core/errors.ts';
import { type Report, renderMarkdown } from './report.ts';

const beginOf = (bench: string) => `<!-- results of ${bench} -->`;
const endOf = (bench: string) => `<!-- end of ${bench} -->`;

/** `plot` is the plot's address as the page sees it. Throws `InvalidInputError` where the page has no place for it. */
export function fillPage(page: string, report: Report, plot: string): string {
  const { bench } = report;
  const begin = page.indexOf(beginOf(bench));
  const end = page.indexOf(endOf(bench));
  if (begin < 0 || end < begin) {
    throw new InvalidInputError('the page', [`it has no "${beginOf(bench)}" … "${endOf(bench)}"`]);
  }
  const results = [`![${bench}](${plot})`, '', renderMarkdown(report)].join('\n');
  return `${page.slice(0, begin)}${beginOf(bench)}\n\n${results}\n${page.slice(end)}`;
}
