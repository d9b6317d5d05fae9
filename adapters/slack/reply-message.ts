/**
 * One message of a reply: a live stream while Slack allows one, edits of the same message otherwise. A stream is
 * left for edits when the text turns out otherwise than it began, or when its answer was lost.
 */
import type { OwnMessage } from './own-messages.ts';
import { createReplyCalls, type ReplyCallsOptions } from './reply-calls.ts';
import { continueFrom, type MessageContent, renderMessage, type Streamed } from './reply-view.ts';

export interface ReplyMessage {
  /** Resolves with its `ts`. A view that is not done may be left out while there is no room for it. */
  show(content: MessageContent): Promise<string>;
  /** Slack will soon end its stream: what follows belongs into another message. */
  isEnding(): boolean;
  remove(): Promise<void>;
}

export interface ReplyMessageOptions extends ReplyCallsOptions {
  /** Begun by an earlier attempt. */
  adopted?: Pick<OwnMessage, 'ts' | 'streamed'>;
}

/** Slack ends a stream after five minutes; it is left in good time. */
const STREAM_MS = 240_000;

type State =
  | { kind: 'absent' }
  | { kind: 'found'; ts: string; streamed: boolean }
  /** Not `certain` once an answer was lost: what is shown is not known. */
  | { kind: 'live'; ts: string; streamed: Streamed; startedAt: number; certain: boolean }
  /**
   * `shown` where it is known; `quiet` when a person pressed Slack's Stop, or it cannot be edited any more: only
   * the last view follows.
   */
  | { kind: 'still'; ts: string; shown?: string; quiet?: boolean };
type Live = Extract<State, { kind: 'live' }>;
type Still = Extract<State, { kind: 'still' }>;

const isOld = ({ startedAt }: Live) => Date.now() - startedAt > STREAM_MS;

const NOTHING: Streamed = { text: '', steps: 0 };

export function createReplyMessage(options: ReplyMessageOptions): ReplyMessage {
  const { streams, target, adopted } = options;
  const { turnId } = target;
  const calls = createReplyCalls(options);
  let state: State = adopted ? { kind: 'found', ...adopted } : { kind: 'absent' };

  async function begin(content: MessageContent): Promise<State> {
    const recipient = content.done ? undefined : await streams.recipientOf(target);
    if (recipient) {
      const { chunks, next } = continueFrom(NOTHING, content);
      const startedAt = Date.now();
      const started = await calls.start(chunks, recipient);
      if (started.kind === 'started') {
        return { kind: 'live', ts: started.ts, streamed: next, startedAt, certain: true };
      }
      if (started.kind === 'found') return advance({ kind: 'found', ...started.message }, content);
    }
    const rendered = renderMessage(content, turnId);
    return { kind: 'still', ts: await calls.post(rendered, content.done), shown: rendered.key };
  }

  async function append(live: Live, content: MessageContent): Promise<State> {
    const { chunks, next } = continueFrom(live.streamed, content);
    if (chunks.length === 0) return live;
    // Until it is known to be shown, it may or may not be.
    state = { ...live, certain: false };
    switch (await calls.append(live.ts, chunks)) {
      case 'done':
        return { ...live, streamed: next };
      case 'no-room':
        return live;
      case 'lost':
        return begin(content);
      case 'ended':
        return edit({ kind: 'still', ts: live.ts }, content);
      default:
        return { kind: 'still', ts: live.ts, quiet: true };
    }
  }

  /** The last of the text with the end of the stream, in one call. */
  async function finish(live: Live, content: MessageContent): Promise<State> {
    const { chunks } = continueFrom(live.streamed, content);
    const { blocks, key } = renderMessage(content, turnId);
    const buttons = blocks.filter(({ type }) => type === 'actions');
    const stopped = await calls.stop(live.ts, {
      ...(chunks.length > 0 && { chunks }),
      ...(buttons.length > 0 && { blocks: buttons }),
    });
    if (stopped === 'done') return { kind: 'still', ts: live.ts, shown: key };
    return edit({ kind: 'still', ts: live.ts }, content);
  }

  async function edit(still: Still, content: MessageContent): Promise<State> {
    const rendered = renderMessage(content, turnId);
    if (still.shown === rendered.key || (still.quiet && !content.done)) return still;
    const { ts } = still;
    let updated = await calls.update(ts, rendered, content.done);
    if (updated === 'live') {
      await calls.stop(ts);
      updated = await calls.update(ts, rendered, content.done);
    }
    if (updated === 'lost') return begin(content);
    if (updated === 'fixed') return content.done ? replace(ts, content) : { ...still, quiet: true };
    if (updated === 'live') throw new Error('a stream of Slack could not be stopped');
    return updated === 'done' ? { ...still, shown: rendered.key } : still;
  }

  /** What stands there is a part of what is shown now: it goes first, so that nothing is said twice. */
  async function replace(ts: string, content: MessageContent): Promise<State> {
    await calls.remove(ts);
    return begin(content);
  }

  async function advance(from: State, content: MessageContent): Promise<State> {
    if (from.kind === 'absent') return begin(content);
    if (from.kind === 'still') return edit(from, content);
    if (from.kind === 'live') {
      if (from.certain && content.text.startsWith(from.streamed.text)) {
        if (content.done) return finish(from, content);
        if (!isOld(from)) return append(from, content);
      }
    }
    if (from.kind === 'live' || from.streamed) await calls.stop(from.ts);
    state = { kind: 'still', ts: from.ts };
    return edit(state, content);
  }

  return {
    async show(content) {
      state = await advance(state, content);
      return state.kind === 'absent' ? '' : state.ts;
    },
    isEnding: () => state.kind === 'live' && state.certain && isOld(state),
    async remove() {
      if (state.kind === 'absent') return;
      if (state.kind !== 'still') await calls.stop(state.ts);
      await calls.remove(state.ts);
      state = { kind: 'absent' };
    },
  };
}
