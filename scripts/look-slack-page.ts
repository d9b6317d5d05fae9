/**
 * Block Kit as a page that looks like Slack on a phone: near enough to judge how a card, a modal or the Home reads.
 * Slack's own Block Kit Builder takes the JSON beside the pictures.
 */
import type { KnownBlock, View } from '@slack/web-api';
import MarkdownIt from 'markdown-it';

const EMOJI: Record<string, string> = {
  arrow_up: '⬆️',
  beetle: '🪲',
  file_folder: '📁',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  mag: '🔍',
  memo: '📝',
  mountain: '⛰️',
  red_circle: '🔴',
  small_orange_diamond: '🔸',
  sparkles: '✨',
  speech_balloon: '💬',
  warning: '⚠️',
  wastebasket: '🗑️',
  white_check_mark: '✅',
  x: '❌',
};

const markdown = new MarkdownIt({ breaks: true });

interface Element {
  type: string;
  text?: { type: string; text: string };
  style?: string;
  placeholder?: { text: string };
  initial_value?: string;
  initial_option?: { text: { text: string } };
  initial_options?: { text: { text: string } }[];
  multiline?: boolean;
}

/** A message of the bot in a thread. */
export function renderMessagePage(blocks: KnownBlock[]): string {
  const name =
    '<div class="name">Prompt to Issue <span class="app">APP</span> <time>10:04</time></div>';
  return page(
    `<div class="message"><div class="face">🎫</div><div>${name}${blocks.map(block).join('')}</div></div>`,
  );
}

/** A modal, or the Home. */
export function renderViewPage(view: View): string {
  const title = 'title' in view && view.title ? view.title.text : 'Prompt to Issue';
  const submit = 'submit' in view && view.submit ? view.submit.text : '';
  const bar = `<div class="bar"><span>✕</span><b>${escapeHtml(title)}</b><span class="submit">${escapeHtml(submit)}</span></div>`;
  return page(
    `${bar}<div class="view">${view.blocks.map((one) => block(one as KnownBlock)).join('')}</div>`,
  );
}

function block(one: KnownBlock): string {
  switch (one.type) {
    case 'header':
      return `<h2>${escapeHtml(one.text.text)}</h2>`;
    case 'divider':
      return '<hr>';
    case 'markdown':
      return `<div class="markdown">${markdown.render(one.text)}</div>`;
    case 'context':
      return `<div class="context">${one.elements.map((item) => ('text' in item ? words(item as never) : '')).join(' ')}</div>`;
    case 'section':
      return `<div class="section"><div>${one.text ? words(one.text) : ''}</div>${one.accessory ? element(one.accessory as Element) : ''}</div>`;
    case 'actions':
      return `<div class="actions">${one.elements.map((item) => element(item as Element)).join('')}</div>`;
    case 'input': {
      const optional = one.optional ? ' <i>(optional)</i>' : '';
      const hint = one.hint ? `<small>${escapeHtml(one.hint.text)}</small>` : '';
      return `<label><b>${escapeHtml(one.label.text)}</b>${optional}${element(one.element as Element)}${hint}</label>`;
    }
    default:
      return `<pre>${escapeHtml(one.type)}</pre>`;
  }
}

function element(one: Element): string {
  if (one.type === 'button')
    return `<button class="${one.style ?? ''}">${escapeHtml(one.text?.text ?? '')}</button>`;
  const placeholder = `<span class="placeholder">${escapeHtml(one.placeholder?.text ?? '')}</span>`;
  if (one.type === 'plain_text_input') {
    const value = one.initial_value ? escapeHtml(one.initial_value) : placeholder;
    return `<div class="input ${one.multiline ? 'tall' : ''}">${value}</div>`;
  }
  const chosen = [one.initial_option ?? [], one.initial_options ?? []].flat();
  const shown = chosen.map(
    ({ text }) =>
      `<span class="${one.type.startsWith('multi') ? 'chip' : ''}">${escapeHtml(text.text)}</span>`,
  );
  return `<div class="input select">${shown.join('') || placeholder}<span class="arrow">⌄</span></div>`;
}

