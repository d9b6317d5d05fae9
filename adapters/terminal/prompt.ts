/** The line people type on: history, completion, pasted text as one entry, and out of the way when asked. */
import { clearLine, createInterface, cursorTo } from 'node:readline';

export interface Prompt {
  /** A person types; otherwise lines come from a file or another program. */
  readonly interactive: boolean;
  /** Lines as they are entered; ends when the input does. */
  entries(): AsyncIterable<string>;
  show(): void;
  /** Takes the prompt off the screen; what was typed comes back with `show`. */
  hide(): void;
  /** Asks for one line, with a value to start from. */
  ask(question: string, value?: string): Promise<string>;
  close(): void;
}

export interface PromptOptions {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** What can be completed, for instance `/help`. */
  words: string[];
  /** Ctrl-C, told whether something was typed on the line. */
  onInterrupt(typed: boolean): void;
}

const PROMPT = '› ';
/** Lines that come faster than this are one pasted text, in milliseconds. */
const PASTE_MS = 30;

export function createPrompt({ input, output, words, onInterrupt }: PromptOptions): Prompt {
  const interactive = Boolean(input.isTTY && output.isTTY);
  const reader = createInterface({
    input,
    output,
    terminal: interactive,
    prompt: interactive ? PROMPT : '',
    completer: (line: string) => [words.filter((word) => word.startsWith(line)), line],
  });
  let shown = false;
  reader.on('SIGINT', () => {
    const typed = reader.line !== '';
    if (typed) reader.write(null, { ctrl: true, name: 'u' });
    onInterrupt(typed);
  });

  function show(): void {
    shown = interactive;
    if (interactive) reader.prompt(true);
  }

  function hide(): void {
    if (!shown) return;
    shown = false;
    clearLine(output, 0);
    cursorTo(output, 0);
  }

  function ask(question: string, value = ''): Promise<string> {
    hide();
    return new Promise((resolve) => {
      reader.question(`${question} `, resolve);
      if (interactive) reader.write(value);
    });
  }

  async function* entries(): AsyncIterable<string> {
    for await (const lines of gather(reader, interactive ? PASTE_MS : 0)) {
      shown = false;
      yield lines.join('\n');
    }
  }

  return { interactive, entries, show, hide, ask, close: () => reader.close() };
}

type LineReader = ReturnType<typeof createInterface>;

/** Lines in groups: what comes within `pauseMs` of one another belongs together; 0 keeps each alone. */
async function* gather(reader: LineReader, pauseMs: number): AsyncIterable<string[]> {
  const groups: string[][] = [];
  let open: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let wake = Promise.withResolvers<void>();

  function flush(): void {
    if (open.length > 0) groups.push(open);
    open = [];
    wake.resolve();
  }
  reader.on('line', (line) => {
    open.push(line);
    clearTimeout(timer);
    if (pauseMs === 0) flush();
    else timer = setTimeout(flush, pauseMs);
  });
  reader.on('close', () => {
    clearTimeout(timer);
    ended = true;
    flush();
  });

  for (;;) {
    const group = groups.shift();
    if (group) yield group;
    else if (ended) return;
    else {
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  }
}
