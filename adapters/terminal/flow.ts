/**
 * Markdown as it grows, wrapped at words: no word waits for more than its own end. Bold and code are
 * shown as such where the terminal has styles; otherwise the text keeps its Markdown.
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Screen } from './screen.ts';

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

export function createFlow({ width, style }: Pick<Screen, 'width' | 'style'>): Flow {
  const isStyled = style('bold', 'x') !== 'x';
  const line = { column: 0, space: '', hang: 0, isFresh: true, isHeading: false };
  let rest = '';
  let fenced = false;
  let bold = false;
  let code = false;

  function take(token: string): string {
    if (token === '\n') return endLine();
    if (fenced) return writeCode(token);
    if (token.trim() === '') {
      line.space += token.replaceAll('\t', '    ');
      return '';
    }
    return writeWord(token);
  }

  /** A mark without its pair styles the rest of its line at most. */
  function endLine(): string {
    bold = false;
    code = false;
    Object.assign(line, { column: 0, space: '', hang: 0, isFresh: true, isHeading: false });
    return '\n';
  }

  function writeCode(token: string): string {
    if (line.isFresh && token.startsWith('```')) fenced = false;
    if (token.trim() !== '') line.isFresh = false;
    line.column += stringWidth(token);
    return style('dim', token);
  }

  function writeWord(word: string): string {
    const begins = line.isFresh;
    const lead = line.space;
    const shown = paint(word, begins);
    const size = stringWidth(shown);
    line.space = '';
    line.isFresh = false;
    if (begins) line.hang = lead.length + (BULLET.test(word) ? size + 1 : 0);
    const room = width - line.column - lead.length;
    if (size <= room || begins) return place(lead, shown, room);
    line.column = 0;
    return `\n${place(' '.repeat(line.hang), shown, width - line.hang)}`;
  }

  /** A word longer than a line is cut where the line ends. */
  function place(lead: string, shown: string, room: number): string {
    const [first = '', ...others] = wrapAnsi(shown, Math.max(1, room), { hard: true }).split('\n');
    const last = others.at(-1);
    const indent = ' '.repeat(line.hang);
    line.column =
      last === undefined
        ? line.column + lead.length + stringWidth(first)
        : line.hang + stringWidth(last);
    return [`${lead}${first}`, ...others.map((other) => `${indent}${other}`)].join('\n');
  }

  function paint(word: string, begins: boolean): string {
    if (begins && word.startsWith('```')) {
      fenced = true;
      return style('dim', word);
    }
    if (begins && /^#{1,6}$/.test(word)) line.isHeading = true;
    return isStyled ? paintMarks(word) : word;
  }

  function paintMarks(word: string): string {
    return word
      .split(/(\*\*|`)/)
      .filter((part) => part !== '')
      .map((part) => {
        if (part === '`') code = !code;
        else if (part === '**' && !code) bold = !bold;
        else if (code) return style('cyan', part);
        else return bold || line.isHeading ? style('bold', part) : part;
        return '';
      })
      .join('');
  }

  return {
    push(text) {
      rest += text;
      const tokens: string[] = [];
      TOKEN.lastIndex = 0;
      for (let from = 0; ; from = TOKEN.lastIndex) {
        const token = TOKEN.exec(rest)?.[0];
        if (token === undefined) {
          rest = rest.slice(from);
          return tokens.map(take).join('');
        }
        tokens.push(token);
      }
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
export function flowText(text: string, painter: Pick<Screen, 'width' | 'style'>): string {
  const flow = createFlow(painter);
  return flow.push(text) + flow.end();
}
