/**
 * Makes text that came from a chat safe to file: it cannot ping people, close issues, run GitLab's
 * quick actions, plant HTML or swallow what follows it. A zero-width joiner breaks each of these and
 * changes nothing that can be seen; code is left as it is, but for lines that are such actions. Where
 * a tracker might read Markdown otherwise than this file does, the text counts as prose.
 */

const JOINER = '\u200d';
const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
/** A fence inside a list item or a quotation, or too deep to be told from indented code. */
const NESTED_FENCE = /^([\s>]*(?:(?:[-*+]|\d{1,9}[.)])[\s>]+)*)(?=`{3}|~{3})/;
/** The longest indented block that is looked for, in lines. */
const MAX_NESTED_LINES = 500;
/**
 * GitLab's older versions do not read Markdown for quick actions: a backtick, a tag or `>>>` before
 * the fence may pair up with one inside it and leave what follows there outside.
 */
const COMMAND_LINE = /^(?=\/\w+(?:\s|$))/;
const MARKER = /prompt-to-issue(?=:\s*[0-9a-f]{8})/gi;

/** A text of many lines: fenced code blocks and code spans are left verbatim. */
export function neutraliseMarkdown(text: string): string {
  const lines = breakMarkers(text).replace(/\r\n?/g, '\n').replaceAll('\0', '').split('\n');
  const written: string[] = [];
  let prose: string[] = [];
  const endProse = () => {
    written.push(...neutraliseBlock(prose));
    prose = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const code = readFence(lines, at);
    if (code) {
      endProse();
      written.push(...renderFence(code));
      at = code.end;
      continue;
    }
    prose.push(line);
    if (line.trim() === '') endProse();
    at += 1;
  }
  endProse();
  // GitLab would take a first line like these for the beginning of front matter.
  return written.join('\n').replace(/^\s*(?=---|\+\+\+|;;;)/, JOINER);
}

/** One line of Markdown, for a list item: code spans are left verbatim. */
export function neutraliseLine(text: string): string {
  return neutraliseBlock([breakMarkers(text).replaceAll(/[\s\0]+/g, ' ')]).join('');
}

/** A title is plain text at the trackers: nothing in it is code. */
export function neutraliseTitle(text: string): string {
  return neutraliseProse(breakMarkers(text).replaceAll(/[\s\0]+/g, ' ')).trim();
}

function breakMarkers(text: string): string {
  return text.replaceAll(MARKER, `$&${JOINER}`);
}

// --- Fenced code ---------------------------------------------------------------------------------

interface FencedCode {
  indent: string;
  language: string;
  lines: string[];
  /** The line after it. */
  end: number;
}

/**
 * The fenced block that begins at this line. An indented one may belong to a list item and end with
 * it, so it counts only if nothing in it is indented less.
 */
function readFence(lines: string[], at: number): FencedCode | undefined {
  const [opening, indent = '', fence = '', info = ''] = FENCE.exec(lines[at] ?? '') ?? [];
  if (opening === undefined) return undefined;
  const [mark = ''] = fence;
  const closing = new RegExp(`^ {0,3}${mark}{${fence.length},}[ \\t]*$`);
  const rest = indent === '' ? lines.slice(at + 1) : lines.slice(at + 1, at + 1 + MAX_NESTED_LINES);
  const found = rest.findIndex((line) => closing.test(line));
  const inside = found < 0 ? rest : rest.slice(0, found);
  const whole = rest.slice(0, inside.length + 1);
  const belongs = (line: string) => line.trim() === '' || line.startsWith(indent);
  const looseFence = new RegExp(`^\\s{4,}${mark}{${fence.length},}\\s*$`);
  const isSure =
    found >= 0 && whole.every(belongs) && !inside.some((line) => looseFence.test(line));
  if (indent !== '' && !isSure) return undefined;
  const language = /^[\w+#.-]{1,30}/.exec(info.trim())?.[0] ?? '';
  return { indent, language, lines: inside, end: at + inside.length + 2 };
}

/** Always closed, and with backticks: GitLab's reading of quick actions knows no other fence. */
function renderFence({ indent, language, lines }: FencedCode): string[] {
  const runs = lines.map((line) => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 0);
  const length = Math.max(2, ...runs) + 1;
  const fence = `${indent}${'`'.repeat(length)}`;
  const inside = lines.map((line) => line.replace(COMMAND_LINE, JOINER));
  return [`${fence}${language}`, ...inside, fence];
}

// --- Prose ---------------------------------------------------------------------------------------

/** Lines without a blank one between them: no code span reaches beyond. */
function neutraliseBlock(lines: string[]): string[] {
  const opened = lines.map((line) =>
    line.replace(NESTED_FENCE, `$1${JOINER}`).replace(/^(\s*)(?=\/)/, `$1${JOINER}`),
  );
  const parts = opened.map(splitSpans);
  if (!parts.every((part) => part !== undefined)) return opened.map(neutraliseProse);
  return parts.map((part) =>
    part.map((text, index) => (index % 2 === 0 ? neutraliseProse(text) : text)).join(''),
  );
}

/** Prose and code spans in turn; `undefined` when the line leaves room for another reading. */
function splitSpans(line: string): string[] | undefined {
  const parts = line.split(/((?<!`)(`+)(?!`).*?(?<!`)\2(?!`))/);
  const turns = parts.filter((_, index) => index % 3 !== 2);
  const isClear = turns.every((text, index) => {
    // A table would end a span at the border of its cell.
    if (index % 2 === 1) return !text.includes('|');
    return (
      isClearProse(text) &&
      (index === turns.length - 1 || !/(?:\\|(?::\/\/|www\.)\S*)$/i.test(text))
    );
  });
  return isClear ? turns : undefined;
}

/** No backtick without its pair, and no link that may reach into what follows. */
function isClearProse(text: string): boolean {
  const withoutLinks = text.replaceAll(/\]\([^\s()<>`"'\\]*\)/g, '');
  return !/`|\]\(|\]:/.test(withoutLinks);
}

const ADDRESS = /(https?:\/\/[^\s<>]+)/i;
const AT = /(?<![A-Za-z0-9])@(?=\S)/g;
const AT_ENTITY = /&(?:#0*64|#x0*40|commat);/gi;
const TAG = /<(?=[A-Za-z/!?])/g;
const CLOSING_KEYWORD =
  /\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(?=:?[\s*_~([]+(?:(?:issues?|bugs?)[\s*_~([]+)?(?:[\w./-]{0,200}[#!]\d|&#|GH-\d|[A-Z][A-Z0-9_]*-\d|https?:))/gi;

function neutraliseProse(text: string): string {
  return text
    .replaceAll(CLOSING_KEYWORD, `$&${JOINER}`)
    .split(ADDRESS)
    .map((part, index) =>
      index % 2 === 1 ? part.replaceAll(AT, '%40') : part.replaceAll(AT, `@${JOINER}`),
    )
    .join('')
    .replaceAll(AT_ENTITY, `$&${JOINER}`)
    .replaceAll(TAG, `<${JOINER}`);
}
