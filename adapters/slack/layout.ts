/** What stands in a message beside its text, in Slack's markup: what it forwards, and what apps lay out. */
import { cutText } from '../../src/core/cut-text.ts';
import { quote } from '../../src/core/draft-request.ts';
import type { LaidOut, SaidMessage, ShownAttachment } from './events.ts';

/** Characters of all of it: twice Slack's longest text, and stored as it is whatever they are. */
const MOST = 80_000;
/** What Slack itself says of what it cannot show. */
const NO_PREVIEW = '[no preview available]';

/** All that a message says. */
export function markupOf(message: Contents): string {
  const { attachments = [] } = message;
  const shown = attachments.filter((one) => isForwarded(one) || !isPreview(one));
  return cutText(joined([wordsOf(message), ...shown.map(toText)], '\n\n'), MOST);
}

type Contents = Pick<SaidMessage, 'text' | 'bot_id' | 'blocks' | 'attachments'>;

/** Of somebody else's message, which Slack shows as an attachment of this one. */
export const isForwarded = ({ is_share, is_msg_unfurl }: ShownAttachment) =>
  is_share === true || is_msg_unfurl === true;

/** What a link leads to: nobody said what is in it. */
const isPreview = ({ from_url, original_url, is_app_unfurl }: ShownAttachment) =>
  Boolean(from_url || original_url || is_app_unfurl);

/** People see an app's blocks in place of its text, which may say as much or less. */
function wordsOf({ text, bot_id, blocks = [] }: Contents): string {
  if (text && !bot_id) return text;
  const laidOut = textOfBlocks(blocks);
  return laidOut.length > (text ?? '').length ? laidOut : (text ?? '');
}

function toText(attachment: ShownAttachment): string {
  const { pretext, title, title_link, text, fields = [], fallback, author_name } = attachment;
  const { bot_id, blocks = [], message_blocks = [] } = attachment;
  const heading = title && title_link && !title.includes('<') ? `<${title_link}|${title}>` : title;
  const said = wordsOf({ text, bot_id, blocks: message_blocks.flatMap(blocksIn) });
  const lines = fields.map((field) => joined([field.title, field.value], ': '));
  const laidOut = joined([pretext, heading, said, ...lines, textOfBlocks(blocks)]);
  const shown = laidOut || (fallback === NO_PREVIEW ? '' : (fallback ?? ''));
  if (!isForwarded(attachment) || !shown) return shown;
  return `Forwarded:\n${quote(joined([author_name, shown], ': '))}`;
}

const blocksIn = ({ message }: { message?: { blocks?: LaidOut[] } }) => message?.blocks ?? [];

const textOfBlocks = (blocks: LaidOut[]) => joined(blocks.map(textOfBlock));

function textOfBlock({ type, text, fields = [], elements = [] }: LaidOut): string {
  switch (type) {
    case 'section':
    case 'header':
    case 'markdown':
      return joined([plain(text), ...fields.map((field) => plain(field.text))]);
    case 'context':
      return joined(
        elements.map((element) => plain(element.text)),
        ' ',
      );
    case 'rich_text':
    case 'rich_text_list':
      return textOfBlocks(elements);
    case 'rich_text_section':
    case 'rich_text_quote':
    case 'rich_text_preformatted':
      return elements.map(textOfElement).join('');
    default:
      return '';
  }
}

function textOfElement({ type, text, url, user_id, channel_id, name }: LaidOut): string {
  switch (type) {
    case 'link':
      return text ? `<${url}|${plain(text)}>` : `<${url}>`;
    case 'user':
      return `<@${user_id}>`;
    case 'channel':
      return `<#${channel_id}>`;
    case 'emoji':
      return `:${name}:`;
    default:
      return plain(text);
  }
}

const plain = (text: LaidOut['text']) => (typeof text === 'string' ? text : (text?.text ?? ''));

const joined = (parts: (string | null | undefined)[], by = '\n') => parts.filter(Boolean).join(by);
