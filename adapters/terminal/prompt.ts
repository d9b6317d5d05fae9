/** The line people type on: history, completion, pasted text as one entry, and out of the way when asked. */
import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';

export interface Prompt {
  /** A person types; otherwise lines come from a file or another program. */
  readonly interactive: boolean;
  /** What was entered, line by line; ends when the input does. */
  entries(): AsyncIterable<string>;
  show(): void;
  /** Makes room for something else to be written; the prompt and what was typed come back below it. */
  giveWay(): void;
  /** Asks for one line, with a value to start from; that value when the input ends, or after Ctrl-C. */
  ask(question: string, value?: string): Promise<string>;
  close(): void;
}

export interface PromptOptions {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** What can be completed, for instance `/help`. */
  words: string[];
  /** Ctrl-C on an empty line. */
  onInterrupt(): void;
}

type LineReader = ReturnType<typeof createInterface>;

const PROMPT = '› ';
/** Lines that come faster than this are one pasted text, in milliseconds. */
const PASTE_MS = 30;
/** A terminal that is asked to marks what is pasted. */
const MARK_PASTES = '\u001b[?2004h';
const LEAVE_PASTES = '\u001b[?2004l';

export function createPrompt({ input, output, words, onInterrupt }: PromptOptions): Prompt {
  const interactive = Boolean(input.isTTY && output.isTTY);
  const gate = createGate(output);
  const reader = createInterface({
    input,
    output: gate.stream,
    terminal: interactive,
    prompt: interactive ? PROMPT : '',
    completer: (line: string) => [words.filter((word) => word.startsWith(line)), line],
  });
  const gathered = gatherLines(reader, input, interactive);
  let isWanted = false;
  let isClosed = false;
  let question: AbortController | undefined;
  if (interactive) output.write(MARK_PASTES);
  reader.once('close', () => {
    isClosed = true;
    // Whatever comes next begins on a line of its own.
    if (interactive) output.write(`${isWanted ? '\n' : ''}${LEAVE_PASTES}`);
  });
  reader.on('SIGINT', () => {
    if (question) return question.abort();
    const isEmpty = reader.line === '' && !gathered.dropOpen();
    if (isEmpty) onInterrupt();
    else reader.write(null, { ctrl: true, name: 'u' });
  });

  function show(): void {
    if (isClosed) return;
    isWanted = true;
    gate.open();
    if (interactive) reader.prompt(true);
  }

  function giveWay(): void {
    if (!interactive || !gate.isOpen()) return;
    moveCursor(output, 0, -reader.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    gate.close();
    if (isWanted) setImmediate(() => isWanted && show());
  }

  async function ask(text: string, value = ''): Promise<string> {
    if (isClosed) return value;
    gate.open();
    question = new AbortController();
    const answered = askOn(reader, text, value, question.signal);
    if (interactive) reader.write(value);
    try {
      return await answered;
    } finally {
      question = undefined;
    }
  }

  async function* entries(): AsyncIterable<string> {
    for await (const lines of gathered.groups()) {
      isWanted = false;
      // What is typed from here on is kept, and seen when the prompt comes back.
      if (interactive) gate.close();
      yield lines.join('\n');
    }
  }

  return { interactive, entries, show, giveWay, ask, close: () => reader.close() };
}

function askOn(
  reader: LineReader,
  text: string,
  value: string,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve) => {
    const keep = () => resolve(value);
    reader.once('close', keep);
    signal.addEventListener('abort', () => {
      reader.off('close', keep);
      // What was typed is no message.
      reader.write(null, { ctrl: true, name: 'e' });
      reader.write(null, { ctrl: true, name: 'u' });
      keep();
    });
    reader.question(`${text} `, { signal }, (answer) => {
      reader.off('close', keep);
      resolve(answer);
    });
  });
}

/** Lets what the line editor draws through to the terminal, or not. */
function createGate(output: NodeJS.WriteStream) {
  let isOpen = true;
  const stream = new Writable({
    write(chunk, _, done) {
      if (isOpen) output.write(chunk);
      done();
    },
  });
  // The line editor asks its output how wide it is, and listens for changes.
  Object.defineProperty(stream, 'columns', { get: () => output.columns });
  output.on('resize', () => stream.emit('resize'));
  return {
    stream,
    isOpen: () => isOpen,
    open() {
      isOpen = true;
    },
    close() {
      isOpen = false;
    },
  };
}

/** Lines in groups: a pasted text is one, and a line that ends in a backslash goes on in the next. */
function gatherLines(reader: LineReader, input: NodeJS.ReadStream, interactive: boolean) {
  const groups: string[][] = [];
  let open: string[] = [];
  let isPasting = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let wake = Promise.withResolvers<void>();

  function flush(): void {
    if (open.length > 0) groups.push(open);
    open = [];
    wake.resolve();
  }
  function take(line: string): void {
    clearTimeout(timer);
    const goesOn = interactive && !isPasting && line.endsWith('\\');
    open.push(goesOn ? line.slice(0, -1) : line);
    if (!interactive) flush();
    else if (!isPasting && !goesOn) timer = setTimeout(flush, PASTE_MS);
  }
  input.on('keypress', (_, key: { name?: string } | undefined) => {
    if (key?.name === 'paste-start') isPasting = true;
    if (key?.name === 'paste-end') isPasting = false;
  });
  reader.on('line', take);
  reader.on('close', () => {
    clearTimeout(timer);
    ended = true;
    flush();
  });

  return {
    /** Forgets the lines of an entry that is not complete; whether there were any. */
    dropOpen(): boolean {
      const had = open.length > 0;
      open = [];
      return had;
    },
    async *groups(): AsyncIterable<string[]> {
      for (;;) {
        const group = groups.shift();
        if (group) yield group;
        else if (ended) return;
        else {
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
      }
    },
  };
}
