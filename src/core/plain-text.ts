/**
 * Makes text from a chat harmless as issue Markdown: it pings nobody, closes nothing, runs no quick
 * action and plants no marker. What stands in code stays verbatim, because trackers leave it alone.
 */

/** Joins to what it precedes without being seen: `@` followed by it is no mention. */
const ZERO_WIDTH_JOINER = '\u2060';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const CLOSING_WORD =
  /\b(close[sd]?|closing|fix(?:e[sd]|ing)?|resolve[sd]?|resolving|implement(?:s|ed|ing)?)(\s*:?\s+)(?=(?:[\w.-]+\/[\w./-]+)?[#!]\d|https?:\/\/|GH-\d)/gi;
/** GitLab runs a line that begins with a slash and a word, also in lists and quotes. */
const QUICK_ACTION = /^([ \t>*+-]*(?:\[[ x]\][ \t]+)?)\/(?=[a-z])/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Several lines of Markdown. */
export function neutraliseText(text: string): string {
  const clean = text.replaceAll('\r\n', '\n').replaceAll(CONTROL_CHARACTERS, '');
  let fence: string | undefined;
  const lines = clean.split('\n').map((line) => {
    const mark = FENCE.exec(line)?.[1];
    const inside = fence !== undefined;
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    return inside || mark ? line : neutraliseSpans(line);
  });
  // An open fence would swallow whatever is put after this text.
  return [...lines, ...(fence === undefined ? [] : [fence])].join('\n');
}

/** One line: a title, a criterion, a name. */
export function neutraliseLine(line: string): string {
  return neutraliseText(line.replaceAll(/\s+/g, ' ').trim());
}

/** A code span ends with as many backticks as it began with; a run without its like is just text. */
function neutraliseSpans(line: string): string {
  const parts = line.split(/(`+)/);
  const lastOf = new Map(parts.map((part, index) => [part, index]));
  let written = '';
  let prose = '';
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? '';
    const closes = part.startsWith('`') && (lastOf.get(part) ?? 0) > index;
    const end = closes ? parts.indexOf(part, index + 1) : index;
    if (!closes) prose += part;
    else {
      written += neutraliseProse(prose, written === '') + parts.slice(index, end + 1).join('');
      prose = '';
      index = end;
    }
  }
  return written + neutraliseProse(prose, written === '');
}

function neutraliseProse(text: string, beginsLine: boolean): string {
  const shown = beginsLine ? text.replace(QUICK_ACTION, '$1\\/') : text;
  return (
    shown
      // A comment could hide text from the reader, or carry a marker.
      .replaceAll('<!--', '&lt;!--')
      .replaceAll(/(^|[^\w`/])@(?=[\w-])/g, `$1@${ZERO_WIDTH_JOINER}`)
      .replaceAll(
        CLOSING_WORD,
        (_, word: string, gap: string) => `${word}${ZERO_WIDTH_JOINER}${gap}`,
      )
  );
}
