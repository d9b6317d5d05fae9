/**
 * Cuts Markdown into pieces that a platform takes as one message each. A code block that has to be
 * cut is closed in one piece and opened again in the next, so that every piece reads by itself.
 */

const FENCE = /^[ \t]*(`{3,20}(?!`)|~{3,20}(?!~))[ \t]*([\w+#.-]{0,30})/;
const BLANK_LINES = /^(?:[ \t]*\n)+/;
/** Room for the line that closes a code block. */
const CLOSING_ROOM = 21;

interface OpenFence {
  mark: string;
  language: string;
}

/** Where to cut, and the code block that the cut is inside of. */
interface Cut {
  at: number;
  fence: OpenFence | undefined;
}

/**
 * Pieces of at most `limit` characters (UTF-16 units; at least 100), none of them blank. Cuts between paragraphs
 * where it can, else between lines, sentences, words; and at each of `ends` in any case, positions in the text in
 * ascending order. All pieces but the last stay as they are when the text grows.
 */
export function splitText(text: string, limit: number, ends: readonly number[] = []): string[] {
  const pieces: string[] = [];
  const whole = text.trimEnd();
  let from = 0;
  let fence: OpenFence | undefined;
  for (;;) {
    if (!fence) from += BLANK_LINES.exec(whole.slice(from))?.[0].length ?? 0;
    if (from >= whole.length) return pieces;
    const opening = fence ? `${fence.mark}${fence.language}\n` : '';
    const end = ends.find((one) => one > from && one < whole.length) ?? whole.length;
    const rest = whole.slice(from, end);
    const fits = opening.length + rest.length + (end < whole.length ? CLOSING_ROOM : 0) <= limit;
    if (fits && end === whole.length) return [...pieces, opening + rest];
    const cut = fits
      ? { at: rest.length, fence: fenceAfterAll(rest, fence) }
      : findCut(rest.slice(0, limit - opening.length - CLOSING_ROOM), fence);
    const inside = rest.slice(0, cut.at);
    const piece = cut.fence ? `${inside.replace(/\n$/, '')}\n${cut.fence.mark}` : inside.trimEnd();
    if (piece !== '') pieces.push(opening + piece);
    from += cut.at;
    fence = cut.fence;
  }
}

/** Where a piece may well end, after `least` characters: behind the last line, else sentence, word, character. */
export function findEnd(text: string, least: number): number {
  const line = text.lastIndexOf('\n') + 1;
  return line > least ? line : findBreakIn(text, least);
}

/** The best place to cut within a window that is full. */
function findCut(window: string, openFence: OpenFence | undefined): Cut {
  const least = window.length / 2;
  let fence = openFence;
  let paragraph: Cut | undefined;
  let line: Cut | undefined;
  let start = 0;
  for (;;) {
    const end = window.indexOf('\n', start);
    if (end < 0) break;
    const written = window.slice(start, end);
    fence = fenceAfter(written, fence);
    start = end + 1;
    if (start < least) continue;
    line = { at: start, fence };
    if (written.trim() === '' && !fence) paragraph = line;
  }
  if (paragraph ?? line) return paragraph ?? line ?? { at: start, fence };
  fence = fenceAfter(window.slice(start), fence);
  return { at: findBreakIn(window, least), fence };
}

/** After a sentence, else after a word, else wherever no character is torn apart. */
function findBreakIn(window: string, least: number): number {
  for (const ends of [/[.!?]\s|[。！？]/g, /\s|[、，]/g]) {
    const last = [...window.matchAll(ends)].at(-1);
    const at = last ? last.index + last[0].length : 0;
    if (at >= least) return at;
  }
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const tail = window.length - Math.min(64, Math.floor(least));
  const from = isLowSurrogate(window, tail) ? tail + 1 : tail;
  const last = [...segments.segment(window.slice(from))].at(-1);
  // The last character may go on beyond the window.
  if (last && last.index > 0) return from + last.index;
  return isLowSurrogate(window, window.length - 1) ? window.length : window.length - 1;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

function fenceAfterAll(text: string, open: OpenFence | undefined): OpenFence | undefined {
  return text
    .split('\n')
    .reduce<OpenFence | undefined>((fence, line) => fenceAfter(line, fence), open);
}

function fenceAfter(line: string, open: OpenFence | undefined): OpenFence | undefined {
  const [whole, mark = '', language = ''] = FENCE.exec(line) ?? [];
  if (whole === undefined) return open;
  if (!open)
    return mark.startsWith('`') && line.slice(whole.length).includes('`')
      ? undefined
      : { mark, language };
  const closes = mark[0] === open.mark[0] && mark.length >= open.mark.length;
  return closes && line.trim() === mark ? undefined : open;
}
