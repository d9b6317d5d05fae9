/** Where the terminal adapter writes: knows the width, whether there are colours, and the prompt's line. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Screen {
  /** Columns to fill. */
  readonly width: number;
  /** Writes below whatever is there; the prompt gets out of the way first. */
  write(text: string): void;
  style(style: Style, text: string): string;
}

export interface ScreenOptions {
  output: NodeJS.WriteStream;
  /** Called before each write, to take an open prompt away. */
  clearPrompt?(): void;
}

/** Lines longer than this tire the eye, however wide the window is. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 40;
/** When the output is no terminal. */
const DEFAULT_WIDTH = 80;

export function createScreen({ output, clearPrompt }: ScreenOptions): Screen {
  return {
    get width() {
      return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, output.columns ?? DEFAULT_WIDTH));
    },
    write(text) {
      clearPrompt?.();
      output.write(text);
    },
    style: (style, text) => (text ? styleText(style, text, { stream: output }) : ''),
  };
}
