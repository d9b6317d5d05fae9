/**
 * One message of a reply: a live stream while Slack allows one, edits of the same message otherwise. A stream is
 * left for edits before Slack ends it, when the text turns out otherwise than it began, or when its answer was lost.
 */
import type { AnyChunk, KnownBlock } from '@slack/web-api';
import type { ReplyTarget } from '../../src/core/platform.ts';
import { toButton } from './card-action.ts';
import { BusyError, type Line, type Patience } from './line.ts';
import { escapeWithin, toFallbackText, toSlackMarkdown } from './markdown.ts';
import { type OwnMessage, type OwnMessages, toMetadata } from './own-messages.ts';
import { describeRefusal, ENDED_STREAM, isAmbiguous, LOST_MESSAGE, refusalOf } from './refusals.ts';
import type { Streams } from './streams.ts';
import { cutText } from './text.ts';

/** What this message shows at one moment; `text` is Markdown that pings nobody. */
export interface MessageContent {
  text: string;
  status?: string | undefined;
  /** Nothing more comes into this message. */
  done: boolean;
  retry?: boolean | undefined;
}

export interface ReplyMessage {
  /** Resolves with its `ts`. A view that is not done may be left out while there is no room for it. */
  show(content: MessageContent): Promise<string>;
  remove(): Promise<void>;
}

export interface ReplyMessageOptions {
  line: Line;
  own: OwnMessages;
  streams: Streams;
  target: ReplyTarget;
  /** 0 for the first message of the reply. */
  part: number;
  /** Begun by an earlier attempt. */
  adopted?: Pick<OwnMessage, 'ts' | 'streamed'>;
}

/** Slack ends a stream after five minutes; it is left in good time. */
const STREAM_MS = 240_000;
/** How long a last view waits for Slack's limits: a whole window of them. */
const FINAL_PATIENCE_MS = 65_000;
const POST_PATIENCE_MS = 30_000;
/** What notifications say, in characters; `chat.update` refuses texts above 4,000. */
const FALLBACK_LENGTH = 2_000;
const MAX_STEP_TITLE = 200;

interface Live {
  kind: 'live';
  ts: string;
  shown: string;
  startedAt: number;
  steps: number;
  /** What is going on, as the last task shows it. */
  step?: string | undefined;
  /** False once an answer was lost: what is shown is not known. */
  certain: boolean;
}
interface Still {
  kind: 'still';
  ts: string;
  /** What is shown, where it is known. */
  shown?: string;
  /** A person pressed Slack's Stop: only the last view follows. */
  quiet?: boolean;
}
type State = { kind: 'absent' } | { kind: 'found'; ts: string; streamed: boolean } | Live | Still;

