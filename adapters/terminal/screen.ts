/** Where the terminal adapter writes: knows the width, whether there are styles, and what is only there for now. */
import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Screen {
  /** Columns to fill. */
  readonly width: number;
  /** Writes below whatever is there; the prompt and a passing line get out of the way first. */
  write(text: string): void;
  /** A line below what is written, only until the next write, which goes on at `column`. Terminals only. */
  showPassing(text: string, column: number): void;
  style(style: Style, text: string): string;
}

export interface ScreenOptions {
  output: NodeJS.WriteStream;
  /** Called before each write, so that an open prompt makes room. */
  giveWay?(): void;
}

/** Lines longer than this tire the eye, however wide the window is. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 40;
/** When the output is no terminal. */
const DEFAULT_WIDTH = 80;

export function createScreen({ output, giveWay }: ScreenOptions): Screen {
  /** Where writing goes on once the passing line is gone. */
  let returnTo: number | undefined;

  function removePassing(): void {
    if (returnTo === undefined) return;
    cursorTo(output, 0);
    clearLine(output, 0);
    moveCursor(output, 0, -1);
    cursorTo(output, returnTo);
    returnTo = undefined;
  }

  const style = (wanted: Style, text: string) =>
    text ? styleText(wanted, text, { stream: output }) : '';
  const screen: Screen = {
    get width() {
      return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, output.columns ?? DEFAULT_WIDTH));
    },
    write(text) {
      removePassing();
      giveWay?.();
      if (text) output.write(text);
    },
    showPassing(text, column) {
      if (!output.isTTY) return;
      screen.write('');
      output.write(`\n${style('dim', text.slice(0, screen.width - 1))}`);
      returnTo = column;
    },
    style,
  };
  return screen;
}
