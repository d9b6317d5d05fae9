/**
 * Cuts Markdown into pieces that a platform takes as one message each. A code block that has to be
 * cut is closed in one piece and opened again in the next, so that every piece reads by itself.
 */

const FENCE = /^[ \t]*(`{3,20}(?!`)|~{3,20}(?!~))[ \t]*([\w+#.-]{0,30})/;
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
 * where it can, else between lines, sentences, words. All pieces but the last stay as they are when the text grows.
 */
export function splitText(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  let fence: OpenFence | undefined;
  while (rest !== '') {
    const opening = fence ? `${fence.mark}${fence.language}\n` : '';
    if (opening.length + rest.length <= limit) {
      pieces.push(opening + rest);
      break;
    }
    const cut = findCut(rest.slice(0, limit - opening.length - CLOSING_ROOM), fence);
    const inside = rest.slice(0, cut.at);
    const piece = cut.fence ? `${inside.replace(/\n$/, '')}\n${cut.fence.mark}` : inside.trimEnd();
    if (piece !== '') pieces.push(opening + piece);
    rest = rest.slice(cut.at);
    if (!cut.fence) rest = rest.replace(/^(?:[ \t]*\n)+/, '');
    fence = cut.fence;
  }
  return pieces;
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
