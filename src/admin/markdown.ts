/**
 * Markdown of models and people as HTML that can do nothing: raw HTML is shown as text, links lead to
 * the web only and say that they are somebody else's, images become links.
 */
import { raw } from 'hono/html';
import MarkdownIt from 'markdown-it';
import type { Html } from './page.ts';

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
markdown.validateLink = (url) => /^https?:\/\//i.test(url);
markdown.disable('image');
markdown.renderer.rules.link_open = (tokens, index, options, _, self) => {
  tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow ugc');
  return self.renderToken(tokens, index, options);
};
// A page has one title of its own: headings in a text stand two levels below.
markdown.core.ruler.push('lower-headings', ({ tokens }) => {
  for (const token of tokens.filter(({ type }) => /^heading_(open|close)$/.test(type))) {
    token.tag = `h${Math.min(Number(token.tag.slice(1)) + 2, 6)}`;
  }
});

export function renderMarkdown(text: string): Html {
  return raw(markdown.render(text)) as Html;
}
