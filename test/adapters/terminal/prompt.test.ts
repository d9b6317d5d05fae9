import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPrompt, type Prompt } from '../../../adapters/terminal/prompt.ts';
import { createFakeTerminal } from '../../fakes/terminal.ts';

let open: Prompt | undefined;

function setUp({ isTTY = true } = {}) {
  const terminal = createFakeTerminal({ isTTY });
  let interrupts = 0;
  const prompt = createPrompt({
    ...terminal,
    words: ['/help', '/list'],
    onInterrupt: () => {
      interrupts += 1;
    },
  });
  open = prompt;
  const entries = prompt.entries()[Symbol.asyncIterator]();
  const next = async () => (await entries.next()).value;
  prompt.show();
  return { ...terminal, prompt, next, interrupts: () => interrupts };
}

describe('createPrompt', () => {
  afterEach(() => open?.close());

  it('gives what was typed, line by line, and ends with the input', async () => {
    const { input, type, next } = setUp({ isTTY: false });
    type('one\ntwo\n');
    expect([await next(), await next()]).toEqual(['one', 'two']);
    input.push(null);
    expect(await next()).toBeUndefined();
  });

  it('takes a pasted text as one entry, together with what is typed after it', async () => {
    const { type, next } = setUp();
    type('\u001b[200~first\nsecond\u001b[201~');
    type(' and more\r');
    expect(await next()).toBe('first\nsecond and more');
  });

  it('takes lines that come at once as one entry where the terminal does not mark a paste', async () => {
    const { type, next } = setUp();
    type('first\rsecond\r');
    expect(await next()).toBe('first\nsecond');
  });

  it('goes on in the next line after a backslash', async () => {
    const { type, next } = setUp();
    type('first\\\r');
    type('second\r');
    expect(await next()).toBe('first\nsecond');
  });

  it('completes commands', async () => {
    const { type, next, text } = setUp();
    type('/he');
    type('\t');
    await vi.waitFor(() => expect(text()).toContain('/help'));
    type('\r');
    expect(await next()).toBe('/help');
  });

  it('keeps what is typed while something else is on the screen, unseen until it is back', async () => {
    const { type, next, prompt, text } = setUp();
    type('one\r');
    expect(await next()).toBe('one');
    const before = text();
    type('two');
    expect(text()).toBe(before);
    prompt.show();
    expect(text().slice(before.length)).toContain('› two');
    type('\r');
    expect(await next()).toBe('two');
  });

  it('comes back below what was written over it', async () => {
    const { prompt, output, text } = setUp();
    prompt.giveWay();
    output.write('a notice\n');
    await new Promise(setImmediate);
    expect(text()).toMatch(/a notice\n› $/);
  });

  it('clears the line at the first ctrl-c, and interrupts at one on an empty line', () => {
    const { type, interrupts } = setUp();
    type('half a lin\u0003');
    expect(interrupts()).toBe(0);
    type('\u0003');
    expect(interrupts()).toBe(1);
  });

  it('asks with a value to start from, and takes that when the input ends', async () => {
    const { type, prompt, text, input } = setUp();
    const asked = prompt.ask('title:', 'Old');
    expect(text()).toContain('title: Old');
    type('er\r');
    expect(await asked).toBe('Older');
    const unanswered = prompt.ask('title:', 'Old');
    input.push(null);
    expect(await unanswered).toBe('Old');
  });

  it('gives a question up at ctrl-c, and goes on with the thread', async () => {
    const { type, prompt, interrupts, next } = setUp();
    const asked = prompt.ask('title:', 'Old');
    type('er');
    type('\u0003');
    expect(await asked).toBe('Old');
    expect(interrupts()).toBe(0);
    prompt.show();
    type('the next thing\r');
    expect(await next()).toBe('the next thing');
  });

  it('shows and asks nothing any more once it is closed', async () => {
    const { prompt } = setUp();
    prompt.close();
    prompt.show();
    expect(await prompt.ask('title:', 'Old')).toBe('Old');
  });

  it('leaves the terminal as it was', async () => {
    const { input, prompt, raw } = setUp();
    const closed = once(input, 'pause');
    prompt.close();
    await closed;
    expect(raw()).toMatch(/\[\?2004h.*\[\?2004l$/s);
  });
});
