/** A reply in a Discord thread: a message that grows by edits, then as many as its text needs. */
import type { Reply, ReplyTarget, ReplyView } from '../../src/core/platform.ts';
import { snowflakeAt, timeOf } from './inbound.ts';
import type { Content, OwnMessages, Spot } from './own-messages.ts';
import type { Presence } from './presence.ts';
import { describeRefusal, GONE, refusalOf } from './refusals.ts';
import { renderReply } from './reply-view.ts';

export interface DiscordReplyOptions {
  target: ReplyTarget;
  own: OwnMessages;
  presence: Presence;
  /** Discord lets the reply be shown nowhere: the person who asked is told why. */
  onRefused(sentence: string): Promise<void>;
}

/** Milliseconds: a message may have been posted this much before the last one it answers. */
const BEGUN_BEFORE_MS = 900_000;

interface Shown {
  id: string;
  /** As it was last sent, so that nothing is sent twice. */
  sent: string;
}

export function createDiscordReply(options: DiscordReplyOptions): Reply {
  const { target, own } = options;
  const { thread, place, turnId } = target;
  const spot: Spot = { threadId: thread.threadId, ...(place && { place }) };
  const stopTyping = options.presence.begin(target);
  let shown: (Shown | undefined)[] = [];
  let adopted = !target.resumed && target.replyId === undefined;
  let told = false;

  /** What an earlier attempt began: by its id on record, by its buttons, or by its place. */
  async function adopt(): Promise<void> {
    const begun = await findBegun(own, spot, target);
    shown = begun.map((id) => ({ id, sent: '' }));
    adopted = true;
  }

  async function put(part: number, content: Content): Promise<string> {
    const known = shown[part];
    const sent = JSON.stringify({ ...content, files: content.files?.length });
    if (known?.sent === sent) return known.id;
    if (known) {
      try {
        await own.edit(spot, known.id, content);
        known.sent = sent;
        return known.id;
      } catch (error) {
        if (refusalOf(error) !== GONE[0]) throw error;
      }
    }
    const attempt = known ? `${known.id}-gone` : 'first';
    const id = await own.post(spot, `reply-${turnId}-${part}-${attempt}`, content);
    shown[part] = { id, sent };
    return id;
  }

  async function showPieces(view: ReplyView): Promise<string> {
    const contents = renderReply(view, turnId);
    let replyId = '';
    for (const [part, content] of contents.entries()) {
      const id = await put(part, content);
      if (part === 0) replyId = id;
    }
    for (const surplus of shown.splice(contents.length)) {
      if (surplus) await own.remove(spot, surplus.id);
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

/**
 * The messages of a reply in order: from the one on record, or from the question (where neither is known,
 * the last alone), to the one whose Stop button names the turn. What was finished without either is found by its nonce, for some minutes.
 */
async function findBegun(
  messages: OwnMessages,
  spot: Spot,
  { turnId, after, thread, replyId, others = [] }: ReplyTarget,
): Promise<string[]> {
  const trigger = /^\d{15,20}/.exec(after)?.[0];
  const first = replyId ?? trigger;
  const listed = await messages.list(spot, beforeOf(first ?? thread.threadId));
  const own = listed.filter(({ id }) => !others.includes(id));
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
  return snowflakeAt(Date.parse(timeOf(snowflake)) - BEGUN_BEFORE_MS);
}
