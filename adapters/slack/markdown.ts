/**
 * Text of people and models on its way to Slack. Slack reads Markdown itself (`markdown` blocks, `markdown_text`);
 * everywhere else its own mrkdwn is escaped. In both, nothing that was not meant may notify anybody: `<!channel>`,
 * `<!here>`, `<@U…>` and `<!subteam^…>` are Slack's mentions wherever they stand, code included.
 */
import { cutText, wellFormedPrefix } from '../../src/core/cut-text.ts';

/** U+2060, a word joiner: takes no room, and what it stands in is no mention. */
const JOINER = '\u2060';
const MENTION = /(?:<|&(?:lt|#0*60|#x0*3c);)\\?(?=[!@#])/gi;

/** Markdown that pings nobody. What is a prefix before is a prefix after, so that a growing text can be streamed. */
export function toSlackMarkdown(text: string): string {
  return text.toWellFormed().replaceAll(MENTION, `$&${JOINER}`);
}

/** One text inside mrkdwn, literally: Slack's own three escapes, and the marks that would format it. */
export function escapeMrkdwn(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~`](?=\S)|(?<=\S)[*_~`]/g, `${JOINER}$&${JOINER}`);
}

/** The same, cut so that what it becomes has at most `most` characters. */
export function escapeWithin(text: string, most: number): string {
  let escaped = escapeMrkdwn(text);
  for (let kept = most; escaped.length > most; kept = Math.floor(kept * 0.8)) {
    escaped = escapeMrkdwn(cutText(text, kept));
  }
  return escaped;
}

const MAX_LINK_LENGTH = 1_000;

/** A link of mrkdwn; only an address that people can open becomes one. */
export function linkMrkdwn(label: string, url: string): string {
  if (!/^https?:\/\//.test(url) || url.length > MAX_LINK_LENGTH)
    return `${escapeMrkdwn(label)} (${escapeWithin(url, MAX_LINK_LENGTH)})`;
  const address = url.replaceAll(/[\s<>|]/g, encodeURIComponent).replaceAll('&', '&amp;');
  return `<${address}|${escapeMrkdwn(label).replaceAll('|', '¦')}>`;
}

/** What a notification and a screen reader say: plain words of a Markdown text, escaped. */
export function toFallbackText(markdown: string, most: number): string {
  const plain = markdown
    .replaceAll(/^[ \t]*(?:`{3,}|~{3,}).*$/gm, '')
    .replaceAll(/\[([^\]]*)\]\((?:[^()\s]*)\)/g, '$1')
    .replaceAll(/^#{1,6}\s+/gm, '')
    .replaceAll(/\*\*|__|`/g, '')
    .trim();
  // An escape is up to five characters long.
  const escaped = escapeMrkdwn(plain);
  return (escaped.length > most ? `${wellFormedPrefix(escaped, most - 1)}…` : escaped) || '…';
}
