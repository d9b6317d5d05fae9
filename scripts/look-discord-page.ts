/**
 * Discord's messages and modals as a page that looks like Discord on a phone: near enough to judge how a card or a
 * window reads.
 */
import { type APIEmbed, ComponentType } from 'discord.js';
import MarkdownIt from 'markdown-it';
import type { ModalView } from '../adapters/discord/modal.ts';
import type { Content } from '../adapters/discord/own-messages.ts';

const markdown = new MarkdownIt({ breaks: true, linkify: true });

/** Any component, as far as it is drawn. */
interface Component {
  type: ComponentType;
  label?: string;
  style?: number;
  value?: string;
  placeholder?: string;
  required?: boolean;
  options?: { label: string; default?: boolean }[];
  components?: Component[];
  component?: Component;
}

/** A message of the bot in a thread. */
export function renderMessagePage({ content = '', embeds = [], components = [] }: Content): string {
  const name =
    '<div class="name">Prompt to Issue <span class="app">✓ APP</span> <time>10:04</time></div>';
  const words = content ? `<div class="markdown">${render(content)}</div>` : '';
  const rows = components.map((row) => component(row as Component)).join('');
  return page(
    `<div class="message"><div class="face">🎫</div><div>${name}${words}${embeds.map(embed).join('')}${rows}</div></div>`,
  );
}

export function renderModalPage({ title, components }: ModalView): string {
  const inputs = components.map((one) => component(one as Component)).join('');
  const foot = '<div class="foot"><span>Cancel</span><button class="s1">Submit</button></div>';
  return page(`<div class="bar"><b>${escapeHtml(title)}</b><span>✕</span></div>${inputs}${foot}`);
}

/** Discord's own: small print, and quotes that markdown-it knows too. */
function render(text: string): string {
  const small = text.replaceAll(/^-# (.+)$/gm, '⟪$1⟫');
  return markdown.render(small).replaceAll('⟪', '<small>').replaceAll('⟫', '</small>');
}

function embed({ title, url, color = 0, author, description, fields = [], footer }: APIEmbed) {
  const head = title ? `<div class="title">${url ? link(title, url) : render(title)}</div>` : '';
  const parts = [
    author ? `<div class="author">${escapeHtml(author.name)}</div>` : '',
    head,
    description ? `<div class="markdown">${render(description)}</div>` : '',
    `<div class="fields">${fields.map(field).join('')}</div>`,
    footer ? `<div class="footer">${escapeHtml(footer.text)}</div>` : '',
  ];
  const bar = `#${color.toString(16).padStart(6, '0')}`;
  return `<div class="embed" style="border-color: ${bar}">${parts.join('')}</div>`;
}

const field = ({ name, value, inline }: NonNullable<APIEmbed['fields']>[number]) =>
  `<div class="${inline ? 'inline' : 'field'}"><b>${escapeHtml(name)}</b><div class="markdown">${render(value)}</div></div>`;

const link = (text: string, url: string) => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;

function component(one: Component): string {
  switch (one.type) {
    case ComponentType.ActionRow:
      return `<div class="row">${(one.components ?? []).map(component).join('')}</div>`;
    case ComponentType.Button:
      return `<button class="s${one.style}">${escapeHtml(one.label ?? '')}</button>`;
    case ComponentType.Label: {
      const star = one.component?.required === false ? '' : ' <i>*</i>';
      return `<label><b>${escapeHtml(one.label ?? '')}${star}</b>${one.component ? component(one.component) : ''}</label>`;
    }
    case ComponentType.TextInput: {
      const shown = one.value ? escapeHtml(one.value) : placeholderOf(one);
      return `<div class="input ${one.style === 2 ? 'tall' : ''}">${shown}</div>`;
    }
    default: {
      const chosen = (one.options ?? []).filter((option) => option.default);
      const shown = chosen.map(({ label }) => `<span class="chip">${escapeHtml(label)}</span>`);
      return `<div class="input select">${shown.join('') || placeholderOf(one)}<span class="arrow">⌄</span></div>`;
    }
  }
}

const placeholderOf = ({ placeholder = '' }: Component) =>
  `<span class="placeholder">${escapeHtml(placeholder)}</span>`;

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function page(body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}</body>`;
}

/** Discord's phone app in its dark theme, from memory: sizes and gaps, not its every colour. */
const STYLE = `
body { margin: 0; padding: 14px; background: #1c1d23; color: #dbdee1; font: 15px/1.4 'gg sans', 'Noto Sans', 'Helvetica Neue', Arial, 'Noto Color Emoji', sans-serif; }
.message { display: grid; grid-template-columns: 40px 1fr; gap: 12px; }
.message > div { min-width: 0; overflow-wrap: anywhere; }
.face { width: 40px; height: 40px; border-radius: 50%; background: #5865f2; text-align: center; line-height: 40px; font-size: 20px; }
.name { font-weight: 600; color: #f2f3f5; } .app { font-size: 10px; background: #5865f2; border-radius: 4px; padding: 1px 5px; color: #fff; vertical-align: 1px; }
time { font-weight: 400; font-size: 12px; color: #949ba4; }
.embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 12px 12px; margin: 6px 0 8px; font-size: 14px; }
.author { font-size: 12.5px; font-weight: 600; color: #dbdee1; margin-bottom: 4px; }
.title { font-size: 15.5px; font-weight: 600; color: #f2f3f5; } .title p { margin: 0; }
.markdown p { margin: 4px 0; } .markdown ul, .markdown ol { margin: 4px 0; padding-left: 20px; }
.markdown h1, .markdown h2, .markdown h3 { font-size: 16px; margin: 10px 0 2px; color: #f2f3f5; }
.markdown small { color: #949ba4; }
.fields { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; } .fields > div { min-width: 0; } .field, .inline { flex: 1 0 100%; } .fields b { color: #f2f3f5; font-size: 13.5px; }
.footer { font-size: 12px; color: #dbdee1; margin-top: 8px; }
code { background: #1e1f22; border-radius: 3px; padding: 1px 4px; font: 12.5px/1.4 'Noto Sans Mono', Consolas, monospace; }
pre { background: #1e1f22; border: 1px solid #111214; border-radius: 4px; padding: 8px; margin: 6px 0; white-space: pre-wrap; } pre code { padding: 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; } .row .input { flex: 1; }
button { font: inherit; font-size: 14px; font-weight: 500; padding: 6px 14px; border: 0; border-radius: 8px; color: #fff; background: #3f4047; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
button.s1 { background: #5865f2; } button.s3 { background: #248046; } button.s4 { background: #da373c; }
.bar { display: flex; justify-content: space-between; font-size: 18px; color: #f2f3f5; margin-bottom: 10px; }
label { display: block; margin: 14px 0; } label b { color: #f2f3f5; } label i { color: #f23f43; font-style: normal; }
.input { background: #121317; border: 1px solid #35363c; border-radius: 8px; padding: 8px 12px; margin-top: 5px; min-height: 21px; white-space: pre-wrap; overflow-wrap: anywhere; position: relative; }
.tall { min-height: 84px; max-height: 240px; overflow: hidden; } .placeholder { color: #83868e; } .select { padding-right: 30px; } .arrow { position: absolute; right: 12px; top: 5px; color: #949ba4; }
.chip { background: #3f4047; border-radius: 4px; padding: 1px 7px; margin: 0 5px 2px 0; display: inline-block; }
.foot { display: flex; justify-content: flex-end; align-items: center; gap: 18px; margin-top: 18px; }
a { color: #00a8fc; text-decoration: none; }
`;
