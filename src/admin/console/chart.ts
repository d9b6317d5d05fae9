/** A bar for each day of a month, drawn as SVG; the numbers themselves are in the table under it. */
import { html } from 'hono/html';

export interface Bar {
  day: string;
  value: number;
  /** The value for people: `12 turns`. */
  label: string;
}

const BAR_WIDTH = 10;
const GAP = 3;
const HEIGHT = 100;

/** One bar for every day, also for those without any. */
export function renderChart(title: string, bars: Bar[]) {
  const most = Math.max(...bars.map(({ value }) => value), 0);
  const width = bars.length * (BAR_WIDTH + GAP) - GAP;
  const [first, last] = [bars.at(0)?.day, bars.at(-1)?.day];
  const highest = bars.find(({ value }) => value === most);
  return html`<figure class="chart"><figcaption>${title}${most > 0 ? html`<span class="soft">, at most ${highest?.label}</span>` : ''}</figcaption>
<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}, day by day; the table below has the numbers">
<line x1="0" x2="${width}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}" class="axis"></line>
${bars.map((bar, index) => renderBar(bar, index, most))}</svg>
<div class="ends soft"><span>${first}</span><span>${last}</span></div></figure>`;
}

function renderBar({ day, value, label }: Bar, index: number, most: number) {
  const height = most > 0 ? (value / most) * (HEIGHT - 4) : 0;
  const x = index * (BAR_WIDTH + GAP);
  const y = (HEIGHT - height).toFixed(2);
  return html`<rect x="${x}" y="${y}" width="${BAR_WIDTH}" height="${height.toFixed(2)}"><title>${day}: ${label}</title></rect>`;
}

/** Every day of `2026-03`. */
export function daysOf(month: string): string[] {
  const [year = 0, index = 1] = month.split('-').map(Number);
  const days = new Date(Date.UTC(year, index, 0)).getUTCDate();
  return Array.from({ length: days }, (_, n) => `${month}-${String(n + 1).padStart(2, '0')}`);
}
