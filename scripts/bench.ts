/**
 * `npm run bench -- NAME [--quick] [--plot FILE.svg] [--markdown FILE.md]`: the product beside what a
 * user would pick instead and beside the physical floor, in one run. Exit code 1 when a limit is missed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidInputError } from '../src/core/errors.ts';
import { BENCHES, type Bench } from './bench/index.ts';
import { renderPlot } from './bench/plot.ts';
import { meetsLimits, renderMarkdown, renderTable } from './bench/report.ts';

const PEERS = join(import.meta.dirname, 'bench');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    plot: { type: 'string' },
    markdown: { type: 'string' },
    turns: { type: 'string' },
  },
});

const [name = '', ...others] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench || others.length > 0) {
  const names = Object.keys(BENCHES).join(', ');
  throw new InvalidInputError('the bench', [
    `name one of ${names}: npm run bench -- NAME [--quick]`,
  ]);
}
await run(bench);

async function run({ peers, load }: Bench): Promise<void> {
  if (peers) installPeers();
  const measure = await load();
  const report = await measure({
    quick: values.quick,
    turns: values.turns ? Number(values.turns) : undefined,
  });
  console.log(renderTable(report));
  if (values.plot) writeFileSync(values.plot, renderPlot(report));
  if (values.markdown) writeFileSync(values.markdown, renderMarkdown(report));
  process.exit(meetsLimits(report) ? 0 : 1);
}

/** What the product is compared with is nobody's dependency until somebody compares. */
function installPeers(): void {
  if (existsSync(join(PEERS, 'node_modules'))) return;
  console.log('Installing what it is compared with, once …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new InvalidInputError('the bench', ['npm ci in scripts/bench failed; see above']);
  }
}
