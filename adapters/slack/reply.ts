/**
 * A reply in a Slack thread: as many messages as its text needs and Slack's streams last, the last of them alive
 * while it grows.
 */

import type { Reply, ReplyTarget, ReplyView } from '../../src/core/platform.ts';
import { findEnd, splitText } from '../../src/core/split-text.ts';
import type { Line } from './line.ts';
import { toSlackMarkdown } from './markdown.ts';
import { type OwnMessage, type OwnMessages, toTs, tsIn } from './own-messages.ts';
import type { Presence } from './presence.ts';
import { describeRefusal, refusalOf, TOO_LONG } from './refusals.ts';
import { FINAL_PATIENCE_MS, POST_PATIENCE_MS } from './reply-calls.ts';
import { createReplyMessage, type ReplyMessage } from './reply-message.ts';
import type { Streams } from './streams.ts';

export interface SlackReplyOptions {
  line: Line;
  own: OwnMessages;
  streams: Streams;
  presence: Presence;
  target: ReplyTarget;
  /** Slack lets the reply be shown nowhere in its thread: the person who asked is told why. */
  onRefused(sentence: string): Promise<void>;
}

/** Characters of one message: a `markdown` block takes 12,000, all blocks of a message some 13,000. */
const PIECE_LENGTH = 11_000;
/** Where Slack says that this is too long after all. */
const SHORT_PIECE_LENGTH = 3_000;
/** A reply begun before the last message that it answers is at most this much older, in milliseconds. */
const BEGUN_BEFORE_MS = 900_000;

export function createSlackReply(options: SlackReplyOptions): Reply {
  const { own, presence, target, onRefused } = options;
  const { thread, turnId } = target;
  const others = new Set(target.others);
  const messages: ReplyMessage[] = [];
  let pieceLength = PIECE_LENGTH;
  let adopted = !target.resumed && target.replyId === undefined;
  let told = false;
  /** What was to be shown last, and where in it messages end because their streams did. */
  let said = '';
  let ends: number[] = [];
  presence.begin(target);

  function messageAt(part: number, found?: OwnMessage): ReplyMessage {
    const message = createReplyMessage({
      ...{ ...options, part },
      ...(found && { adopted: found }),
    });
    messages[part] = message;
    return message;
  }

  /** Takes over what an earlier attempt began: by the id on record, by the mark, or as a stream that has none yet. */
  async function adopt({ state }: ReplyView): Promise<void> {
    const after = tsIn(target.after);
    const since = after ? toTs(Number(after) * 1_000 - BEGUN_BEFORE_MS) : thread.threadId;
    const patienceMs = state === 'streaming' ? POST_PATIENCE_MS : FINAL_PATIENCE_MS;
    const all = await own.list(thread, since < thread.threadId ? thread.threadId : since, {
      ...{ patienceMs, held: target.held },
    });
    const mine = all.filter(
      ({ ts, mark, streamed }) =>
        ts === target.replyId ||
        (mark ? mark.kind === 'reply' && mark.turnId === turnId : streamed && !others.has(ts)),
    );
    const { replyId } = target;
    if (replyId && !mine.some(({ ts }) => ts === replyId)) {
      mine.unshift({ ts: replyId, mark: undefined, streamed: true });
    }
    for (const [part, found] of mine.entries()) messageAt(part, found);
    adopted = true;
  }

  /** Before Slack ends a stream, what comes goes on in a new one; a text that turned out otherwise begins anew. */
  function rollOver(text: string, isFinal: boolean): void {
    if (!text.startsWith(said.slice(0, ends.at(-1)))) ends = [];
    const grows = text.startsWith(said) && said.trim() !== '' && text.length > said.length;
    if (!isFinal && grows && messages.at(-1)?.isEnding()) ends.push(findEnd(text, said.length));
    said = text;
  }

  async function showPieces({ text: words, status, state, retry }: ReplyView): Promise<string> {
    const isFinal = state !== 'streaming';
    const text = toSlackMarkdown(words).trimEnd();
    rollOver(text, isFinal);
    const pieces = splitText(text, pieceLength, ends);
    const last = Math.max(0, pieces.length - 1);
    let replyId = '';
    for (let part = 0; part <= last; part += 1) {
      const message = messages[part] ?? messageAt(part);
      const shown = { text: pieces[part] ?? '', done: isFinal || part < last };
      const ts = await message.show(part < last ? shown : { ...shown, status, retry });
      if (part === 0) replyId = ts;
    }
    if (isFinal) {
      for (const surplus of messages.splice(last + 1)) await surplus.remove();
      presence.end(thread);
    }
    return replyId;
  }

  async function show(view: ReplyView): Promise<string> {
    try {
      if (!adopted) await adopt(view);
      return await showPieces(view);
    } catch (error) {
      if (TOO_LONG.includes(refusalOf(error) ?? '') && pieceLength > SHORT_PIECE_LENGTH) {
        pieceLength = SHORT_PIECE_LENGTH;
        return show(view);
      }
      const sentence = describeRefusal(error);
      if (sentence && !told && view.state !== 'streaming') {
        told = true;
        await onRefused(sentence);
      }
      throw error;
    }
  }

  return { show };
}
