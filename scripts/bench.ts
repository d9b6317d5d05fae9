/**
 * `npm run bench -- NAME [--quick] [--plot FILE.svg] [--markdown FILE.md] [--out FOLDER]`: the product beside what a
 * user would pick instead and beside the physical floor, in one run. `--out docs/performance` puts the plot there and
 * the tables into `docs/performance.md`; `all` runs every bench. Exit code 1 when a limit is missed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidInputError } from '../src/core/errors.ts';
import { BENCHES, type Bench } from './bench/index.ts';
import { fillPage } from './bench/page.ts';
import { renderPlot } from './bench/plot.ts';
import { meetsLimits, type Report, renderMarkdown, renderTable } from './bench/report.ts';

const PEERS = join(import.meta.dirname, 'bench');
const RUN = join(import.meta.dirname, 'run.mjs');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    plot: { type: 'string' },
    markdown: { type: 'string' },
    out: { type: 'string' },
    turns: { type: 'string' },
  },
});

const [name = '', ...others] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (others.length > 0 || (!bench && name !== 'all')) {
  const names = Object.keys(BENCHES).join(', ');
  throw new InvalidInputError('the bench', [
    `name one of ${names}, or all: npm run bench -- NAME [--quick]`,
  ]);
}
process.exit(bench ? await run(bench) : runAll());

async function run({ peers, load }: Bench): Promise<number> {
  if (peers) installPeers();
  const measure = await load();
  const report = await measure({ quick: values.quick, turns: readTurns() });
  console.log(renderTable(report));
  if (values.plot) writeFileSync(values.plot, renderPlot(report));
  if (values.markdown) writeFileSync(values.markdown, renderMarkdown(report));
  if (values.out) publish(report, values.out);
  return meetsLimits(report) ? 0 : 1;
}

function readTurns(): number | undefined {
  const turns = values.turns === undefined ? undefined : Number(values.turns);
  if (turns === undefined || (Number.isInteger(turns) && turns > 0)) return turns;
  throw new InvalidInputError('the bench', ['--turns takes a number, 20000 for instance']);
}

/** Each in a process of its own: what one leaves in memory is no part of the next. */
function runAll(): number {
  const missed = Object.keys(BENCHES).filter((each) => {
    console.log(`\n=== ${each}`);
    const args = process.argv.slice(2).map((arg) => (arg === name ? each : arg));
    const again = [RUN, import.meta.filename, ...args];
    return spawnSync(process.execPath, again, { stdio: 'inherit' }).status !== 0;
  });
  if (missed.length > 0) console.log(`\nA limit was missed by: ${missed.join(', ')}`);
  return missed.length > 0 ? 1 : 0;
}

/** The folder's page lies beside it, under its name. */
function publish(report: Report, folder: string): void {
  const page = `${folder}.md`;
  const plot = `${report.bench}.svg`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, plot), renderPlot(report));
  if (!existsSync(page)) throw new InvalidInputError('--out', [`there is no ${page}`]);
  const filled = fillPage(readFileSync(page, 'utf8'), report, `${basename(folder)}/${plot}`);
  writeFileSync(page, filled);
}

/** What the product is compared with is nobody's dependency until somebody compares. */
function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8'));
  const isThere = (peer: string) => existsSync(join(PEERS, 'node_modules', peer));
  if (Object.keys(dependencies).every(isThere)) return;
  console.log('Installing what it is compared with, once …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new InvalidInputError('the bench', ['npm ci in scripts/bench failed; see above']);
  }
}
