import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../../scripts/bench/index.ts';
import { fillPage } from '../../scripts/bench/page.ts';
import { renderPlot } from '../../scripts/bench/plot.ts';
import { meetsLimits, type Report } from '../../scripts/bench/report.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');

function reportOf(bench: string, reached: number): Report {
  return {
    ...{ bench, about: 'About it.', columns: ['by', 'CPU ms'], versions: ['chat 1.2.3'] },
    rows: [['product', reached]],
    limits: [{ what: 'CPU, product / <peer>', reached, limit: 1 }],
    bars: [{ label: 'product <a>', value: reached, unit: 'ms' }],
  };
}

describe('docs/performance.md', () => {
  it.each(Object.keys(BENCHES))('has a place for what %s finds, and keeps the rest', (bench) => {
    const filled = fillPage(page, reportOf(bench, 1.5), `performance/${bench}.svg`);
    expect(filled).toContain(`![${bench}](performance/${bench}.svg)`);
    const missed = '| CPU, product / <peer> | ≤ 1 | 1.5 | **missed** |';
    expect(filled).toContain(missed);
    const again = fillPage(filled, reportOf(bench, 0.5), `performance/${bench}.svg`);
    expect(again).not.toContain(missed);
    expect(again).toContain('| CPU, product / <peer> | ≤ 1 | 0.5 | met |');
    const others = (text: string) => text.split('\n').filter((line) => line.startsWith('## '));
    expect(others(again)).toEqual(others(page));
  });

  it('refuses what it has no place for', () => {
    expect(() => fillPage(page, reportOf('nothing', 1), 'x.svg')).toThrow(/results of nothing/);
  });

  it('names tests that there are', () => {
    const named = [...page.matchAll(/`(test\/[\w/.-]+\.test\.ts)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('a report', () => {
  it('is met when every limit is', () => {
    expect(meetsLimits(reportOf('turn', 1))).toBe(true);
    expect(meetsLimits(reportOf('turn', 1.01))).toBe(false);
  });

  it('is drawn as an SVG whose words are words', () => {
    expect(renderPlot(reportOf('turn', 2))).toContain('product &lt;a&gt;');
  });
});
