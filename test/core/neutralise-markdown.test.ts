import { describe, expect, it } from 'vitest';
import {
  neutraliseLine,
  neutraliseMarkdown,
  neutraliseTitle,
} from '../../src/core/neutralise-markdown.ts';

/** Makes the joiner visible. */
const show = (text: string) => text.replaceAll('\u200d', '¦');
const markdown = (text: string) => show(neutraliseMarkdown(text));

describe('neutraliseMarkdown', () => {
  it.each([
    ['a mention', 'ask @octocat', 'ask @¦octocat'],
    ['a team', '(@org/team)', '(@¦org/team)'],
    ['a mention in emphasis', '_@octocat_', '_@¦octocat_'],
    ['a mention written as an entity', '&#64;octocat &commat;x', '&#64;¦octocat &commat;¦x'],
    ['a mention as the target of a link', '[x](@octocat)', '[x](@¦octocat)'],
    ['a mention inside an address', 'https://x.io/@octocat', 'https://x.io/%40octocat'],
  ])('keeps %s from pinging', (_, text, safe) => {
    expect(markdown(text)).toBe(safe);
  });

  it('leaves mail addresses, lonely at signs and user names in addresses alone', () => {
    const text = 'mail ana@example.com @ 5, https://git@example.com/x';
    expect(neutraliseMarkdown(text)).toBe(text);
  });

  it.each([
    ['fixes #1', 'fixes¦ #1'],
    ['Closes: owner/repo#12', 'Closes¦: owner/repo#12'],
    ['resolved https://github.com/o/r/issues/3', 'resolved¦ https://github.com/o/r/issues/3'],
    ['Implements ABC-12', 'Implements¦ ABC-12'],
    ['fix **#1**', 'fix¦ **#1**'],
  ])('keeps "%s" from closing an issue', (text, safe) => {
    expect(markdown(text)).toBe(safe);
  });

  it('leaves the same words without an issue alone', () => {
    const text = 'It closes the dialog; #1 is related, and a fix is known.';
    expect(neutraliseMarkdown(text)).toBe(text);
  });

  it('keeps a line from running a quick action', () => {
    expect(markdown('/close\n  /assign me\nuse a/b')).toBe('¦/close\n  ¦/assign me\nuse a/b');
  });

  it('shows HTML instead of taking it, so that no comment hides anything', () => {
    expect(markdown('the <Button> and <!-- x -->, 1 < 2')).toBe(
      'the <¦Button> and <¦!-- x -->, 1 < 2',
    );
  });

  it('breaks a planted marker even inside code', () => {
    const marker = '<!-- prompt-to-issue:0123456789abcdef -->';
    const fenced = `\`\`\`\n${marker}\n\`\`\``;
    expect(neutraliseMarkdown(fenced)).not.toContain(marker);
    expect(neutraliseMarkdown(marker)).not.toContain(marker);
  });

  it('leaves fenced code and code spans verbatim', () => {
    const text = [
      'Run `npm i @scope/x`, then:',
      '',
      '```ts',
      '@Decorator() // fixes #1 <b>',
      '/usr/bin/close',
      '```',
      '',
      '1. Or',
      '   ```sh',
      '   npm i @scope/x',
      '   ```',
    ].join('\n');
    expect(neutraliseMarkdown(text)).toBe(text);
  });

  it('breaks a quick action even in code, which old servers may take for outside of it', () => {
    expect(markdown('a ` b\n\n```\n`\n/close\n/api/close\n```')).toBe(
      'a ` b\n\n```\n`\n¦/close\n/api/close\n```',
    );
  });

  it('closes a fence that was left open, so that nothing after it is swallowed', () => {
    expect(neutraliseMarkdown('```\n@x')).toBe('```\n@x\n```');
  });

  it('writes other fences as the only one that quick actions respect', () => {
    expect(markdown('~~~sh @x\n/close\n~~~')).toBe('```sh\n¦/close\n```');
    expect(markdown('~~~\n```\n/close\n~~~')).toBe('````\n```\n¦/close\n````');
  });

  it.each([
    ['an unpaired backtick before', 'a ` b\n`@x`'],
    ['an escaped backtick before', '\\` `@x`'],
    ['an address that swallows the backtick', 'https://a` @x`'],
    ['a link that swallows the backtick', '[a](`) @x`'],
    ['a table that ends the span', '`a | @x | b`'],
    ['a fence that ended with its list item', '- a\n  ```\n```\n```\n```\n@x\n```'],
    ['a fence behind a list marker', '- ```\n  ```\n  @x\n  ```'],
    ['the first line of front matter', '---\n```\n---\n@x\n```'],
  ])('takes no code for granted after %s', (_, text) => {
    expect(markdown(text)).toMatch(/@¦x|¦---|¦```/);
  });

  it('takes a description of the greatest length in its stride', () => {
    for (const unit of ['  ```x\n', '` `` ', '- - ', '[a](', 'fix ((((', '@', '````x']) {
      const text = unit.repeat(Math.ceil(50_000 / unit.length));
      const startedAt = performance.now();
      neutraliseMarkdown(text);
      expect(performance.now() - startedAt, unit).toBeLessThan(2_000);
    }
  });
});

describe('neutraliseLine and neutraliseTitle', () => {
  it('keep a list item from opening a fence or a second line', () => {
    expect(show(neutraliseLine('```js\n@x'))).toBe('¦```js @¦x');
  });

  it('take nothing in a title for code', () => {
    expect(show(neutraliseTitle('`@x` fixes #1'))).toBe('`@¦x` fixes¦ #1');
  });
});
