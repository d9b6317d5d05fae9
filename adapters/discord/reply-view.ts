/** What a reply shows at one moment, as messages: in pieces, with a file where it is longer than a few. */
import { ButtonStyle } from 'discord.js';
import { cutText } from '../../src/core/cut-text.ts';
import type { ReplyView } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import { formatCardAction, toButton, toRow } from './card-action.ts';
import { toDiscordMarkdown } from './markdown.ts';
import type { Content } from './own-messages.ts';

/** Discord's 2,000 characters, with room for a status below. */
const PIECE_LENGTH = 1_900;
/** Longer answers go on in a file: nobody reads more in a thread. */
const MOST_PIECES = 4;
const MAX_STATUS = 90;

export function renderReply({ text, status, state, retry }: ReplyView, turnId: string): Content[] {
  const whole = splitText(toDiscordMarkdown(text), PIECE_LENGTH);
  const pieces = whole.length > 0 ? whole : [''];
  const isLong = pieces.length > MOST_PIECES;
  const kept = isLong ? pieces.slice(0, MOST_PIECES - 1) : pieces;
  const contents = kept.map((content): Content => ({ content: content || '…', components: [] }));
  const last = contents.at(-1);
  if (!last) return contents;
  if (state === 'streaming') {
    const note = status ? `\n-# ${cutText(status, MAX_STATUS)}` : '';
    const body = isLong ? `${last.content}\n…` : last.content;
    last.content = last.content === '…' && status ? note.trim() : `${body}${note}`;
    last.components = [toRow(toStopButton(turnId))];
    return contents;
  }
  if (isLong) {
    last.content = `${last.content}\n-# It goes on in the file.`;
    last.files = [{ name: 'answer.md', data: Buffer.from(text.toWellFormed()) }];
  }
  if (retry) {
    const again = toButton('Try again', { kind: 'retry', turnId }, ButtonStyle.Primary);
    last.components = [toRow(again)];
  }
  return contents;
}

/** It names the turn, so that a reply that was begun is found again. */
function toStopButton(turnId: string) {
  const stop = { kind: 'command', command: { kind: 'stop' } } as const;
  const button = toButton('Stop', stop);
  return { ...button, custom_id: `${formatCardAction(stop)}|${turnId}` };
}
