/**
 * Markdown of models and people as HTML that can do nothing: raw HTML is shown as text, links lead to
 * the web only and say that they are somebody else's, images become links.
 */
import { createRequire } from 'node:module';
import { raw } from 'hono/html';
import type MarkdownIt from 'markdown-it';
import type { Html } from './page.ts';

const require = createRequire(import.meta.url);
let markdown: MarkdownIt | undefined;

export function renderMarkdown(text: string): Html {
  markdown ??= createMarkdown();
  return raw(markdown.render(text)) as Html;
}

/** Loaded with the first page that shows any: a process that only answers in chat needs none. */
function createMarkdown(): MarkdownIt {
  const Markdown = require('markdown-it') as typeof MarkdownIt;
  const made = new Markdown({ html: false, linkify: true, breaks: true });
  made.validateLink = (url) => /^https?:\/\//i.test(url);
  made.disable('image');
  made.renderer.rules.link_open = (tokens, index, options, _, self) => {
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow ugc');
    return self.renderToken(tokens, index, options);
  };
  // A page has one title of its own: headings in a text stand two levels below.
  made.core.ruler.push('lower-headings', ({ tokens }) => {
    for (const token of tokens.filter(({ type }) => /^heading_(open|close)$/.test(type))) {
      token.tag = `h${Math.min(Number(token.tag.slice(1)) + 2, 6)}`;
    }
  });
  return made;
}
