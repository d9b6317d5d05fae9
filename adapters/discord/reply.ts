/** A reply in a Discord thread: a message that grows by edits, then as many as its text needs. */
import {
  type APIMessageTopLevelComponent,
  ButtonStyle,
  ComponentType,
  type REST,
  Routes,
} from 'discord.js';
import { cutText } from '../../src/core/cut-text.ts';
import type { Log } from '../../src/core/log.ts';
import type { Reply, ReplyTarget, ReplyView } from '../../src/core/platform.ts';
import { splitText } from '../../src/core/split-text.ts';
import { formatCardAction } from './card-action.ts';
import { timeOf } from './inbound.ts';
import { toDiscordMarkdown } from './markdown.ts';
import { describeRefusal, GONE, refusalOf } from './refusals.ts';
import type { Content, Spot, Writing } from './writing.ts';

export interface DiscordReplyOptions {
  target: ReplyTarget;
  writing: Writing;
  rest: REST;
  log: Log;
  /** Discord lets the reply be shown nowhere: the person who asked is told why. */
  onRefused(sentence: string): Promise<void>;
}

/** Discord's 2,000 characters, with room for a status below. */
const PIECE_LENGTH = 1_900;
/** Longer answers go on in a file: nobody reads more in a thread. */
const MOST_PIECES = 4;
const MAX_STATUS = 90;
/** Discord shows "is typing" for ten seconds. */
const TYPING_EVERY_MS = 8_000;
const MOST_TYPING = 8;
/** Milliseconds: a message may have been posted this much before the last one it answers. */
const BEGUN_BEFORE_MS = 900_000;

interface Shown {
  id: string;
  /** As it was last sent, so that nothing is sent twice. */
  sent: string;
}

export function createDiscordReply(options: DiscordReplyOptions): Reply {
  const { target, writing } = options;
  const { thread, place, turnId } = target;
  const spot: Spot = { threadId: thread.threadId, ...(place && { place }) };
  const stopTyping = startTyping(options);
  let shown: (Shown | undefined)[] = [];
  let adopted = !target.resumed && target.replyId === undefined;
  let told = false;

  /** What an earlier attempt began: by its id on record, by its buttons, or by its place. */
  async function adopt(): Promise<void> {
    const begun = await findBegun(writing, spot, target);
    shown = begun.map((id) => ({ id, sent: '' }));
    adopted = true;
  }

  async function put(part: number, content: Content): Promise<string> {
    const known = shown[part];
    const sent = JSON.stringify({ ...content, files: content.files?.length });
    if (known?.sent === sent) return known.id;
    if (known) {
      try {
        await writing.edit(spot, known.id, content);
        known.sent = sent;
        return known.id;
      } catch (error) {
        if (refusalOf(error) !== GONE[0]) throw error;
      }
    }
    const attempt = known ? `${known.id}-gone` : 'first';
    const id = await writing.post(spot, `reply-${turnId}-${part}-${attempt}`, content);
    shown[part] = { id, sent };
    return id;
  }

  async function showPieces(view: ReplyView): Promise<string> {
    const contents = render(view, turnId);
    let replyId = '';
    for (const [part, content] of contents.entries()) {
      const id = await put(part, content);
      if (part === 0) replyId = id;
    }
    for (const surplus of shown.splice(contents.length)) {
      if (surplus) await writing.remove(spot, surplus.id);
    }
    return replyId;
  }

  async function show(view: ReplyView): Promise<string> {
    stopTyping();
    try {
      if (!adopted) await adopt();
      return await showPieces(view);
    } catch (error) {
      const sentence = describeRefusal(error);
      if (sentence && !told && view.state !== 'streaming') {
        told = true;
        await options.onRefused(sentence);
      }
      throw error;
    }
  }

  return { show };
}

function render({ text, status, state, retry }: ReplyView, turnId: string): Content[] {
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
    last.components = [row('Stop', ButtonStyle.Secondary, `stop|${turnId}`)];
    return contents;
  }
  if (isLong) {
    last.content = `${last.content}\n-# It goes on in the file.`;
    last.files = [{ name: 'answer.md', data: Buffer.from(text.toWellFormed()) }];
  }
  if (retry) {
    const custom_id = formatCardAction({ kind: 'retry', turnId });
    last.components = [row('Try again', ButtonStyle.Primary, custom_id)];
  }
  return contents;
}

function row(label: string, style: ButtonStyle, custom_id: string): APIMessageTopLevelComponent {
  const button = { type: ComponentType.Button, label, style, custom_id } as const;
  return { type: ComponentType.ActionRow, components: [button as never] };
}

/**
 * The messages of a reply in order: from the one on record, or from the question (where neither is known,
 * the last alone), to the one whose Stop button names the turn. What was finished without either is found by its nonce, for some minutes.
 */
async function findBegun(
  writing: Writing,
  spot: Spot,
  { turnId, after, thread, replyId }: ReplyTarget,
): Promise<string[]> {
  const trigger = /^\d{15,20}/.exec(after)?.[0];
  const first = replyId ?? trigger;
  const own = await writing.listOwn(spot, beforeOf(first ?? thread.threadId));
  const last = own.findLast(({ components }) => JSON.stringify(components ?? []).includes(turnId));
  if (!last) return replyId ? [replyId] : [];
  if (!first) return [last.id];
  const from = BigInt(first);
  const isPiece = ({ id, embeds }: (typeof own)[number]) =>
    BigInt(id) >= from && BigInt(id) <= BigInt(last.id) && embeds.length === 0;
  return own.filter(isPiece).map(({ id }) => id);
}

/** A snowflake of a while before this one. */
function beforeOf(snowflake: string): string {
  const moment = Date.parse(timeOf(snowflake)) - BEGUN_BEFORE_MS - 1_420_070_400_000;
  return String(BigInt(Math.max(0, moment)) << 22n);
}

/** "Is typing" until there is a word, for at most a minute. */
function startTyping({ rest, target, log }: DiscordReplyOptions): () => void {
  let left = MOST_TYPING;
  const type = () => {
    left -= 1;
    if (left < 0 || target.held?.() === false) return clearInterval(timer);
    rest.post(Routes.channelTyping(target.thread.threadId)).catch((error: unknown) => {
      // An extra: the thread may not be there yet.
      log.info('discord-typing-not-shown', { code: refusalOf(error) ?? 0 });
      clearInterval(timer);
    });
  };
  const timer = setInterval(type, TYPING_EVERY_MS);
  timer.unref();
  type();
  return () => clearInterval(timer);
}
