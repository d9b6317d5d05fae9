/** What a bench found: a table of numbers, and the limits with what was reached. */
import { cpus, release, totalmem, type } from 'node:os';

export interface Limit {
  /** For instance `get: CPU, product / lib-dynamodb`. */
  what: string;
  reached: number;
  /** At most this, unless `atLeast`. */
  limit: number;
  atLeast?: true;
}

export interface Report {
  bench: string;
  /** What is compared and how, a sentence or two. */
  about: string;
  columns: string[];
  rows: (string | number)[][];
  limits: Limit[];
  /** Versions of what it is compared with. */
  versions: string[];
  /** Bars of the plot; the number each limit is about. */
  bars: { label: string; value: number; unit: string }[];
}

export function isMet({ reached, limit, atLeast }: Limit): boolean {
  return atLeast ? reached >= limit : reached <= limit;
}

export function meetsLimits({ limits }: Report): boolean {
  return limits.every(isMet);
}

const format = (value: string | number): string =>
  typeof value === 'string' ? value : Number(value.toPrecision(3)).toString();

/** For the terminal. */
export function renderTable(report: Report): string {
  const rows = [report.columns, ...report.rows.map((row) => row.map(format))];
  const widths = report.columns.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))),
  );
  return [
    `${report.bench}: ${report.about}`,
    '',
    ...lines.map((line) => line.join('  ').trimEnd()),
    '',
    ...report.limits.map(describeLimit),
  ].join('\n');
}

function describeLimit(limit: Limit): string {
  const sign = limit.atLeast ? '≥' : '≤';
  const verdict = isMet(limit) ? 'met   ' : 'MISSED';
  return `${verdict} ${limit.what}: ${format(limit.reached)} (must be ${sign} ${limit.limit})`;
}

/** For `docs/performance.md`. */
export function renderMarkdown(report: Report): string {
  const row = (cells: (string | number)[]) => `| ${cells.map(format).join(' | ')} |`;
  const limits = report.limits.map((limit) => [
    limit.what,
    `${limit.atLeast ? '≥' : '≤'} ${limit.limit}`,
    limit.reached,
    isMet(limit) ? 'met' : '**missed**',
  ]);
  return [
    report.about,
    '',
    row(report.columns),
    row(report.columns.map(() => '---')),
    ...report.rows.map(row),
    '',
    row(['limit', 'must be', 'reached', '']),
    row(['---', '---', '---', '---']),
    ...limits.map(row),
    '',
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${[...report.versions, describeMachine()].join(', ')}.`,
    '',
  ].join('\n');
}

function describeMachine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${type()} ${release()}, ${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${gigabytes} GB`;
}