function words({ type, text }: { type: string; text: string }): string {
  if (type === 'plain_text') return escapeHtml(text).replaceAll('\n', '<br>');
  return text
    .replaceAll(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replaceAll(/<(https?:[^|>]+)\|([^>]*)>/g, '<a href="$1">$2</a>')
    .replaceAll(/:([a-z_]+):/g, (whole, name: string) => EMOJI[name] ?? whole)
    .replaceAll(/\*(?!\s)([^*\n]+)\*/g, '<b>$1</b>')
    .replaceAll(/(?<=^|[\s(])_([^_\n]+)_(?=$|[\s:.,)])/gm, '<i>$1</i>')
    .replaceAll('\n', '<br>');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function page(body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}</body>`;
}

/** Slack's phone app, from memory: sizes and gaps, not its every colour. */
const STYLE = `
body { margin: 0; padding: 14px; font: 15px/1.45 Lato, 'Helvetica Neue', Arial, 'Noto Color Emoji', sans-serif; color: #1d1c1d; }
.message { display: grid; grid-template-columns: 36px 1fr; gap: 10px; }
.message > div { min-width: 0; overflow-wrap: anywhere; }
.face { width: 36px; height: 36px; border-radius: 6px; background: #ecebf7; text-align: center; line-height: 36px; font-size: 20px; }
.name { font-weight: 800; } .app { font-size: 10px; background: #e8e8e8; border-radius: 2px; padding: 1px 3px; color: #616061; }
time { font-weight: 400; font-size: 12px; color: #616061; }
h2 { font-size: 18px; line-height: 1.3; margin: 10px 0 4px; }
.markdown p, .markdown ul, .markdown ol { margin: 6px 0; } .markdown ul, .markdown ol { padding-left: 22px; }
.markdown h2, .markdown h3 { font-size: 16px; margin: 8px 0 2px; }
code { background: #f3f3f3; border: 1px solid #ddd; border-radius: 3px; padding: 1px 3px; font-size: 12px; color: #c01343; }
pre { background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; overflow: auto; font-size: 12px; }
pre code { border: 0; background: none; color: inherit; padding: 0; }
.context { font-size: 12.5px; color: #616061; margin: 6px 0; }
.section { display: flex; justify-content: space-between; gap: 10px; margin: 8px 0; } .section > div { min-width: 0; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 10px 0; }
button { font: inherit; font-size: 14px; font-weight: 600; padding: 6px 12px; border: 1px solid #bbb; border-radius: 8px; background: #fff; white-space: nowrap; max-width: 100%; overflow: hidden; text-overflow: ellipsis; align-self: flex-start; flex-shrink: 0; }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff; } button.danger { color: #e01e5a; border-color: #e01e5a; }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0; }
.bar { display: flex; justify-content: space-between; margin: -14px -14px 12px; padding: 12px 14px; border-bottom: 1px solid #ddd; } .submit { color: #007a5a; font-weight: 700; }
label { display: block; margin: 12px 0; } label i { color: #616061; font-style: normal; } small { color: #616061; display: block; margin-top: 3px; }
.input { border: 1px solid #aaa; border-radius: 6px; padding: 7px 10px; margin-top: 4px; min-height: 21px; white-space: pre-wrap; position: relative; overflow-wrap: anywhere; }
.tall { min-height: 66px; max-height: 190px; overflow: hidden; } .placeholder { color: #868686; } .select { padding-right: 30px; white-space: normal; } .arrow { position: absolute; right: 10px; top: 3px; color: #616061; }
.chip { background: #e8f5fa; border-radius: 4px; padding: 1px 6px; margin: 0 4px 2px 0; display: inline-block; }
a { color: #1264a3; text-decoration: none; }
`;
