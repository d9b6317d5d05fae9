import { describe, expect, it } from 'vitest';
import { createFlow, flowText } from '../../../adapters/terminal/flow.ts';

const plain = { width: 20, style: (_: unknown, text: string) => text };
const marked = { width: 60, style: (style: unknown, text: string) => `<${style}:${text}>` };

const TEXTS = [
  'one two three four five six seven eight nine ten',
  '1. a long point that goes on for a while\n2. short',
  '```ts\nconst  a = 1; // stays as long as it is\n```\nafter it',
  '決済が「支払う」を押した後に止まる、すべての端末で',
  'averyveryverylongwordthatfitsnowhere and more',
];

describe('createFlow', () => {
  it.each(TEXTS)('writes the same however the text arrives: %j', (text) => {
    const whole = flowText(text, plain);
    for (const size of [1, 2, 7]) {
      const flow = createFlow(plain);
      const parts = text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];
      expect(parts.map((part) => flow.push(part)).join('') + flow.end()).toBe(whole);
    }
  });

  it('wraps at words, and text without spaces anywhere', () => {
    expect(TEXTS.map((text) => flowText(text, plain)).join('\n\n')).toBe(
      `one two three four
five six seven eight
nine ten

1. a long point that
   goes on for a
   while
2. short

\`\`\`ts
const  a = 1; // stays as long as it is
\`\`\`
after it

決済が「支払う」を押
した後に止まる、すべ
ての端末で

averyveryverylongwor
dthatfitsnowhere and
more`,
    );
  });

  it('shows a word as soon as it has ended', () => {
    const flow = createFlow(plain);
    expect(flow.push('hel')).toBe('');
    expect(flow.push('lo wor')).toBe('hello');
    expect(flow.column).toBe(5);
    expect(flow.end()).toBe(' wor');
  });

  it('shows emphasis as such where there are styles, and leaves underscores in names alone', () => {
    expect(flowText('_I am new._ my_name _x', marked)).toBe(
      '<italic:I> <italic:am> <italic:new.> my_name <italic:x>',
    );
    expect(flowText('_a b_ c `_d_`', marked)).toBe('<italic:a> <italic:b> c <cyan:_d_>');
    expect(flowText('_a b_', plain)).toBe('_a b_');
  });

  it('shows bold and code as such where there are styles, and keeps the marks where there are none', () => {
    const text = 'a **b c** `d **e`';
    expect(flowText(text, marked)).toBe('a <bold:b> <bold:c> <cyan:d> <cyan:**><cyan:e>');
    expect(flowText(text, plain)).toBe(text);
  });

  it('does not let a mark without its pair style the lines after it', () => {
    expect(flowText('a ` b\nc', marked)).toBe('a  <cyan:b>\nc');
  });
});
