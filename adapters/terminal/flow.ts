/**
 * Markdown as it grows, wrapped at words: no word waits for more than its own end. Bold, emphasis and
 * code are shown as such where the terminal has styles; otherwise the text keeps its Markdown.
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Screen } from './screen.ts';

type Painter = Pick<Screen, 'width' | 'style'>;

export interface Flow {
  /** What to write for this much more text. */
  push(text: string): string;
  /** What to write for the last word. */
  end(): string;
  /** Columns used on the present line. */
  readonly column: number;
}

/** Scripts written without spaces: a line may break after each of their characters. */
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}';
const TOKEN = new RegExp(
  `\\n|[^\\S\\n]+|[${UNSPACED}]|[^\\s${UNSPACED}]+(?=[\\s${UNSPACED}])`,
  'uy',
);
const BULLET = /^(?:[-*+☐·]|\d{1,3}[.)])$/;
const FENCE = '```';

export function createFlow(painter: Painter): Flow {
  const line = createLine(painter.width);
  const ink = createInk(painter.style);
  let rest = '';

  function take(token: string): string {
    if (token === '\n') {
      ink.endLine();
      return line.end();
    }
    const { isFresh } = line;
    if (token.trim() === '') return ink.isCode() ? line.add(token) : line.space(token);
    const shown = ink.paint(token, isFresh);
    return ink.isCode() ? line.add(shown) : line.place(shown, BULLET.test(token));
  }

  return {
    push(text) {
      rest += text;
      const { tokens, left } = readTokens(rest);
      rest = left;
      return tokens.map(take).join('');
    },
    end() {
      const last = rest;
      rest = '';
      return last === '' ? '' : take(last);
    },
    get column() {
      return line.column;
    },
  };
}

/** A whole text at once. */
export function flowText(text: string, painter: Painter): string {
  const flow = createFlow(painter);
  return flow.push(text) + flow.end();
}

/** Line ends, spaces and words that have ended; `left` is a word that may go on. */
function readTokens(text: string): { tokens: string[]; left: string } {
  const tokens: string[] = [];
  let read = 0;
  for (;;) {
    TOKEN.lastIndex = read;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return { tokens, left: text.slice(read) };
    tokens.push(token);
    read += token.length;
  }
}

/** The line being written: where it is, and where it goes on when it is full. */
function createLine(width: number) {
  let column = 0;
  let pending = '';
  let hang = 0;
  let isFresh = true;

  /** A word longer than a line is cut where the line ends. */
  function write(lead: string, word: string): string {
    const room = Math.max(1, width - column - lead.length);
    const [first = '', ...others] = wrapAnsi(word, room, { hard: true }).split('\n');
    column += lead.length + stringWidth(first);
    const last = others.at(-1);
    if (last !== undefined) column = hang + stringWidth(last);
    return [lead + first, ...others.map((other) => ' '.repeat(hang) + other)].join('\n');
  }

  return {
    get column() {
      return column;
    },
    /** Nothing but space on it yet. */
    get isFresh() {
      return isFresh;
    },
    end(): string {
      column = 0;
      pending = '';
      hang = 0;
      isFresh = true;
      return '\n';
    },
    /** Written with the word that follows, if that fits. */
    space(text: string): string {
      pending += text.replaceAll('\t', '    ');
      return '';
    },
    place(word: string, isBullet: boolean): string {
      const [lead, begins, size] = [pending, isFresh, stringWidth(word)];
      pending = '';
      isFresh = false;
      if (begins) hang = lead.length + (isBullet ? size + 1 : 0);
      if (begins || column + lead.length + size <= width) return write(lead, word);
      column = 0;
      return `\n${write(' '.repeat(hang), word)}`;
    },
    /** As it is, however long. */
    add(text: string): string {
      if (text.trim() !== '') isFresh = false;
      column += stringWidth(text);
      return text;
    },
  };
}

/** How words look: marks of Markdown become styles, where there are styles. */
function createInk(style: Screen['style']) {
  const isStyled = style('bold', 'x') !== 'x';
  let fence: 'none' | 'open' | 'closing' = 'none';
  let isHeading = false;
  let bold = false;
  let code = false;
  let italic = false;

  function paintPart(part: string): string {
    if (part === '`') code = !code;
    else if (part === '**' && !code) bold = !bold;
    else if (code) return style('cyan', part);
    else if (bold || isHeading) return style('bold', part);
    else return italic ? style('italic', part) : part;
    return '';
  }

  /** Underscores stand for emphasis around words only: inside one they are part of a name. */
  function paintWord(word: string): string {
    const opens = !code && /^_[^_]/.test(word);
    if (opens) italic = true;
    const closes = italic && !code && /[^_]_[.,;:!?)]*$/.test(word);
    const bare = word.slice(opens ? 1 : 0);
    const shown = closes ? bare.replace(/_(?=[.,;:!?)]*$)/, '') : bare;
    const parts = shown.split(/(\*\*|`)/).filter((part) => part !== '');
    const painted = parts.map(paintPart).join('');
    if (closes) italic = false;
    return painted;
  }

  return {
    isCode: () => fence !== 'none',
    paint(word: string, begins: boolean): string {
      const isFence = begins && word.startsWith(FENCE);
      if (isFence) fence = fence === 'none' ? 'open' : 'closing';
      if (fence !== 'none') return style('dim', word);
      if (begins && /^#{1,6}$/.test(word)) isHeading = true;
      if (!isStyled) return word;
      return paintWord(word);
    },
    /** A mark without its pair styles the rest of its line at most. */
    endLine(): void {
      if (fence === 'closing') fence = 'none';
      isHeading = false;
      bold = false;
      code = false;
      italic = false;
    },
  };
}
