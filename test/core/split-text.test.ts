import { describe, expect, it } from 'vitest';
import { findEnd, splitText } from '../../src/core/split-text.ts';
import { createChance } from '../chance.ts';

const LINES = [
  'A sentence. And another one, somewhat longer than the first.',
  '支払いボタンを押すと画面が固まります。Safari 17 でのみ起きます、再読み込みしても直りません。',
  '👩‍👩‍👧‍👦🎉'.repeat(30),
  'x'.repeat(400),
  'word '.repeat(60),
  '- a list item',
  '# A heading',
  '',
  '',
  '```',
  '```ts',
  '~~~~',
  '  ```js',
  '``` not `a` fence',
  '    const indented = true;',
];

const withoutFences = (text: string) => text.replaceAll(/^[ \t]*(?:`{3,}|~{3,})[^\n]*$/gm, '');
const letters = (text: string) => withoutFences(text).replaceAll(/\s/g, '');

/** Whether a reader that knows nothing of the other pieces is left inside a code block. */
function endsInsideCode(text: string): boolean {
  let open = '';
  for (const line of text.split('\n')) {
    const [, mark = '', info = ''] = /^[ \t]*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (mark === '') continue;
    if (open === '') open = mark.startsWith('`') && info.includes('`') ? '' : mark;
    else if (mark.startsWith(open) && info.trim() === '') open = '';
  }
  return open !== '';
}

describe('splitText', () => {
  it('leaves what fits as it is', () => {
    expect(splitText('short', 100)).toEqual(['short']);
    expect(splitText(' \n\n ', 100)).toEqual([]);
  });

  it('cuts between paragraphs rather than inside one', () => {
    const [one, two] = ['a '.repeat(40).trim(), 'b '.repeat(40).trim()];
    expect(splitText(`${one}\n\n${two}`, 120)).toEqual([one, two]);
  });

  it('closes a code block it has to cut, and opens it again in its language', () => {
    const code = Array.from({ length: 20 }, (_, index) => `const a${index} = ${index};`).join('\n');
    const pieces = splitText(`Look:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nDone.`, 150);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces.slice(1, -1)) expect(piece).toMatch(/^```ts\n[\s\S]+\n```$/);
  });

  it('ends a piece where it is told to, in the middle of a code block too', () => {
    const text = 'One two.\n\n```ts\nconst a = 1;\nconst b = 2;\n```';
    const inCode = text.indexOf('const b');
    expect(splitText(text, 1_000, [4, inCode])).toEqual([
      'One',
      'two.\n\n```ts\nconst a = 1;\n```',
      '```ts\nconst b = 2;\n```',
    ]);
    expect(splitText('One two.', 1_000, [8])).toEqual(['One two.']);
  });

  it('finds where a growing text may end: behind its last line, else sentence, word, character', () => {
    expect(findEnd('One.\nTwo. Thr', 2)).toBe(5);
    expect(findEnd('One. Two. Thr', 2)).toBe(10);
    expect(findEnd('One two thr', 2)).toBe(8);
    expect(findEnd('再読み込みして', 2)).toBe(6);
  });

  it('keeps every piece within the limit, every letter once and every code block whole', () => {
    const chance = createChance(7);
    for (let round = 0; round < 400; round += 1) {
      const limit = chance.between(100, 700);
      const text = chance.list(40, () => chance.oneOf(LINES)).join('\n');
      const lines = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);
      const ends = lines.filter(() => chance.between(1, 20) === 1);
      const pieces = splitText(text, limit, ends);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(limit);
        expect(piece.trim()).not.toBe('');
        expect(piece.isWellFormed()).toBe(true);
      }
      expect(pieces.slice(0, -1).some(endsInsideCode)).toBe(false);
      expect(letters(pieces.join('\n'))).toBe(letters(text));
    }
  });

  it('keeps the earlier pieces of a text that grows', () => {
    const chance = createChance(8);
    for (let round = 0; round < 50; round += 1) {
      const text = chance.list(60, () => chance.oneOf(LINES)).join('\n');
      let before: string[] = [];
      for (let length = 0; length <= text.length; length += 97) {
        const pieces = splitText(text.slice(0, length).trimEnd(), 300);
        const settled = before.slice(0, -1);
        expect(pieces.slice(0, settled.length)).toEqual(settled);
        before = pieces;
      }
    }
  });
});
