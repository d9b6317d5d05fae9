/** A report's bars as an SVG that reads in light and dark. */
import type { Report } from './report.ts';

const WIDTH = 640;
const BAR = 22;
const GAP = 8;
const LABEL = 230;
const VALUE = 90;
const TOP = 44;

export function renderPlot({ bench, bars }: Report): string {
  const height = TOP + bars.length * (BAR + GAP) + GAP;
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const room = WIDTH - LABEL - VALUE;
  const drawn = bars.map(({ label, value, unit }, n) => {
    const y = TOP + n * (BAR + GAP);
    const width = Math.max(1, (value / most) * room);
    const shown = `${Number(value.toPrecision(3))} ${unit}`;
    const kind = label.includes('product') ? 'ours' : 'theirs';
    return [
      `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${escapeText(label)}</text>`,
      `<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
      `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 15}">${escapeText(shown)}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(bench)}">`,
    `<style>text{font:13px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:15px}.ours{fill:#2f6fde}.theirs{fill:#a9b4c2}svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#16191d}text{fill:#dde}.theirs{fill:#5a6675}}</style>`,
    `<text class="title" x="12" y="24">${escapeText(bench)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
