/** A terminal in memory: what is typed goes in, what would be on the screen comes out. */
import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

export interface FakeTerminal {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  type(keys: string): void;
  /** Everything written so far, as it was written. */
  raw(): string;
  /** The same without escape sequences. */
  text(): string;
}

export function createFakeTerminal({ columns = 80, isTTY = true } = {}): FakeTerminal {
  const chunks: string[] = [];
  const written = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const typed = new PassThrough();
  const raw = () => chunks.join('');
  return {
    input: Object.assign(typed, { isTTY, setRawMode: () => typed }) as unknown as NodeJS.ReadStream,
    output: Object.assign(written, { isTTY, columns }) as unknown as NodeJS.WriteStream,
    type: (keys) => typed.write(keys),
    raw,
    text: () => stripVTControlCharacters(raw()),
  };
}