export function createReplyMessage(options: ReplyMessageOptions): ReplyMessage {
  const { line, own, streams, target, part, adopted } = options;
  const { thread, turnId } = target;
  const { workspaceId, channelId: channel, threadId: thread_ts } = thread;
  const mark = { kind: 'reply', turnId, part } as const;
  const held = target.held && (() => target.held?.() ?? true);
  const patience = (patienceMs: number): Patience => ({ patienceMs, held });
  let state: State = adopted ? { kind: 'found', ...adopted } : { kind: 'absent' };

  async function begin(content: MessageContent): Promise<void> {
    const recipient = !content.done && streams.recipientOf(target);
    if (recipient) {
      const started = await start(content, recipient);
      if (started) return;
    }
    const { blocks, text, key } = renderMessage(content, turnId);
    const message = { thread, text, blocks, mark };
    const ts = await own.post(
      message,
      patience(content.done ? FINAL_PATIENCE_MS : POST_PATIENCE_MS),
    );
    state = { kind: 'still', ts, shown: key };
  }

  /** False where Slack does not stream this reply: then it is posted. */
  async function start(content: MessageContent, recipient: object): Promise<boolean> {
    const empty: Live = {
      kind: 'live',
      ts: '',
      shown: '',
      startedAt: Date.now(),
      steps: 0,
      certain: true,
    };
    const { chunks, next } = continueFrom(empty, content);
    try {
      const { ts = '' } = await line.call(workspaceId, 'chat.startStream', patience(0), (client) =>
        client.chat.startStream({
          channel,
          thread_ts,
          chunks,
          task_display_mode: 'timeline',
          ...recipient,
        }),
      );
      state = { ...next, ts };
      return true;
    } catch (error) {
      if (isAmbiguous(error)) return findBegun();
      if (!(error instanceof BusyError) && (!refusalOf(error) || describeRefusal(error)))
        throw error;
      streams.refused(workspaceId, refusalOf(error));
      return false;
    }
  }

  /** A stream carries no mark before its end: it is the one after the thread's other messages. */
  async function findBegun(): Promise<boolean> {
    const all = await own.list(thread, thread_ts);
    const last = all.findLast((one) => one.streamed && !one.mark);
    if (last) state = { kind: 'found', ...last };
    return last !== undefined;
  }

  async function append(live: Live, content: MessageContent): Promise<void> {
    const { chunks, next } = continueFrom(live, content);
    if (chunks.length === 0) return;
    try {
      await line.call(workspaceId, 'chat.appendStream', patience(0), (client) =>
        client.chat.appendStream({ channel, ts: live.ts, chunks }),
      );
      state = next;
    } catch (error) {
      if (error instanceof BusyError) return;
      const code = refusalOf(error) ?? '';
      if (LOST_MESSAGE.includes(code)) return again(content);
      if (!ENDED_STREAM.includes(code)) {
        state = { ...live, certain: false };
        throw error;
      }
      state = { kind: 'still', ts: live.ts, quiet: code === 'stopped_by_user' };
      await edit(state, content);
    }
  }

  /** The last of the text with the end of the stream, in one call. */
  async function finish(live: Live, content: MessageContent): Promise<void> {
    const { chunks } = continueFrom(live, content);
    const { blocks, key } = renderMessage(content, turnId);
    const after = blocks.filter(({ type }) => type === 'actions');
    const ended = await stop(live.ts, {
      ...(chunks.length > 0 && { chunks }),
      ...(after.length > 0 && { blocks: after }),
    });
    state = { kind: 'still', ts: live.ts, ...(ended && { shown: key }) };
    if (!ended) await edit(state, content);
  }

  /** False when it had ended before, or nobody knows: what was to be shown with it may be missing. */
  async function stop(
    ts: string,
    last: { chunks?: AnyChunk[]; blocks?: KnownBlock[] },
  ): Promise<boolean> {
    try {
      await line.call(workspaceId, 'chat.stopStream', patience(FINAL_PATIENCE_MS), (client) =>
        client.chat.stopStream({
          channel,
          ts,
          ...last,
          metadata: toMetadata(mark),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof BusyError) throw error;
      if (refusalOf(error) || isAmbiguous(error)) return false;
      throw error;
    }
  }

  async function edit(still: Still, content: MessageContent, stopped = false): Promise<void> {
    const { blocks, text, key } = renderMessage(content, turnId);
    if (still.shown === key || (still.quiet && !content.done)) return;
    const { ts } = still;
    try {
      const wait = patience(content.done ? FINAL_PATIENCE_MS : 0);
      await line.call(workspaceId, 'chat.update', wait, (client) =>
        client.chat.update({
          channel,
          ts,
          text,
          blocks,
          metadata: toMetadata(mark),
          parse: 'none',
        }),
      );
      state = { ...still, shown: key };
    } catch (error) {
      if (error instanceof BusyError && !content.done) return;
      const code = refusalOf(error) ?? '';
      if (LOST_MESSAGE.includes(code)) return again(content);
      if (code !== 'streaming_state_conflict' || stopped) throw error;
      await stop(ts, {});
      await edit(still, content, true);
    }
  }

  function again(content: MessageContent): Promise<void> {
    state = { kind: 'absent' };
    return begin(content);
  }

  async function showNow(content: MessageContent): Promise<void> {
    if (state.kind === 'absent') await begin(content);
    if (state.kind === 'live') {
      const tooOld = Date.now() - state.startedAt > STREAM_MS;
      const goesOn = state.certain && !tooOld && content.text.startsWith(state.shown);
      if (goesOn) return content.done ? finish(state, content) : append(state, content);
      await stop(state.ts, {});
      state = { kind: 'still', ts: state.ts };
    }
    if (state.kind === 'found') {
      if (state.streamed) await stop(state.ts, {});
      state = { kind: 'still', ts: state.ts };
    }
    if (state.kind === 'still') await edit(state, content);
  }

  return {
    async show(content) {
      await showNow(content);
      return state.kind === 'absent' ? '' : state.ts;
    },
    async remove() {
      if (state.kind === 'absent') return;
      const { ts } = state;
      if (state.kind !== 'still') await stop(ts, {});
      state = { kind: 'absent' };
      await line
        .call(workspaceId, 'chat.delete', patience(FINAL_PATIENCE_MS), (client) =>
          client.chat.delete({ channel, ts }),
        )
        .catch((error: unknown) => {
          if (refusalOf(error) !== 'message_not_found') throw error;
        });
    },
  };
}

/** What is new since the stream's last chunk: a step that ended, text, a step that began. */
function continueFrom(live: Live, { text, status, done }: MessageContent) {
  const chunks: AnyChunk[] = [];
  const step = done ? undefined : status;
  const changed = step !== live.step;
  const id = (count: number) => `step-${count}`;
  if (changed && live.step) {
    chunks.push({
      type: 'task_update',
      id: id(live.steps),
      title: toTitle(live.step),
      status: 'complete',
    });
  }
  const added = text.slice(live.shown.length);
  if (added) chunks.push({ type: 'markdown_text', text: added });
  const steps = live.steps + (changed && step ? 1 : 0);
  if (changed && step) {
    chunks.push({
      type: 'task_update',
      id: id(steps),
      title: toTitle(step),
      status: 'in_progress',
    });
  }
  const next: Live = { ...live, shown: text, step, steps };
  return { chunks, next };
}

const toTitle = (step: string) => cutText(toSlackMarkdown(step), MAX_STEP_TITLE);

/** `key` is the same when the same is shown. */
function renderMessage({ text, status, done, retry }: MessageContent, turnId: string) {
  const blocks: KnownBlock[] = [];
  if (text.trim()) blocks.push({ type: 'markdown', text });
  if (!done && (status || !text.trim())) {
    const doing = {
      type: 'mrkdwn' as const,
      text: `:hourglass_flowing_sand: ${escapeWithin(status || 'Thinking', MAX_STEP_TITLE)}`,
    };
    blocks.push({ type: 'context', elements: [doing] });
  }
  if (!done) blocks.push({ type: 'actions', elements: [STOP_BUTTON] });
  if (retry) blocks.push({ type: 'actions', elements: [toRetryButton(turnId)] });
  const fallback = toFallbackText(text || status || 'Thinking', FALLBACK_LENGTH);
  return { blocks, text: fallback, key: JSON.stringify(blocks) };
}

const STOP_BUTTON = toButton({
  id: 'stop',
  text: 'Stop',
  action: { kind: 'command', command: { kind: 'stop' } },
});

const toRetryButton = (turnId: string) =>
  toButton({ id: 'retry', text: 'Try again', action: { kind: 'retry', turnId } });
