/**
 * What GitHub does unasked with a text: it notifies whom it mentions, closes what it names after a
 * keyword, and takes HTML. Read from the rendered Markdown, as GitHub does: not in code, and mentions
 * not inside links.
 */
import MarkdownIt from 'markdown-it';

export interface TextEffects {
  /** Without the at sign. */
  pinged: string[];
  /** Closing keywords with what they name. */
  closing: string[];
  /** HTML, comments included. */
  html: string[];
}

const renderer = new MarkdownIt({ html: true, linkify: true });
const MENTION = /(?<![\w/])@([a-z\d](?:[a-z\d-]*)(?:\/[\w.-]+)?)/gi;
const CLOSING =
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?(?:#|GH-|https?:\/\/\S+\/issues\/)\d+/gi;

export function readEffects(markdown: string): TextEffects {
  const effects: TextEffects = { pinged: [], closing: [], html: [] };
  for (const { type, content, children } of renderer.parse(markdown, {})) {
    if (type === 'html_block') effects.html.push(content.trim());
    if (type === 'inline') readInline(children ?? [], effects);
  }
  return effects;
}

function readInline(
  tokens: { type: string; content: string }[],
  { pinged, closing, html }: TextEffects,
): void {
  let links = 0;
  let whole = '';
  for (const { type, content } of tokens) {
    if (type === 'link_open') links += 1;
    if (type === 'link_close') links -= 1;
    if (type === 'html_inline') html.push(content);
    if (type === 'softbreak' || type === 'hardbreak') whole += '\n';
    if (!type.startsWith('text')) continue;
    whole += content;
    if (links > 0) continue;
    pinged.push(...[...content.matchAll(MENTION)].map(([, name = '']) => name));
  }
  closing.push(...[...whole.matchAll(CLOSING)].map(([found]) => found));
}
